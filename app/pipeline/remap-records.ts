import type { Context, Sql } from '../context.ts';
import type { CompiledRules } from '../domain/compile-rules.ts';
import { problemKinds } from '../domain/data-quality.ts';
import type { ConsentIntent, JsonObject, RecordKind } from '../domain/records.ts';
import { customersOf, readKept, remapKept, type KeptRecord, type Remapped } from './evaluate-stored.ts';
import { flowEventsOf } from './flow-events.ts';
import type { ConnectionScope } from './load-connections.ts';
import { givePhonesBack } from './push/shared-phones.ts';
import { rankSharedEmails } from './rank-shared-emails.ts';
import { RECORD_TABLES } from './record-tables.ts';
import { noteMisses, recordRow } from './stage-records.ts';
import { UPSERT_CUSTOMERS, UPSERT_EVENT_RECORDS } from './stage-sql.ts';
import { storedJson } from './stored-json.ts';

/** What became of a stretch of records. `last` is the key to go on after; null = that was the last. */
export type RemapStep = {
  last: string | null;
  checked: number;
  sent: number;
  keptBack: number;
  alreadySent: number;
};

const CHUNK = 500;

/**
 * Maps the next stored records of a connection anew under today's rules and stages what changed as a file would: same hashes,
 * same statuses, the same statements. Of records whose result is what it was only the note of
 * what is wrong with the row is renewed. One transaction, in which `commit`
 * makes the step durable: a kill leaves all of it or nothing. The caller holds the connection's lock.
 *
 * Consent is never touched: the row is old, and what it said is settled or due already. Only a wish to subscribe that was not
 * acted upon is let go when the address changes: it was about another one, and the next file says it again.
 */
export async function remapRecords(
  ctx: Context,
  shopId: string,
  input: {
    scope: ConnectionScope;
    compiled: CompiledRules;
    kind: RecordKind;
    after: string | null;
    commit: (sql: Sql, step: RemapStep) => Promise<void>;
  },
): Promise<RemapStep> {
  const { scope, compiled, kind, after } = input;
  const records = await readKept(ctx.db.sql, shopId, { connectionId: scope.id, kind, after, limit: CHUNK });
  const customers = await customersOf(ctx.db.sql, scope.id, { kind, compiled, records });
  const remapped = remapKept(kind, records, { compiled, rulesHash: scope.rulesHash, customers });
  const count = (effect: Remapped['effect']) => remapped.filter((one) => one.effect === effect).length;
  const step: RemapStep = {
    last: records.length < CHUNK ? null : (records.at(-1)?.external_id ?? null),
    checked: records.length,
    sent: count('sent'),
    keptBack: count('kept-back'),
    alreadySent: count('already'),
  };
  const changed = remapped.filter(({ effect }) => effect !== 'none');
  await ctx.db.transaction('remap records', async (sql) => {
    await stageRemapped(sql, shopId, { connectionId: scope.id, kind, changed });
    await noteProblems(sql, shopId, remapped);
    await input.commit(sql, step);
  });
  return step;
}

/**
 * Maps orders anew that waited for their customer, where templates look at the customer. In the caller's transaction; they
 * take the status that a file would give them.
 */
export async function remapReleased(
  sql: Sql,
  scope: ConnectionScope,
  input: { compiled: CompiledRules; ids: readonly string[] },
): Promise<void> {
  const { compiled, ids } = input;
  for (let from = 0; from < ids.length; from += CHUNK) {
    const some = ids.slice(from, from + CHUNK);
    const records = await readKept(sql, scope.shopId, { connectionId: scope.id, kind: 'orders', ids: some });
    const customers = await customersOf(sql, scope.id, { kind: 'orders', compiled, records });
    const remapped = remapKept('orders', records, { compiled, rulesHash: scope.rulesHash, customers });
    const changed = remapped.filter(({ effect }) => effect !== 'none');
    await stageRemapped(sql, scope.shopId, { connectionId: scope.id, kind: 'orders', changed });
  }
}

