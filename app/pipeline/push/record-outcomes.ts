import type { Sql } from '../../context.ts';
import type { RecordKind } from '../../domain/records.ts';
import type { Omission } from '../../domain/wire.ts';
import { RECORD_TABLES } from '../record-tables.ts';
import { settleStatuses } from './batch-items.ts';
import { listIsDue } from '../consent-due.ts';
import type { Batch, ListTrouble } from './push.ts';

/** A record that Klaviyo would not take, with the reason in the merchant's words. */
export type RefusedRecord = { id: string; part: string; code: string; message: string };

/**
 * Closes items that Klaviyo refused: their records are `failed` until their payload changes or a person retries. Where the
 * payload changed while the old one travelled, the refusal is about the old one and the new one is due.
 */
export async function recordRefused(
  sql: Sql,
  batch: Batch,
  kind: RecordKind,
  refused: readonly RefusedRecord[],
): Promise<void> {
  if (refused.length === 0) {
    return;
  }
  const rows = JSON.stringify(refused);
  const outdated = await sql<{ id: string | null }>(
    `UPDATE push_item i SET open = false, outcome = 'refused', code = r.code, detail = r.message
       FROM jsonb_to_recordset($2::jsonb) AS r(id uuid, part text, code text, message text), ${RECORD_TABLES[kind]} t
      WHERE i.batch_id = $1 AND i.record_id = r.id AND i.part = r.part AND t.id = r.id
      RETURNING CASE WHEN t.payload IS NULL OR (i.part IN ('profile', 'events') AND i.payload_hash IS DISTINCT FROM t.payload_hash)
                     THEN t.id END AS id`,
    [batch.id, rows],
  );
  await sql(
    `UPDATE ${RECORD_TABLES[kind]} t
        SET status = 'failed', send_now = false, attempts = t.attempts + 1, updated_at = now(),
            reason = jsonb_build_object('code', r.code, 'message', r.message, 'part', r.part)
       FROM jsonb_to_recordset($1::jsonb) AS r(id uuid, part text, code text, message text)
      WHERE t.id = r.id AND t.payload IS NOT NULL`,
    [rows],
  );
  await settleStatuses(
    sql,
    kind,
    outdated.flatMap(({ id }) => id ?? []),
  );
  await countDay(sql, batch, kind, { synced: 0, failed: refused.length });
}

/**
 * Closes the open items of a batch of profiles as done. A record whose payload changed while it travelled is pending
 * again. `notes` are remarks on single records (an identifier that had to be left out).
 */
export async function recordProfilesDone(
  sql: Sql,
  batch: Batch,
  notes: readonly { id: string; code: string; message: string; leftOut: readonly Omission[] }[] = [],
): Promise<number> {
  const done = await closeItems(sql, batch);
  await sql(
    `UPDATE customer c
        SET synced_hash = i.payload_hash, synced_at = now(), arrived_at = coalesce(c.arrived_at, now()),
            synced_list_name = coalesce($2, c.synced_list_name), attempts = 0, next_attempt_at = NULL,
            reason = CASE WHEN c.reason->>'code' = 'shared_email' THEN c.reason
                          WHEN i.code = 'shared_phone' THEN jsonb_build_object('code', i.code, 'message', i.detail,
                            'leftOut', jsonb_build_array('phone_number')) END
       FROM push_item i WHERE i.batch_id = $1 AND i.outcome = 'done' AND c.id = i.record_id AND c.payload IS NOT NULL`,
    [batch.id, batch.grouping.list ?? null],
  );
  if (notes.length > 0) {
    await sql(
      `UPDATE customer c SET reason = jsonb_build_object('code', n.code, 'message', n.message, 'leftOut', n."leftOut")
         FROM jsonb_to_recordset($1::jsonb) AS n(id uuid, code text, message text, "leftOut" jsonb) WHERE c.id = n.id`,
      [JSON.stringify(notes)],
    );
  }
  await settleStatuses(sql, 'customers', done);
  if (batch.grouping.waits !== undefined) {
    await waitForList(sql, done, batch.grouping.waits);
  }
  await countDay(sql, batch, 'customers', { synced: done.length, failed: 0 });
  return done.length;
}

