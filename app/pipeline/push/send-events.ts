import type { Context, Sql } from '../../context.ts';
import { hashOf } from '../../domain/hash.ts';
import { explainRefusal } from '../../domain/klaviyo-errors.ts';
import type { EventDraft, EventsPayload } from '../../domain/records.ts';
import { createTimeReader } from '../../domain/time.ts';
import { eventBody, eventsBody, eventsItem, type EventProfile } from '../../domain/wire.ts';
import { eventProfile } from '../event-profile.ts';
import { RECORD_TABLES } from '../record-tables.ts';
import { loadBatch, markSending, settleStatuses, withdrawBatch } from './batch-items.ts';
import { inParallel } from './in-parallel.ts';
import { newerValues, newerValuesNote } from './newer-values.ts';
import type { Batch, Push } from './push.ts';
import { recordEventsDone, recordRefused } from './record-outcomes.ts';
import { sendRequest } from './send-request.ts';
import { settleRefusal } from './settle-refusal.ts';

/** `unsent` are the events to send, `parts` the parts that are settled by them. */
type EventItem = {
  id: string;
  payload: EventsPayload;
  unsent: EventDraft[];
  parts: string[];
  profile: EventProfile;
  /** What a merchant should know about what goes. */
  note: Note | null;
};

type Note = { id: string; code: string; message: string };

type EventRow = {
  id: string;
  payload: EventsPayload;
  sent_parts: string[];
  email: string | null;
  phone: string | null;
  profile_id: string;
  newer: string[];
  occurred_at: Date | null;
};

/** Requests of a replay that may be under way at once. */
const SINGLES_AT_ONCE = 10;

type Opened = { batch: Batch; kind: 'orders' | 'rewards'; items: EventItem[] };

/**
 * Reads what the batch carries now: the parts of each record that Klaviyo has not seen. An event id that stands twice in
 * one request would cost the whole request, so the second record leaves the batch and goes with a later one.
 */
async function openEventBatch(ctx: Context, push: Push, batchId: string): Promise<Opened> {
  return ctx.db.transaction('open event batch', async (sql) => {
    const batch = await loadBatch(sql, batchId);
    const kind = batch.grouping.recordKind === 'rewards' ? 'rewards' : 'orders';
    const rows = await sql<EventRow>(
      `SELECT t.id, t.payload, t.sent_parts, t.occurred_at, ${eventProfile('c', 't.customer_key')}, ${newerValues(kind)} AS newer
         FROM push_item i JOIN ${RECORD_TABLES[kind]} t ON t.id = i.record_id
         LEFT JOIN customer c ON c.connection_id = t.connection_id AND c.external_id = t.customer_key
        WHERE i.batch_id = $1 AND i.open AND t.payload IS NOT NULL ORDER BY i.position`,
      [batchId],
    );
    await makeHistory(sql, push, kind, rows);
    const items: EventItem[] = [];
    const seen = new Set<string>();
    for (const row of rows) {
      const open = row.payload.events.filter((event) => !row.sent_parts.includes(event.part));
      const byId = new Map(open.map((event) => [`${event.name} ${event.uniqueId}`, event]));
      const ids = [...byId.keys()];
      if (open.length > 0 && ids.every((id) => !seen.has(id))) {
        ids.forEach((id) => seen.add(id));
        items.push({
          id: row.id,
          payload: withoutNewer(row),
          unsent: [...byId.values()],
          parts: open.map((event) => event.part),
          profile: { email: row.email, phone: row.phone, externalId: row.profile_id },
          note:
            row.newer.length === 0
              ? null
              : { id: row.id, code: 'newer_profile_values', message: newerValuesNote(kind, row.newer) },
        });
      }
    }
    const kept = items.map((item) => item.id);
    const left = await sql<{ record_id: string }>(
      `UPDATE push_item SET open = false, outcome = 'withdrawn'
        WHERE batch_id = $1 AND open AND NOT (record_id = ANY($2::uuid[])) RETURNING record_id`,
      [batchId, kept],
    );
    await settleStatuses(
      sql,
      kind,
      left.map((item) => item.record_id),
    );
    await sql(
      `UPDATE push_item i SET payload_hash = t.payload_hash, detail = p.parts
         FROM ${RECORD_TABLES[kind]} t, jsonb_to_recordset($2::jsonb) AS p(id uuid, parts text)
        WHERE i.batch_id = $1 AND i.open AND t.id = i.record_id AND p.id = i.record_id`,
      [batchId, JSON.stringify(items.map(({ id, parts }) => ({ id, parts: JSON.stringify(parts) })))],
    );
    await markSending(sql, batchId);
    return { batch, kind, items };
  });
}

