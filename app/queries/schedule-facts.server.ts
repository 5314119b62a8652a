import type { Context } from '../context.ts';
import { RECORD_KINDS, type RecordKind } from '../domain/records.ts';
import type { OpenBatches, ScheduleFacts, SomeRecords, Trouble } from '../domain/schedule.ts';
import { RECORD_TABLES } from '../pipeline/record-tables.ts';
import { recordFigures } from './record-figures.server.ts';

/** Rare records (asked for, tried again later) are counted as far as this. */
const MOST_COUNTED = 10_000;
/** Files of the queue that are named. */
const FILES_NAMED = 3;

type ConnectionRow = {
  id: string;
  directory: string;
  is_paused: boolean;
  key_refused_at: Date | null;
  has_sftp: boolean;
  data_sync: boolean;
  is_test: boolean;
  test_max_records: number;
  history_before: string | null;
  poll_seconds: number;
  polled_at: Date | null;
};

/**
 * What decides about the schedules of a shop's connections, by connection, in their order: sums of record figures, open files and
 * batches, and rare records by their partial indexes. No query reads a record table. Sample data and what is no connection of
 * the shop are left out; what only a connection's own page tells (`testUsedUp`, `estimate`) is null.
 */
export async function scheduleFacts(
  ctx: Context,
  shopId: string,
  connectionIds: readonly string[],
): Promise<Map<string, ScheduleFacts>> {
  const rows = await ctx.db.sql<ConnectionRow>(
    `SELECT c.id, c.directory, c.paused AS is_paused, c.key_refused_at, a.shop_id IS NOT NULL AS has_sftp, t.data_sync,
            c.mode = 'test' AS is_test, c.test_max_records, c.history_before, t.poll_seconds, c.polled_at
       FROM connection c JOIN shop_settings t ON t.shop_id = c.shop_id LEFT JOIN sftp_account a ON a.shop_id = c.shop_id
      WHERE c.shop_id = $1 AND c.id = ANY($2::uuid[]) AND c.removed_at IS NULL AND c.mode <> 'sample'
      ORDER BY c.position, c.name`,
    [shopId, connectionIds],
  );
  const ids = rows.map(({ id }) => id);
  const [files, figures, later, asked, batches, troubles, syncs] = await Promise.all([
    loadFiles(ctx, shopId, ids),
    recordFigures(ctx, shopId, ids),
    loadRare(ctx, ids, LATER),
    loadRare(ctx, ids, ASKED_FOR),
    loadBatches(ctx, shopId, ids),
    loadTroubles(ctx, shopId, ids),
    loadLastSyncs(ctx, shopId, ids),
  ]);
  return new Map(
    rows.map((row) => {
      const { id } = row;
      const push = troubles.get(`push:${id}`);
      const records = figures.get(id);
      if (records === undefined) {
        throw new Error('recordFigures left out a connection');
      }
      return [
        id,
        {
          directory: row.directory,
          isPaused: row.is_paused,
          isKeyRefused: row.key_refused_at !== null || push?.code === 'klaviyo_key_refused',
          keyRefusedAt: row.key_refused_at,
          hasSftp: row.has_sftp,
          dataSync: row.data_sync,
          mode: row.is_test ? 'test' : 'production',
          testMaxRecords: row.test_max_records,
          historyBefore: row.history_before,
          poll: { everySeconds: row.poll_seconds, lastAt: row.polled_at },
          files: files.get(id) ?? NO_FILES,
          records,
          later: later.get(id) ?? NO_RECORDS,
          // While data sync is on nobody has to ask.
          asked: row.data_sync ? NO_RECORDS : (asked.get(id) ?? NO_RECORDS),
          batches: batches.filter(({ connection_id: connectionId }) => connectionId === id),
          // Klaviyo's answers are remembered by each process for itself: nothing that is stored says until when.
          limitedUntil: null,
          trouble: { intake: troubles.get(`intake:${id}`) ?? null, push: push ?? null },
          lastSync: syncs.get(id) ?? null,
          testUsedUp: null,
          estimate: null,
        },
      ];
    }),
  );
}

const NO_RECORDS: SomeRecords & { firstAt: Date | null } = {
  kinds: { customers: 0, orders: 0, rewards: 0 },
  isMore: false,
  firstAt: null,
};

const NO_FILES: ScheduleFacts['files'] = {
  importing: null,
  queued: 0,
  first: [],
  unsettled: 0,
  toMove: 0,
  held: 0,
  bulk: 0,
  unrecognised: 0,
};

