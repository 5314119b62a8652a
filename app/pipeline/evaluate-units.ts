import type { Context, Sql } from '../context.ts';
import { hashOf } from '../domain/hash.ts';
import {
  mapCustomer,
  mapOrder,
  mapReward,
  type CompiledRules,
  type TranslationMiss,
} from '../domain/mapping.ts';
import type {
  ConsentIntent,
  EventsPayload,
  MappedCustomer,
  MappedEvents,
  RecordKind,
  SourceRow,
} from '../domain/records.ts';
import { keepLaterConsent, keepOpenOptOuts, openOptOuts, type StoredConsent } from './kept-consent.ts';
import { customerKey, readOrderCustomers } from './order-customers.ts';
import { readSentOrders, type SentOrder, type UnitDraft } from './read-sent-orders.ts';
import type { Unit } from './read-units.ts';
import { RECORD_TABLES } from './record-tables.ts';

/** What the database holds of a record, as far as the diff needs it. */
export type StoredRecord = StoredConsent & {
  external_id: string;
  source_hash: string;
  rules_hash: string;
  payload_hash: string | null;
  status: string;
  /** The run that wrote it last. */
  run_id: string | null;
  /** What is wrong with a customer's row; null = no release has looked at it, or no customer. */
  issues: string[] | null;
  /** Orders and rewards: events that Klaviyo has or that are on their way, and whether they went as history. */
  taken_parts: string[] | null;
  history: boolean;
};

/** What became of a unit, and what to write about it; null = nothing at all. */
export type Evaluation = {
  unit: Unit;
  standing: 'created' | 'changed' | 'unchanged';
  stored: StoredRecord | null;
  result: MappedUnit | null;
};

export type MappedUnit = {
  rows: SourceRow[];
  sourceHash: string;
  payloadHash: string | null;
  mapped: { kind: 'customers'; of: MappedCustomer } | { kind: 'orders' | 'rewards'; of: MappedEvents };
  misses: TranslationMiss[];
  /** Returned lines of an order that its source is to remember beside its rows. */
  returned: SourceRow[] | null;
};

export type Evaluator = {
  kind: RecordKind;
  compiled: CompiledRules;
  rulesHash: string;
  /** Bulk lane: no consent, everything is history. */
  bulk: boolean;
  /** When the file was written; null = the rows come from no file, or from one that is not imported. */
  stamp: Date | null;
  hashCells(cells: readonly string[]): string;
  toRow(cells: readonly string[]): SourceRow;
};

/**
 * Diffs a chunk of units against the database: source hash and rules hash equal → unchanged before any mapping; else
 * mapped, and the payload hash decides. Reads only.
 */
export async function evaluateUnits(
  ctx: Context,
  connectionId: string,
  evaluator: Evaluator,
  units: Unit[],
  sql: Sql = ctx.db.sql,
): Promise<Evaluation[]> {
  const stored = await readStored(sql, connectionId, evaluator.kind, units);
  const drafts = units.map((unit) => ({
    unit,
    stored: stored.get(unit.key) ?? null,
    sourceHash: sourceHashOf(evaluator, unit.rows),
  }));
  const sentOrders = await readSentOrders(sql, connectionId, evaluator, drafts);
  const customers = await readOrderCustomers(sql, connectionId, {
    kind: evaluator.kind,
    compiled: evaluator.compiled,
    keys: units.map((unit) => customerKeyOf(evaluator, unit)),
  });
  const stamps = evaluator.kind === 'customers' ? await readStamps(sql, [...stored.values()]) : new Map();
  return drafts.map((draft) =>
    evaluateUnit(evaluator, draft, {
      sentOrder: sentOrders.get(draft.unit.key),
      customerRow: customers.get(customerKeyOf(evaluator, draft.unit)),
      storedStamp: stamps.get(draft.stored?.run_id ?? '') ?? null,
    }),
  );
}

