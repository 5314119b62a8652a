import type { Sql } from '../context.ts';
import type { CompiledRules } from '../domain/compile-rules.ts';
import { sourceHasher } from '../domain/diff.ts';
import type { RecordKind } from '../domain/records.ts';
import { rowNamer, storedReturned, storedRows, type StoredSource } from '../domain/stored-rows.ts';
import {
  mapUnit,
  sourceHashOf,
  type Evaluator,
  type MappedUnit,
  type StoredRecord,
} from './evaluate-units.ts';
import { bulkRulesHash, isOfBulkRules } from './bulk-rules.ts';
import { readOrderCustomers, type OrderCustomers } from './order-customers.ts';
import type { Unit } from './read-units.ts';
import { RECORD_TABLES } from './record-tables.ts';

/** A record with its source row, as far as mapping it anew needs it. */
export type KeptRecord = Omit<StoredRecord, 'taken_parts'> & {
  id: string;
  source: StoredSource;
  synced_hash: string | null;
  reason_code: string | null;
  line: number;
  /** Customers. */
  bulk: boolean;
  email: string | null;
  phone: string | null;
  consent_source: string | null;
  consent_at: Date | null;
  consent_set_at: Date | null;
  /** Orders and rewards. */
  is_sent: boolean;
  customer_key: string;
  late_returns: string[];
};

/**
 * What mapping a record anew does: `none`; it is to be `sent`; it is `kept-back` by a rule or a mistake now; Klaviyo has it
 * `already`, and the event that it got stands; or `quiet`: noted, with nothing to send.
 */
export type RemapEffect = 'none' | 'sent' | 'kept-back' | 'already' | 'quiet';

export type Remapped = {
  stored: KeptRecord;
  unit: Unit;
  result: MappedUnit;
  evaluator: Evaluator;
  effect: RemapEffect;
};

const SHARED = `t.id, t.external_id, t.source, t.source_hash, t.rules_hash, t.payload_hash, t.synced_hash, t.status,
  t.reason->>'code' AS reason_code, t.run_id, t.line`;
const COLUMNS_OF_CUSTOMERS = `t.bulk, t.email, t.phone, t.consent_email, t.consent_email_done, t.consent_sms, t.consent_sms_done,
  t.consent_source, t.consent_at, t.consent_set_at, t.issues`;
const COLUMNS_OF_EVENTS = `NULL AS issues, t.history, t.customer_key, (t.synced_at IS NOT NULL OR t.sent_parts <> '{}') AS is_sent,
  ARRAY(SELECT e->>'part' FROM jsonb_array_elements(t.payload->'events') e WHERE e->>'part' LIKE 'return:%') AS late_returns`;

/** The next records of a connection in the order of their keys (the index that finds a connection's records), or these. */
export async function readKept(
  sql: Sql,
  shopId: string,
  input: { connectionId: string; kind: RecordKind } & (
    { after: string | null; limit: number } | { ids: string[] }
  ),
): Promise<KeptRecord[]> {
  const { connectionId, kind } = input;
  const columns = `${SHARED}, ${kind === 'customers' ? COLUMNS_OF_CUSTOMERS : COLUMNS_OF_EVENTS}`;
  const table = RECORD_TABLES[kind];
  return 'ids' in input
    ? sql<KeptRecord>(
        // Id by id: with `= ANY` a planner without fresh statistics reads the whole table.
        `SELECT r.* FROM unnest($3::uuid[]) AS i(id) CROSS JOIN LATERAL (
           SELECT ${columns} FROM ${table} t WHERE t.shop_id = $1 AND t.connection_id = $2 AND t.id = i.id LIMIT 1) r`,
        [shopId, connectionId, input.ids],
      )
    : sql<KeptRecord>(
        `SELECT ${columns} FROM ${table} t
          WHERE t.shop_id = $1 AND t.connection_id = $2 AND ($3::text IS NULL OR t.external_id > $3)
          ORDER BY t.external_id LIMIT $4`,
        [shopId, connectionId, input.after, input.limit],
      );
}

