import type { KeyIndex } from './key-index.ts';

/** Gathers the rows of each order while a file is read in order. */
export type OrderGrouper<Row> = {
  /** All rows of the key, in file order, when this one is its last; else null. */
  add(rowNumber: number, key: string, row: Row): Row[] | null;
  /** Rows held now. */
  openRows(): number;
};

/**
 * A grouper that knows from the index which row is the last of each order, so that nothing is held longer than needed.
 * With `partitions` only the keys of one part are gathered, and the file is read once per part: memory stays bounded
 * however far apart the rows of an order lie.
 */
export function createOrderGrouper<Row>(
  keys: Pick<KeyIndex, 'lastRow' | 'partitionOf'>,
  part: { partition: number; partitions: number } = { partition: 0, partitions: 1 },
): OrderGrouper<Row> {
  const open = new Map<string, Row[]>();
  let held = 0;
  return {
    add(rowNumber, key, row) {
      if (part.partitions > 1 && keys.partitionOf(key, part.partitions) !== part.partition) {
        return null;
      }
      const group = open.get(key);
      if (keys.lastRow(key) !== rowNumber) {
        held += 1;
        if (group === undefined) {
          open.set(key, [row]);
        } else {
          group.push(row);
        }
        return null;
      }
      if (group === undefined) {
        return [row];
      }
      open.delete(key);
      held -= group.length;
      return [...group, row];
    },
    openRows() {
      return held;
    },
  };
}