/** When the files were written that stored records come from, by run. */
async function readStamps(sql: Sql, stored: readonly StoredRecord[]): Promise<Map<string, Date>> {
  const runs = [...new Set(stored.flatMap((record) => record.run_id ?? []))];
  const rows = await sql<{ id: string; stamp: Date | null }>(
    `SELECT r.id, f.stamp FROM unnest($1::uuid[]) AS u(id) JOIN import_run r ON r.id = u.id
       JOIN source_file f ON f.id = r.file_id`,
    [runs],
  );
  return new Map(rows.flatMap(({ id, stamp }) => (stamp === null ? [] : [[id, stamp]])));
}

async function readStored(
  sql: Sql,
  connectionId: string,
  kind: RecordKind,
  units: Unit[],
): Promise<Map<string, StoredRecord>> {
  const own =
    kind === 'customers'
      ? `consent_email, consent_email_done, consent_sms, consent_sms_done, source_updated_at, issues, NULL AS taken_parts,
          false AS history`
      : `NULL AS consent_email, NULL AS consent_email_done, NULL AS consent_sms, NULL AS consent_sms_done, NULL::timestamptz AS source_updated_at, NULL AS issues, history,
          CASE WHEN status = 'sending' THEN sent_parts || ARRAY(SELECT e->>'part' FROM jsonb_array_elements(payload->'events') e)
               ELSE sent_parts END AS taken_parts`;
  const rows = await sql<StoredRecord>(
    // Key by key: with `= ANY` a planner without fresh statistics reads the whole connection for every chunk.
    `SELECT t.* FROM unnest($2::text[]) AS k(key) CROSS JOIN LATERAL (
       SELECT external_id, source_hash, rules_hash, payload_hash, status, run_id, ${own}
         FROM ${RECORD_TABLES[kind]} WHERE connection_id = $1 AND external_id = k.key LIMIT 1) t`,
    [connectionId, units.map((unit) => unit.key)],
  );
  return new Map(rows.map((row) => [row.external_id, row]));
}

function evaluateUnit(
  evaluator: Evaluator,
  { unit, stored, sourceHash }: UnitDraft,
  beside: {
    sentOrder: SentOrder | undefined;
    customerRow: SourceRow | undefined;
    storedStamp: Date | null;
  },
): Evaluation {
  if (stored !== null && evaluator.bulk && evaluator.kind === 'customers') {
    // The bulk lane creates people; who is known already is left alone.
    return { unit, standing: 'unchanged', stored, result: null };
  }
  if (stored !== null && isKnown(evaluator, stored, sourceHash)) {
    return { unit, standing: 'unchanged', stored, result: null };
  }
  const { sentOrder, customerRow } = beside;
  const result = mapUnit(evaluator, unit, sourceHash, {
    ...{ stored, sentOrder, customerRow },
    lateReturns: sentOrder?.lateReturns,
  });
  if (stored === null) {
    return { unit, standing: 'created', stored, result };
  }
  if (result.mapped.kind === 'customers') {
    const isLate =
      evaluator.stamp !== null && beside.storedStamp !== null && evaluator.stamp < beside.storedStamp;
    keepLaterConsent(stored, result.mapped.of, isLate);
    keepOpenOptOuts(stored, result.mapped.of, evaluator.compiled);
  }
  const isSame = stored.payload_hash === result.payloadHash && sameConsent(stored, result);
  return { unit, standing: isSame ? 'unchanged' : 'changed', stored, result };
}

/** Whose an order is; blank for customers. */
function customerKeyOf(evaluator: Evaluator, { rows: [row] }: Unit): string {
  return evaluator.kind === 'customers' || evaluator.compiled.customerColumns === null || row === undefined
    ? ''
    : customerKey(evaluator.compiled, evaluator.kind, evaluator.toRow(row.cells));
}

/**
 * Whether the same rows were mapped by the same rules; a customer also by a release that notes what is wrong with rows, an order or
 * reward that was not sent also as the history that the bulk lane makes of it.
 */
function isKnown(evaluator: Evaluator, stored: StoredRecord, sourceHash: string): boolean {
  // What a person put aside stays there: it has a payload.
  const isOpen = ['pending', 'waiting', 'failed'].includes(stored.status) || stored.payload_hash === null;
  const isNews = isOpen && !stored.history;
  return (
    stored.source_hash === sourceHash &&
    stored.rules_hash === evaluator.rulesHash &&
    (evaluator.kind === 'customers' ? stored.issues !== null : !(evaluator.bulk && isNews))
  );
}

