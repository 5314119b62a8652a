import type { ConsentChannel, ConsentWish, JsonValue } from './records.ts';

export type KlaviyoConsentState = 'no-profile' | 'never' | 'subscribed' | 'unsubscribed' | 'suppressed' | 'bounced';
/** `changedAt`: ISO-8601, null = unknown. */
export type KlaviyoConsent = { state: KlaviyoConsentState; changedAt: string | null };
export type ConsentDecision = { action: 'subscribe' | 'unsubscribe' | 'none'; code: string; reason: string };

export function decideConsent(_input: {
  channel: ConsentChannel;
  wish: ConsentWish;
  /** ISO-8601 with offset; null = unknown. */
  wishSetAt: string | null;
  klaviyo: KlaviyoConsent;
}): ConsentDecision {
  throw new Error('not written yet');
}
/** From `attributes.subscriptions` of GET /api/profiles with additional-fields[profile]=subscriptions; undefined profile = no profile. */
export function readKlaviyoConsent(_subscriptions: JsonValue | undefined, _channel: ConsentChannel): KlaviyoConsent {
  throw new Error('not written yet');
}
