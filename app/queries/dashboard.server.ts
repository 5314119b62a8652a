import type { Context } from '../context.ts';
import { RECORD_KINDS, type FileStatus, type Lane, type RecordKind } from '../domain/records.ts';
import type { CurrentShop } from '../services/current-shop.server.ts';
import { scheduleHeadlines } from './connection-schedule.server.ts';
import { recordFigures, sumFigures, type ConnectionFigures } from './record-figures.server.ts';
import { setUpSteps, type SetUpStep } from './set-up-steps.server.ts';
import { shopTime } from './shop-time.ts';

export type DashboardConnection = {
  id: string;
  name: string;
  accountName: string | null;
  state: 'connected' | 'paused' | 'refused' | 'sample';
  isTest: boolean;
  figures: ConnectionFigures;
  /** From a file's landing to Klaviyo's confirmation over its latest 50 files, seconds; null = none yet. */
  freshness: { files: number; p50: number; p95: number } | null;
  /** The latest file whose records are all settled, in words. */
  lastSync: string | null;
  /** What it does now and what is due, in one sentence; null for sample data. */
  schedule: string | null;
};

export type TrendDay = { day: string; synced: number; failed: number };

export type RunningFile = {
  id: string;
  name: string;
  connection: string;
  connectionId: string;
  read: number;
  total: number;
};

export type Dashboard = {
  timezone: string;
  dataSync: boolean;
  /** Null when a person put the guide away or everything is done. */
  guide: SetUpStep[] | null;
  hasSample: boolean;
  alert: {
    id: string;
    cause: string;
    code: string;
    connectionId: string | null;
    message: string;
    remedy: string;
  } | null;
  otherAlerts: number;
  connections: DashboardConnection[];
  totals: ConnectionFigures;
  running: RunningFile[];
  /** Records on their way to Klaviyo, of connections that may send; not those that wait for a later time. */
  travelling: { kind: RecordKind; count: number }[];
  /** Connections of which a file is being read or records are on their way. */
  underWay: { id: string; name: string }[];
  trend: TrendDay[];
  files: {
    id: string;
    name: string;
    status: FileStatus;
    lane: Lane;
    connection: string;
    seenAt: string;
    problem: string | null;
  }[];
};

type ConnectionRow = {
  id: string;
  name: string;
  account_name: string | null;
  is_test: boolean;
  is_paused: boolean;
  is_refused: boolean;
  is_sample: boolean;
  freshness_files: number;
  p50: number | null;
  p95: number | null;
  last_settled: Date | null;
};

/** What the dashboard shows, in a handful of indexed queries that never count records. `days` of trend: 14, 30 or 90. */
export async function dashboard(
  ctx: Context,
  shop: CurrentShop,
  { days }: { days: number },
): Promise<Dashboard> {
  const rows = await loadConnectionRows(ctx, shop.id);
  const ids = rows.map((row) => row.id);
  const figures = await recordFigures(ctx, shop.id, ids);
  const [alerts, trend, running, files, guide, schedules] = await Promise.all([
    loadAlerts(ctx, shop.id, ids),
    loadTrend(ctx, shop, days),
    loadRunning(ctx, shop.id, ids),
    loadFiles(ctx, shop, ids),
    setUpSteps(ctx, shop),
    scheduleHeadlines(ctx, shop, { connectionIds: ids, figures }),
  ]);
  const connections = rows.map((row) => ({
    ...toConnection(row, figures, shop.timezone),
    schedule: schedules.get(row.id)?.headline ?? null,
  }));
  const travelling = (those: DashboardConnection[]) =>
    RECORD_KINDS.map((kind) => ({
      kind,
      count: those.reduce(
        (sum, { id, figures: own }) =>
          sum + own[kind].sending + (shop.dataSync ? (schedules.get(id)?.due[kind] ?? 0) : 0),
        0,
      ),
    })).filter(({ count }) => count > 0);
  const sending = connections.filter(({ state, isTest }) => state === 'connected' && !isTest);
  const underWay = connections.filter(
    (connection) =>
      running.some(({ connectionId }) => connectionId === connection.id) ||
      (sending.includes(connection) && travelling([connection]).length > 0),
  );
  return {
    timezone: shop.timezone,
    dataSync: shop.dataSync,
    guide,
    hasSample: connections.some(({ state }) => state === 'sample'),
    alert: alerts.worst,
    otherAlerts: Math.max(0, alerts.count - 1),
    connections,
    totals: sumFigures(figures.values()),
    running,
    travelling: travelling(sending),
    underWay: underWay.map(({ id, name }) => ({ id, name })),
    trend,
    files,
  };
}

function toConnection(
  row: ConnectionRow,
  figures: Map<string, ConnectionFigures>,
  timezone: string,
): Omit<DashboardConnection, 'schedule'> {
  const state = row.is_sample
    ? 'sample'
    : row.is_refused
      ? 'refused'
      : row.is_paused
        ? 'paused'
        : 'connected';
  return {
    id: row.id,
    name: row.name,
    accountName: row.account_name,
    state,
    isTest: row.is_test && !row.is_sample,
    figures: figures.get(row.id) ?? sumFigures([]),
    freshness:
      row.p50 === null || row.p95 === null
        ? null
        : { files: row.freshness_files, p50: row.p50, p95: row.p95 },
    lastSync: row.last_settled === null ? null : shopTime(row.last_settled, timezone),
  };
}

