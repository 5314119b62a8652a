import type { Random } from '#workers/local/klaviyo/random.ts';

/** One row of an export by column. */
export type Cells = Record<string, string>;

export function chance(random: Random, share: number): boolean {
  return random() < share;
}

export function pick<Item>(random: Random, items: readonly [Item, ...Item[]] | readonly Item[]): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) {
    throw new Error('nothing to pick from');
  }
  return item;
}

/** `7` → `0000007` */
export function digits(text: string, length: number): string {
  return text.padStart(length, '0');
}

/** Date of a day of the plan, all of them in the past. */
export function dayOf(day: number): string {
  return `2026-01-${digits(String(5 + day), 2)}`;
}
