import type { ConsentChannel, ConsentWish, JsonObject, JsonValue } from './records.ts';

export const KLAVIYO_CONSENT_STATES = [
  'no-profile',
  'never',
  'subscribed',
  'unsubscribed',
  'suppressed',
  'bounced',
] as const;
/**
 * - `never`: no consent was ever recorded
 * - `suppressed`: taken off by the person (spam complaint) or by somebody in Klaviyo
 * - `bounced`: the address does not work (hard bounce, invalid); e-mail only
 */
export type KlaviyoConsentState = (typeof KLAVIYO_CONSENT_STATES)[number];

/** `changedAt`: when Klaviyo noted that state, ISO-8601; null = unknown. */
export type KlaviyoConsent = { state: KlaviyoConsentState; changedAt: string | null };

export type ConsentAction = 'subscribe' | 'unsubscribe' | 'none';
/** `reason` is a plain sentence for the customer's page. */
export type ConsentDecision = { action: ConsentAction; code: string; reason: string };

/** Which side was set later. Equal times and unknown ones are no proof that either is newer. */
export type Newer = 'apparel21' | 'klaviyo' | 'unknown';

export type ConsentTableRow = {
  wish: ConsentWish;
  state: KlaviyoConsentState;
  /** `any`: it does not matter. */
  newer: Newer | 'any';
  action: ConsentAction;
  code: string;
};

/**
 * Every decision, row by row. The guard: nobody who left in Klaviyo is subscribed again unless Apparel21 was told
 * later; when in doubt people stay out. The same for e-mail and SMS.
 */
export const CONSENT_TABLE: readonly ConsentTableRow[] = [
  { wish: 'subscribe', state: 'no-profile', newer: 'any', action: 'subscribe', code: 'subscribe_new' },
  { wish: 'subscribe', state: 'never', newer: 'any', action: 'subscribe', code: 'subscribe_new' },
  { wish: 'subscribe', state: 'subscribed', newer: 'any', action: 'none', code: 'already_subscribed' },
  { wish: 'subscribe', state: 'unsubscribed', newer: 'apparel21', action: 'subscribe', code: 'resubscribe' },
  { wish: 'subscribe', state: 'unsubscribed', newer: 'klaviyo', action: 'none', code: 'left_in_klaviyo' },
  {
    wish: 'subscribe',
    state: 'unsubscribed',
    newer: 'unknown',
    action: 'none',
    code: 'left_at_unknown_time',
  },
  { wish: 'subscribe', state: 'suppressed', newer: 'apparel21', action: 'subscribe', code: 'resubscribe' },
  { wish: 'subscribe', state: 'suppressed', newer: 'klaviyo', action: 'none', code: 'suppressed_in_klaviyo' },
  { wish: 'subscribe', state: 'suppressed', newer: 'unknown', action: 'none', code: 'left_at_unknown_time' },
  { wish: 'subscribe', state: 'bounced', newer: 'any', action: 'none', code: 'address_bounces' },
  { wish: 'unsubscribe', state: 'no-profile', newer: 'any', action: 'unsubscribe', code: 'unsubscribe' },
  { wish: 'unsubscribe', state: 'never', newer: 'any', action: 'unsubscribe', code: 'unsubscribe' },
  {
    wish: 'unsubscribe',
    state: 'subscribed',
    newer: 'apparel21',
    action: 'unsubscribe',
    code: 'unsubscribe',
  },
  { wish: 'unsubscribe', state: 'subscribed', newer: 'klaviyo', action: 'none', code: 'subscribed_later' },
  { wish: 'unsubscribe', state: 'subscribed', newer: 'unknown', action: 'unsubscribe', code: 'unsubscribe' },
  { wish: 'unsubscribe', state: 'unsubscribed', newer: 'any', action: 'none', code: 'already_unsubscribed' },
  { wish: 'unsubscribe', state: 'suppressed', newer: 'any', action: 'unsubscribe', code: 'unsubscribe' },
  { wish: 'unsubscribe', state: 'bounced', newer: 'any', action: 'unsubscribe', code: 'unsubscribe' },
];

/** Decisions by which somebody who left in Klaviyo stays out although Apparel21 says yes. */
export const LEFT_CODES: readonly string[] = [
  'left_in_klaviyo',
  'suppressed_in_klaviyo',
  'left_at_unknown_time',
];

