import type { CompiledRules } from './compile-rules.ts';
import { cellOf } from './condition.ts';
import { evaluateEventTargets, eventTime, isHistory } from './event-values.ts';
import { linesOfParts } from './late-returns.ts';
import { createNotes, type MapOptions, type MappingNotes, type OrderContext } from './mapping-notes.ts';
import { itemEvents, sideEvent, type OrderDraft, type OrderSide } from './order-events.ts';
import { readOrderLines, type OrderLine } from './order-lines.ts';
import { propertyName } from './person-name.ts';
import type { EventDraft, Issue, JsonObject, MappedEvents, SourceRow } from './records.ts';
import { skipReason } from './skip-rule.ts';
import { cleanText } from './template.ts';

/** `folded`: indexes of rows that a later row of the same item supersedes. */
export type MappedOrder = MappedEvents & MappingNotes & { folded: number[] };

/**
 * What the rows of one order become: an order event of its positive lines, a return event of its negative ones (of those
 * that came back later another one) and, where the connection wants them, one event per sold item. `rows` in file order. Pure: the same rows and rules give
 * the same events with the same ids.
 */
export function mapOrder(
  compiled: CompiledRules,
  rows: readonly SourceRow[],
  context: OrderContext,
  options: MapOptions = {},
): MappedOrder {
  const notes = createNotes(options);
  const { lines, folded } = readOrderLines(compiled, rows, notes);
  const outcome = mapLines({ compiled, context, notes }, lines);
  return { ...outcome, warnings: notes.warnings, ...notes.taken(), folded };
}

/** The property that the presets make of ORIGINAL_ORDER_NUMBER. */
const ORIGINAL_NUMBER = 'Original Order Number';

type Outcome =
  | Omit<Extract<MappedEvents, { outcome: 'mapped' }>, 'warnings'>
  | Omit<Extract<MappedEvents, { outcome: 'skipped' }>, 'warnings'>
  | Omit<Extract<MappedEvents, { outcome: 'failed' }>, 'warnings'>;

function mapLines(draft: OrderDraft, lines: readonly OrderLine[]): Outcome {
  const { compiled, context, notes } = draft;
  // A skip rule of scope order sees the first line and all items; one of scope item takes out its line.
  const scope = {
    row: lines[0]?.row ?? {},
    items: lines.map((line) => line.row),
    customer: context.customerRow,
  };
  const skipped = skipReason(compiled.targets.order, scope, notes);
  if (skipped !== null) {
    return { outcome: 'skipped', reason: skipped };
  }
  const kept = lines.filter(
    (line) =>
      skipReason(compiled.targets.item, { row: line.row, customer: context.customerRow }, notes) === null,
  );
  const sides: OrderSide[] = [];
  const events: EventDraft[] = [];
  for (const group of linesOfParts(kept, context.lateReturns)) {
    const side = readSide(draft, group);
    if ('severity' in side) {
      return { outcome: 'failed', reason: side };
    }
    const event = sideEvent(draft, side);
    if ('severity' in event) {
      return { outcome: 'failed', reason: event };
    }
    sides.push(side);
    events.push(event);
  }
  const [main] = sides;
  if (main === undefined) {
    const message = 'All lines of the order are left out by rules.';
    return {
      outcome: 'skipped',
      reason: { code: 'skipped_by_rule', severity: 'warning', message, target: 'skip' },
    };
  }
  const items = compiled.rules.itemEvents ? sides.flatMap((side) => itemEvents(draft, side)) : [];
  return {
    outcome: 'mapped',
    payload: {
      events: [...events, ...items],
      profileProperties: main.results.profile,
      backfill: isHistory(compiled, main.time),
    },
    label: labelOf(compiled, main),
    originalNumber: originalOf(sides),
    occurredAt: main.time.iso,
  };
}

/** Number of the order that the returned lines belong to: what the mapping of the property says, whatever its column is called. */
function originalOf(sides: readonly OrderSide[]): string | null {
  const returned = sides.find((side) => side.part !== 'order');
  const value = returned?.results.properties[ORIGINAL_NUMBER];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}

function labelOf({ rules }: CompiledRules, side: OrderSide): string | null {
  const { orderNumber } = rules.columns.orders;
  const text = orderNumber === undefined ? '' : cleanText(cellOf(side.lines[0]?.row ?? {}, orderNumber));
  return text === '' ? null : text;
}

function readSide(draft: OrderDraft, { part, lines }: Pick<OrderSide, 'part' | 'lines'>): OrderSide | Issue {
  const { compiled, context, notes } = draft;
  const row = lines[0]?.row ?? {};
  const scope = { row, items: lines.map((line) => line.row), customer: context.customerRow };
  const results = evaluateEventTargets(compiled.targets.order, scope, notes);
  const time = eventTime(compiled, row, {
    mapped: results.event.time,
    column: compiled.rules.columns.orders.time,
  });
  if ('severity' in time) {
    return time;
  }
  return { part, lines, results, time, entries: lines.map((line) => itemEntry(draft, line)) };
}

/** Properties of one item: what the item mappings give, and with pass-through the columns that nothing uses. */
function itemEntry({ compiled, context, notes }: OrderDraft, line: OrderLine): JsonObject {
  const scope = { row: line.row, customer: context.customerRow };
  const { properties } = evaluateEventTargets(compiled.targets.item, scope, notes);
  if (!compiled.rules.passThrough) {
    return properties;
  }
  const { primaryKey, customerReference, time } = compiled.rules.columns.orders;
  for (const column of Object.keys(line.row)) {
    const isUsed =
      [primaryKey, customerReference, time].includes(column) ||
      compiled.columnsOfScope.order.has(column) ||
      compiled.columnsOfScope.item.has(column);
    const text = cleanText(cellOf(line.row, column));
    const name = propertyName(column);
    if (!isUsed && text !== '' && name !== '') {
      properties[name] ??= text;
    }
  }
  return properties;
}
