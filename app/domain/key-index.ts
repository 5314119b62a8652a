export type KeyIndex = {
  /** Rows must come in file order. */
  add(key: string, row: number): void;
  /** Rows with this key; 0 = unknown. */
  count(key: string): number;
  /** Number of the last row with this key; -1 = unknown. */
  lastRow(key: string): number;
  /** Different keys. */
  size(): number;
  /** Most rows of unfinished keys held at once when reading in order. */
  maxOpenRows(): number;
  /** Which of `partitions` parts the key belongs to. */
  partitionOf(key: string, partitions: number): number;
};

export function createKeyIndex(_expectedKeys?: number): KeyIndex {
  throw new Error('not written yet');
}
