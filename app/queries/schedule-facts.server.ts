import type { Context } from '../context.ts';
import { RECORD_KINDS, type RecordKind } from '../domain/records.ts';
import type { OpenBatches, ScheduleFacts, SomeRecords, Trouble } from '../domain/schedule.ts';
import { RECORD_TABLES } from '../pipeline/record-tables.ts';
import { klaviyoWaits } from './klaviyo-budgets.server.ts';
import { recordFigures, sumFigures, type ConnectionFigures } from './record-figures.server.ts';

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
  batches: (Omit<OpenBatches, 'since'> & { since: string | null })[];
  intake_trouble: StoredTrouble | null;
  push_trouble: StoredTrouble | null;
  last_sync: { at: string; file: string } | null;
};

/** An alert as JSON, in which moments are text. */
type StoredTrouble = { code: string; message: string; since: string };

/**
 * What decides about the schedules of a shop's connections, by connection, in their order: sums of record figures (`figures`,
 * where the caller has them already), open files and batches, and rare records by their partial indexes. No query reads a
 * record table. Sample data and what is no connection of the shop are left out; what only a connection's own page tells
 * (`testUsedUp`, `estimate`) is null.
 */
export async function scheduleFacts(
  ctx: Context,
  shopId: string,
  input: { connectionIds: readonly string[]; figures?: Map<string, ConnectionFigures> },
): Promise<Map<string, ScheduleFacts>> {
  const ids = [...input.connectionIds];
  const [connections, files, rare, figures, waits] = await Promise.all([
    loadConnections(ctx, shopId, ids),
    loadFiles(ctx, shopId, ids),
    loadRare(ctx, shopId, ids),
    input.figures ?? recordFigures(ctx, shopId, ids),
    klaviyoWaits(ctx, shopId),
  ]);
  // The longest wait comes first, so the shortest one stays: from then on something goes on.
  const limits = new Map(waits.map(({ connectionId, until }) => [connectionId, until]));
  return new Map(
    connections.map((row) => [
      row.id,
      {
        directory: row.directory,
        isPaused: row.is_paused,
        isKeyRefused: row.key_refused_at !== null || row.push_trouble?.code === 'klaviyo_key_refused',
        keyRefusedAt: row.key_refused_at,
        hasSftp: row.has_sftp,
        dataSync: row.data_sync,
        mode: row.is_test ? 'test' : 'production',
        testMaxRecords: row.test_max_records,
        historyBefore: row.history_before,
        poll: { everySeconds: row.poll_seconds, lastAt: row.polled_at },
        files: files.get(row.id) ?? NO_FILES,
        records: figures.get(row.id) ?? sumFigures([]),
        later: rare.later.get(row.id) ?? NO_RECORDS,
        // While data sync is on nobody has to ask.
        asked: row.data_sync ? NO_RECORDS : (rare.asked.get(row.id) ?? NO_RECORDS),
        batches: row.batches.map((one) => ({
          ...one,
          since: one.since === null ? null : new Date(one.since),
        })),
        limitedUntil: limits.get(row.id) ?? null,
        trouble: { intake: toTrouble(row.intake_trouble), push: toTrouble(row.push_trouble) },
        lastSync:
          row.last_sync === null ? null : { at: new Date(row.last_sync.at), file: row.last_sync.file },
        testUsedUp: null,
        estimate: null,
      },
    ]),
  );
}

function toTrouble(stored: StoredTrouble | null): Trouble | null {
  return stored === null ? null : { message: stored.message, since: new Date(stored.since) };
}

