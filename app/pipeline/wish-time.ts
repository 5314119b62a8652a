import type { WishTime } from '../domain/consent.ts';
import type { ConsentWish } from '../domain/records.ts';

/** What a customer's row holds about when Apparel21 was told its word. */
export type WishTimes = {
  consent_at: Date | null;
  consent_set_at: Date | null;
  consent_change_seen: boolean;
};

/**
 * When Apparel21 was told so. When somebody consented is known better, where the file says it, than when their row last
 * changed; and of a word that was there at the first look the row's time is only the latest that it can have been said.
 */
export function wishTime(row: WishTimes, wish: ConsentWish | null): WishTime {
  const given = wish === 'subscribe' ? row.consent_at : null;
  return {
    at: (given ?? row.consent_set_at)?.toISOString() ?? null,
    isAtLatest: given === null && !row.consent_change_seen,
  };
}
