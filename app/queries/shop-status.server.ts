import type { Context } from '../context.ts';
import { RECORD_KINDS, RECORD_STATUSES, type RecordKind, type RecordStatus } from '../domain/records.ts';
import { connectionSchedule, type ConnectionSchedule } from './connection-schedule.server.ts';

export type RowCounts = {
  read: number;
  created: number;
  changed: number;
  unchanged: number;
  folded: number;
  rejected: number;
};
export type RecordCounts = Record<RecordStatus | 'total', number>;
export type StatusProblem = {
  connection?: string;
  file: string | null;
  line: number | null;
  column: string | null;
  code: string;
  message: string;
};
export type FileStatusLine = {
  id: string;
  /** Its import; null until it is read. */
  run: string | null;
  name: string;
  lane: string;
  kind: string | null;
  status: string;
  rows: RowCounts;
  /** Events of the file that could start flows in Klaviyo; null = it was read before they were counted. */
  flowEvents: number | null;
  balanced: boolean;
  /** Rows that went on without a part, by code: `bad_phone`, `left_in_klaviyo` (not subscribed again), … */
  warnings: Record<string, number>;
  problem: StatusProblem | null;
};
export type ConnectionStatus = {
  name: string;
  directory: string;
  paused: boolean;
  files: FileStatusLine[];
  records: Record<RecordKind, RecordCounts>;
  requests: { profileImport: number; events: number; subscribe: number; unsubscribe: number; reads: number };
  problems: StatusProblem[];
  /** What is due, what waits for what and until when; null for sample data. */
  schedule: ConnectionSchedule | null;
};
export type ShopStatus = {
  shop: string;
  connections: ConnectionStatus[];
  alerts: { code: string; message: string }[];
};

const NO_REQUESTS = { profileImport: 0, events: 0, subscribe: 0, unsubscribe: 0, reads: 0 };
/** Files and row problems that the status names one by one, newest first. */
const FILES_SHOWN = 500;
const PROBLEMS_SHOWN = 200;

type FileRow = Partial<RowCounts> & {
  id: string;
  run: string | null;
  name: string;
  lane: string;
  kind: string | null;
  status: string;
  problem: { code: string; message: string; line?: number | null; column?: string | null } | null;
  total_rows: number | null;
  warnings: Record<string, number> | null;
  flow_events: number | null;
};

/** What a shop's connections hold: files with their balance, record counts, open problems. */
export async function shopStatus(
  ctx: Context,
  shopId: string,
  input: { connection?: string } = {},
): Promise<ShopStatus> {
  const connections = await ctx.db.sql<{
    id: string;
    name: string;
    directory: string;
    paused: boolean;
    requests: Partial<ConnectionStatus['requests']>;
    domain: string;
  }>(
    `SELECT c.id, c.name, c.directory, c.paused, c.requests, s.domain FROM connection c JOIN shop s ON s.id = c.shop_id
      WHERE c.shop_id = $1 AND c.removed_at IS NULL AND ($2::text IS NULL OR c.name = $2) ORDER BY c.position, c.name`,
    [shopId, input.connection ?? null],
  );
  const [shop] = await ctx.db.sql<{ domain: string; timezone: string }>(
    'SELECT s.domain, t.timezone FROM shop s JOIN shop_settings t ON t.shop_id = s.id WHERE s.id = $1',
    [shopId],
  );
  const alerts = await ctx.db.sql<{ code: string; message: string; connection_id: string | null }>(
    'SELECT code, message, connection_id FROM alert WHERE shop_id = $1 AND resolved_at IS NULL ORDER BY opened_at',
    [shopId],
  );
  return {
    shop: shop?.domain ?? '',
    alerts: alerts.map(({ code, message }) => ({ code, message })),
    connections: await Promise.all(
      connections.map(async (connection) => {
        const files = await readFiles(ctx, connection.id);
        const own = alerts.filter((alert) => alert.connection_id === connection.id);
        return {
          name: connection.name,
          directory: connection.directory,
          paused: connection.paused,
          files,
          records: await countRecords(ctx, connection.id),
          requests: { ...NO_REQUESTS, ...connection.requests },
          problems: [
            ...own.map(({ code, message }) => ({ file: null, line: null, column: null, code, message })),
            ...files.flatMap((file) => (file.problem === null || !isOpen(file.status) ? [] : [file.problem])),
            ...(await readRowProblems(ctx, connection.id)),
          ],
          schedule: await connectionSchedule(
            ctx,
            { id: shopId, timezone: shop?.timezone ?? 'UTC' },
            connection.id,
          ),
        };
      }),
    ),
  };
}

