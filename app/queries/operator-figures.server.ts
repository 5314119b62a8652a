import type { Context } from '../context.ts';
import { LANES, RECORD_KINDS } from '../domain/records.ts';
import { RECORD_TABLES } from '../pipeline/record-tables.ts';
import { klaviyoBudgets } from './klaviyo-budgets.server.ts';
import { readiness } from './readiness.server.ts';
import { recordTotals } from './record-totals.server.ts';

/** A figure of the whole installation, the same from whichever process it is asked. */
export type OperatorFigure = {
  name: string;
  help: string;
  /** Every label has few values that we know: never a shop, a connection, a file or a person. */
  labels: readonly string[];
  read(ctx: Context): Promise<{ labels: Record<string, string>; value: number }[]>;
};

/** For the operator's monitoring, never for a page. Each reads a bounded number of rows, whatever the number of records. */
export const OPERATOR_FIGURES: readonly OperatorFigure[] = [
  {
    name: 'threadline_up',
    help: 'Whether a service answers (1) or not (0)',
    labels: ['service'],
    async read(ctx) {
      const { database, queue } = await readiness(ctx);
      return Object.entries({ database, queue }).map(([service, state]) => ({
        labels: { service },
        value: state === 'up' ? 1 : 0,
      }));
    },
  },
  {
    name: 'threadline_records',
    help: 'Records of all shops by kind and status',
    labels: ['kind', 'status'],
    read: async (ctx) =>
      (await recordTotals(ctx)).map(({ kind, status, count }) => ({
        labels: { kind, status },
        value: count,
      })),
  },
  {
    name: 'threadline_queue_jobs',
    help: 'Jobs by queue and state',
    labels: ['queue', 'state'],
    read: async (ctx) =>
      (await ctx.queue.depths()).map(({ queue, state, count }) => ({
        labels: { queue, state },
        value: count,
      })),
  },
  {
    name: 'threadline_klaviyo_budget_used_ratio',
    help: "Of an operation's limit at Klaviyo, what the busiest account has used in the last minute",
    labels: ['operation'],
    async read(ctx) {
      const busiest = new Map<string, number>();
      for (const { operation, used, limit } of await klaviyoBudgets(ctx)) {
        busiest.set(operation, Math.max(busiest.get(operation) ?? 0, used / limit));
      }
      return [...busiest].map(([operation, value]) => ({ labels: { operation }, value }));
    },
  },
  {
    name: 'threadline_open_files',
    help: 'Files that are not done, by status; held and waiting-for-start wait for a person',
    labels: ['status'],
    read: (ctx) =>
      counted(
        ctx,
        'status',
        `SELECT status AS word, count(*)::int AS count FROM source_file
          WHERE status IN ('discovered', 'importing', 'imported', 'held', 'waiting-for-start') GROUP BY status`,
      ),
  },
  {
    name: 'threadline_oldest_unread_file_seconds',
    help: 'Age of the oldest file that may be read and is not read yet, by lane; 0 = there is none',
    labels: ['lane'],
    async read(ctx) {
      // Paused, removed and uninstalled ones are not read on purpose.
      const rows = await ctx.db.sql<{ lane: string; age: number }>(
        `SELECT f.lane, extract(epoch FROM now() - min(f.first_seen_at))::float8 AS age
           FROM source_file f JOIN connection c ON c.id = f.connection_id JOIN shop s ON s.id = f.shop_id
          WHERE f.status IN ('discovered', 'importing')
            AND c.removed_at IS NULL AND NOT c.paused AND s.uninstalled_at IS NULL
          GROUP BY f.lane`,
      );
      return LANES.map((lane) => ({
        labels: { lane },
        value: Math.max(0, rows.find((row) => row.lane === lane)?.age ?? 0),
      }));
    },
  },
  {
    name: 'threadline_open_alerts',
    help: 'Open alerts of all shops by code',
    labels: ['code'],
    read: (ctx) =>
      counted(
        ctx,
        'code',
        `SELECT code AS word, count(*)::int AS count FROM alert WHERE resolved_at IS NULL GROUP BY code`,
      ),
  },
  {
    name: 'threadline_failed_record_connections',
    help: 'Connections that hold failed records, by kind and code of the failure',
    labels: ['kind', 'code'],
    read: failedCauses,
  },
  {
    name: 'threadline_connections',
    help: 'Klaviyo connections by state',
    labels: ['state'],
    read: (ctx) =>
      counted(
        ctx,
        'state',
        `SELECT CASE WHEN c.paused THEN 'paused' WHEN c.key_refused_at IS NOT NULL THEN 'key refused' ELSE 'active' END AS word,
                count(*)::int AS count
           FROM connection c JOIN shop s ON s.id = c.shop_id
          WHERE c.removed_at IS NULL AND s.uninstalled_at IS NULL AND c.mode <> 'sample' GROUP BY 1`,
      ),
  },
  {
    name: 'threadline_last_done_timestamp_seconds',
    help: 'When a job of the whole installation last ended well, as Unix time',
    labels: ['job'],
    read: async (ctx) =>
      (
        await ctx.db.sql<{ name: string; at: number }>(
          'SELECT name, extract(epoch FROM done_at)::float8 AS at FROM job_mark',
        )
      ).map(({ name, at }) => ({ labels: { job: name }, value: at })),
  },
];

async function counted(ctx: Context, label: string, query: string) {
  const rows = await ctx.db.sql<{ word: string; count: number }>(query);
  return rows.map(({ word, count }) => ({ labels: { [label]: word }, value: count }));
}

/**
 * Hops from one cause to the next in the index of failed records: as many steps as there are causes, however many records
 * failed. So it counts connections; how many records failed in all says `threadline_records`.
 */
async function failedCauses(ctx: Context) {
  const perKind = await Promise.all(
    RECORD_KINDS.map(async (kind) => {
      const rows = await ctx.db.sql<{ code: string; count: number }>(
        `WITH RECURSIVE affected AS (
           SELECT f.connection_id AS id FROM record_figure f JOIN connection c ON c.id = f.connection_id
            WHERE f.record_kind = $1 AND f.status = 'failed' AND c.removed_at IS NULL
            GROUP BY f.connection_id HAVING sum(f.count) > 0
         ), cause AS (
           SELECT a.id AS connection_id, n.code FROM affected a CROSS JOIN LATERAL (
             SELECT t.reason->>'code' AS code FROM ${RECORD_TABLES[kind]} t
              WHERE t.connection_id = a.id AND t.status = 'failed' AND t.reason->>'code' IS NOT NULL
              ORDER BY t.reason->>'code' LIMIT 1) n
           UNION ALL
           SELECT cause.connection_id, n.code FROM cause CROSS JOIN LATERAL (
             SELECT t.reason->>'code' AS code FROM ${RECORD_TABLES[kind]} t
              WHERE t.connection_id = cause.connection_id AND t.status = 'failed' AND t.reason->>'code' > cause.code
              ORDER BY t.reason->>'code' LIMIT 1) n
         )
         SELECT code, count(*)::int AS count FROM cause GROUP BY code ORDER BY count DESC LIMIT 100`,
        [kind],
      );
      return rows.map(({ code, count }) => ({ labels: { kind, code }, value: count }));
    }),
  );
  return perKind.flat();
}