/** All decisions that leave somebody out whom Apparel21 says yes for. */
export const KEPT_OUT_CODES: readonly string[] = [...LEFT_CODES, 'address_bounces'];

const REASONS: Record<string, (channel: string) => string> = {
  subscribe_new: (channel) => `Apparel21 says yes to ${channel} and Klaviyo has no answer yet.`,
  already_subscribed: (channel) => `Klaviyo already sends ${channel} to this person.`,
  resubscribe: (channel) => `Apparel21 was told yes to ${channel} after the person had left in Klaviyo.`,
  left_in_klaviyo: (channel) =>
    `The person left ${channel} in Klaviyo after Apparel21 was told yes; the later word counts.`,
  suppressed_in_klaviyo: (channel) =>
    `The person was suppressed for ${channel} in Klaviyo after Apparel21 was told yes; the later word counts.`,
  left_at_unknown_time: (channel) =>
    `The person left ${channel} in Klaviyo, and it cannot be told that Apparel21 was told yes later; nobody is subscribed again in doubt. If they want it again, set it to no and later to yes in Apparel21, or map when consent was given.`,
  address_bounces: () =>
    'Klaviyo found that the address does not work; subscribing it again would bring nothing.',
  unsubscribe: (channel) => `Apparel21 says no to ${channel}.`,
  subscribed_later: (channel) =>
    `The person subscribed to ${channel} in Klaviyo after Apparel21 was told no; the later word counts.`,
  already_unsubscribed: (channel) => `Klaviyo already sends no ${channel} to this person.`,
};

/** When Apparel21 was told its value, ISO-8601; null = unknown. `isAtLatest`: it may have been told long before. */
export type WishTime = { at: string | null; isAtLatest: boolean };

/** What to do about one channel of one customer, from the table. */
export function decideConsent(input: {
  channel: ConsentChannel;
  wish: ConsentWish;
  wishSet: WishTime;
  klaviyo: KlaviyoConsent;
}): ConsentDecision {
  const { channel, wish, wishSet, klaviyo } = input;
  const newer = newerOf(wishSet, klaviyo.changedAt);
  const row = CONSENT_TABLE.find(
    (one) => one.wish === wish && one.state === klaviyo.state && (one.newer === 'any' || one.newer === newer),
  );
  if (row === undefined) {
    throw new Error(`the consent table has no row for ${wish}, ${klaviyo.state}, ${newer}`);
  }
  const { action, code } = row;
  return { action, code, reason: REASONS[code]?.(channel === 'email' ? 'e-mail' : 'SMS') ?? code };
}

/** Whether Klaviyo asks new subscribers to confirm: what the list says, or the account's own setting, which no API tells. */
export type OptIn = 'single' | 'double' | 'as-the-account';

/** Code of a subscription for which Klaviyo asks the person first. */
export const CONFIRMATION_ASKED = 'confirmation_asked';
/** Code of a subscription for which Klaviyo may ask the person first. */
export const CONFIRMATION_POSSIBLE = 'confirmation_possible';

/**
 * A subscription that the person may have to confirm: whatever we send, they have the last word. Without a list the account's
 * setting counts (Klaviyo, "Bulk Subscribe Profiles": "the opt-in process used will be determined by the account-level default").
 */
export function withOptIn(decision: ConsentDecision, optIn: OptIn, list: string | null): ConsentDecision {
  switch (optIn) {
    case 'single':
      return decision;
    case 'double':
      return {
        ...decision,
        code: CONFIRMATION_ASKED,
        reason: `${decision.reason} The list "${list}" has double opt-in: Klaviyo asked the person to confirm, and subscribes them once they do.`,
      };
    case 'as-the-account':
      return {
        ...decision,
        code: CONFIRMATION_POSSIBLE,
        reason: `${decision.reason} No list went along, so the account’s own setting in Klaviyo says whether the person is asked to confirm first.`,
      };
  }
}

/** Which of Apparel21's word and Klaviyo's state was set later. */
export function newerOf({ at, isAtLatest }: WishTime, changedAt: string | null): Newer {
  const wish = readInstant(at);
  const state = readInstant(changedAt);
  if (Number.isNaN(wish) || Number.isNaN(state) || wish === state) {
    return 'unknown';
  }
  return wish < state ? 'klaviyo' : isAtLatest ? 'unknown' : 'apparel21';
}

