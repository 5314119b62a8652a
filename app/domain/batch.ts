import type { Issue } from './records.ts';
import { utf8Bytes } from './wire.ts';

export type BatchLimits = { maxCount: number; maxBytes: number; maxItemBytes?: number };

/** The comma between two items of a JSON list. */
const SEPARATOR_BYTES = 1;

/**
 * The longest beginning of the list that fits one request. At least one item unless the list is empty: what alone is too
 * large must be sent and refused rather than block the rest for ever.
 */
export function cutBySize<Item>(
  items: readonly Item[],
  limits: { maxCount: number; maxBytes: number },
  bytesOf: (item: Item) => number,
): Item[] {
  let bytes = 0;
  for (const [index, item] of items.entries()) {
    bytes += bytesOf(item) + SEPARATOR_BYTES;
    if (index > 0 && (index >= limits.maxCount || bytes > limits.maxBytes)) {
      return items.slice(0, index);
    }
  }
  return [...items];
}

/** All items in batches that fit, in order. Items over `maxItemBytes` are refused with the reason. */
export function splitBySize<Item>(
  items: readonly Item[],
  limits: BatchLimits,
  bytesOf: (item: Item) => number,
): { batches: Item[][]; refused: { item: Item; issue: Issue }[] } {
  const { maxItemBytes = limits.maxBytes } = limits;
  const refused = items.filter((item) => bytesOf(item) > maxItemBytes);
  const fitting = items.filter((item) => bytesOf(item) <= maxItemBytes);
  const batches: Item[][] = [];
  for (let start = 0; start < fitting.length; start += batches.at(-1)?.length ?? 1) {
    // Never more than maxCount can be taken: a longer slice would only be copied in vain.
    batches.push(cutBySize(fitting.slice(start, start + Math.max(1, limits.maxCount)), limits, bytesOf));
  }
  return {
    batches,
    refused: refused.map((item) => ({ item, issue: tooLarge(bytesOf(item), maxItemBytes) })),
  };
}

function tooLarge(bytes: number, most: number): Issue {
  const message = `It has ${bytes} bytes; Klaviyo takes at most ${most} each. Shorten what the mappings send.`;
  return { code: 'item_too_large', severity: 'error', message };
}

/** Items by key; keys and items keep their order. */
export function groupByKey<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) {
      groups.set(key, [item]);
    } else {
      group.push(item);
    }
  }
  return groups;
}

/** The body of a request from items that are serialised already. */
export function assembleBody(prefix: string, items: readonly string[], suffix: string): string {
  return `${prefix}${items.join(',')}${suffix}`;
}

/** Bytes of that body without building it. */
export function bodyBytes(prefix: string, itemBytes: readonly number[], suffix: string): number {
  const separators = Math.max(0, itemBytes.length - 1) * SEPARATOR_BYTES;
  return (
    utf8Bytes(prefix) + utf8Bytes(suffix) + separators + itemBytes.reduce((sum, bytes) => sum + bytes, 0)
  );
}
