/** Where one page of a list ends and another begins: the sort key and the id of a row, as text. */
export type Cursor = { key: string; id: string };

/** A page before or after a row, as an address names it; the first page without either. */
export type PageTurn = { direction: 'after' | 'before'; cursor: Cursor } | null;

/** A page of a list and the addresses of its neighbours; null = there is none. */
export type KeysetPage<Row> = { rows: Row[]; before: string | null; after: string | null };

const SEPARATOR = '~';

/** Reads `?after=` or `?before=`. What is no cursor of ours is the first page. */
export function readTurn(params: URLSearchParams, isKey: (key: string) => boolean): PageTurn {
  for (const direction of ['after', 'before'] as const) {
    const text = params.get(direction);
    const [key, id] = text?.split(SEPARATOR) ?? [];
    if (key !== undefined && id !== undefined && isKey(key) && /^[0-9a-f-]{36}$/.test(id)) {
      return { direction, cursor: { key, id } };
    }
  }
  return null;
}

/**
 * The page that was read: `found` are up to `size + 1` rows in the order of reading, which for a turn back is the reverse
 * of the list's.
 */
export function keysetPage<Row extends Cursor>(
  found: readonly Row[],
  turn: PageTurn,
  size: number,
): KeysetPage<Row> {
  const isBack = turn?.direction === 'before';
  const read = found.slice(0, size);
  const rows = isBack ? read.toReversed() : read;
  const hasMore = found.length > size;
  const first = rows[0];
  const last = rows.at(-1);
  const hasBefore = isBack ? hasMore : turn !== null;
  const hasAfter = isBack || hasMore;
  return {
    rows,
    before: first !== undefined && hasBefore ? `${first.key}${SEPARATOR}${first.id}` : null,
    after: last !== undefined && hasAfter ? `${last.key}${SEPARATOR}${last.id}` : null,
  };
}
