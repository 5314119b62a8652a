import type { CompiledRules } from './compile-rules.ts';
import {
  eventCurrency,
  eventName,
  eventValue,
  mappedId,
  uniqueId,
  type EventResults,
} from './event-values.ts';
import { isLateReturn, lateReturnDetail, type SidePart } from './late-returns.ts';
import type { Notes, OrderContext } from './mapping-notes.ts';
import { sumOf } from './number.ts';
import type { OrderLine } from './order-lines.ts';
import { fittingEventProperties, fittingValue } from './payload-limits.ts';
import type { EventDraft, Issue, JsonObject, JsonValue } from './records.ts';
import type { ZonedTime } from './time.ts';

/** One order while its events are put together. */
export type OrderDraft = { compiled: CompiledRules; context: OrderContext; notes: Notes };

/** The lines of one event with what the mappings say of them. */
export type OrderSide = {
  part: SidePart;
  lines: OrderLine[];
  results: EventResults;
  time: ZonedTime;
  /** Properties of each line, in the order of `lines`. */
  entries: JsonObject[];
};

/**
 * The event of the sold lines, or of lines that came back together. Name, value and id of mappings are about the sale; a return always has the
 * connection's name for returns and the sum of its own lines, or revenue would be counted twice.
 */
export function sideEvent(draft: OrderDraft, side: OrderSide): EventDraft | Issue {
  const { compiled, notes } = draft;
  const { event } = side.results;
  const isSale = side.part === 'order';
  const { order, return: returned } = compiled.rules.events;
  const name = isSale ? eventName(event.name, order) : eventName(undefined, returned);
  if (typeof name !== 'string') {
    return name;
  }
  const hasItems = side.entries.some((entry) => Object.keys(entry).length > 0);
  const entries = hasItems ? fittingItems(side, notes) : undefined;
  const items: JsonObject = entries === undefined ? {} : { Items: entries };
  return {
    part: side.part,
    name,
    uniqueId: (isSale ? mappedId(event.id) : null) ?? sideId(draft, side.part),
    time: side.time.iso,
    ...valueAndCurrency(
      draft,
      side,
      (isSale ? eventValue(event.value, notes) : undefined) ?? sumOfLines(side),
    ),
    properties: fittingEventProperties({ ...items, ...side.results.properties }, notes),
  };
}

/** A later return has a kind of its own in its id: `return-5-3` is the first return of an order with the key `5-3`. */
function sideId({ compiled, context }: OrderDraft, part: SidePart): string {
  return isLateReturn(part)
    ? uniqueId(compiled, 'later-return', context.orderKey, lateReturnDetail(part))
    : uniqueId(compiled, part, context.orderKey);
}

/** The lines within Klaviyo's number of them; the value of the event is that of all. */
function fittingItems(side: OrderSide, notes: Notes): JsonValue | undefined {
  notes.about('properties.Items', undefined);
  return fittingValue('Items', side.entries, notes);
}

/** One event per sold item: the order's properties with the item's own over them. Returned items have none. */
export function itemEvents(draft: OrderDraft, side: OrderSide): EventDraft[] {
  const { compiled, context, notes } = draft;
  if (side.part !== 'order') {
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
  return side.part === 'order' ? sum : Math.abs(sum);
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
