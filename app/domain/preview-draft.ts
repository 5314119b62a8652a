import { nearestName, unknownColumns } from './columns.ts';
import {
  compileMapping,
  type CompiledMapping,
  type CompiledRules,
  type TargetGroup,
} from './compile-rules.ts';
import { evaluateTarget } from './evaluate-target.ts';
import { evaluateEventTargets } from './event-values.ts';
import { mapCustomer } from './map-customer.ts';
import { mapOrder } from './map-order.ts';
import { mapReward } from './map-reward.ts';
import { createNotes, type Notes } from './mapping-notes.ts';
import type { MappingPreview } from './mapping-preview.ts';
import { readOrderLines } from './order-lines.ts';
import type {
  CustomerPayload,
  EventsPayload,
  Issue,
  JsonValue,
  MappedCustomer,
  SourceRow,
} from './records.ts';
import type { Mapping, MappingScope } from './rules.ts';
import { skipReason } from './skip-rule.ts';
import type { Target } from './targets.ts';
import type { RenderScope } from './template.ts';

/** One record to try a draft on: the row of a customer or reward, or all lines of an order. */
export type PreviewRecord = {
  key: string;
  rows: readonly SourceRow[];
  /** The row of an order's customer, where it is known. */
  customerRow?: SourceRow;
};

export type DraftVerdict = Pick<MappingPreview, 'matchedRule' | 'result' | 'outcome' | 'warnings' | 'note'>;

/** A draft among the rules of a connection, ready to be asked. */
export type PlacedDraft = {
  group: TargetGroup;
  mapping: CompiledMapping;
  /** Columns that it reads. */
  columns: string[];
  /** False: the connection has a mapping of its own in its stead. */
  isInForce: boolean;
};

/** Finds a draft, told by its list of rules, among compiled rules. Errors: AppError of its first mistake. */
export function placeDraft(compiled: CompiledRules, draft: Mapping): PlacedDraft {
  const { target, compiled: alone } = compileMapping(draft, compiled.settings, 'draft');
  const columns = alone.rules.flatMap(({ when, template }) => [
    ...(when?.columns ?? []),
    ...template.columns,
  ]);
  const group = compiled.targets[draft.scope].find(({ text }) => text === draft.target);
  const place = compiled.rules.mappings
    .filter(({ scope, target: text }) => scope === draft.scope && text === draft.target)
    .findIndex(({ rules }) => rules === draft.rules);
  const mapping = place === -1 ? undefined : group?.mappings[place];
  return group === undefined || mapping === undefined
    ? { group: { text: draft.target, target, mappings: [alone] }, mapping: alone, columns, isInForce: false }
    : { group, mapping, columns, isInForce: true };
}

/**
 * What a draft makes of one record, by the very evaluation of an import: which rule holds, what Klaviyo would get, and what a
 * person should know. `header` = columns of the newest file, null when unknown. `checkTime` may throw to end it.
 */
export function previewDraft(
  compiled: CompiledRules,
  input: { placed: PlacedDraft; record: PreviewRecord; header: string[] | null; checkTime: () => void },
): DraftVerdict {
  const { placed, record, header, checkTime } = input;
  const { group, mapping } = placed;
  const scope = scopeOf(compiled, mapping.scope, record);
  const notes = createNotes({ trace: true, checkTime });
  const alone = evaluateTarget({ ...group, mappings: [mapping] }, scope, notes);
  const whole = mapRecord(compiled, mapping.scope, record, scope, checkTime);
  const matchedRule = notes.trace?.[0]?.rule ?? null;
  const warnings = warningsOf(placed, [...whole.warnings, ...notes.warnings], notes, compiled, header);
  const other = placed.isInForce ? otherWinner(group, mapping, scope, checkTime) : null;
  const note = noteOf(placed, whole, other);
  const shared = { matchedRule, warnings, note };
  if (matchedRule === null) {
    return { ...shared, outcome: 'no-rule', result: null };
  }
  if (alone.outcome !== 'value') {
    const isCleared = alone.outcome === 'clear' && mapping.scope === 'customer';
    return { ...shared, outcome: isCleared ? 'cleared' : 'blank', result: null };
  }
  if (group.target.kind === 'skip') {
    return {
      ...shared,
      outcome:
        skipReason([{ ...group, mappings: [mapping] }], scope, createNotes()) !== null ? 'skipped' : 'value',
      result: printed(alone.value),
    };
  }
  const isDecided = whole.values !== null && placed.isInForce && other === null;
  const value = isDecided ? whole.values?.(group.target) : alone.value;
  // What the checks left out has its warning.
  return {
    ...shared,
    outcome: value === undefined ? 'blank' : 'value',
    result: value === undefined ? null : printed(value),
  };
}

function scopeOf(
  compiled: CompiledRules,
  scope: MappingScope,
  { rows, customerRow: customer }: PreviewRecord,
): RenderScope {
  if (scope === 'customer' || scope === 'reward') {
    return { row: rows[0] ?? {} };
  }
  const { lines } = readOrderLines(compiled, rows, createNotes());
  const sold = lines.filter((line) => !line.isReturn);
  const shown = (sold.length > 0 ? sold : lines).map((line) => line.row);
  const row = shown[0] ?? {};
  return scope === 'item' ? { row, customer } : { row, items: shown, customer };
}

type Whole = {
  warnings: Issue[];
  /** Why nothing of the record goes to Klaviyo. */
  reason: string | null;
  /** What Klaviyo gets for a target; null when nothing goes. */
  values: ((target: Target) => JsonValue | undefined) | null;
};

