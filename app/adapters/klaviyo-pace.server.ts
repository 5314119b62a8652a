import { ownShare, type OwnShare, type RatePolicy } from './klaviyo-limits.server.ts';

/**
 * How turns are given so that no window of Klaviyo ever holds more than its limit, however the windows lie: evenly, with a
 * few saved up by pausing. The n-th turn comes no earlier than n - `savedCount` intervals after the first one's.
 */
export type Pace = {
  intervalMs: number;
  /** So many turns may come early after a pause. */
  savedCount: number;
  /** Two turns are never closer, also not saved ones. */
  apartMs: number;
  /** A turn that is used later than this after its time no longer counts: it is thrown away. */
  lateMs: number;
  /** So many turns may be taken at once: a quarter of a second's worth. */
  blockCount: number;
  /** Windows of over an hour are no matter of pace: at most `count` turns in any `spanMs`. Null = there are none. */
  long: OwnShare | null;
  /** Klaviyo's limit of a minute, for people. */
  minuteLimit: number;
};

const minuteMs = 60_000;
const longestPacedMs = 3_600_000;
const blockMs = 250;
const largestBlock = 32;

/** This part of a window is kept for turns that were saved up; a limit under ten saves none. */
const savedShare = 0.03;

/**
 * The pace that fits under all of these limits with our share of them (`ownShare`).
 *
 * Why no window overflows: with turns as `Pace` promises them, a span of X holds at most ceil(X / interval) + saved of
 * them, and at most ceil(X / apart). A request that arrives up to S late counts as if the span were longer by S. So S may
 * be what is left when the larger of the two bounds meets Klaviyo's own limit: the slack. A third of it is for the way from
 * PostgreSQL, one for the process, one for the way to Klaviyo.
 */
export function paceOf(policies: readonly RatePolicy[]): Pace {
  const paced = policies.filter((policy) => policy.windowMs <= longestPacedMs);
  const [binding, ...others] = [...paced].sort((a, b) => evenMs(b) - evenMs(a));
  const long = policies.filter((policy) => policy.windowMs > longestPacedMs).map(ownShare);
  const rest = { long: long.sort((a, b) => a.count - b.count)[0] ?? null, minuteLimit: minuteLimitOf(paced) };
  if (binding === undefined) {
    return { intervalMs: 0, savedCount: 0, apartMs: 0, lateMs: 1_000, blockCount: 1, ...rest };
  }
  const { count, spanMs } = ownShare(binding);
  const savedCount = count < 10 ? 0 : Math.max(1, Math.floor(count * savedShare));
  const evenly = spanMs / (count - savedCount);
  const apartMs = Math.max(
    0,
    ...others.map((policy) => Math.min(twiceMs(policy), Math.max(evenly, evenMs(policy)))),
  );
  const intervalMs = Math.max(evenly, apartMs);
  const slackMs = Math.min(
    ...paced.map(
      ({ limit, windowMs }) => Math.max((limit - savedCount) * intervalMs, limit * apartMs) - windowMs,
    ),
  );
  return {
    intervalMs,
    savedCount,
    apartMs,
    lateMs: slackMs / 3,
    blockCount:
      rest.long === null ? Math.min(Math.max(Math.floor(blockMs / intervalMs), 1), largestBlock) : 1,
    ...rest,
  };
}

function evenMs(policy: RatePolicy): number {
  const { count, spanMs } = ownShare(policy);
  return spanMs / count;
}

/** Saved turns come at half the speed of a burst: that leaves a whole window of slack. */
function twiceMs(policy: RatePolicy): number {
  return (2 * policy.windowMs) / ownShare(policy).count;
}

function minuteLimitOf(paced: readonly RatePolicy[]): number {
  const perMinute = paced.map(({ limit, windowMs }) => Math.floor((limit * minuteMs) / windowMs));
  return perMinute.length === 0 ? 0 : Math.min(...perMinute);
}
