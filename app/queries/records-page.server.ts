import type { Context } from '../context.ts';
import {
  isUncounted,
  RECORD_TABS,
  statusesOf,
  type RecordCursor,
  type RecordFilter,
  type RecordTab,
} from '../domain/record-filter.ts';
import { SKIPPED_BY_PERSON, type RecordKind, type RecordStatus } from '../domain/records.ts';
import { RECORD_TABLES } from '../pipeline/record-tables.ts';
import { openTasks, type TaskLine } from './open-tasks.server.ts';
import { recordFigures, sumFigures, type RecordCounts } from './record-figures.server.ts';
import { placeInWalk, walkRecords, type RecordWalk } from './record-walk.server.ts';
import { failedCauses, type FailedCause } from './failed-causes.server.ts';
import { shopTime } from './shop-time.ts';

export type RecordLine = {
  id: string;
  /** What people know it by: an e-mail address or an order number, else its id. */
  name: string;
  externalId: string;
  status: RecordStatus;
  /** Why it is not synced, or what Klaviyo left out, in the merchant's words. */
  reason: string | null;
  connection: string;
  changedAt: string;
  /** Orders and rewards: when it happened. */
  placedAt: string | null;
  canSync: boolean;
  canRetry: boolean;
  canSkip: boolean;
};

export type RecordsPage = {
  kind: RecordKind;
  filter: RecordFilter;
  connections: { id: string; name: string }[];
  /** `count` is null where it is not known without counting. */
  tabs: { tab: RecordTab; count: number | null }[];
  /** Of the statuses that the filter's tab has, how many match; null = not known. */
  matching: Pick<RecordCounts, RecordStatus | 'total'> | null;
  rows: RecordLine[];
  previous: RecordCursor;
  next: RecordCursor;
  /** Causes to choose from; only on the tab of failed records. */
  causes: FailedCause[];
  /** Name of the file that `run` brought; null = no such filter, or the file is not there. */
  file: string | null;
  /** The shop has no record of the kind at all. */
  isEmpty: boolean;
  /** Records are on their way, or a change of many is: the page looks again soon. */
  isLive: boolean;
  tasks: TaskLine[];
};

const ROWS = 50;

export type RecordsPageInput = {
  kind: RecordKind;
  filter: RecordFilter;
  cursor: RecordCursor;
  timezone: string;
  dataSync: boolean;
};

/**
 * One page of customers, orders or rewards: 50 of them, by keyset. Every step reads a few rows per connection and status from
 * an index, never a whole table. A cursor whose place is gone gives the first page.
 */
export async function recordsPage(
  ctx: Context,
  shopId: string,
  input: RecordsPageInput,
): Promise<RecordsPage> {
  const { kind, filter } = input;
  const connections = await liveConnections(ctx, shopId);
  const ids = connections.map(({ id }) => id);
  const walk = walkOf(ctx, kind, filter, ids);
  const [figures, page, causes, file, tasks, isAsked] = await Promise.all([
    recordFigures(ctx, shopId, ids),
    readPage(ctx, walk, input.cursor),
    filter.tab === 'failed' ? failedCauses(ctx, shopId, { kind, connectionIds: ids }) : [],
    filter.runId === null ? null : fileOfRun(ctx, shopId, filter.runId),
    openTasks(ctx, shopId),
    isAskedFor(ctx, shopId, kind),
  ]);
  const all = sumFigures(figures.values())[kind];
  const chosen = sumFigures(
    [...figures].flatMap(([id, one]) =>
      filter.connectionId === null || id === filter.connectionId ? [one] : [],
    ),
  )[kind];
  const changes = tasks.filter((task) => task.kind === 'change-records');
  const isMoving = isAsked || all.sending > 0 || (input.dataSync && all.pending > 0);
  return {
    kind,
    filter,
    connections,
    tabs: RECORD_TABS.map((tab) => ({ tab, count: isUncounted(filter) ? null : countOf(chosen, tab) })),
    matching: isUncounted(filter) ? null : ofTab(chosen, filter.tab),
    rows: await readLines(ctx, shopId, { kind, ids: page.ids, timezone: input.timezone }),
    previous: page.previous,
    next: page.next,
    causes,
    file,
    isEmpty: all.total === 0,
    isLive: isMoving || changes.some((task) => task.status === 'waiting' || task.status === 'running'),
    tasks: changes,
  };
}

/** The records before and after one, in the order of a filter. Nulls also for a record that the filter does not name. */
export async function recordNeighbours(
  ctx: Context,
  shopId: string,
  input: { kind: RecordKind; filter: RecordFilter; id: string },
): Promise<{ previous: string | null; next: string | null }> {
  const connections = await liveConnections(ctx, shopId);
  const ids = connections.map(({ id }) => id);
  const walk = walkOf(ctx, input.kind, input.filter, ids);
  const from = await placeInWalk(ctx, shopId, { walk, id: input.id });
  if (from === null) {
    return { previous: null, next: null };
  }
  const [[before], [after]] = await Promise.all([
    walkRecords(ctx, walk, { from, isBackward: true, limit: 1 }),
    walkRecords(ctx, walk, { from, isBackward: false, limit: 1 }),
  ]);
  return { previous: before?.id ?? null, next: after?.id ?? null };
}

