import type { KeyIndex } from './key-index.ts';

export type OrderGrouper<Row> = {
  /** The complete group when its last row has come, else null. */
  add(rowNumber: number, key: string, row: Row): Row[] | null;
  /** Rows held now. */
  openRows(): number;
};

export function createOrderGrouper<Row>(
  _keys: KeyIndex,
  _part?: { partition: number; partitions: number },
): OrderGrouper<Row> {
  throw new Error('not written yet');
}
