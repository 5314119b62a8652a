import type { OrderLine } from './order-lines.ts';

/**
 * Klaviyo keeps the first event of an id: once the return of an order was sent, lines that come back later need an event of
 * their own. Its part names its lines (`return:LINE-7,LINE-9`), so that the same lines always make the same event.
 */

/** An event of the lines of an order: the sale, what came back first, or what came back later. */
export type SidePart = 'order' | 'return' | `return:${string}`;

const PREFIX = 'return:';

export function isLateReturn(part: string): part is `return:${string}` {
  return part.startsWith(PREFIX);
}

/** The part of a later return of these lines. */
export function lateReturnPart(itemIds: readonly string[]): `return:${string}` {
  return `${PREFIX}${itemIds.map(escaped).join(',')}`;
}

/** The detail in the id of its event. */
export function lateReturnDetail(part: `return:${string}`): string {
  return part.slice(PREFIX.length);
}

/** The lines that each event is about, in the order in which the events are made; a part without lines is left out. */
export function linesOfParts(
  lines: readonly OrderLine[],
  lateReturns: readonly string[] = [],
): { part: SidePart; lines: OrderLine[] }[] {
  const lateOf = new Map(
    lateReturns.filter(isLateReturn).flatMap((part) =>
      lateReturnDetail(part)
        .split(',')
        .map((id) => [id, part] as const),
    ),
  );
  const parts = new Map<SidePart, OrderLine[]>([
    ['order', []],
    ['return', []],
    ...lateReturns.filter(isLateReturn).map((part): [SidePart, OrderLine[]] => [part, []]),
  ]);
  for (const line of lines) {
    const late = line.isReturn ? lateOf.get(escaped(line.itemId)) : undefined;
    parts.get(late ?? (line.isReturn ? 'return' : 'order'))?.push(line);
  }
  return [...parts].map(([part, own]) => ({ part, lines: own })).filter(({ lines: own }) => own.length > 0);
}

/**
 * The later returns of an order whose first return was sent: the ones known, and one of the returned lines that are new.
 * `knownIds` = ids of the lines that the order had.
 */
export function lateReturnsOf(
  lines: readonly OrderLine[],
  knownIds: ReadonlySet<string>,
  lateReturns: readonly string[],
): string[] {
  const fresh = lines.filter(({ isReturn, itemId }) => isReturn && !knownIds.has(itemId));
  return fresh.length === 0
    ? [...lateReturns]
    : [...lateReturns, lateReturnPart(fresh.map(({ itemId }) => itemId))];
}

/** An id that may hold the comma between ids. */
function escaped(id: string): string {
  return id.replace(/[%,]/g, (mark) => (mark === '%' ? '%25' : '%2C'));
}
