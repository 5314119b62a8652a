import { SKIPPED_BY_PERSON } from '../domain/records.ts';
import { channelIsDue, consentIsDue, listIsDue } from './consent-due.ts';
import { RECORD_TABLES } from './record-tables.ts';

/** SQL: what Klaviyo refused, and what a person marked as skipped, stays so while nothing about it changes. */
function staysAside(row: string): string {
  return `(${row}.status = 'failed' OR (${row}.status = 'skipped' AND ${row}.reason->>'code' = '${SKIPPED_BY_PERSON}'))`;
}

/** SQL: the row names another address than the one before, or the first one. */
function isMoved(address: 'email' | 'phone'): string {
  return `(EXCLUDED.${address} IS NOT NULL AND EXCLUDED.${address} IS DISTINCT FROM c.${address})`;
}

/** SQL: what was done about consent, unless the address is another one: its consent is its own and is decided anew. */
function unlessMoved(address: 'email' | 'phone', done: string): string {
  return `CASE WHEN NOT ${isMoved(address)} THEN c.${done} END`;
}

const SAME_PERSON = `(EXCLUDED.payload_hash = c.payload_hash
      AND c.consent_email IS NOT DISTINCT FROM EXCLUDED.consent_email
      AND c.consent_sms IS NOT DISTINCT FROM EXCLUDED.consent_sms)`;

const OTHER_CONSENT = `EXCLUDED.consent_email IS DISTINCT FROM c.consent_email OR EXCLUDED.consent_sms IS DISTINCT FROM c.consent_sms`;

/** SQL: the row repeats a yes that was said about a channel before, and that is still, or again, to be acted upon. */
function isOldWord(channel: 'email' | 'sms', address: 'email' | 'phone'): string {
  return `coalesce(EXCLUDED.consent_${channel} = 'subscribe' AND c.consent_${channel} = 'subscribe'
      AND (${channelIsDue('EXCLUDED', 'c', channel, address)} OR ${isMoved(address)}), false)`;
}

/** SQL: both channels have one time: a change of one must not make the other's older yes, which is still open, a new one. */
const CHANGE_SEEN = `EXCLUDED.consent_change_seen AND NOT ${isOldWord('email', 'email')} AND NOT ${isOldWord('sms', 'phone')}`;

/**
 * The two statements that write staged records. `$1` shop, `$2` connection, `$3` run, `$4` rows as JSON. A row that
 * names a run of its own keeps it.
 *
 * The status of a record that is known already: one that travels in an open batch stays `sending` (the batch's outcome
 * settles it against the new payload); one that Klaviyo refused stays `failed`, one that a person skipped stays `skipped`
 * until its payload changes. An address that
 * is blank in the newest row is still the person's: an opt-out must reach it. What was said before an address changed was not said
 * about the new one: whoever left there with it is not called back by it.
 */