function mapRecord(
  compiled: CompiledRules,
  scope: MappingScope,
  record: PreviewRecord,
  rendered: RenderScope,
  checkTime: () => void,
): Whole {
  const [row = {}] = record.rows;
  if (scope === 'customer') {
    const mapped = mapCustomer(compiled, row, { checkTime });
    return wholeOf(mapped, (payload, target) =>
      valueOfCustomer(payload, mapped.outcome === 'mapped' ? mapped.consent : {}, target),
    );
  }
  if (scope === 'reward') {
    return wholeOf(mapReward(compiled, row, { checkTime }), valueOfEvents);
  }
  const order = mapOrder(
    compiled,
    record.rows,
    { orderKey: record.key, customerRow: record.customerRow },
    { checkTime },
  );
  if (scope === 'order') {
    return wholeOf(order, valueOfEvents);
  }
  const notes = createNotes({ checkTime });
  const { properties } = evaluateEventTargets(compiled.targets.item, rendered, notes);
  const reason = order.outcome === 'mapped' ? null : order.reason.message;
  return {
    warnings: notes.warnings,
    reason,
    values: (target) => (target.kind === 'property' ? properties[target.name] : undefined),
  };
}

function wholeOf<Payload>(
  mapped:
    | { outcome: 'mapped'; payload: Payload; warnings: Issue[] }
    | { outcome: 'skipped' | 'failed'; reason: Issue; warnings: Issue[] },
  read: (payload: Payload, target: Target) => JsonValue | undefined,
): Whole {
  const { warnings } = mapped;
  return mapped.outcome === 'mapped'
    ? { warnings, reason: null, values: (target) => read(mapped.payload, target) }
    : { warnings, reason: mapped.reason.message, values: null };
}

function valueOfCustomer(
  { attributes, list }: CustomerPayload,
  consent: Extract<MappedCustomer, { outcome: 'mapped' }>['consent'],
  target: Target,
): JsonValue | undefined {
  switch (target.kind) {
    case 'core':
      return attributes[target.name];
    case 'location':
      return attributes.location?.[target.name];
    case 'property':
      return attributes.properties?.[target.name];
    case 'consent':
      return consent[target.name];
    case 'list':
      return list ?? undefined;
    default:
      return undefined;
  }
}

function valueOfEvents({ events, profileProperties }: EventsPayload, target: Target): JsonValue | undefined {
  const [event] = events;
  if (target.kind === 'profile') {
    return profileProperties[target.name];
  }
  if (target.kind === 'property') {
    return event?.properties[target.name];
  }
  return target.kind === 'event' ? event?.[target.name === 'id' ? 'uniqueId' : target.name] : undefined;
}

/** The mapping of the same target that gives the value instead; null when the draft does. */
function otherWinner(
  group: TargetGroup,
  mapping: CompiledMapping,
  scope: RenderScope,
  checkTime: () => void,
): CompiledMapping | null {
  const result = evaluateTarget(group, scope, createNotes({ checkTime }));
  return result.outcome === 'keep' || result.by === mapping ? null : result.by;
}

function noteOf(
  { group, isInForce }: PlacedDraft,
  whole: Whole,
  other: CompiledMapping | null,
): string | null {
  if (!isInForce) {
    return `This connection has a mapping of its own for ${group.text}: this one does not apply to it.`;
  }
  if (other !== null) {
    const name = other.description === '' ? '' : ` "${other.description}"`;
    return `Another mapping of ${group.text}${name} gives the value for this row.`;
  }
  return whole.reason !== null && group.target.kind !== 'skip'
    ? `Nothing of this record goes to Klaviyo: ${whole.reason}`
    : null;
}

function warningsOf(
  { group, columns }: PlacedDraft,
  issues: Issue[],
  notes: Notes,
  compiled: CompiledRules,
  header: string[] | null,
): { message: string }[] {
  const own = issues.filter(({ target }) => target === group.text).map(({ message }) => message);
  const missing = notes.misses.map(({ table, value }) => {
    const policy = compiled.rules.translations[table]?.whenMissing ?? 'keep';
    const then =
      policy === 'keep'
        ? 'it stays as it is'
        : policy === 'blank'
          ? 'it becomes blank'
          : `"${policy}" is used`;
    return `"${value}" is not in the translation table "${table}"; ${then}.`;
  });
  const unknown = header === null ? [] : unknownColumns(columns, header);
  const absent = unknown.map((name) => {
    const near = nearestName(name, header ?? []);
    return `The newest file has no column ${name}; it reads as blank.${near === null ? '' : ` Did you mean ${near}?`}`;
  });
  return [...new Set([...own, ...missing, ...absent])].map((message) => ({ message }));
}

function printed(value: JsonValue): string {
  return JSON.stringify(value, null, 2);
}

/**
 * Asks a draft of many records' rows: how many a rule holds for, by rule, and how many of those come out blank. Ends early when
 * `isOver`, telling how many rows it saw.
 */
export function sampleDraft(
  { mapping }: PlacedDraft,
  records: Iterable<readonly SourceRow[]>,
  limits: { rows: number; isOver: () => boolean },
): NonNullable<MappingPreview['sample']> {
  const sample = { rows: 0, matched: 0, blank: 0, byRule: mapping.rules.map(() => 0) };
  for (const lines of records) {
    for (const scope of mapping.scope === 'item'
      ? lines.map((row) => ({ row }))
      : [{ row: lines[0] ?? {}, items: lines }]) {
      if (sample.rows >= limits.rows || limits.isOver()) {
        return sample;
      }
      sample.rows += 1;
      const rule = mapping.rules.findIndex(({ when }) => when === null || when.holds(scope.row));
      if (rule !== -1) {
        sample.matched += 1;
        sample.byRule[rule] = (sample.byRule[rule] ?? 0) + 1;
        sample.blank += mapping.rules[rule]?.template.render(scope, createNotes()) === '' ? 1 : 0;
      }
    }
  }
  return sample;
}
