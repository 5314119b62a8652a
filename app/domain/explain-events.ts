import type { CompiledRules } from './compile-rules.ts';
import { cellOf } from './condition.ts';
import { passedThrough } from './explain-customer.ts';
import {
  builtIn,
  columnSetting,
  explainTarget,
  type ExplainedTarget,
  type ValueReason,
} from './explain-target.ts';
import { pointerTo } from './json-lines.ts';
import { linesOfParts } from './late-returns.ts';
import { createNotes } from './mapping-notes.ts';
import { readOrderLines, type OrderLine } from './order-lines.ts';
import { propertyName } from './person-name.ts';
import type { Issue, JsonObject, SourceRow } from './records.ts';
import type { MappingScope } from './rules.ts';
import { skipReason } from './skip-rule.ts';
import type { EventTarget } from './targets.ts';
import type { RenderScope } from './template.ts';
import type { EventProfile } from './wire.ts';

type Input = {
  wire: JsonObject | null;
  /** Which event of the record each one is. */
  parts: readonly string[];
  warnings: readonly Issue[];
  profile: EventProfile;
  /** The row of an order's customer. */
  customerRow?: SourceRow;
};
type Reasons = Record<string, ValueReason>;
type Result = { reasons: Reasons; beside: { target: string; reason: ValueReason }[] };
/** What the targets of a scope say about a row. */
type Asked = {
  event: { [Name in EventTarget]?: ValueReason };
  properties: Reasons;
  profile: Reasons;
  /** The mapping of the name that gave nothing: a translation may be missing. */
  blankName?: ValueReason;
  /** The skip rule that had something to say. */
  skip?: ValueReason;
};

const ID_WORDS =
  'Made of the connection, the kind of event and the key of the record: Klaviyo keeps the first event of an id, so sending twice changes nothing.';

/** Why each value of an order's events is what it is. */
export function explainOrder(compiled: CompiledRules, rows: readonly SourceRow[], input: Input): Result {
  const customer = input.customerRow;
  const { lines } = readOrderLines(compiled, rows, createNotes());
  const kept = lines.filter(
    (line) => skipReason(compiled.targets.item, { row: line.row, customer }, createNotes()) === null,
  );
  const reasons = sharedReasons(input);
  const linesOf = new Map<string, OrderLine[]>(
    linesOfParts(kept, input.parts).map(({ part, lines: own }) => [part, own]),
  );
  for (const [index, part] of input.parts.entries()) {
    const at = pointerTo('/attributes/events/data', index, 'attributes');
    const own = linesOf.get(part.startsWith('item:') ? 'order' : part) ?? [];
    const asked = askOrder(compiled, own, input);
    if (index === 0) {
      addProfile(reasons, asked.profile);
    }
    if (part.startsWith('item:')) {
      const line = own.find((one) => `item:${one.itemId}` === part) ?? own[0];
      addEvent(reasons, at, itemEvent(compiled, asked, { first: own[0], line, warnings: input.warnings }));
      addItem(reasons, pointerTo(at, 'properties'), compiled, { row: line?.row ?? {}, customer });
      continue;
    }
    addEvent(reasons, at, sideEvent(compiled, asked, { lines: own, part, warnings: input.warnings }));
    if (asked.properties.Items === undefined) {
      const list = pointerTo(at, 'properties', 'Items');
      const reason = builtIn('The lines of the order, each as the item mappings make it.');
      reasons[list] = withWarnings({ target: 'properties.Items', reason }, input.warnings);
      own.forEach((line, place) =>
        addItem(reasons, pointerTo(list, place), compiled, { row: line.row, customer }),
      );
    }
  }
  const asked = askOrder(compiled, lines, input);
  return { reasons, beside: input.wire === null ? besideOf(asked) : warned(asked, reasons) };
}

function askOrder(
  compiled: CompiledRules,
  lines: readonly OrderLine[],
  { warnings, customerRow }: Pick<Input, 'warnings' | 'customerRow'>,
): Asked {
  const items = lines.map((line) => line.row);
  return ask(compiled, 'order', { row: items[0] ?? {}, items, customer: customerRow }, warnings);
}

