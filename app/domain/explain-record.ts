import type { CompiledRules } from './compile-rules.ts';
import { explainCustomer } from './explain-customer.ts';
import { explainOrder, explainReward } from './explain-events.ts';
import type { ValueReason } from './explain-target.ts';
import { mapCustomer } from './map-customer.ts';
import { mapOrder } from './map-order.ts';
import { mapReward } from './map-reward.ts';
import type {
  CustomerPayload,
  EventsPayload,
  Issue,
  JsonObject,
  MappedCustomer,
  MappedEvents,
  RecordKind,
  SourceRow,
} from './records.ts';
import { eventsItem, profileItem, upsertBody, type EventProfile } from './wire.ts';

export type MappedRecord = MappedCustomer | MappedEvents;

/**
 * A record as it is stored. `isBulk`: it came by the bulk lane: no consent, no list, everything is history. `lateReturns`: parts
 * of an order's returns that came after its first was sent.
 */
export type StoredUnit = {
  kind: RecordKind;
  key: string;
  rows: readonly SourceRow[];
  isBulk: boolean;
  lateReturns?: readonly string[];
  /** The row of an order's customer, where it is known. */
  customerRow?: SourceRow;
};

/** Reasons by JSON pointer into the wire body, and of what the body does not show (list, consent, values left out). */
export type Explained = {
  reasons: Record<string, ValueReason>;
  beside: { target: string; reason: ValueReason }[];
};

/** Maps stored rows as an import does. Pure. */
export function mapStored(
  compiled: CompiledRules,
  { kind, key, rows, isBulk, lateReturns, customerRow }: StoredUnit,
): MappedRecord {
  const [row = {}] = rows;
  if (kind === 'customers') {
    const mapped = mapCustomer(compiled, row);
    return mapped.outcome === 'mapped' && isBulk
      ? { ...mapped, consent: {}, payload: { ...mapped.payload, list: null, clear: [] } }
      : mapped;
  }
  const mapped =
    kind === 'orders'
      ? mapOrder(compiled, rows, { orderKey: key, lateReturns, customerRow })
      : mapReward(compiled, row);
  return mapped.outcome === 'mapped' && isBulk
    ? { ...mapped, payload: { ...mapped.payload, backfill: true } }
    : mapped;
}

/** The part of Klaviyo's request that is this record's own: a profile, or the events of one person. */
export function wireOf(
  kind: RecordKind,
  payload: CustomerPayload | EventsPayload,
  profile: EventProfile,
): JsonObject {
  if (kind !== 'customers') {
    const { events } = payload as EventsPayload;
    return JSON.parse(eventsItem(payload as EventsPayload, events, profile)) as JsonObject;
  }
  const own = payload as CustomerPayload;
  // Only a single upsert may carry the nulls that clear something.
  return own.clear.length > 0
    ? (JSON.parse(upsertBody(own)) as { data: JsonObject }).data
    : (JSON.parse(profileItem(own)) as JsonObject);
}

/** Why each value is what it is, under these rules. Pure. */
export function explainRecord(
  compiled: CompiledRules,
  unit: StoredUnit,
  input: {
    wire: JsonObject | null;
    parts: readonly string[];
    warnings: readonly Issue[];
    profile: EventProfile;
  },
): Explained {
  if (unit.kind === 'customers') {
    return explainCustomer(compiled, unit.rows[0] ?? {}, input);
  }
  return unit.kind === 'orders'
    ? explainOrder(compiled, unit.rows, { ...input, customerRow: unit.customerRow })
    : explainReward(compiled, unit.rows[0] ?? {}, input);
}