function isOpen(status: string): boolean {
  return ['held', 'failed', 'unrecognised', 'discovered'].includes(status);
}

async function readFiles(ctx: Context, connectionId: string): Promise<FileStatusLine[]> {
  const rows = await ctx.db.sql<FileRow>(
    `SELECT f.id, r.id AS run, f.name, f.lane, f.kind, f.status, f.problem, r.read, r.created, r.changed, r.unchanged,
            r.folded, r.rejected, r.total_rows, r.warnings, r.flow_events
       FROM source_file f LEFT JOIN import_run r ON r.file_id = f.id
      WHERE f.connection_id = $1 AND f.status <> 'gone' ORDER BY f.first_seen_at DESC, f.name LIMIT $2`,
    [connectionId, FILES_SHOWN],
  );
  return rows.reverse().map((row) => {
    const counts: RowCounts = {
      read: row.read ?? 0,
      created: row.created ?? 0,
      changed: row.changed ?? 0,
      unchanged: row.unchanged ?? 0,
      folded: row.folded ?? 0,
      rejected: row.rejected ?? 0,
    };
    return {
      id: row.id,
      run: row.run,
      name: row.name,
      lane: row.lane,
      kind: row.kind,
      status: row.status,
      rows: counts,
      flowEvents: row.run === null ? 0 : row.flow_events,
      balanced:
        counts.read ===
          counts.created + counts.changed + counts.unchanged + counts.folded + counts.rejected &&
        (!['imported', 'archived'].includes(row.status) || counts.read === row.total_rows),
      warnings: row.warnings ?? {},
      problem:
        row.problem === null
          ? null
          : {
              file: row.name,
              line: row.problem.line ?? null,
              column: row.problem.column ?? null,
              code: row.problem.code,
              message: row.problem.message,
            },
    };
  });
}

/** Counts of every kind by status: one grouped scan of the (connection, status) index each. */
async function countRecords(ctx: Context, connectionId: string): Promise<Record<RecordKind, RecordCounts>> {
  const rows = await ctx.db.sql<{ kind: RecordKind; status: RecordStatus; count: number }>(
    `SELECT 'customers' AS kind, status, count(*)::int AS count FROM customer WHERE connection_id = $1 GROUP BY status
     UNION ALL SELECT 'orders', status, count(*)::int FROM "order" WHERE connection_id = $1 GROUP BY status
     UNION ALL SELECT 'rewards', status, count(*)::int FROM reward WHERE connection_id = $1 GROUP BY status`,
    [connectionId],
  );
  function countsOf(kind: RecordKind): RecordCounts {
    const counts = Object.fromEntries(
      [...RECORD_STATUSES, 'total'].map((status) => [status, 0]),
    ) as RecordCounts;
    for (const row of rows.filter((one) => one.kind === kind)) {
      counts[row.status] = row.count;
      counts.total += row.count;
    }
    return counts;
  }
  return Object.fromEntries(RECORD_KINDS.map((kind) => [kind, countsOf(kind)])) as Record<
    RecordKind,
    RecordCounts
  >;
}

/** Rejected rows, and records that failed, with the reason in the merchant's words. That somebody was erased is no problem. */
async function readRowProblems(ctx: Context, connectionId: string): Promise<StatusProblem[]> {
  const rejected = await ctx.db.sql<StatusProblem>(
    `SELECT f.name AS file, e.line, e."column", e.code, e.message FROM record_error e JOIN source_file f ON f.id = e.file_id
      WHERE e.connection_id = $1 AND e.severity = 'error' AND e.record_key IS NULL AND e.code <> 'erased'
      ORDER BY e.created_at DESC, e.line LIMIT $2`,
    [connectionId, PROBLEMS_SHOWN],
  );
  const failed = await ctx.db.sql<StatusProblem>(
    ['customer', 'order', 'reward']
      .map(
        (word) =>
          `(SELECT f.name AS file, t.line, t.reason->>'column' AS "column", t.reason->>'code' AS code,
                   '${word} ' || t.external_id || ': ' || (t.reason->>'message') AS message
              FROM "${word}" t LEFT JOIN import_run r ON r.id = t.run_id LEFT JOIN source_file f ON f.id = r.file_id
             WHERE t.connection_id = $1 AND t.status = 'failed' ORDER BY t.id LIMIT $2)`,
      )
      .join(' UNION ALL '),
    [connectionId, PROBLEMS_SHOWN],
  );
  // Ids of one moment are in no order: line by line, as the file is read.
  const inFiles = failed.toSorted(
    (one, other) => (one.file ?? '').localeCompare(other.file ?? '') || (one.line ?? 0) - (other.line ?? 0),
  );
  return [...rejected, ...inFiles];
}