async function loadConnectionRows(ctx: Context, shopId: string): Promise<ConnectionRow[]> {
  return ctx.db.sql<ConnectionRow>(
    `SELECT c.id, c.name, c.account_name, c.mode = 'test' AS is_test, c.paused AS is_paused,
            c.key_refused_at IS NOT NULL AS is_refused, c.mode = 'sample' AS is_sample,
            f.files AS freshness_files, f.p50, f.p95, f.last_settled
       FROM connection c
      CROSS JOIN LATERAL (
            SELECT count(*)::int AS files, max(settled_at) AS last_settled,
                   percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS p50,
                   percentile_cont(0.95) WITHIN GROUP (ORDER BY seconds) AS p95
              FROM (SELECT r.settled_at, greatest(0, extract(epoch FROM r.settled_at - f.first_seen_at))::float8 AS seconds
                      FROM import_run r JOIN source_file f ON f.id = r.file_id
                     WHERE r.connection_id = c.id AND r.settled_at IS NOT NULL AND r.status = 'imported'
                     ORDER BY r.settled_at DESC LIMIT 50) latest) f
      WHERE c.shop_id = $1 AND c.removed_at IS NULL ORDER BY c.position, c.name`,
    [shopId],
  );
}

/**
 * What needs a person: open alerts, those that stop a whole connection first, then files that are held. The worst one and how
 * many there are.
 */
async function loadAlerts(
  ctx: Context,
  shopId: string,
  connectionIds: string[],
): Promise<{ worst: Dashboard['alert']; count: number }> {
  const rows = await ctx.db.sql<NonNullable<Dashboard['alert']> & { count: number }>(
    `SELECT *, count(*) OVER ()::int AS count FROM (
       SELECT id, cause, code, connection_id AS "connectionId", message, hint AS remedy, opened_at AS since,
              CASE WHEN cause LIKE 'push:%' OR cause LIKE 'intake:%' THEN 0 ELSE 1 END AS place
         FROM alert WHERE shop_id = $1 AND resolved_at IS NULL
       UNION ALL
       SELECT id, 'file:' || id, 'held', connection_id, coalesce(problem->>'message', name || ' is held.'), '', first_seen_at, 2
         FROM source_file WHERE shop_id = $1 AND connection_id = ANY($2::uuid[]) AND status = 'held') a
      ORDER BY place, since DESC LIMIT 1`,
    [shopId, connectionIds],
  );
  const [first] = rows;
  if (first === undefined) {
    return { worst: null, count: 0 };
  }
  const { id, cause, code, connectionId, message, remedy } = first;
  return { worst: { id, cause, code, connectionId, message, remedy }, count: first.count };
}

async function loadTrend(ctx: Context, shop: CurrentShop, days: number): Promise<TrendDay[]> {
  return ctx.db.sql<TrendDay>(
    `SELECT to_char(d.day, 'YYYY-MM-DD') AS day, coalesce(sum(f.synced), 0)::int AS synced, coalesce(sum(f.failed), 0)::int AS failed
       FROM (SELECT (now() AT TIME ZONE $2)::date - n AS day FROM generate_series(0, $3::int - 1) n) d
       LEFT JOIN daily_figure f ON f.shop_id = $1 AND f.day = d.day
      GROUP BY d.day ORDER BY d.day`,
    [shop.id, shop.timezone, days],
  );
}

async function loadRunning(ctx: Context, shopId: string, connectionIds: string[]): Promise<RunningFile[]> {
  return ctx.db.sql<RunningFile>(
    `SELECT f.id, f.name, c.name AS connection, c.id AS "connectionId", coalesce(r.read, 0) AS read, coalesce(r.total_rows, 0) AS total
       FROM source_file f JOIN connection c ON c.id = f.connection_id LEFT JOIN import_run r ON r.file_id = f.id
      WHERE f.shop_id = $1 AND f.connection_id = ANY($2::uuid[]) AND f.status = 'importing' AND NOT c.paused
      ORDER BY f.first_seen_at LIMIT 5`,
    [shopId, connectionIds],
  );
}

const FILES_SHOWN = 5;

async function loadFiles(
  ctx: Context,
  shop: CurrentShop,
  connectionIds: string[],
): Promise<Dashboard['files']> {
  const rows = await ctx.db.sql<
    Omit<Dashboard['files'][number], 'seenAt' | 'problem'> & {
      first_seen_at: Date;
      problem: { message?: string } | null;
    }
  >(
    `SELECT f.id, f.name, f.status, f.lane, c.name AS connection, f.first_seen_at, f.problem
       FROM connection c
      CROSS JOIN LATERAL (SELECT * FROM source_file WHERE connection_id = c.id AND shop_id = $1
                           ORDER BY first_seen_at DESC, id DESC LIMIT $3) f
      WHERE c.shop_id = $1 AND c.id = ANY($2::uuid[])
      ORDER BY f.first_seen_at DESC, f.id DESC LIMIT $3`,
    [shop.id, connectionIds, FILES_SHOWN],
  );
  return rows.map(({ first_seen_at: firstSeenAt, problem, ...file }) => ({
    ...file,
    seenAt: shopTime(firstSeenAt, shop.timezone),
    problem: problem?.message ?? null,
  }));
}
