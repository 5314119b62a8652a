import type { Context } from '../context.ts';
import {
  LANES,
  RECORD_KINDS,
  type FileStatus,
  type JsonObject,
  type Lane,
  type RecordKind,
} from '../domain/records.ts';
import { keysetPage, readTurn, type KeysetPage, type PageTurn } from './keyset.ts';
import { shopTime } from './shop-time.ts';

export const FILES_TABS = ['all', 'needs-you', 'in-progress', 'done'] as const;
export type FilesTab = (typeof FILES_TABS)[number];

const NEEDS_YOU: FileStatus[] = ['held', 'failed', 'unrecognised', 'waiting-for-start'];
const IN_PROGRESS: FileStatus[] = ['discovered', 'importing', 'imported'];
const DONE: FileStatus[] = ['archived', 'duplicate', 'previewed', 'discarded'];

export type FilesView = {
  tab: FilesTab;
  connection: string | null;
  kind: RecordKind | null;
  lane: Lane | null;
  turn: PageTurn;
};

export type FileRow = {
  id: string;
  name: string;
  kind: RecordKind | null;
  lane: Lane;
  connection: string;
  status: FileStatus;
  /** Null until the file was read. */
  rows: { read: number; rejected: number } | null;
  /** When it was first seen, in words, in the shop's zone. */
  landedAt: string;
  /** What is wrong and what to do, in the merchant's words. */
  problem: string | null;
};

export type FilesPage = KeysetPage<FileRow> & {
  /** Where files are put: for the filter and for people who have none yet. */
  connections: { id: string; name: string; directory: string }[];
  host: string | null;
  /** Files that wait for a person, up to `MOST_COUNTED`. */
  needsYou: number;
  /** Files that are read at this moment or about to be. */
  moving: number;
};

/** Files that a badge counts one by one. */
export const MOST_COUNTED = 99;
const SIZE = 50;

/** What the address asks for; anything else in it is ignored. */
export function readFilesView(params: URLSearchParams): FilesView {
  const connection = params.get('connection');
  return {
    tab: FILES_TABS.find((tab) => tab === params.get('tab')) ?? 'all',
    connection: connection !== null && /^[0-9a-f-]{36}$/.test(connection) ? connection : null,
    kind: RECORD_KINDS.find((kind) => kind === params.get('kind')) ?? null,
    lane: LANES.find((lane) => lane === params.get('lane')) ?? null,
    turn: readTurn(params, (key) => /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(key)),
  };
}

type ConnectionRow = { id: string; name: string; directory: string; paused: boolean; host: string | null };

/**
 * The files of a shop's connections, newest first, a page of them. Files that were taken away before anything was read of
 * them (a file that is still being written leaves one with every look) are left out.
 */
export async function filesPage(
  ctx: Context,
  shop: { id: string; timezone: string },
  view: FilesView,
): Promise<FilesPage> {
  const connections = await ctx.db.sql<ConnectionRow>(
    `SELECT c.id, c.name, c.directory, c.paused, a.host FROM connection c LEFT JOIN sftp_account a ON a.shop_id = c.shop_id
      WHERE c.shop_id = $1 AND c.removed_at IS NULL ORDER BY c.position, c.name`,
    [shop.id],
  );
  const chosen = connections.filter(({ id }) => view.connection === null || id === view.connection);
  const [page, counts] = await Promise.all([
    readFiles(ctx, shop, view, new Map(chosen.map(({ id, name }) => [id, name]))),
    countFiles(ctx, shop.id, connections),
  ]);
  return {
    ...page,
    ...counts,
    connections: connections.map(({ id, name, directory }) => ({ id, name, directory })),
    host: connections[0]?.host ?? null,
  };
}

type FoundFile = {
  id: string;
  key: string;
  name: string;
  kind: RecordKind | null;
  lane: Lane;
  connection_id: string;
  status: FileStatus;
  first_seen_at: Date;
  problem: JsonObject | null;
  read: number | null;
  rejected: number | null;
};

