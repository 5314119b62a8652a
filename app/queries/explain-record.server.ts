import type { Context } from '../context.ts';
import type { CompiledRules } from '../domain/compile-rules.ts';
import { rulesForRow } from '../domain/diff.ts';
import {
  explainRecord,
  mapStored,
  wireOf,
  type MappedRecord,
  type StoredUnit,
} from '../domain/explain-record.ts';
import type { ValueReason } from '../domain/explain-target.ts';
import { canonicalJson, hashOf } from '../domain/hash.ts';
import { jsonValues } from '../domain/json-lines.ts';
import type { CustomerPayload, EventsPayload, JsonObject, SourceRow } from '../domain/records.ts';
import type { Mapping, MappingScope } from '../domain/rules.ts';
import type { EventProfile } from '../domain/wire.ts';
import { readOrderCustomer } from '../pipeline/order-customers.ts';
import { compiledOrNull, type HashedRules } from './compiled-rules.ts';

/** Why a value is what it is, with the addresses of what decided it. */
export type ValueWhy = Omit<ValueReason, 'mapping' | 'lookups'> & {
  /** Page of the mapping; null when it is none, or was removed since. */
  mappingUrl: string | null;
  lookups: (ValueReason['lookups'][number] & { url: string })[];
};

export type ExplainedPayload = {
  /** What Klaviyo gets of this record; null when nothing goes. */
  wire: JsonObject | null;
  /** By JSON pointer into `wire`. */
  whys: Record<string, ValueWhy>;
  /** What the body does not show: list, consent, values that were left out. */
  beside: { target: string; why: ValueWhy }[];
  /** False: the configuration that made the payload is not kept; the reasons are those of the one next to it. */
  isExact: boolean;
  /** What today's configuration would give instead, by the pointer of the single value. */
  changes: Record<string, string>;
  /** What today's configuration would do in all, in sentences; [] = the same. */
  today: string[];
};

export type ExplainInput = {
  unit: StoredUnit;
  connectionId: string;
  payload: CustomerPayload | EventsPayload | null;
  payloadHash: string | null;
  profile: EventProfile;
  /** The configuration that made the payload, made ready; null when it is not kept. */
  used: (HashedRules & { compiled: CompiledRules }) | null;
  /** Today's; null when the connection was removed. */
  today: HashedRules | null;
};

const SCOPES: Record<StoredUnit['kind'], MappingScope[]> = {
  customers: ['customer'],
  orders: ['order', 'item'],
  rewards: ['reward'],
};

/**
 * A stored record explained value by value: mapped again from its stored rows under the configuration that made it, and under
 * today's for comparison.
 */
export async function explainStored(
  ctx: Context,
  shopId: string,
  input: ExplainInput,
): Promise<ExplainedPayload> {
  const { payload, profile, used, today } = input;
  const parts = payload !== null && 'events' in payload ? payload.events.map(({ part }) => part) : [];
  const stored: StoredUnit = { ...input.unit, lateReturns: parts };
  const wire = payload === null ? null : wireOf(stored.kind, payload, profile);
  if (used === null) {
    return { wire, whys: {}, beside: [], changes: {}, today: [], isExact: false };
  }
  const { compiled } = used;
  const unit = await withCustomer(ctx, input.connectionId, stored, compiled);
  const links = await readLinks(ctx, shopId, input.connectionId, SCOPES[unit.kind]);
  const mapped = mapStored(compiled, unit);
  const explained = explainRecord(compiled, unit, {
    wire,
    parts,
    warnings: mapped.warnings,
    profile,
  });
  const now =
    today === null || today.hash === used.hash
      ? null
      : await mapToday(ctx, input.connectionId, stored, today);
  const changes = now === null ? NOTHING : compareToday({ input, mapped, now, wire });
  const whys = Object.entries(explained.reasons).map(([path, reason]) => [path, toWhy(reason, links)]);
  return {
    wire,
    whys: Object.fromEntries(whys) as Record<string, ValueWhy>,
    beside: explained.beside.map(({ target, reason }) => ({ target, why: toWhy(reason, links) })),
    isExact: mapped.outcome === 'mapped' ? hashOf(mapped.payload) === input.payloadHash : payload === null,
    changes: changes.byPath,
    today: changes.others,
  };
}