export const UPSERT_CUSTOMERS = `
INSERT INTO customer AS c (id, shop_id, connection_id, external_id, source, source_hash, rules_hash, payload, payload_hash,
  payload_bytes, status, reason, run_id, line, email, phone, source_updated_at, bulk, list_name,
  consent_email, consent_sms, consent_source, consent_at, consent_set_at, consent_change_seen, issues)
SELECT r.id, $1, $2, r.external_id, r.source, r.source_hash, r.rules_hash, r.payload, r.payload_hash, r.payload_bytes, r.status,
  r.reason, coalesce(r.run_id, $3), r.line, r.email, r.phone, r.source_updated_at, r.bulk, r.list_name,
  r.consent_email, r.consent_sms, r.consent_source, r.consent_at, r.consent_set_at,
  coalesce(r.consent_change_seen, false), r.issues
FROM jsonb_to_recordset($4::jsonb) AS r(id uuid, run_id uuid, external_id text, source jsonb, source_hash text, rules_hash text, payload jsonb,
  payload_hash text, payload_bytes int, status text, reason jsonb, line int, email text, phone text,
  source_updated_at timestamptz, bulk boolean, list_name text, consent_email text, consent_sms text, consent_source text,
  consent_at timestamptz, consent_set_at timestamptz, consent_change_seen boolean, issues text[])
ON CONFLICT (connection_id, external_id) DO UPDATE SET
  source = EXCLUDED.source, source_hash = EXCLUDED.source_hash, rules_hash = EXCLUDED.rules_hash,
  payload = EXCLUDED.payload, payload_hash = EXCLUDED.payload_hash, payload_bytes = EXCLUDED.payload_bytes,
  status = CASE
    WHEN c.status = 'sending' THEN 'sending'
    WHEN EXCLUDED.payload IS NULL THEN EXCLUDED.status
    WHEN ${staysAside('c')} AND ${SAME_PERSON} THEN c.status
    WHEN EXCLUDED.payload_hash = c.synced_hash AND NOT ${listIsDue('EXCLUDED', 'c')} AND NOT ${consentIsDue('EXCLUDED', 'c')}
    THEN 'synced'
    ELSE 'pending' END,
  reason = CASE
    WHEN ${staysAside('c')} AND ${SAME_PERSON} THEN c.reason
    ELSE EXCLUDED.reason END,
  single = c.single AND EXCLUDED.payload_hash IS NOT DISTINCT FROM c.payload_hash,
  run_id = EXCLUDED.run_id, line = EXCLUDED.line, email = coalesce(EXCLUDED.email, c.email), phone = coalesce(EXCLUDED.phone, c.phone),
  source_updated_at = greatest(EXCLUDED.source_updated_at, c.source_updated_at), bulk = EXCLUDED.bulk AND c.bulk, list_name = EXCLUDED.list_name,
  consent_set_at = CASE WHEN ${OTHER_CONSENT} THEN EXCLUDED.consent_set_at ELSE c.consent_set_at END,
  consent_change_seen = CASE WHEN ${OTHER_CONSENT} THEN ${CHANGE_SEEN}
    WHEN ${isMoved('email')} OR ${isMoved('phone')} THEN false ELSE c.consent_change_seen END,
  consent_email_done = ${unlessMoved('email', 'consent_email_done')}, consent_sms_done = ${unlessMoved('phone', 'consent_sms_done')},
  consent_email = EXCLUDED.consent_email, consent_sms = EXCLUDED.consent_sms,
  consent_source = EXCLUDED.consent_source, consent_at = EXCLUDED.consent_at, issues = EXCLUDED.issues,
  attempts = 0, next_attempt_at = NULL, send_now = false, updated_at = now()`;

/** Columns that only one kind has: in front, as the row's, as it is read from JSON, as it is set. */
const OWN_COLUMNS = {
  orders: {
    names: ', original_number',
    values: ', r.original_number',
    types: ', original_number text',
    set: 'original_number = EXCLUDED.original_number, ',
  },
  rewards: { names: '', values: '', types: '', set: '' },
};

/**
 * Orders and rewards wait until their customer has arrived in Klaviyo. Of an order that was sent already only parts that
 * Klaviyo has not seen go out (a return that came later); a change of what was sent is noted, not sent. When it happened stays
 * as it was sent: another time zone of the shop makes another moment of the same row.
 */