/** Milliseconds of a time of Klaviyo, NaN for none. Klaviyo documents its times without offset; they are UTC. */
export function readInstant(text: string | null): number {
  if (text === null) {
    return Number.NaN;
  }
  return Date.parse(/(Z|[+-]\d{2}:?\d{2})$/i.test(text) || !text.includes('T') ? text : `${text}Z`);
}

/**
 * Reads the state of a channel from `attributes.subscriptions` of a profile (asked for with
 * `additional-fields[profile]=subscriptions`). Use `no-profile` yourself where Klaviyo has no profile.
 * A global suppression outweighs the consent beside it; of several the worst, then the latest counts. Without
 * `heedsBounces` an address that does not work is what it would be if it did: for the question what the person has said.
 */
export function readKlaviyoConsent(
  subscriptions: JsonValue | undefined,
  channel: ConsentChannel,
  { heedsBounces = true }: { heedsBounces?: boolean } = {},
): KlaviyoConsent {
  const marketing = member(member(subscriptions, channel), 'marketing');
  const consent = text(marketing, 'consent')?.toUpperCase();
  const consentAt = text(marketing, 'consent_timestamp');
  const updatedAt = text(marketing, 'last_updated');
  const suppressions = channel === 'email' ? suppressionsOf(marketing) : [];
  for (const [state, reasons] of SUPPRESSION_STATES) {
    const times = suppressions.filter(({ reason }) => reasons.includes(reason)).map(({ at }) => at);
    if (times.length > 0 && (heedsBounces || state !== 'bounced')) {
      return { state, changedAt: latest(times) };
    }
  }
  if (consent === 'UNSUBSCRIBED') {
    // Which of the two tells when somebody left is not documented: the later one keeps more people out.
    const times = [consentAt, updatedAt].filter((at) => at !== null);
    return { state: 'unsubscribed', changedAt: times.length === 0 ? null : latest(times) };
  }
  return { state: consent === 'SUBSCRIBED' ? 'subscribed' : 'never', changedAt: consentAt ?? updatedAt };
}

/** Whether Klaviyo has noted an opt-out of this channel, also of an address that is suppressed or bounces as well. */
export function hasOptedOut(subscriptions: JsonValue | undefined, channel: ConsentChannel): boolean {
  const marketing = member(member(subscriptions, channel), 'marketing');
  return (
    text(marketing, 'consent')?.toUpperCase() === 'UNSUBSCRIBED' ||
    (channel === 'email' && suppressionsOf(marketing).some(({ reason }) => reason === 'UNSUBSCRIBE'))
  );
}

/** Reasons of Klaviyo's suppressions (OpenAPI, EmailMarketingSuppression), worst first. */
const SUPPRESSION_STATES: readonly [KlaviyoConsentState, readonly string[]][] = [
  ['bounced', ['HARD_BOUNCE', 'INVALID_EMAIL']],
  ['suppressed', ['SPAM_COMPLAINT', 'USER_SUPPRESSED']],
  ['unsubscribed', ['UNSUBSCRIBE']],
];

/** When somebody's e-mail address was suppressed, each time; from `attributes.subscriptions` of a profile. */
export function suppressionTimes(subscriptions: JsonValue | undefined): string[] {
  const marketing = member(member(subscriptions, 'email'), 'marketing');
  return suppressionsOf(marketing).flatMap(({ at }) => at ?? []);
}

function suppressionsOf(marketing: JsonObject | null): { reason: string; at: string | null }[] {
  const list = marketing?.suppression;
  if (!Array.isArray(list)) {
    return [];
  }
  return list.map((entry) => {
    const suppression = entry !== null && typeof entry === 'object' && !Array.isArray(entry) ? entry : {};
    return { reason: text(suppression, 'reason') ?? '', at: text(suppression, 'timestamp') };
  });
}

function latest(times: readonly (string | null)[]): string | null {
  // One suppression of unknown time makes the whole time unknown.
  if (times.includes(null)) {
    return null;
  }
  return times.reduce((a, b) => (readInstant(b) > readInstant(a) ? b : a), times[0] ?? null);
}

function member(value: JsonValue | undefined, name: string): JsonObject | null {
  if (value === null || value === undefined || typeof value !== 'object' || Array.isArray(value)) {
    return null;
  }
  const inner = value[name];
  return inner !== null && inner !== undefined && typeof inner === 'object' && !Array.isArray(inner)
    ? inner
    : null;
}

function text(holder: JsonObject | null, name: string): string | null {
  const value = holder?.[name];
  return typeof value === 'string' ? value : null;
}