/** Each connection's newest by its own index, merged. */
async function readFiles(
  ctx: Context,
  shop: { id: string; timezone: string },
  view: FilesView,
  connections: Map<string, string>,
): Promise<KeysetPage<FileRow>> {
  const { turn, tab } = view;
  const isBack = turn?.direction === 'before';
  const order = isBack ? 'ASC' : 'DESC';
  const statuses = {
    all: [...NEEDS_YOU, ...IN_PROGRESS, ...DONE],
    'needs-you': NEEDS_YOU,
    'in-progress': IN_PROGRESS,
    done: DONE,
  }[tab];
  // Few files have these statuses: they are looked up by them (OFFSET keeps the planner from walking the whole history).
  const isRare = tab === 'needs-you' || tab === 'in-progress';
  const source = isRare
    ? `(SELECT * FROM source_file WHERE connection_id = c.id AND status = ANY($3) OFFSET 0)`
    : 'source_file';
  const found = await ctx.db.sql<FoundFile>(
    `SELECT f.id, to_char(f.first_seen_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS key, f.name, f.kind, f.lane, f.connection_id,
            f.status, f.first_seen_at, f.problem, r.read, r.rejected
       FROM unnest($2::uuid[]) AS c (id)
      CROSS JOIN LATERAL (
            SELECT s.* FROM ${source} s
             WHERE s.connection_id = c.id AND s.shop_id = $1
               AND (s.status = ANY($3) OR ($4 AND s.status = 'gone'
                    AND (s.problem->>'code' = 'left_behind' OR EXISTS (SELECT 1 FROM import_run i WHERE i.file_id = s.id))))
               AND ($5::text IS NULL OR s.kind = $5) AND ($6::text IS NULL OR s.lane = $6)
               ${turn === null ? '' : `AND (s.first_seen_at, s.id) ${isBack ? '>' : '<'} ($7::timestamptz, $8::uuid)`}
             ORDER BY s.first_seen_at ${order}, s.id ${order} LIMIT ${SIZE + 1}) f
       LEFT JOIN import_run r ON r.file_id = f.id
      ORDER BY f.first_seen_at ${order}, f.id ${order} LIMIT ${SIZE + 1}`,
    [
      shop.id,
      [...connections.keys()],
      statuses,
      !isRare,
      view.kind,
      view.lane,
      ...(turn === null ? [] : [turn.cursor.key, turn.cursor.id]),
    ],
  );
  const page = keysetPage(found, turn, SIZE);
  return {
    ...page,
    rows: page.rows.map((file) => ({
      id: file.id,
      name: file.name,
      kind: file.kind,
      lane: file.lane,
      connection: connections.get(file.connection_id) ?? '',
      status: file.status,
      rows:
        file.read === null || (file.read === 0 && !DONE.includes(file.status))
          ? null
          : { read: file.read, rejected: file.rejected ?? 0 },
      landedAt: shopTime(file.first_seen_at, shop.timezone),
      problem: typeof file.problem?.['message'] === 'string' ? file.problem['message'] : null,
    })),
  };
}

async function countFiles(
  ctx: Context,
  shopId: string,
  connections: readonly ConnectionRow[],
): Promise<{ needsYou: number; moving: number }> {
  function counted(connectionIds: string, statuses: string): string {
    return `(SELECT count(*)::int FROM (SELECT 1 FROM source_file WHERE shop_id = $1 AND connection_id = ANY(${connectionIds})
               AND status = ANY(${statuses}) LIMIT ${MOST_COUNTED + 1}) counted)`;
  }
  const [counts] = await ctx.db.sql<{ needs_you: number; moving: number }>(
    `SELECT ${counted('$2::uuid[]', '$3')} AS needs_you, ${counted('$4::uuid[]', '$5')} AS moving`,
    [
      shopId,
      connections.map(({ id }) => id),
      NEEDS_YOU,
      connections.filter(({ paused }) => !paused).map(({ id }) => id),
      IN_PROGRESS,
    ],
  );
  return { needsYou: counts?.needs_you ?? 0, moving: counts?.moving ?? 0 };
}