/** Tells whether the rows of a record are what they were. */
export function sourceHashOf(evaluator: Evaluator, rows: Unit['rows']): string {
  const hashes = rows.map((row) => evaluator.hashCells(row.cells));
  return hashes.length === 1 ? (hashes[0] ?? '') : hashOf(hashes);
}

/** Maps one unit by the evaluator's rules. `known`: what the database holds of it, where that decides what is history or a later return. */
export function mapUnit(
  evaluator: Evaluator,
  unit: Unit,
  sourceHash: string,
  known: {
    stored?: StoredRecord | null;
    sentOrder?: SentOrder;
    lateReturns?: readonly string[];
    customerRow?: SourceRow;
  } = {},
): MappedUnit {
  const rows = unit.rows.map((row) => evaluator.toRow(row.cells));
  const [first] = rows;
  if (first === undefined) {
    throw new Error('a unit has no rows');
  }
  if (evaluator.kind === 'customers') {
    const { misses, ...of } = mapCustomer(evaluator.compiled, first);
    if (of.outcome === 'mapped' && evaluator.bulk) {
      of.consent = {};
      of.payload = { ...of.payload, list: null, clear: [] };
    }
    const payloadHash = of.outcome === 'mapped' ? hashOf(of.payload) : null;
    return { rows, sourceHash, payloadHash, mapped: { kind: 'customers', of }, misses, returned: null };
  }
  const { misses, ...of } =
    evaluator.kind === 'orders'
      ? mapOrder(evaluator.compiled, rows, {
          orderKey: unit.key,
          lateReturns: known.lateReturns,
          customerRow: known.customerRow,
        })
      : mapReward(evaluator.compiled, first);
  if (of.outcome === 'mapped') {
    of.payload = { ...of.payload, backfill: isBackfill(evaluator, known, of.payload) };
  }
  const payloadHash = of.outcome === 'mapped' ? hashOf(of.payload) : null;
  const returned = known.sentOrder?.returned[of.outcome === 'mapped' ? 'mapped' : 'unmapped'] ?? null;
  return { rows, sourceHash, payloadHash, mapped: { kind: evaluator.kind, of }, misses, returned };
}

/**
 * Whether the events go as history, which starts no flow: the bulk lane, what happened before the cut-off, and what was history
 * before it was sent. What Klaviyo has keeps what it was, and what still waits beside it, too. When a past order comes again and only
 * other rules make more events of it (item events switched on), these are history; what the file itself adds (a return) is news.
 */
function isBackfill(
  evaluator: Evaluator,
  { stored = null, sentOrder }: { stored?: StoredRecord | null; sentOrder?: SentOrder },
  payload: EventsPayload,
): boolean {
  const isOfOldDay = evaluator.bulk || payload.backfill;
  const taken = stored?.taken_parts ?? [];
  if (stored === null || taken.length === 0) {
    return isOfOldDay || stored?.history === true;
  }
  const open = payload.events.map(({ part }) => part).filter((part) => !taken.includes(part));
  if (open.length === 0) {
    return stored.history;
  }
  const isMadeByRules =
    stored.rules_hash !== evaluator.rulesHash &&
    open.some(
      (part) => sentOrder?.partsMade.has(part) !== true && sentOrder?.partsOfOldRows.has(part) !== false,
    );
  const isHistoryStill = stored.history && open.some((part) => sentOrder?.partsMade.has(part) === true);
  return isOfOldDay || isHistoryStill || isMadeByRules;
}

function sameConsent(stored: StoredRecord, result: MappedUnit): boolean {
  if (result.mapped.kind !== 'customers') {
    return true;
  }
  const { of } = result.mapped;
  const consent: ConsentIntent = of.outcome === 'mapped' ? of.consent : openOptOuts(stored);
  return stored.consent_email === (consent.email ?? null) && stored.consent_sms === (consent.sms ?? null);
}