/** What was staged as news goes as history when the connection's cut-off was set, or moved, while it waited: it must not start flows. */
async function makeHistory(
  sql: Sql,
  push: Push,
  kind: 'orders' | 'rewards',
  rows: readonly EventRow[],
): Promise<void> {
  const { historyBefore, timezone } = push.scope.rules;
  const before = historyBefore === null ? null : createTimeReader(timezone).read(historyBefore);
  const old = rows.filter(
    ({ payload, occurred_at: at }) =>
      !payload.backfill && before !== null && at !== null && at.getTime() < before.ms,
  );
  for (const row of old) {
    row.payload = { ...row.payload, backfill: true };
  }
  await sql(
    `UPDATE ${RECORD_TABLES[kind]} t SET payload = jsonb_set(t.payload, '{backfill}', 'true'), history = true, payload_hash = o.hash
       FROM unnest($1::uuid[], $2::text[]) AS o(id, hash) WHERE t.id = o.id`,
    [old.map(({ id }) => id), old.map(({ payload }) => hashOf(payload))],
  );
}

function withoutNewer({ payload, newer }: EventRow): EventsPayload {
  const values = Object.entries(payload.profileProperties).filter(([name]) => !newer.includes(name));
  return { ...payload, profileProperties: Object.fromEntries(values) };
}

/** Sends a planned bulk request of events. No clear answer → its events are replayed one by one, where a repeat is harmless. */
export async function sendEvents(ctx: Context, push: Push, batchId: string): Promise<void> {
  const { batch, kind, items } = await openEventBatch(ctx, push, batchId);
  if (items.length === 0) {
    await ctx.db.transaction('drop empty batch', (sql) => withdrawBatch(sql, batch));
    return;
  }
  const body = eventsBody(items.map((item) => eventsItem(item.payload, item.unsent, item.profile)));
  const answer = await sendRequest(
    ctx,
    push,
    { operation: 'createEvents', method: 'POST', path: '/api/event-bulk-create-jobs', body },
    { repeatable: false, isWhole: true },
  );
  if (answer === null) {
    await ctx.db.sql(`UPDATE push_batch SET kind = 'event-single', status = 'planned' WHERE id = $1`, [
      batch.id,
    ]);
    return;
  }
  if (answer.status === 202) {
    const notes = items.flatMap(({ note }) => note ?? []);
    await ctx.db.transaction('events done', (sql) => recordEventsDone(sql, batch, kind, notes));
    push.sent.events += items.reduce((sum, item) => sum + item.unsent.length, 0);
    return;
  }
  await settleRefusal(ctx, push, {
    batch,
    recordKind: kind,
    items: items.map((item) => ({ id: item.id, part: 'events' })),
    answer,
  });
}

/** Sends the events of a batch one by one. Repeating it is harmless: Klaviyo keeps the first event of an id. */
export async function sendEventSingles(ctx: Context, push: Push, batchId: string): Promise<void> {
  const { batch, kind, items } = await openEventBatch(ctx, push, batchId);
  const results = await inParallel(items, SINGLES_AT_ONCE, (item) => sendItem(ctx, push, item));
  await ctx.db.transaction('events done', async (sql) => {
    await keepParts(sql, kind, results);
    await recordRefused(
      sql,
      batch,
      kind,
      results.flatMap((result) => (result.refused === null ? [] : [{ ...result.refused, part: 'events' }])),
    );
    await recordEventsDone(
      sql,
      batch,
      kind,
      results.flatMap((result) => (result.note === null ? [] : [result.note])),
    );
    if (items.length === 0) {
      await withdrawBatch(sql, batch);
    }
  });
  push.sent.events += items.reduce(
    (sum, item, index) => sum + (results[index]?.refused === null ? item.unsent.length : 0),
    0,
  );
}

/** Of a record that was refused halfway, Klaviyo has what it took before. */
async function keepParts(
  sql: Sql,
  kind: 'orders' | 'rewards',
  results: readonly { refused: Note | null; taken: string[] }[],
): Promise<void> {
  const rows = results.flatMap(({ refused, taken }) =>
    refused === null || taken.length === 0 ? [] : [{ id: refused.id, parts: taken }],
  );
  if (rows.length > 0) {
    await sql(
      `UPDATE ${RECORD_TABLES[kind]} t SET sent_parts = t.sent_parts || r.parts
         FROM jsonb_to_recordset($1::jsonb) AS r(id uuid, parts text[]) WHERE t.id = r.id`,
      [JSON.stringify(rows)],
    );
  }
}

async function sendItem(
  ctx: Context,
  push: Push,
  item: EventItem,
): Promise<{ refused: Note | null; note: Note | null; taken: string[] }> {
  let { note } = item;
  const taken: string[] = [];
  for (const event of item.unsent) {
    const answer = await sendRequest(
      ctx,
      push,
      {
        operation: 'createEvent',
        method: 'POST',
        path: '/api/events',
        body: eventBody(item.payload, event, item.profile),
      },
      { repeatable: true },
    );
    if (answer === null || answer.status >= 300) {
      const status = answer?.status ?? 0;
      return {
        refused: { id: item.id, code: `klaviyo_${status}`, message: explainRefusal(answer?.body ?? null) },
        note: null,
        taken,
      };
    }
    taken.push(event.part);
    const ignored = answer.headers['x-klaviyo-partial-failure'];
    if (ignored !== undefined) {
      note = {
        id: item.id,
        code: 'partial_failure',
        message: `Klaviyo took the event and ignored: ${ignored}.`,
      };
    }
  }
  return { refused: null, note, taken };
}