function upsertEventRecords(kind: 'orders' | 'rewards'): string {
  const own = OWN_COLUMNS[kind];
  // What Klaviyo has of a record, as rows of it say: a part that it has not seen changes nothing about this.
  const sentOf = (
    row: string,
  ) => `(SELECT jsonb_agg(e ORDER BY e->>'part') FROM jsonb_array_elements(${row}.payload->'events') e
      WHERE e->>'part' = ANY(o.sent_parts))`;
  const sameSent = `(EXCLUDED.payload->'profileProperties' IS NOT DISTINCT FROM o.payload->'profileProperties'
      AND ${sentOf('EXCLUDED')} IS NOT DISTINCT FROM ${sentOf('o')})`;
  const allSent = `(SELECT array_agg(e->>'part') FROM jsonb_array_elements(EXCLUDED.payload->'events') e) <@ o.sent_parts`;
  return `
INSERT INTO ${RECORD_TABLES[kind]} AS o (id, shop_id, connection_id, external_id, source, source_hash, rules_hash, payload, payload_hash,
  payload_bytes, status, reason, run_id, line, customer_key, label, occurred_at, history, event_count${own.names})
SELECT r.id, $1, $2, r.external_id, r.source, r.source_hash, r.rules_hash, r.payload, r.payload_hash, r.payload_bytes,
  CASE WHEN r.payload IS NULL THEN r.status WHEN c.arrived_at IS NOT NULL THEN 'pending' ELSE 'waiting' END,
  CASE WHEN r.payload IS NULL THEN r.reason
       WHEN c.arrived_at IS NULL THEN jsonb_build_object('code', 'customer_missing',
         'message', 'Waits for customer ' || r.customer_key || ' to reach Klaviyo.') END,
  coalesce(r.run_id, $3), r.line, r.customer_key, r.label, r.occurred_at, coalesce(r.history, false), coalesce(r.event_count, 0)${own.values}
FROM jsonb_to_recordset($4::jsonb) AS r(id uuid, run_id uuid, external_id text, source jsonb, source_hash text, rules_hash text, payload jsonb,
  payload_hash text, payload_bytes int, status text, reason jsonb, line int, customer_key text, label text,
  occurred_at timestamptz, history boolean, event_count int${own.types})
LEFT JOIN LATERAL (
  SELECT arrived_at FROM customer WHERE connection_id = $2 AND external_id = r.customer_key LIMIT 1) c ON true
ON CONFLICT (connection_id, external_id) DO UPDATE SET
  source = EXCLUDED.source, source_hash = EXCLUDED.source_hash, rules_hash = EXCLUDED.rules_hash,
  payload = EXCLUDED.payload, payload_hash = EXCLUDED.payload_hash, payload_bytes = EXCLUDED.payload_bytes,
  status = CASE
    WHEN o.status = 'sending' THEN 'sending'
    WHEN EXCLUDED.payload IS NULL THEN CASE WHEN o.synced_at IS NOT NULL THEN 'synced' ELSE EXCLUDED.status END
    WHEN ${staysAside('o')} AND EXCLUDED.payload_hash = o.payload_hash THEN o.status
    WHEN ${allSent} THEN 'synced'
    ELSE EXCLUDED.status END,
  reason = CASE
    WHEN ${staysAside('o')} AND EXCLUDED.payload_hash = o.payload_hash THEN o.reason
    WHEN EXCLUDED.payload IS NOT NULL AND ${allSent} THEN NULL
    ELSE EXCLUDED.reason END,
  changed_after_send = o.changed_after_send
    OR (o.synced_hash IS NOT NULL AND EXCLUDED.payload_hash IS DISTINCT FROM o.synced_hash AND NOT ${sameSent})
    OR (o.synced_at IS NOT NULL AND EXCLUDED.customer_key <> o.customer_key),
  run_id = EXCLUDED.run_id, line = EXCLUDED.line, customer_key = EXCLUDED.customer_key, label = EXCLUDED.label,
  ${own.set}occurred_at = CASE WHEN o.synced_at IS NULL THEN EXCLUDED.occurred_at ELSE coalesce(o.occurred_at, EXCLUDED.occurred_at) END, history = EXCLUDED.history, event_count = EXCLUDED.event_count,
  attempts = 0, next_attempt_at = NULL, send_now = false, updated_at = now()`;
}

export const UPSERT_EVENT_RECORDS = {
  orders: upsertEventRecords('orders'),
  rewards: upsertEventRecords('rewards'),
};