async function stageRemapped(
  sql: Sql,
  shopId: string,
  { connectionId, kind, changed }: { connectionId: string; kind: RecordKind; changed: Remapped[] },
): Promise<void> {
  if (changed.length === 0) {
    return;
  }
  const ids = changed.map(({ stored }) => stored.id);
  // Somebody whose data was erased a moment ago must not come back.
  const there = await sql<{ id: string }>(
    `SELECT id FROM ${RECORD_TABLES[kind]} WHERE shop_id = $1 AND id = ANY($2::uuid[]) FOR UPDATE`,
    [shopId, ids],
  );
  const present = new Set(there.map(({ id }) => id));
  const written = changed.filter(({ stored }) => present.has(stored.id));
  const statement = kind === 'customers' ? UPSERT_CUSTOMERS : UPSERT_EVENT_RECORDS[kind];
  await sql(statement, [shopId, connectionId, null, storedJson(written.map((one) => rowOf(kind, one)))]);
  await noteMisses(sql, shopId, written);
  if (kind === 'customers') {
    const formerEmails = written.flatMap(({ stored }) => stored.email ?? []);
    await rankSharedEmails(sql, { connectionId, customerIds: ids, formerEmails });
    await givePhonesBack(sql, connectionId);
    return;
  }
  await addFlowEvents(sql, shopId, written);
  // Klaviyo keeps the event that it got. Parts that the rules make of it only now would start flows for old orders, also when
  // a later file brings the order changed: they count as settled.
  await sql(
    `UPDATE ${RECORD_TABLES[kind]} SET status = 'synced', reason = NULL, changed_after_send = true, sent_parts = ARRAY(SELECT DISTINCT unnest(sent_parts
              || ARRAY(SELECT e->>'part' FROM jsonb_array_elements(payload->'events') e)))
      WHERE shop_id = $1 AND id = ANY($2::uuid[]) AND status IN ('pending', 'waiting', 'failed', 'skipped')`,
    [shopId, written.filter(({ effect }) => effect === 'already').map(({ stored }) => stored.id)],
  );
}

/** Counts events with the file of their row that rules or a mistake kept back when it was read. */
async function addFlowEvents(sql: Sql, shopId: string, written: readonly Remapped[]): Promise<void> {
  const counts = new Map<string, number>();
  for (const { stored, result, effect } of written) {
    if (effect === 'sent' && stored.payload_hash === null && stored.run_id !== null) {
      const more = flowEventsOf({ standing: 'changed', stored: null, result });
      counts.set(stored.run_id, (counts.get(stored.run_id) ?? 0) + more);
    }
  }
  await sql(
    `UPDATE import_run r SET flow_events = r.flow_events + n.count FROM unnest($2::uuid[], $3::int[]) AS n(id, count)
      WHERE r.shop_id = $1 AND r.id = n.id`,
    [shopId, [...counts.keys()], [...counts.values()]],
  );
}

/** What today's rules find wrong with rows whose result is otherwise what it was. */
async function noteProblems(sql: Sql, shopId: string, remapped: readonly Remapped[]): Promise<void> {
  const rows = remapped.flatMap(({ stored, result, effect }) => {
    const issues = result.mapped.kind === 'customers' ? problemKinds(result.mapped.of) : [];
    const isOther = stored.issues === null || stored.issues.join() !== issues.join();
    return effect === 'none' && result.mapped.kind === 'customers' && isOther
      ? [{ id: stored.id, issues }]
      : [];
  });
  if (rows.length > 0) {
    await sql(
      `UPDATE customer c SET issues = r.issues FROM jsonb_to_recordset($2::jsonb) AS r(id uuid, issues text[])
        WHERE c.shop_id = $1 AND c.id = r.id`,
      [shopId, JSON.stringify(rows)],
    );
  }
}

function rowOf(kind: RecordKind, remapped: Remapped): JsonObject {
  const { stored, evaluator } = remapped;
  const row = {
    ...recordRow(remapped, evaluator, null),
    id: stored.id,
    run_id: stored.run_id,
    line: stored.line,
  };
  return kind === 'customers' ? { ...row, ...keptConsent(remapped) } : row;
}

/** The consent that stays, and the hash of rules that has the next file look at the row again where today's say otherwise. */
function keptConsent({ stored, result, evaluator }: Remapped): JsonObject {
  const of = result.mapped.kind === 'customers' ? result.mapped.of : null;
  const mapped = of?.outcome === 'mapped' ? of : null;
  const kept = {
    consent_email: keptWish(stored, 'email', mapped?.payload.attributes.email),
    consent_sms: keptWish(stored, 'sms', mapped?.payload.attributes.phone_number),
    consent_source: stored.consent_source,
    consent_at: stored.consent_at?.toISOString() ?? null,
  };
  const isToday = saysTheSame(mapped?.consent ?? {}, kept);
  return {
    ...kept,
    consent_set_at: stored.consent_set_at?.toISOString() ?? null,
    rules_hash: isToday ? evaluator.rulesHash : stored.rules_hash,
  };
}

function keptWish(stored: KeptRecord, channel: 'email' | 'sms', address: string | undefined): string | null {
  const [wish, done, known] =
    channel === 'email'
      ? [stored.consent_email, stored.consent_email_done, stored.email]
      : [stored.consent_sms, stored.consent_sms_done, stored.phone];
  const isAboutAnother = address !== undefined && address !== known;
  return wish === 'subscribe' && wish !== done && isAboutAnother ? null : wish;
}

function saysTheSame(
  mapped: ConsentIntent,
  kept: Record<'consent_email' | 'consent_sms' | 'consent_source' | 'consent_at', string | null>,
): boolean {
  const at = mapped.at === undefined ? null : new Date(mapped.at).toISOString();
  return (
    (mapped.email ?? null) === kept.consent_email &&
    (mapped.sms ?? null) === kept.consent_sms &&
    (mapped.source ?? null) === kept.consent_source &&
    at === kept.consent_at
  );
}
