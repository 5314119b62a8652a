import type { KlaviyoOperation } from '#app/domain/ports/klaviyo.ts';

/** So many requests of one account may reach one operation in a window of this length. */
export type RatePolicy = { limit: number; windowMs: number };

const secondMs = 1_000;
const minuteMs = 60_000;
const dayMs = 86_400_000;

function tier(burst: number, steady: number): readonly RatePolicy[] {
  return [
    { limit: burst, windowMs: secondMs },
    { limit: steady, windowMs: minuteMs },
  ];
}

const extraSmall = tier(1, 15);
const small = tier(3, 60);
const medium = tier(10, 150);
const large = tier(75, 750);
const extraLarge = tier(350, 3_500);

/** Klaviyo's published limits per account and operation (`x-klaviyo-ratelimit`, revision 2026-07-15). */
export const klaviyoLimits: Record<KlaviyoOperation, readonly RatePolicy[]> = {
  importProfiles: medium,
  listImportJobs: medium,
  getImportJob: medium,
  getImportErrors: medium,
  upsertProfile: large,
  getProfiles: large,
  createEvents: medium,
  createEvent: extraLarge,
  subscribe: large,
  unsubscribe: large,
  getLists: large,
  createList: [...medium, { limit: 150, windowMs: dayMs }],
  addToList: medium,
  getAccounts: extraSmall,
  getMetrics: medium,
  deleteProfile: small,
};

/** What we allow ourselves of a policy: at most `count` starts in any `spanMs`. */
export type OwnShare = { count: number; spanMs: number };

/**
 * Our share of a limit. Klaviyo counts arrivals in windows of its own clock and other integrations draw on the same
 * windows: so we take 90 % of a burst and 97 % of a longer window, and stretch the window by 10 % (at most half a
 * second) for the time that a request is under way.
 */
export function ownShare(policy: RatePolicy): OwnShare {
  const share = policy.windowMs <= secondMs ? 0.9 : 0.97;
  return {
    count: Math.max(1, Math.floor(policy.limit * share)),
    spanMs: policy.windowMs + Math.min(policy.windowMs * 0.1, 500),
  };
}

/** A header that names more than this is nonsense, and memory is kept per start. */
const largestLimit = 100_000;

/**
 * The policies of a `RateLimit-Limit` header: `10, 10;w=1, 150;w=60` is 10 a second and 150 a minute. The first number
 * only repeats the window that binds at the moment. What cannot be read is left out.
 */
export function parseRatePolicies(header: string | undefined): RatePolicy[] {
  const policies: RatePolicy[] = [];
  for (const part of (header ?? '').split(',')) {
    const match = /^\s*(\d+)\s*;\s*w\s*=\s*(\d+)\s*$/i.exec(part);
    const limit = Number(match?.[1]);
    const windowMs = Number(match?.[2]) * secondMs;
    if (limit >= 1 && limit <= largestLimit && windowMs >= secondMs && windowMs <= dayMs) {
      policies.push({ limit, windowMs });
    }
  }
  return policies;
}

/** How long an answer tells everybody to wait because nothing remains: `RateLimit-Remaining: 0` and a `Reset`; else 0. */
export function exhaustedForMs(headers: Record<string, string>): number {
  const remaining = wholeNumber(headers['ratelimit-remaining']);
  const resetMs = (wholeNumber(headers['ratelimit-reset']) ?? 0) * secondMs;
  // A reset beyond a day is no number of seconds (some services send a point in time).
  return remaining === 0 && resetMs <= dayMs ? resetMs : 0;
}

/**
 * Milliseconds that a `Retry-After` asks for: whole seconds or an HTTP date, between one second (an immediate retry is
 * always refused, says Klaviyo) and one day. Without a readable value: one second.
 */
export function parseRetryAfterMs(header: string | undefined, now: Date): number {
  const seconds = wholeNumber(header);
  const askedMs = seconds === null ? Date.parse(header ?? '') - now.getTime() : seconds * secondMs;
  return Number.isNaN(askedMs) ? secondMs : Math.min(Math.max(askedMs, secondMs), dayMs);
}

function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^\s*\d+\s*$/.test(text) ? Number(text) : null;
}
