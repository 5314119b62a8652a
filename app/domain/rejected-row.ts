import type { JsonObject } from './records.ts';

/**
 * The column that a download of bad rows adds. It belongs to the download, not to the shop's data: a file that comes back
 * with it is read as if it had none.
 */
export const ERROR_REASON = 'error_reason';

/**
 * A row that became no record, cell by cell, as it is kept with its error: by the header's name; a cell beyond the header,
 * or under a name that stands twice, by its place (`#7`). `rejectedCells` gives the row back.
 */
export function rejectedSource(header: readonly string[], cells: readonly string[]): JsonObject {
  return Object.fromEntries(cells.map((cell, index) => [cellName(header, index), cell]));
}

/** The cells of a kept row, as many as it had and in their order. */
export function rejectedCells(header: readonly string[], source: JsonObject): string[] {
  const cells: string[] = [];
  for (let index = 0; ; index += 1) {
    const cell = source[cellName(header, index)];
    if (cell === undefined || cell === null) {
      return cells;
    }
    cells.push(String(cell));
  }
}

function cellName(header: readonly string[], index: number): string {
  const name = header[index];
  return name === undefined || header.indexOf(name) < index ? `#${index + 1}` : name;
}
