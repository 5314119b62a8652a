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
  ConsentWish,
  MappedCustomer,
  MappedEvents,
  RecordKind,
  SourceRow,
} from '../domain/records.ts';
import type { Unit } from './read-units.ts';
import { RECORD_TABLES } from './record-tables.ts';

/** What the database holds of a record, as far as the diff needs it. */
export type StoredRecord = {
  external_id: string;
  source_hash: string;
  rules_hash: string;
  payload_hash: string | null;
  status: string;
  consent_email: string | null;
  consent_sms: string | null;
  /** Of the bulk lane, which says nothing of consent: there was no first look at it yet. */
  bulk: boolean;
  source_updated_at: Date | null;
  /** What is wrong with a customer's row; null = no release has looked at it, or no customer. */
  issues: string[] | null;
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
};

export type Evaluator = {
  kind: RecordKind;
  compiled: CompiledRules;
  rulesHash: string;
  /** Bulk lane: no consent, everything is history. */
  bulk: boolean;
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
  return units.map((unit) => evaluateUnit(evaluator, unit, stored.get(unit.key) ?? null));
}

async function readStored(
  sql: Sql,
  connectionId: string,
  kind: RecordKind,
  units: Unit[],
): Promise<Map<string, StoredRecord>> {
  const ofCustomers =
    kind === 'customers'
      ? 'consent_email, consent_sms, bulk, source_updated_at, issues'
      : 'NULL AS consent_email, NULL AS consent_sms, false AS bulk, NULL::timestamptz AS source_updated_at, NULL AS issues';
  const rows = await sql<StoredRecord>(
    // Key by key: with `= ANY` a planner without fresh statistics reads the whole connection for every chunk.
    `SELECT t.* FROM unnest($2::text[]) AS k(key) CROSS JOIN LATERAL (
       SELECT external_id, source_hash, rules_hash, payload_hash, status, ${ofCustomers}
         FROM ${RECORD_TABLES[kind]} WHERE connection_id = $1 AND external_id = k.key LIMIT 1) t`,
    [connectionId, units.map((unit) => unit.key)],
  );
  return new Map(rows.map((row) => [row.external_id, row]));
}

function evaluateUnit(evaluator: Evaluator, unit: Unit, stored: StoredRecord | null): Evaluation {
  const sourceHash = sourceHashOf(evaluator, unit.rows);
  if (stored !== null && evaluator.bulk && evaluator.kind === 'customers') {
    // The bulk lane creates people; who is known already is left alone.
    return { unit, standing: 'unchanged', stored, result: null };
  }
  if (stored !== null && isKnown(evaluator, stored, sourceHash)) {
    return { unit, standing: 'unchanged', stored, result: null };
  }
  const result = mapUnit(evaluator, unit, sourceHash);
  if (stored === null) {
    return { unit, standing: 'created', stored, result };
  }
  if (result.mapped.kind === 'customers') {
    keepLaterConsent(stored, result.mapped.of);
  }
  const isSame = stored.payload_hash === result.payloadHash && sameConsent(stored, result);
  return { unit, standing: isSame ? 'unchanged' : 'changed', stored, result };
}

/** Whether the same rows were mapped by the same rules; a customer also by a release that notes what is wrong with rows. */
function isKnown(evaluator: Evaluator, stored: StoredRecord, sourceHash: string): boolean {
  return (
    stored.source_hash === sourceHash &&
    stored.rules_hash === evaluator.rulesHash &&
    (evaluator.kind !== 'customers' || stored.issues !== null)
  );
}

/** Tells whether the rows of a record are what they were. */
export function sourceHashOf(evaluator: Evaluator, rows: Unit['rows']): string {
  const hashes = rows.map((row) => evaluator.hashCells(row.cells));
  return hashes.length === 1 ? (hashes[0] ?? '') : hashOf(hashes);
}

/** Maps one unit by the evaluator's rules; nothing is compared. */
export function mapUnit(evaluator: Evaluator, unit: Unit, sourceHash: string): MappedUnit {
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
    return { rows, sourceHash, payloadHash, mapped: { kind: 'customers', of }, misses };
  }
  const { misses, ...of } =
    evaluator.kind === 'orders'
      ? mapOrder(evaluator.compiled, rows, { orderKey: unit.key })
      : mapReward(evaluator.compiled, first);
  if (of.outcome === 'mapped' && evaluator.bulk) {
    of.payload = { ...of.payload, backfill: true };
  }
  const payloadHash = of.outcome === 'mapped' ? hashOf(of.payload) : null;
  return { rows, sourceHash, payloadHash, mapped: { kind: evaluator.kind, of }, misses };
}

/** A row older than one that came before (an old export that came again) subscribes nobody. An opt-out counts all the same. */
function keepLaterConsent(stored: StoredRecord, of: MappedCustomer): void {
  const isOlder =
    of.outcome === 'mapped' &&
    of.updatedAt !== null &&
    stored.source_updated_at !== null &&
    Date.parse(of.updatedAt) < stored.source_updated_at.getTime();
  if (!isOlder || stored.bulk) {
    return;
  }
  const kept = {
    email: laterWish(of.consent.email, stored.consent_email),
    sms: laterWish(of.consent.sms, stored.consent_sms),
  };
  if (kept.email !== of.consent.email || kept.sms !== of.consent.sms) {
    Object.assign(of.consent, kept);
    of.warnings.push({
      severity: 'warning',
      code: 'older_row',
      message:
        'This row is older than one that came before and says yes to marketing, which did not. It subscribes nobody; the later word counts.',
    });
  }
}

function laterWish(wish: ConsentWish | undefined, stored: string | null): ConsentWish | undefined {
  return wish === 'subscribe' && stored !== wish ? (stored === 'unsubscribe' ? stored : undefined) : wish;
}

function sameConsent(stored: StoredRecord, result: MappedUnit): boolean {
  if (result.mapped.kind !== 'customers') {
    return true;
  }
  const consent: ConsentIntent = result.mapped.of.outcome === 'mapped' ? result.mapped.of.consent : {};
  return stored.consent_email === (consent.email ?? null) && stored.consent_sms === (consent.sms ?? null);
}
