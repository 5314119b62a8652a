import type { Context } from '../context.ts';
import { RECORD_KINDS, type FileStatus, type Lane } from '../domain/records.ts';
import { recordFigures, type ConnectionFigures } from './record-figures.server.ts';
import { shopTime } from './shop-time.ts';

export type FileLine = {
  id: string;
  name: string;
  lane: Lane;
  status: FileStatus;
  /** When it was first seen, in words, in the shop's zone. */
  seenAt: string;
  /** Null until the file has a run. */
  rows: {
    read: number;
    created: number;
    changed: number;
    unchanged: number;
    folded: number;
    rejected: number;
  } | null;
  /** Rows of the file as surveyed; 0 = not known yet. */
  totalRows: number;
  isBalanced: boolean;
  /** What is wrong and what to do, in the merchant's words. */
  problem: string | null;
};

export type ConnectionStatus = {
  id: string;
  name: string;
  directory: string;
  accountName: string | null;
  keyLast4: string;
  state: 'connected' | 'paused' | 'refused';
  isTest: boolean;
  records: ConnectionFigures;
  files: FileLine[];
};

export type StatusPage = {
  timezone: string;
  dataSync: boolean;
  /** True while records are on their way: the page looks again soon. */
  isLive: boolean;
  problems: { id: string; connection: string | null; message: string; remedy: string }[];
  connections: ConnectionStatus[];
};

type ShopRow = {
  id: string;
  timezone: string;
  data_sync: boolean;
  connections: {
    id: string;
    name: string;
    directory: string;
    accountName: string | null;
    keyLast4: string;
    isTest: boolean;
    isPaused: boolean;
    isRefused: boolean;
  }[];
  alerts: StatusPage['problems'];
};

type FileRow = {
  id: string;
  connection_id: string;
  name: string;
  lane: Lane;
  status: FileStatus;
  first_seen_at: Date;
  problem: { message?: string } | null;
  rows: NonNullable<FileLine['rows']> | null;
  total_rows: number | null;
};

const FILES_SHOWN = 6;

/**
 * What a shop's status page shows, in three indexed queries. Null when Threadline does not know the shop.
 * `domain` comes from the verified session and nowhere else.
 */
export async function statusPage(ctx: Context, domain: string): Promise<StatusPage | null> {
  const shop = await loadShop(ctx, domain);
  if (shop === undefined) {
    return null;
  }
  const ids = shop.connections.map((connection) => connection.id);
  const [files, figures] = await Promise.all([
    loadFiles(ctx, shop.id, ids),
    recordFigures(ctx, shop.id, ids),
  ]);
  const connections = shop.connections.map(({ isPaused, isRefused, ...connection }) => ({
    ...connection,
    state: isRefused ? ('refused' as const) : isPaused ? ('paused' as const) : ('connected' as const),
    records: figures.get(connection.id) as ConnectionFigures,
    files: files
      .filter((file) => file.connection_id === connection.id)
      .map((file) => toFileLine(file, shop.timezone)),
  }));
  return {
    timezone: shop.timezone,
    dataSync: shop.data_sync,
    isLive: connections.some((connection) => isMoving(connection, shop.data_sync)),
    problems: shop.alerts,
    connections,
  };
}

async function loadShop(ctx: Context, domain: string): Promise<ShopRow | undefined> {
  const rows = await ctx.db.sql<ShopRow>(
    `SELECT s.id, coalesce(t.timezone, 'UTC') AS timezone, coalesce(t.data_sync, true) AS data_sync,
            (SELECT coalesce(json_agg(json_build_object(
                      'id', c.id, 'name', c.name, 'directory', c.directory, 'accountName', c.account_name,
                      'keyLast4', c.key_last4, 'isTest', c.mode = 'test', 'isPaused', c.paused,
                      'isRefused', c.key_refused_at IS NOT NULL) ORDER BY c.position, c.name), '[]')
               FROM connection c WHERE c.shop_id = s.id AND c.removed_at IS NULL) AS connections,
            (SELECT coalesce(json_agg(json_build_object(
                      'id', a.id, 'connection', a.connection, 'message', a.message, 'remedy', a.hint)
                      ORDER BY a.opened_at DESC), '[]')
               FROM (SELECT alert.*, c.name AS connection
                       FROM alert LEFT JOIN connection c ON c.id = alert.connection_id
                      WHERE alert.shop_id = s.id AND alert.resolved_at IS NULL
                      ORDER BY alert.opened_at DESC LIMIT 20) a) AS alerts
       FROM shop s LEFT JOIN shop_settings t ON t.shop_id = s.id
      WHERE s.domain = $1`,
    [domain],
  );
  return rows[0];
}

/** The latest files of each connection; those that wait for a person come first. */
async function loadFiles(ctx: Context, shopId: string, connectionIds: string[]): Promise<FileRow[]> {
  return ctx.db.sql<FileRow>(
    `SELECT f.id, f.connection_id, f.name, f.lane, f.status, f.first_seen_at, f.problem, r.total_rows,
            CASE WHEN r.id IS NULL THEN NULL ELSE json_build_object('read', r.read, 'created', r.created,
              'changed', r.changed, 'unchanged', r.unchanged, 'folded', r.folded, 'rejected', r.rejected) END AS rows
       FROM unnest($2::uuid[]) WITH ORDINALITY AS c (id, position)
      CROSS JOIN LATERAL (
            SELECT * FROM source_file
             WHERE connection_id = c.id AND shop_id = $1 AND status <> 'gone'
             ORDER BY status IN ('held', 'failed') DESC, first_seen_at DESC, name DESC LIMIT $3) f
       LEFT JOIN import_run r ON r.file_id = f.id
      ORDER BY c.position, f.status IN ('held', 'failed') DESC, f.first_seen_at DESC, f.name DESC`,
    [shopId, connectionIds, FILES_SHOWN],
  );
}

function toFileLine(file: FileRow, timezone: string): FileLine {
  const { rows } = file;
  return {
    id: file.id,
    name: file.name,
    lane: file.lane,
    status: file.status,
    seenAt: shopTime(file.first_seen_at, timezone),
    rows,
    totalRows: file.total_rows ?? 0,
    isBalanced:
      rows === null ||
      rows.read === rows.created + rows.changed + rows.unchanged + rows.folded + rows.rejected,
    problem: file.problem?.message ?? null,
  };
}

const MOVING_FILES: readonly FileStatus[] = ['discovered', 'importing', 'imported'];

/** Records of a connection in test mode may stay pending for ever: they do not count as moving. */
function isMoving(connection: ConnectionStatus, dataSync: boolean): boolean {
  if (connection.state !== 'connected') {
    return false;
  }
  const isReading = connection.files.some((file) => MOVING_FILES.includes(file.status));
  const isSending = RECORD_KINDS.some((kind) => {
    const counts = connection.records[kind];
    return counts.sending > 0 || (counts.pending > 0 && dataSync && !connection.isTest);
  });
  return isReading || isSending;
}