/** Null when today's configuration has a mistake: nothing can be said then. */
async function mapToday(
  ctx: Context,
  connectionId: string,
  unit: StoredUnit,
  today: HashedRules,
): Promise<MappedRecord | null> {
  const compiled = compiledOrNull(today);
  if (compiled === null) {
    return null;
  }
  const named = { ...unit, rows: unit.rows.map((row) => renamed(row, compiled)) };
  return mapStored(compiled, await withCustomer(ctx, connectionId, named, compiled));
}

/** An order with its customer's row of today, where templates look at it. */
async function withCustomer(
  ctx: Context,
  connectionId: string,
  unit: StoredUnit,
  compiled: CompiledRules,
): Promise<StoredUnit> {
  return unit.kind === 'orders'
    ? {
        ...unit,
        customerRow: await readOrderCustomer(ctx.db.sql, connectionId, { compiled, rows: unit.rows }),
      }
    : unit;
}

/** The row as an import of today would name its cells. */
function renamed(row: SourceRow, compiled: CompiledRules): SourceRow {
  const columns = Object.keys(row);
  const names = rulesForRow(columns, compiled);
  return Object.fromEntries(columns.map((column, index) => [names[index] ?? column, row[column] ?? '']));
}

type TodayChanges = { byPath: Record<string, string>; others: string[] };
const NOTHING: TodayChanges = { byPath: {}, others: [] };

function compareToday({
  input,
  mapped,
  now,
  wire,
}: {
  input: ExplainInput;
  mapped: MappedRecord;
  now: MappedRecord;
  wire: JsonObject | null;
}): TodayChanges {
  if (now.outcome !== 'mapped') {
    const isSame = mapped.outcome === now.outcome && mapped.reason.message === now.reason.message;
    return {
      byPath: {},
      others: isSame ? [] : [`Today nothing would be sent: ${now.reason.message}`],
    };
  }
  if (wire === null) {
    return { byPath: {}, others: ['Today’s mappings would give a record that can be sent.'] };
  }
  const before = jsonValues(wire);
  const after = jsonValues(wireOf(input.unit.kind, now.payload, input.profile));
  const byPath: Record<string, string> = {};
  for (const [path, value] of before) {
    const next = after.get(path);
    if (next !== value) {
      byPath[path] =
        next === undefined
          ? 'Today’s mappings would not send this value.'
          : `Today’s mappings would give ${next}.`;
    }
  }
  const count = Object.keys(byPath).length;
  const added = [...after].filter(([path]) => !before.has(path));
  return {
    byPath,
    others: [
      ...(count === 0
        ? []
        : [`Today’s mappings would change ${count === 1 ? 'one value' : `${count} values`} below.`]),
      ...added.map(([path, value]) => `Today’s mappings would add ${nameOf(path)}: ${value}.`),
    ],
  };
}

function nameOf(path: string): string {
  return (path.split('/').at(-1) ?? '').replaceAll('~1', '/').replaceAll('~0', '~');
}

type MappingLink = Pick<Mapping, 'scope' | 'target' | 'description' | 'rules'> & {
  id: string;
  connection_id: string | null;
};

async function readLinks(
  ctx: Context,
  shopId: string,
  connectionId: string,
  scopes: MappingScope[],
): Promise<MappingLink[]> {
  return ctx.db.sql<MappingLink>(
    `SELECT id, connection_id, scope, target, description, rules FROM mapping
      WHERE shop_id = $1 AND scope = ANY($2) AND (connection_id IS NULL OR connection_id = $3) ORDER BY position, id`,
    [shopId, scopes, connectionId],
  );
}

function toWhy(reason: ValueReason, links: readonly MappingLink[]): ValueWhy {
  const { mapping, lookups, ...rest } = reason;
  const id = mapping === null ? null : findMapping(mapping, links);
  return {
    ...rest,
    mappingUrl: id === null ? null : `/app/mappings/${id}`,
    lookups: lookups.map((lookup) => ({
      ...lookup,
      url: `/app/translations/${encodeURIComponent(lookup.table)}`,
    })),
  };
}

/** The mapping of today that a frozen one became: the same target of the connection, else of the shop; of several the likest. */
function findMapping(frozen: Mapping, links: readonly MappingLink[]): string | null {
  const same = links.filter(({ scope, target }) => scope === frozen.scope && target === frozen.target);
  const own = same.filter((link) => link.connection_id !== null);
  const candidates = own.length > 0 ? own : same;
  const likest =
    candidates.find(({ rules }) => canonicalJson(rules) === canonicalJson(frozen.rules)) ??
    candidates.find(({ description }) => description === frozen.description) ??
    candidates[0];
  return likest?.id ?? null;
}