type EventReasons = {
  asked: Asked;
  name: string;
  time: ValueReason;
  value: ValueReason;
  currency: ValueReason;
};

function sideEvent(
  compiled: CompiledRules,
  asked: Asked,
  { lines, part, warnings }: { lines: readonly OrderLine[]; part: string; warnings: readonly Issue[] },
): EventReasons {
  const { time, value } = compiled.rules.columns.orders;
  const row = lines[0]?.row ?? {};
  const isReturn = part !== 'order';
  const cells =
    value === undefined ? [] : lines.map((line) => ({ column: value, value: cellOf(line.row, value) }));
  return {
    asked: isReturn ? withoutSale(asked) : asked,
    name: `The connection's name for ${isReturn ? 'returns' : 'orders'}.`,
    time: columnSetting(time, cellOf(row, time), 'when it happened.'),
    value: builtIn(`The sum of the ${isReturn ? 'returned' : 'sold'} lines.`, cells),
    currency: currencyReason(compiled, row, warnings),
  };
}

function itemEvent(
  compiled: CompiledRules,
  asked: Asked,
  {
    first,
    line,
    warnings,
  }: { first: OrderLine | undefined; line: OrderLine | undefined; warnings: readonly Issue[] },
): EventReasons {
  const { time, value = '' } = compiled.rules.columns.orders;
  const row = first?.row ?? {};
  return {
    asked: withoutSale(asked),
    name: "The connection's name for ordered products.",
    time: columnSetting(time, cellOf(row, time), 'when it happened.'),
    value: columnSetting(value, cellOf(line?.row ?? {}, value), 'the value of this line.'),
    currency: currencyReason(compiled, row, warnings),
  };
}

/** Why each value of a reward's event is what it is. */
export function explainReward(compiled: CompiledRules, row: SourceRow, input: Input): Result {
  const { columns, passThrough } = compiled.rules;
  const reasons = sharedReasons(input);
  const asked = ask(compiled, 'reward', { row }, input.warnings);
  const at = '/attributes/events/data/0/attributes';
  if (passThrough) {
    for (const column of Object.keys(row)) {
      if (!compiled.columnsOfScope.reward.has(column)) {
        reasons[pointerTo(at, 'properties', propertyName(column))] = passedThrough(row, column);
      }
    }
  }
  addProfile(reasons, asked.profile);
  addEvent(reasons, at, {
    asked,
    name: "The connection's name for rewards.",
    time: columnSetting(columns.rewards.time, cellOf(row, columns.rewards.time), 'when it happened.'),
    value: builtIn('No mapping gives a value.'),
    currency: currencyReason(compiled, row, input.warnings),
  });
  return { reasons, beside: input.wire === null ? besideOf(asked) : warned(asked, reasons) };
}

function ask(
  compiled: CompiledRules,
  mappingScope: MappingScope,
  scope: RenderScope,
  warnings: readonly Issue[],
): Asked {
  const asked: Asked = { event: {}, properties: {}, profile: {} };
  for (const group of compiled.targets[mappingScope]) {
    const { target } = group;
    const one = explainTarget(compiled, mappingScope, group, scope);
    const reason = withWarnings(one, mappingScope === 'item' ? [] : warnings);
    if (one.result.outcome !== 'value' && reason.warnings.length === 0) {
      if (target.kind === 'event' && target.name === 'name') {
        asked.blankName = reason;
      }
      continue;
    }
    if (target.kind === 'event') {
      asked.event[target.name] = reason;
    } else if (target.kind === 'property' || target.kind === 'profile') {
      asked[target.kind === 'property' ? 'properties' : 'profile'][target.name] = reason;
    } else if (target.kind === 'skip') {
      asked.skip = reason;
    }
  }
  return asked;
}