/** The connections with their open batches, what stopped them last (open alerts), and the latest file that is settled. */
function loadConnections(ctx: Context, shopId: string, ids: string[]): Promise<ConnectionRow[]> {
  const trouble = (half: 'intake' | 'push') =>
    `(SELECT jsonb_build_object('code', l.code, 'message', l.message, 'since', l.opened_at) FROM alert l
       WHERE l.shop_id = $1 AND l.resolved_at IS NULL AND l.cause = '${half}:' || c.id)`;
  return ctx.db.sql<ConnectionRow>(
    `SELECT c.id, c.directory, c.paused AS is_paused, c.key_refused_at, a.shop_id IS NOT NULL AS has_sftp, t.data_sync,
            c.mode = 'test' AS is_test, c.test_max_records, c.history_before, t.poll_seconds, c.polled_at,
            coalesce((SELECT jsonb_agg(open) FROM (
                SELECT kind, status, count(*)::int AS batches, sum(item_count)::int AS items, min(sent_at) AS since
                  FROM push_batch
                 WHERE connection_id = c.id AND status IN ('planned', 'sending', 'accepted', 'uncertain')
                 GROUP BY kind, status ORDER BY kind, status) open), '[]') AS batches,
            ${trouble('intake')} AS intake_trouble, ${trouble('push')} AS push_trouble,
            (SELECT jsonb_build_object('at', last.settled_at, 'file', f.name)
               FROM (SELECT r.settled_at, r.file_id FROM import_run r
                      WHERE r.connection_id = c.id AND r.status = 'imported' AND r.settled_at IS NOT NULL
                      ORDER BY r.settled_at DESC LIMIT 1) last
               JOIN source_file f ON f.id = last.file_id) AS last_sync
       FROM connection c JOIN shop_settings t ON t.shop_id = c.shop_id LEFT JOIN sftp_account a ON a.shop_id = c.shop_id
      WHERE c.shop_id = $1 AND c.id = ANY($2::uuid[]) AND c.removed_at IS NULL AND c.mode <> 'sample'
      ORDER BY c.position, c.name`,
    [shopId, ids],
  );
}

const NO_RECORDS: RareRecords = {
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

type RareRecords = SomeRecords & { firstAt: Date | null };

/** Which rare records are looked for, each by a partial index. `$4` = now. */
const RARE = {
  /** Pending records with a time before which they are not tried again. */
  later: {
    condition: `t.next_attempt_at > $4::timestamptz AND t.status = 'pending'`,
    order: 't.next_attempt_at',
  },
  /** Records that were asked for by a person and have not been settled since. */
  asked: { condition: `t.send_now AND t.status IN ('pending', 'sending')`, order: 't.id' },
};
type RareName = keyof typeof RARE;

/** Counts rare records by connection and kind, as far as `MOST_COUNTED` of each. */
async function loadRare(
  ctx: Context,
  shopId: string,
  ids: string[],
): Promise<Record<RareName, Map<string, RareRecords>>> {
  const looks = (Object.keys(RARE) as RareName[]).flatMap((name) =>
    RECORD_KINDS.map(
      (kind) =>
        `SELECT c.id, '${name}' AS name, '${kind}' AS kind, rare.count, rare.first_at FROM connection c
          CROSS JOIN LATERAL (
            SELECT count(*)::int AS count, min(found.at) AS first_at
              FROM (SELECT t.next_attempt_at AS at FROM ${RECORD_TABLES[kind]} t
                     WHERE t.connection_id = c.id AND ${RARE[name].condition} ORDER BY ${RARE[name].order} LIMIT $3) found) rare
         WHERE c.shop_id = $1 AND c.id = ANY($2::uuid[]) AND rare.count > 0`,
    ),
  );
  const rows = await ctx.db.sql<{
    id: string;
    name: RareName;
    kind: RecordKind;
    count: number;
    first_at: Date | null;
  }>(looks.join(' UNION ALL '), [shopId, ids, MOST_COUNTED + 1, ctx.clock.now()]);
  const found: Record<RareName, Map<string, RareRecords>> = { later: new Map(), asked: new Map() };
  for (const { id, name, kind, count, first_at: firstAt } of rows) {
    const some = found[name].get(id) ?? NO_RECORDS;
    found[name].set(id, {
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
