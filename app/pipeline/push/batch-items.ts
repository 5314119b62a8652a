import type { Context, Sql } from '../../context.ts';
import type { RecordKind } from '../../domain/records.ts';
import { channelIsDue, consentIsDue, listIsDue } from '../consent-due.ts';
import { RECORD_TABLES } from '../record-tables.ts';
import type { Batch, BatchKind, Push } from './push.ts';
import { freeTestSlots } from './test-slots.ts';

type BatchRow = {
  id: string;
  kind: BatchKind;
  status: Batch['status'];
  grouping: Batch['grouping'];
  job_id: string | null;
  sent_at: Date | null;
};

/** Batches of a connection in these states, oldest first. */
export async function findBatches(ctx: Context, push: Push, statuses: Batch['status'][]): Promise<Batch[]> {
  const rows = await ctx.db.sql<BatchRow>(
    `SELECT id, kind, status, grouping, job_id, sent_at FROM push_batch
      WHERE connection_id = $1 AND status = ANY($2) ORDER BY created_at`,
    [push.scope.id, statuses],
  );
  return rows.map(toBatch);
}

export async function loadBatch(sql: Sql, id: string): Promise<Batch> {
  const [row] = await sql<BatchRow>(
    'SELECT id, kind, status, grouping, job_id, sent_at FROM push_batch WHERE id = $1',
    [id],
  );
  if (row === undefined) {
    throw new Error(`batch ${id} is gone`);
  }
  return toBatch(row);
}

function toBatch(row: BatchRow): Batch {
  return {
    id: row.id,
    kind: row.kind,
    status: row.status,
    grouping: row.grouping,
    jobId: row.job_id,
    sentAt: row.sent_at,
  };
}

/** SQL: tells the address of a consent call from others, so that a call to a former address is not taken for one to the new. */
export function addressMark(customer: string, item: string): string {
  return `md5(CASE WHEN ${item}.part = 'consent.sms' THEN ${customer}.phone ELSE ${customer}.email END)`;
}

/** Notes, before a request leaves, that it leaves: whatever happens next, the batch is not planned twice. */
export async function markSending(sql: Sql, batchId: string): Promise<void> {
  await sql(`UPDATE push_batch SET status = 'sending', sent_at = clock_timestamp() WHERE id = $1`, [batchId]);
}

/**
 * Takes a batch's open items back: its records become pending again and are planned anew. For batches that were never
 * sent, or whose repeat is harmless.
 */
export async function withdrawBatch(sql: Sql, batch: Batch): Promise<void> {
  await sql(`UPDATE push_batch SET status = 'withdrawn', confirmed_at = now() WHERE id = $1`, [batch.id]);
  const items = await sql<{ record_id: string; record_kind: RecordKind }>(
    `UPDATE push_item SET open = false, outcome = 'withdrawn' WHERE batch_id = $1 AND open RETURNING record_id, record_kind`,
    [batch.id],
  );
  const kind = items[0]?.record_kind;
  if (kind !== undefined) {
    const ids = items.map((item) => item.record_id);
    await settleStatuses(sql, kind, ids);
    await freeTestSlots(sql, kind, ids);
  }
}

/** SQL: of the channels that are due, Klaviyo has refused the only one: it is not asked again before something changes. */
const REFUSED_OR_PENDING = `CASE
      WHEN t.reason->>'part' = 'consent.sms' AND NOT ${channelIsDue('t', 't', 'email', 'email')} THEN 'failed'
      WHEN t.reason->>'part' = 'consent.email' AND NOT ${channelIsDue('t', 't', 'sms', 'phone')} THEN 'failed'
      ELSE 'pending' END`;

/** The status that follows from what a record holds, once nothing of it travels any more. */
const SETTLED_STATUS: Record<RecordKind, string> = {
  customers: `CASE
    WHEN EXISTS (SELECT 1 FROM push_item i WHERE i.record_id = t.id AND i.open) THEN 'sending'
    WHEN t.payload IS NULL THEN coalesce(t.reason->>'outcome', 'failed')
    WHEN t.reason->>'code' = 'shared_email' THEN 'skipped'
    WHEN t.payload_hash IS DISTINCT FROM t.synced_hash THEN 'pending'
    WHEN ${listIsDue('t')} THEN 'pending'
    WHEN ${consentIsDue('t')} THEN ${REFUSED_OR_PENDING}
    ELSE 'synced' END`,
  orders: settledEventStatus(),
  rewards: settledEventStatus(),
};

function settledEventStatus(): string {
  return `CASE
    WHEN EXISTS (SELECT 1 FROM push_item i WHERE i.record_id = t.id AND i.open) THEN 'sending'
    WHEN t.payload IS NULL THEN coalesce(t.reason->>'outcome', 'failed')
    WHEN coalesce((SELECT array_agg(e->>'part') FROM jsonb_array_elements(t.payload->'events') e) <@ t.sent_parts, true)
      THEN 'synced'
    ELSE 'pending' END`;
}

/** Recomputes the status of records from what they hold. */
export async function settleStatuses(sql: Sql, kind: RecordKind, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) {
    return;
  }
  await sql(
    `UPDATE ${RECORD_TABLES[kind]} t SET status = ${SETTLED_STATUS[kind]}, updated_at = now() WHERE id = ANY($1::uuid[])`,
    [ids],
  );
  // What a person asked to send has been dealt with once nothing of it is due any more.
  await sql(
    `UPDATE ${RECORD_TABLES[kind]} SET send_now = false
      WHERE id = ANY($1::uuid[]) AND send_now AND status NOT IN ('pending', 'sending')`,
    [ids],
  );
}

/**
 * Takes a batch back whose sending failed without an answer about its rows. Records that this has happened to too often
 * fail with the reason, so that a pass always ends.
 */
export async function withdrawFailing(
  sql: Sql,
  batch: Batch,
  kind: RecordKind,
  limit: { maxAttempts: number; code: string; message: string },
): Promise<void> {
  await sql(
    `UPDATE ${RECORD_TABLES[kind]} t SET attempts = attempts + 1 FROM push_item i
      WHERE i.batch_id = $1 AND i.open AND t.id = i.record_id`,
    [batch.id],
  );
  await withdrawBatch(sql, batch);
  await sql(
    `UPDATE ${RECORD_TABLES[kind]} t SET status = 'failed', send_now = false, reason = jsonb_build_object('code', $3::text, 'message', $4::text)
       FROM push_item i
      WHERE i.batch_id = $1 AND i.outcome = 'withdrawn' AND t.id = i.record_id AND t.status = 'pending' AND t.attempts >= $2`,
    [batch.id, limit.maxAttempts, limit.code, limit.message],
  );
}
