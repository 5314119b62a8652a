/**
 * What an erasure has to do in one Klaviyo account. `wanted`: a worker asks Klaviyo, from `notBefore` on. `by-hand`: a person
 * has to act; `problem` says why. The other two are the end of it.
 */
export type KlaviyoPart = {
  state: 'wanted' | 'requested' | 'by-hand' | 'deleted-by-hand';
  /** ISO-8601. */
  notBefore?: string;
  attempts?: number;
  problem?: string;
};

/** By id of the connection. */
export type KlaviyoParts = Record<string, KlaviyoPart>;

/** What was removed, in numbers. */
export type ErasureFigures = {
  customers: number;
  orders: number;
  rewards: number;
  errors: number;
  previews: number;
};

export const NO_FIGURES: ErasureFigures = { customers: 0, orders: 0, rewards: 0, errors: 0, previews: 0 };

/** Nothing is left to do in Klaviyo. */
export function isSettled(parts: KlaviyoParts): boolean {
  return Object.values(parts).every(({ state }) => state === 'requested' || state === 'deleted-by-hand');
}

/** First pause before Klaviyo is asked again, ms; it doubles. */
const FIRST_PAUSE_MS = 5 * 60_000;
const LONGEST_PAUSE_MS = 6 * 60 * 60_000;

/** How long Klaviyo is left alone after it gave no answer so many times, ms. */
export function pauseAfter(attempts: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempts - 1));
}

/** `2 customers, 1 order and 0 rewards` as a sentence's part. */
export function removedWords({ customers, orders, rewards }: ErasureFigures): string {
  const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`;
  return `${count(customers, 'customer')}, ${count(orders, 'order')} and ${count(rewards, 'reward')}`;
}
