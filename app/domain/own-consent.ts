import { readInstant, type KlaviyoConsent } from './consent.ts';
import type { ConsentWish } from './records.ts';

/** The last consent call that we made for a person and channel, and when it left. */
export type OwnCall = { wish: ConsentWish; sentAt: Date };

/** Klaviyo works consent calls off within minutes; what it notes later than this is somebody else's word. */
const ECHO_MS = 15 * 60_000;

/** Older than every value of Apparel21. */
const LONG_AGO = '1970-01-01T00:00:00Z';

/**
 * Klaviyo's state, for the question "which word is newer". A state that our own last call left there is Apparel21's
 * older word, not the person's: a newer word of Apparel21 must not lose against it, whatever the clocks say. A state
 * that differs from our last call, or that was noted long after it, is the person's own and stays as it is.
 */
export function asOthersLeftIt(klaviyo: KlaviyoConsent, own: OwnCall | null): KlaviyoConsent {
  return own !== null && isEcho(klaviyo, own) ? { ...klaviyo, changedAt: LONG_AGO } : klaviyo;
}

/** True when our own last call left the state there. */
export function isEcho(klaviyo: KlaviyoConsent, own: OwnCall): boolean {
  const left = own.wish === 'subscribe' ? 'subscribed' : 'unsubscribed';
  return (
    klaviyo.state === left &&
    klaviyo.changedAt !== null &&
    readInstant(klaviyo.changedAt) <= own.sentAt.getTime() + ECHO_MS
  );
}