/** People whose profile is in Klaviyo wait for their list; consent and orders do not wait with them. */
export async function waitForList(sql: Sql, ids: readonly string[], trouble: ListTrouble): Promise<void> {
  await sql(
    `UPDATE customer t
        SET next_attempt_at = $4::timestamptz,
            reason = coalesce(t.reason, '{}') || jsonb_build_object('code', $2::text, 'message',
              CASE WHEN t.reason ? 'leftOut' AND t.reason->>'code' <> $2 THEN (t.reason->>'message') || ' ' ELSE '' END || $3::text)
      WHERE t.id = ANY($1::uuid[]) AND t.status = 'pending' AND t.payload_hash = t.synced_hash AND ${listIsDue('t')}`,
    [ids, trouble.code, trouble.message, trouble.againAt],
  );
}

/** Closes the open items of a consent batch as done: the wish that travelled is settled. */
export async function recordConsentDone(
  sql: Sql,
  batch: Batch,
  onlyIds?: readonly string[],
): Promise<number> {
  const done = await closeItems(sql, batch, onlyIds);
  await sql(
    `UPDATE customer c
        SET consent_email_done = CASE WHEN i.part = 'consent.email' THEN i.payload_hash ELSE c.consent_email_done END,
            consent_sms_done = CASE WHEN i.part = 'consent.sms' THEN i.payload_hash ELSE c.consent_sms_done END
       FROM push_item i WHERE i.batch_id = $1 AND i.record_id = ANY($2::uuid[]) AND c.id = i.record_id`,
    [batch.id, done],
  );
  await settleStatuses(sql, 'customers', done);
  return done.length;
}

/** Closes the open items of an event batch as done: the parts that travelled are never sent again. */
export async function recordEventsDone(
  sql: Sql,
  batch: Batch,
  kind: 'orders' | 'rewards',
  notes: readonly { id: string; code: string; message: string }[] = [],
): Promise<number> {
  const done = await closeItems(sql, batch);
  await sql(
    `UPDATE ${RECORD_TABLES[kind]} t
        SET sent_parts = ARRAY(SELECT DISTINCT unnest(t.sent_parts || ARRAY(SELECT jsonb_array_elements_text(i.detail::jsonb)))),
            synced_hash = i.payload_hash, synced_at = now(), attempts = 0, next_attempt_at = NULL, reason = NULL
       FROM push_item i WHERE i.batch_id = $1 AND i.outcome = 'done' AND t.id = i.record_id`,
    [batch.id],
  );
  if (notes.length > 0) {
    await sql(
      `UPDATE ${RECORD_TABLES[kind]} t SET reason = jsonb_build_object('code', n.code, 'message', n.message)
         FROM jsonb_to_recordset($1::jsonb) AS n(id uuid, code text, message text) WHERE t.id = n.id`,
      [JSON.stringify(notes)],
    );
  }
  await settleStatuses(sql, kind, done);
  await countDay(sql, batch, kind, { synced: done.length, failed: 0 });
  return done.length;
}

async function closeItems(sql: Sql, batch: Batch, onlyIds?: readonly string[]): Promise<string[]> {
  const rows = await sql<{ record_id: string }>(
    `UPDATE push_item SET open = false, outcome = 'done'
      WHERE batch_id = $1 AND open AND ($2::uuid[] IS NULL OR record_id = ANY($2)) RETURNING record_id`,
    [batch.id, onlyIds ?? null],
  );
  await sql(
    `UPDATE push_batch SET status = 'done', confirmed_at = now()
      WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM push_item WHERE batch_id = $1 AND open)`,
    [batch.id],
  );
  return rows.map((row) => row.record_id);
}

/** Charts read these figures, by day of the shop's own calendar; they are raised in the transaction that closes the items, so exactly once. */
async function countDay(
  sql: Sql,
  batch: Batch,
  recordKind: RecordKind,
  counts: { synced: number; failed: number },
): Promise<void> {
  await sql(
    `INSERT INTO daily_figure (shop_id, connection_id, day, record_kind, synced, failed)
     SELECT b.shop_id, b.connection_id, (now() AT TIME ZONE s.timezone)::date, $2, $3, $4
       FROM push_batch b JOIN shop_settings s ON s.shop_id = b.shop_id WHERE b.id = $1
     ON CONFLICT (shop_id, connection_id, day, record_kind)
     DO UPDATE SET synced = daily_figure.synced + EXCLUDED.synced, failed = daily_figure.failed + EXCLUDED.failed`,
    [batch.id, recordKind, counts.synced, counts.failed],
  );
}
