import type { CompiledRules } from './compile-rules.ts';
import {
  eventCurrency,
  eventName,
  eventValue,
  mappedId,
  uniqueId,
  type EventResults,
} from './event-values.ts';
import type { Notes, OrderContext } from './mapping-notes.ts';
import { sumOf } from './number.ts';
import type { OrderLine } from './order-lines.ts';
import { fittingEventProperties } from './payload-limits.ts';
import type { EventDraft, Issue, JsonObject } from './records.ts';
import type { ZonedTime } from './time.ts';

/** One order while its events are put together. */
export type OrderDraft = { compiled: CompiledRules; context: OrderContext; notes: Notes };

/** The lines of one sign with what the mappings say of them. */
export type OrderSide = {
  part: 'order' | 'return';
  lines: OrderLine[];
  results: EventResults;
  time: ZonedTime;
  /** Properties of each line, in the order of `lines`. */
  entries: JsonObject[];
};

/**
 * The event of all lines of one sign. Name, value and id of mappings are about the sale; a return always has the
 * connection's name for returns and the sum of its own lines, or revenue would be counted twice.
 */
export function sideEvent(draft: OrderDraft, side: OrderSide): EventDraft | Issue {
  const { compiled, context, notes } = draft;
  const { event } = side.results;
  const isSale = side.part === 'order';
  const { order, return: returned } = compiled.rules.events;
  const name = isSale ? eventName(event.name, order) : eventName(undefined, returned);
  if (typeof name !== 'string') {
    return name;
  }
  const hasItems = side.entries.some((entry) => Object.keys(entry).length > 0);
  const items: JsonObject = hasItems ? { Items: side.entries } : {};
  return {
    part: side.part,
    name,
    uniqueId: (isSale ? mappedId(event.id) : null) ?? uniqueId(compiled, side.part, context.orderKey),
    time: side.time.iso,
    ...valueAndCurrency(
      draft,
      side,
      (isSale ? eventValue(event.value, notes) : undefined) ?? sumOfLines(side),
    ),
    properties: fittingEventProperties({ ...items, ...side.results.properties }, notes),
  };
}

/** One event per sold item: the order's properties with the item's own over them. Returned items have none. */
export function itemEvents(draft: OrderDraft, side: OrderSide): EventDraft[] {
  const { compiled, context, notes } = draft;
  if (side.part === 'return') {
    return [];
  }
  return side.lines.map((line, index) => ({
    part: `item:${line.itemId}`,
    name: compiled.rules.events.item,
    uniqueId: uniqueId(compiled, 'item', context.orderKey, line.itemId),
    time: side.time.iso,
    ...valueAndCurrency(draft, side, line.value ?? undefined),
    properties: fittingEventProperties({ ...side.results.properties, ...side.entries[index] }, notes),
  }));
}

function sumOfLines(side: OrderSide): number | undefined {
  const values = side.lines.flatMap((line) => line.value ?? []);
  if (values.length === 0) {
    return undefined;
  }
  const sum = sumOf(values);
  return side.part === 'return' ? Math.abs(sum) : sum;
}

function valueAndCurrency(
  draft: OrderDraft,
  side: OrderSide,
  value: number | undefined,
): Pick<EventDraft, 'value' | 'currency'> {
  if (value === undefined) {
    return {};
  }
  const row = side.lines[0]?.row ?? {};
  return { value, currency: eventCurrency(draft.compiled, row, side.results.event.currency, draft.notes) };
}