function withWarnings(
  { target, reason }: Pick<ExplainedTarget, 'target' | 'reason'>,
  warnings: readonly Issue[],
): ValueReason {
  const own = warnings.filter((issue) => issue.target === target).map((issue) => issue.message);
  return { ...reason, warnings: [...new Set([...reason.warnings, ...own])] };
}

/** Name, value and id of mappings are about the sale alone. */
function withoutSale({ event: { time, currency }, properties, profile }: Asked): Asked {
  return { event: { time, currency }, properties, profile };
}

function addEvent(reasons: Reasons, at: string, input: EventReasons): void {
  const { event, properties, blankName } = input.asked;
  const { cells = [], lookups = [] } = blankName ?? {};
  const name = { ...builtIn(input.name, cells), lookups };
  reasons[pointerTo(at, 'metric', 'data', 'attributes', 'name')] = event.name ?? name;
  reasons[pointerTo(at, 'time')] = event.time ?? input.time;
  reasons[pointerTo(at, 'unique_id')] = event.id ?? builtIn(ID_WORDS);
  reasons[pointerTo(at, 'value')] = event.value ?? input.value;
  reasons[pointerTo(at, 'value_currency')] = event.currency ?? input.currency;
  for (const [name, reason] of Object.entries(properties)) {
    reasons[pointerTo(at, 'properties', name)] = reason;
  }
}

function addItem(reasons: Reasons, at: string, compiled: CompiledRules, scope: RenderScope): void {
  const { row } = scope;
  if (compiled.rules.passThrough) {
    for (const column of Object.keys(row)) {
      if (!compiled.columnsOfScope.item.has(column) && !compiled.columnsOfScope.order.has(column)) {
        reasons[pointerTo(at, propertyName(column))] ??= passedThrough(row, column);
      }
    }
  }
  for (const [name, reason] of Object.entries(ask(compiled, 'item', scope, []).properties)) {
    reasons[pointerTo(at, name)] = reason;
  }
}

function addProfile(reasons: Reasons, profile: Reasons): void {
  for (const [name, reason] of Object.entries(profile)) {
    reasons[pointerTo('/attributes/profile/data/attributes/properties', name)] = reason;
  }
}

function sharedReasons({ profile }: Input): Reasons {
  const who = '/attributes/profile/data/attributes';
  const words = 'of its customer. An event names one identifier only, so that it never merges two profiles.';
  return {
    [pointerTo(who, 'email')]: builtIn(`The e-mail ${words}`),
    [pointerTo(who, 'phone_number')]: builtIn(`The phone number ${words}`),
    [pointerTo(who, 'external_id')]: builtIn(`The key ${words} (${profile.externalId})`),
    '/attributes/backfill': builtIn('Recorded as history: it starts no flow in Klaviyo.'),
  };
}

function currencyReason({ rules }: CompiledRules, row: SourceRow, warnings: readonly Issue[]): ValueReason {
  const cell = cellOf(row, 'CURRENCY');
  const reason =
    cell === '' ? builtIn(`The currency of the shop: ${rules.currency}.`) : columnSetting('CURRENCY', cell);
  return withWarnings({ target: 'event.currency', reason }, warnings);
}

function besideOf({ event, properties, profile, skip }: Asked): Result['beside'] {
  const values = [
    ...Object.entries(event).map(([name, reason]) => ({ target: `event.${name}`, reason })),
    ...Object.entries(properties).map(([name, reason]) => ({ target: `properties.${name}`, reason })),
    ...Object.entries(profile).map(([name, reason]) => ({ target: `profile.${name}`, reason })),
  ].filter(({ target, reason }) => target.startsWith('event.') || reason.warnings.length > 0);
  return skip === undefined ? values : [{ target: 'skip', reason: skip }, ...values];
}

/** Warnings about values of which the body has no trace. */
function warned(asked: Asked, reasons: Reasons): Result['beside'] {
  const shown = new Set(Object.values(reasons).flatMap((reason) => reason.warnings));
  return besideOf(asked).filter(({ reason }) => reason.warnings.some((warning) => !shown.has(warning)));
}