/** The customers of stored orders, where today's rules look at them. */
export function customersOf(
  sql: Sql,
  connectionId: string,
  input: { kind: RecordKind; compiled: CompiledRules; records: readonly KeptRecord[] },
): Promise<OrderCustomers> {
  const { kind, compiled, records } = input;
  return readOrderCustomers(sql, connectionId, {
    ...{ kind, compiled },
    keys: kind === 'orders' ? records.map((record) => record.customer_key) : [],
  });
}

/** Maps records anew from their stored rows, exactly as if a file brought these rows under today's rules. Pure. */
export function remapKept(
  kind: RecordKind,
  records: readonly KeptRecord[],
  rules: { compiled: CompiledRules; rulesHash: string; customers: OrderCustomers },
): Remapped[] {
  const name = rowNamer(rules.compiled);
  const named = records.map((stored) => storedRows(kind, stored.source).map(name));
  const header = [...new Set(named.flatMap((rows) => rows.flatMap(Object.keys)))];
  const { compiled, rulesHash, customers } = rules;
  const usual: Evaluator = {
    ...{ kind, compiled, rulesHash },
    bulk: false,
    stamp: null,
    hashCells: sourceHasher(header),
    toRow: (cells) => Object.fromEntries(header.map((column, index) => [column, cells[index] ?? ''])),
  };
  const ofBulk: Evaluator = {
    ...usual,
    bulk: true,
    rulesHash: kind === 'customers' ? bulkRulesHash(rules.rulesHash) : rules.rulesHash,
  };
  return records.map((stored, index) => {
    const evaluator = isOfBulk(kind, stored) ? ofBulk : usual;
    const rows = (named[index] ?? []).map((row) => ({
      line: stored.line,
      cells: header.map((column) => row[column] ?? ''),
    }));
    const unit: Unit = { key: stored.external_id, rows, rowCount: rows.length };
    const result = mapUnit(evaluator, unit, sourceHashOf(evaluator, rows), {
      lateReturns: kind === 'orders' ? stored.late_returns : undefined,
      customerRow: kind === 'orders' ? customers.get(stored.customer_key) : undefined,
    });
    const returned = kind === 'orders' ? (storedReturned(stored.source)?.map(name) ?? null) : null;
    const effect = effectOf(kind, stored, result.payloadHash);
    return { stored, unit, result: { ...result, returned }, evaluator, effect };
  });
}

/** Nobody of the bulk lane gets consent or a list by this, and what was recorded as history stays it: it would start flows. */
function isOfBulk(kind: RecordKind, stored: KeptRecord): boolean {
  return kind === 'customers' ? stored.bulk || isOfBulkRules(stored.rules_hash) : stored.history;
}

/** Reasons to skip a record that rules have no say in: the bulk lane found the profile in Klaviyo, or a person put it aside. */
const LEFT_ALONE = new Set(['exists_in_klaviyo', 'skipped_by_person']);

function effectOf(kind: RecordKind, stored: KeptRecord, payloadHash: string | null): RemapEffect {
  const isLeftAlone = stored.status === 'skipped' && LEFT_ALONE.has(stored.reason_code ?? '');
  if (payloadHash === stored.payload_hash || isLeftAlone) {
    return 'none';
  }
  if (kind !== 'customers' && stored.is_sent) {
    // What waits to go beside what was sent (a return that came later) goes as it is mapped now.
    return stored.status === 'synced' || payloadHash === null ? 'already' : 'sent';
  }
  if (payloadHash === null) {
    return 'kept-back';
  }
  const isHeldByAnother = ['shared_email', 'customer_skipped'].includes(stored.reason_code ?? '');
  return (isHeldByAnother && stored.status === 'skipped') || payloadHash === stored.synced_hash
    ? 'quiet'
    : 'sent';
}
