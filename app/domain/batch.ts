import type { Issue } from './records.ts';

export type BatchLimits = { maxCount: number; maxBytes: number; maxItemBytes?: number };

/** The longest prefix that fits; at least one item unless the list is empty. */
export function cutBySize<Item>(
  _items: readonly Item[],
  _limits: { maxCount: number; maxBytes: number },
  _bytesOf: (item: Item) => number,
): Item[] {
  throw new Error('not written yet');
}
export function splitBySize<Item>(
  _items: readonly Item[],
  _limits: BatchLimits,
  _bytesOf: (item: Item) => number,
): { batches: Item[][]; refused: { item: Item; issue: Issue }[] } {
  throw new Error('not written yet');
}
export function groupByKey<Item>(_items: readonly Item[], _keyOf: (item: Item) => string): Map<string, Item[]> {
  throw new Error('not written yet');
}
export function assembleBody(_prefix: string, _items: readonly string[], _suffix: string): string {
  throw new Error('not written yet');
}