/** Files that are not done yet, by connection. What rests is told as the pipeline tells it (`claimFile`, `parkBulkFiles`). */
async function loadFiles(
  ctx: Context,
  shopId: string,
  ids: string[],
): Promise<Map<string, ScheduleFacts['files']>> {
  const rows = await ctx.db.sql<ScheduleFacts['files'] & { id: string }>(
    `WITH open AS (
       SELECT id, connection_id, name, status, lane, stamp, kind, first_seen_at,
              last_seen_at >= first_seen_at + $3 * interval '1 millisecond' AS rests
         FROM source_file
        WHERE shop_id = $1 AND connection_id = ANY($2::uuid[])
          AND status IN ('discovered', 'importing', 'imported', 'held', 'waiting-for-start', 'unrecognised'))
     SELECT o.connection_id AS id,
            count(*) FILTER (WHERE status = 'discovered' AND rests AND lane <> 'bulk')::int AS queued,
            count(*) FILTER (WHERE status = 'discovered' AND NOT rests)::int AS unsettled,
            count(*) FILTER (WHERE status = 'imported')::int AS "toMove",
            count(*) FILTER (WHERE status = 'held')::int AS held,
            count(*) FILTER (WHERE status = 'waiting-for-start' OR (status = 'discovered' AND rests AND lane = 'bulk'))::int AS bulk,
            count(*) FILTER (WHERE status = 'unrecognised')::int AS unrecognised,
            ARRAY(SELECT q.name FROM open q
                   WHERE q.connection_id = o.connection_id AND q.status = 'discovered' AND q.rests AND q.lane <> 'bulk'
                   ORDER BY q.stamp, CASE q.kind WHEN 'customers' THEN 0 WHEN 'orders' THEN 1 ELSE 2 END, q.name LIMIT $4) AS first,
            (SELECT jsonb_build_object('id', i.id, 'name', i.name, 'read', coalesce(r.read, 0), 'total', coalesce(r.total_rows, 0))
               FROM open i LEFT JOIN import_run r ON r.file_id = i.id
              WHERE i.connection_id = o.connection_id AND i.status = 'importing' ORDER BY i.first_seen_at LIMIT 1) AS importing
       FROM open o GROUP BY o.connection_id`,
    [shopId, ids, ctx.settings.settleMs, FILES_NAMED],
  );
  return new Map(rows.map(({ id, ...files }) => [id, files]));
}

/** SQL: `t` is pending and has a time before which it is not tried again. */
const LATER = `t.next_attempt_at > now() AND t.status = 'pending'`;
/** SQL: `t` was asked for by a person and has not been settled since. */
const ASKED_FOR = `t.send_now AND t.status IN ('pending', 'sending')`;

/** Counts rare records by connection and kind, by their partial index, as far as `MOST_COUNTED` of each. */
async function loadRare(
  ctx: Context,
  ids: string[],
  condition: string,
): Promise<Map<string, SomeRecords & { firstAt: Date | null }>> {
  const rows = await ctx.db.sql<{ id: string; kind: RecordKind; count: number; first_at: Date | null }>(
    RECORD_KINDS.map(
      (kind) =>
        `SELECT c.id, '${kind}' AS kind, some.count, some.first_at FROM unnest($1::uuid[]) c(id)
          CROSS JOIN LATERAL (
            SELECT count(*)::int AS count, min(found.at) AS first_at
              FROM (SELECT t.next_attempt_at AS at FROM ${RECORD_TABLES[kind]} t
                     WHERE t.connection_id = c.id AND ${condition}
                     ORDER BY ${condition === LATER ? 't.next_attempt_at' : 't.id'} LIMIT $2) found) some
         WHERE some.count > 0`,
    ).join(' UNION ALL '),
    [ids, MOST_COUNTED + 1],
  );
  const found = new Map<string, SomeRecords & { firstAt: Date | null }>();
  for (const { id, kind, count, first_at: firstAt } of rows) {
    const some = found.get(id) ?? NO_RECORDS;
    found.set(id, {
      kinds: { ...some.kinds, [kind]: Math.min(count, MOST_COUNTED) },
      isMore: some.isMore || count > MOST_COUNTED,
      firstAt: earlier(some.firstAt, firstAt),
    });
  }
  return found;
}

function earlier(one: Date | null, other: Date | null): Date | null {
  return one !== null && (other === null || one < other) ? one : other;
}

async function loadBatches(
  ctx: Context,
  shopId: string,
  ids: string[],
): Promise<(OpenBatches & { connection_id: string })[]> {
  return ctx.db.sql<OpenBatches & { connection_id: string }>(
    `SELECT connection_id, kind, status, count(*)::int AS batches, sum(item_count)::int AS items, min(sent_at) AS since
       FROM push_batch
      WHERE shop_id = $1 AND connection_id = ANY($2::uuid[]) AND status IN ('planned', 'sending', 'accepted', 'uncertain')
      GROUP BY connection_id, kind, status ORDER BY connection_id, kind, status`,
    [shopId, ids],
  );
}

/** Open alerts that say why the intake or the sending of a connection stopped, by their cause. */
async function loadTroubles(
  ctx: Context,
  shopId: string,
  ids: string[],
): Promise<Map<string, Trouble & { code: string }>> {
  const rows = await ctx.db.sql<Trouble & { cause: string; code: string }>(
    `SELECT cause, code, message, opened_at AS since FROM alert
      WHERE shop_id = $1 AND resolved_at IS NULL AND cause = ANY($2)`,
    [shopId, ids.flatMap((id) => [`intake:${id}`, `push:${id}`])],
  );
  return new Map(rows.map(({ cause, ...trouble }) => [cause, trouble]));
}

async function loadLastSyncs(
  ctx: Context,
  shopId: string,
  ids: string[],
): Promise<Map<string, { at: Date; file: string }>> {
  const rows = await ctx.db.sql<{ id: string; at: Date; file: string }>(
    `SELECT c.id, last.settled_at AS at, f.name AS file FROM unnest($2::uuid[]) c(id)
      CROSS JOIN LATERAL (SELECT r.settled_at, r.file_id FROM import_run r
                           WHERE r.shop_id = $1 AND r.connection_id = c.id AND r.status = 'imported' AND r.settled_at IS NOT NULL
                           ORDER BY r.settled_at DESC LIMIT 1) last
       JOIN source_file f ON f.id = last.file_id`,
    [shopId, ids],
  );
  return new Map(rows.map(({ id, at, file }) => [id, { at, file }]));
}