/** A walk over a shop's records of a kind; `connectionIds` are the shop's own. */
export function walkOf(
  ctx: Context,
  kind: RecordKind,
  filter: RecordFilter,
  connectionIds: string[],
): RecordWalk {
  const since =
    filter.since === null
      ? null
      : new Date(ctx.clock.now().getTime() - filter.since * 86_400_000).toISOString();
  return { kind, filter, connectionIds, since };
}

/** A shop's connections in their order, without those that were removed. */
export function liveConnections(ctx: Context, shopId: string): Promise<{ id: string; name: string }[]> {
  return ctx.db.sql<{ id: string; name: string }>(
    'SELECT id, name FROM connection WHERE shop_id = $1 AND removed_at IS NULL ORDER BY position, name',
    [shopId],
  );
}

type Page = { ids: string[]; previous: RecordCursor; next: RecordCursor };

async function readPage(ctx: Context, walk: RecordWalk, cursor: RecordCursor): Promise<Page> {
  const isBackward = cursor?.direction === 'before';
  const found = await walkRecords(ctx, walk, { from: cursor?.place ?? null, isBackward, limit: ROWS + 1 });
  const places = found.slice(0, ROWS);
  const isMore = found.length > ROWS;
  if (cursor !== null && (places.length === 0 || (isBackward && !isMore && places.length < ROWS))) {
    // Records moved meanwhile: nothing is left here, or too few for a page at the start of the list.
    return readPage(ctx, walk, null);
  }
  if (isBackward) {
    places.reverse();
  }
  const [first, last] = [places[0], places.at(-1)];
  const hasPrevious = isBackward ? isMore : cursor !== null;
  const hasNext = isBackward || isMore;
  return {
    ids: places.map(({ id }) => id),
    previous: hasPrevious && first !== undefined ? { direction: 'before', place: first } : null,
    next: hasNext && last !== undefined ? { direction: 'after', place: last } : null,
  };
}

type LineRow = {
  id: string;
  name: string;
  external_id: string;
  status: RecordStatus;
  reason: { code?: string; message?: string } | null;
  connection: string;
  updated_at: Date;
  placed_at: Date | null;
  has_payload: boolean;
};

async function readLines(
  ctx: Context,
  shopId: string,
  input: { kind: RecordKind; ids: string[]; timezone: string },
): Promise<RecordLine[]> {
  const isPerson = input.kind === 'customers';
  const rows = await ctx.db.sql<LineRow>(
    `SELECT t.id, coalesce(${isPerson ? 't.email, t.phone' : 't.label'}, t.external_id) AS name, t.external_id, t.status,
            t.reason, c.name AS connection, t.updated_at, ${isPerson ? 'NULL::timestamptz' : 't.occurred_at'} AS placed_at,
            t.payload IS NOT NULL AS has_payload
       FROM unnest($2::uuid[]) WITH ORDINALITY AS p(id, place)
       JOIN ${RECORD_TABLES[input.kind]} t ON t.id = p.id JOIN connection c ON c.id = t.connection_id
      WHERE t.shop_id = $1 ORDER BY p.place`,
    [shopId, input.ids],
  );
  return rows.map((row) => toLine(row, input.timezone));
}

function toLine(row: LineRow, timezone: string): RecordLine {
  const isSkippedByPerson = row.status === 'skipped' && row.reason?.code === SKIPPED_BY_PERSON;
  return {
    id: row.id,
    name: row.name,
    externalId: row.external_id,
    status: row.status,
    reason: row.reason?.message ?? null,
    connection: row.connection,
    changedAt: shopTime(row.updated_at, timezone),
    placedAt: row.placed_at === null ? null : shopTime(row.placed_at, timezone),
    canSync: row.has_payload && (['pending', 'failed'].includes(row.status) || isSkippedByPerson),
    canRetry: row.has_payload && row.status === 'failed',
    canSkip: ['pending', 'waiting', 'failed', 'held'].includes(row.status),
  };
}

function countOf(counts: RecordCounts, tab: RecordTab): number {
  return statusesOf(tab).reduce((sum, status) => sum + counts[status], 0);
}

/** The figures of a tab's own statuses, zero for all others. */
function ofTab(counts: RecordCounts, tab: RecordTab): RecordCounts {
  const own = statusesOf(tab);
  const kept = Object.fromEntries(
    Object.entries(counts).map(([status, count]) => [status, own.some((one) => one === status) ? count : 0]),
  ) as RecordCounts;
  return { ...kept, total: countOf(counts, tab) };
}

async function fileOfRun(ctx: Context, shopId: string, runId: string): Promise<string | null> {
  const [file] = await ctx.db.sql<{ name: string }>(
    `SELECT f.name FROM import_run r JOIN source_file f ON f.id = r.file_id WHERE r.shop_id = $1 AND r.id = $2`,
    [shopId, runId],
  );
  return file?.name ?? null;
}

/** Whether records that a person asked for are still to go: also with data sync off, and soon. */
async function isAskedFor(ctx: Context, shopId: string, kind: RecordKind): Promise<boolean> {
  const [found] = await ctx.db.sql<{ asked: boolean }>(
    `SELECT EXISTS (SELECT 1 FROM connection c JOIN ${RECORD_TABLES[kind]} t ON t.connection_id = c.id
        WHERE c.shop_id = $1 AND c.removed_at IS NULL AND NOT c.paused AND t.send_now
          AND t.status IN ('pending', 'sending')) AS asked`,
    [shopId],
  );
  return found?.asked ?? false;
}
