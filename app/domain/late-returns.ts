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

/** The event that a returned line is about: the first return, unless one of the later ones names it. */
export function partOfReturned(line: OrderLine, lateReturns: readonly string[]): SidePart {
  return partsByLine(lateReturns).get(escaped(line.itemId)) ?? 'return';
}

function partsByLine(lateReturns: readonly string[]): Map<string, `return:${string}`> {
  return new Map(
    lateReturns.filter(isLateReturn).flatMap((part) =>
      lateReturnDetail(part)
        .split(',')
        .map((id) => [id, part] as const),
    ),
  );
}

/** The lines that each event is about, in the order in which the events are made; a part without lines is left out. */
export function linesOfParts(
  lines: readonly OrderLine[],
  lateReturns: readonly string[] = [],
): { part: SidePart; lines: OrderLine[] }[] {
  const lateOf = partsByLine(lateReturns);
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

/** Whether two lines of an order, read from two files, are the same one: by their id, without one by what they say. */
export function sameLine(one: OrderLine, other: OrderLine): boolean {
  return isUnnamed(one) && isUnnamed(other) ? rowText(one) === rowText(other) : one.itemId === other.itemId;
}

/**
 * The later returns of an order whose first return was sent: the ones known, and one of the returned lines that are new.
 * `known` = the returned lines that events were made of before.
 */
export function lateReturnsOf(
  lines: readonly OrderLine[],
  known: readonly OrderLine[],
  lateReturns: readonly string[],
): string[] {
  const knownIds = new Set(known.map(({ itemId }) => itemId));
  const returned = lines.filter(({ isReturn }) => isReturn);
  const unnamed = new Set(freshUnnamed(returned.filter(isUnnamed), known.filter(isUnnamed)));
  const fresh = returned.filter((line) => (isUnnamed(line) ? unnamed.has(line) : !knownIds.has(line.itemId)));
  return fresh.length === 0
    ? [...lateReturns]
    : [...new Set([...lateReturns, lateReturnPart(fresh.map(({ itemId }) => itemId))])];
}

/**
 * Lines without an id move when one comes before them: as many are new as there are more of them, those first that say what none
 * said before.
 */
function freshUnnamed(lines: readonly OrderLine[], known: readonly OrderLine[]): OrderLine[] {
  const left = known.map(rowText);
  const unlike = lines.filter((line) => {
    const place = left.indexOf(rowText(line));
    if (place !== -1) {
      left.splice(place, 1);
    }
    return place === -1;
  });
  const more = lines.length - known.length;
  return more > 0 ? unlike.slice(-more) : [];
}

function isUnnamed({ itemId }: OrderLine): boolean {
  return itemId.startsWith('#');
}

function rowText({ row }: OrderLine): string {
  return JSON.stringify(
    Object.entries(row)
      .filter(([, cell]) => cell !== '')
      .sort(),
  );
}

/** An id that may hold the comma between ids. */
function escaped(id: string): string {
  return id.replace(/[%,]/g, (mark) => (mark === '%' ? '%25' : '%2C'));
}
