import type { Context } from '../context.ts';
import { estimateWork, type Estimate } from '../domain/estimate.ts';
import type { RecordKind } from '../domain/records.ts';
import { consentIsDue } from '../pipeline/consent-due.ts';
import { RECORD_TABLES } from '../pipeline/record-tables.ts';

/** Pending records that are looked at to know what all of them are like. */
const SAMPLE = 200;
/** Files of test mode that are looked at, and records that went out since the oldest of them. */
const RUNS_LOOKED_AT = 10;
const SENT_LOOKED_AT = 10_000;

/**
 * Requests and minutes that so many due records take under Klaviyo's limits, by what the first 200 pending ones of each kind
 * are like. Null when nothing is due. `connectionId` is one of the shop.
 */
export async function estimateDue(
  ctx: Context,
  connectionId: string,
  due: Record<RecordKind, number>,
): Promise<Estimate | null> {
  const { sql } = ctx.db;
  const [connection] = await sql<{ batch_size: number }>('SELECT batch_size FROM connection WHERE id = $1', [
    connectionId,
  ]);
  if (connection === undefined || due.customers + due.orders + due.rewards === 0) {
    return null;
  }
  const [[people], [orders], [rewards]] = await Promise.all([
    due.customers === 0 ? [] : samplePeople(ctx, connectionId),
    due.orders === 0 ? [] : sampleEvents(ctx, connectionId, 'orders'),
    due.rewards === 0 ? [] : sampleEvents(ctx, connectionId, 'rewards'),
  ]);
  const ofPeople = (share: number | undefined) => Math.round(due.customers * (share ?? 0));
  const ofEvents = (perRecord: 'events' | 'bytes') =>
    Math.round(due.orders * (orders?.[perRecord] ?? 0) + due.rewards * (rewards?.[perRecord] ?? 0));
  return estimateWork({
    profiles: ofPeople(people?.profiles),
    profileBytes: ofPeople(people?.bytes),
    singles: ofPeople(people?.singles),
    subscribes: ofPeople(people?.subscribes),
    unsubscribes: ofPeople(people?.unsubscribes),
    events: ofEvents('events'),
    eventBytes: ofEvents('bytes'),
    batchSize: connection.batch_size,
    batchBytes: ctx.settings.batchBytes,
  });
}

type PeopleSample = Record<'profiles' | 'bytes' | 'singles' | 'subscribes' | 'unsubscribes', number>;

/** Of one pending customer on average: is a profile due, does it go singly, its bytes, its consent calls. */
function samplePeople(ctx: Context, connectionId: string): Promise<PeopleSample[]> {
  const wants = (wish: string) =>
    `(consent_email IS NOT DISTINCT FROM '${wish}' AND consent_email IS DISTINCT FROM consent_email_done)::int
     + (consent_sms IS NOT DISTINCT FROM '${wish}' AND consent_sms IS DISTINCT FROM consent_sms_done)::int`;
  return ctx.db.sql<PeopleSample>(
    `SELECT avg((is_due AND NOT is_single)::int)::float8 AS profiles, avg((is_due AND is_single)::int)::float8 AS singles,
            avg(CASE WHEN is_due AND NOT is_single THEN payload_bytes ELSE 0 END)::float8 AS bytes,
            avg(CASE WHEN asks THEN ${wants('subscribe')} ELSE 0 END)::float8 AS subscribes,
            avg(CASE WHEN asks THEN ${wants('unsubscribe')} ELSE 0 END)::float8 AS unsubscribes
       FROM (SELECT t.payload_bytes, t.consent_email, t.consent_email_done, t.consent_sms, t.consent_sms_done,
                    t.payload_hash IS DISTINCT FROM t.synced_hash AS is_due, NOT t.bulk AND ${consentIsDue('t')} AS asks,
                    (t.single OR t.payload->'clear' <> '[]'::jsonb) AS is_single
               FROM customer t WHERE t.connection_id = $1 AND t.status = 'pending' ORDER BY t.id LIMIT ${SAMPLE}) sample`,
    [connectionId],
  );
}

function sampleEvents(
  ctx: Context,
  connectionId: string,
  kind: 'orders' | 'rewards',
): Promise<{ events: number; bytes: number }[]> {
  return ctx.db.sql<{ events: number; bytes: number }>(
    `SELECT avg(event_count)::float8 AS events, avg(payload_bytes)::float8 AS bytes
       FROM (SELECT event_count, payload_bytes FROM ${RECORD_TABLES[kind]}
              WHERE connection_id = $1 AND status = 'pending' ORDER BY id LIMIT ${SAMPLE}) sample`,
    [connectionId],
  );
}

/**
 * Of how many of the latest unsettled files of a connection test mode has let through all that it lets through, of some kind.
 * Counted as the planning counts (`capTestMode`): records that have left since their file was begun.
 */
export async function testUsedUp(
  ctx: Context,
  connectionId: string,
  testMaxRecords: number,
): Promise<number> {
  const runOf = (kind: RecordKind) =>
    `WHEN '${kind}' THEN (SELECT t.run_id FROM ${RECORD_TABLES[kind]} t WHERE t.id = sent.record_id)`;
  const [row] = await ctx.db.sql<{ files: number }>(
    `WITH runs AS MATERIALIZED (
       SELECT id, started_at FROM import_run
        WHERE connection_id = $1 AND status = 'imported' AND settled_at IS NULL ORDER BY started_at DESC LIMIT ${RUNS_LOOKED_AT}),
     sent AS MATERIALIZED (
       SELECT i.record_id, i.record_kind FROM push_batch b
        CROSS JOIN LATERAL (SELECT record_id, record_kind FROM push_item
                             WHERE batch_id = b.id AND outcome IS DISTINCT FROM 'withdrawn' ORDER BY position LIMIT ${SENT_LOOKED_AT}) i
        WHERE b.connection_id = $1 AND b.created_at >= (SELECT min(started_at) FROM runs) LIMIT ${SENT_LOOKED_AT}),
     reached AS MATERIALIZED (
       SELECT CASE sent.record_kind ${(['customers', 'orders', 'rewards'] as const).map(runOf).join(' ')} END AS run_id,
              sent.record_kind, sent.record_id FROM sent)
     SELECT count(DISTINCT full_runs.run_id)::int AS files
       FROM (SELECT reached.run_id FROM reached JOIN runs ON runs.id = reached.run_id
              GROUP BY reached.run_id, reached.record_kind HAVING count(DISTINCT reached.record_id) >= $2) full_runs`,
    [connectionId, testMaxRecords],
  );
  return row?.files ?? 0;
}
