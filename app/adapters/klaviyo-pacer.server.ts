import type { Context } from '#app/context.ts';
import type { BudgetReason } from './klaviyo-budget.server.ts';
import { openAlarm, neverBackwards, once } from './klaviyo-alarm.server.ts';
import { waitingLine } from './klaviyo-line.server.ts';
import { ownShare } from './klaviyo-limits.server.ts';
import type { OwnShare, RatePolicy } from './klaviyo-limits.server.ts';

/**
 * What became of a wish to send: go (and say when done), come back later, the signal fired while waiting, or nobody could say
 * whether there is room (the shared budget does not answer).
 */
export type Turn =
  | { kind: 'go'; done(): void }
  | { kind: 'blocked'; retryAfterMs: number }
  | { kind: 'aborted' }
  | { kind: 'failed'; error: unknown };

/** A wait that has just begun: how long until the next one may start, and how many stand in line. */
export type PacerWait = { ms: number; because: BudgetReason; waitingCount: number };

export type PacerOptions = {
  policies: readonly RatePolicy[];
  clock: Context['clock'];
  /** So many may be under way at once; more would queue behind hanging ones and then leave in one burst. */
  maxInFlight: number;
  /** When even the first in line must wait longer than this, everybody is sent away as `blocked`. */
  patienceMs: number;
  onWait?: (wait: PacerWait) => void;
};

/** Decides when the requests of one account to one operation may start. */
export type Pacer = {
  /** Waits in line, first come first served. Never rejects. */
  take(signal?: AbortSignal): Promise<Turn>;
  /** Nobody starts for so long. Longer holds win; nothing shortens a hold. */
  hold(ms: number, because: BudgetReason): void | Promise<void>;
  /** Takes over the limits that Klaviyo states, window by window. True when something changed. */
  adopt(policies: readonly RatePolicy[]): boolean | Promise<boolean>;
};

/** The pacer of one process that shares its limits with nobody. */
export type LonePacer = Pacer & {
  hold(ms: number, because: BudgetReason): void;
  adopt(policies: readonly RatePolicy[]): boolean;
};

/**
 * A pacer without a database: in any window no more requests start than our share of its limit (`ownShare`). Memory is one number per
 * request of the largest limit, and each start costs the same however many wait.
 */
export function createPacer(options: PacerOptions): LonePacer {
  const { clock, maxInFlight, patienceMs, onWait } = options;
  const nowMs = neverBackwards(clock);
  const limits = new Map(options.policies.map((policy) => [policy.windowMs, policy.limit]));
  let shares = sharesOf(limits);
  const starts = startLog(largestCount(shares));
  const line = waitingLine<Turn>({ kind: 'aborted' }, pump);
  let inFlightCount = 0;
  let hold: { untilMs: number; because: BudgetReason } = { untilMs: -Infinity, because: 'limit' };
  const alarm = openAlarm(clock, pump);

  function nextStart(): { atMs: number; because: BudgetReason } {
    // A window is full when the count-th last start still lies inside it.
    const atMs = Math.max(...shares.map((share) => starts.last(share.count) + share.spanMs));
    return hold.untilMs > atMs ? { atMs: hold.untilMs, because: hold.because } : { atMs, because: 'limit' };
  }

  function pump(): void {
    while (line.size() > 0) {
      const now = nowMs();
      const next = nextStart();
      const waitMs = next.atMs - now;
      if (waitMs > patienceMs) {
        sendAllAway(Math.ceil(waitMs));
        break;
      }
      if (inFlightCount >= maxInFlight) {
        return;
      }
      if (waitMs > 0) {
        if (alarm.set(next.atMs, Math.ceil(waitMs))) {
          onWait?.({ ms: Math.ceil(waitMs), because: next.because, waitingCount: line.size() });
        }
        return;
      }
      starts.add(now);
      inFlightCount += 1;
      line.callFirst({ kind: 'go', done: once(finish) });
    }
    alarm.stop();
  }

  function sendAllAway(retryAfterMs: number): void {
    while (line.size() > 0) {
      line.callFirst({ kind: 'blocked', retryAfterMs });
    }
  }

  function finish(): void {
    inFlightCount -= 1;
    pump();
  }

  return {
    take(signal) {
      if (signal?.aborted) {
        return Promise.resolve({ kind: 'aborted' });
      }
      const turn = line.join(signal);
      pump();
      return turn;
    },
    hold(ms, because) {
      const untilMs = nowMs() + ms;
      if (untilMs > hold.untilMs) {
        hold = { untilMs, because };
        pump();
      }
    },
    adopt(policies) {
      const news = policies.filter((policy) => limits.get(policy.windowMs) !== policy.limit);
      if (news.length === 0) {
        return false;
      }
      for (const policy of news) {
        limits.set(policy.windowMs, policy.limit);
      }
      shares = sharesOf(limits);
      starts.keep(largestCount(shares));
      pump();
      return true;
    },
  };
}

function sharesOf(limits: ReadonlyMap<number, number>): OwnShare[] {
  return [...limits].map(([windowMs, limit]) => ownShare({ limit, windowMs }));
}

function largestCount(shares: readonly OwnShare[]): number {
  return Math.max(...shares.map((share) => share.count));
}

type StartLog = {
  add(atMs: number): void;
  /** When the n-th last start was; -Infinity when there were fewer. */
  last(n: number): number;
  /** Remembers at least so many from now on. */
  keep(capacity: number): void;
};

/** The last starts in a ring. */
function startLog(initialCapacity: number): StartLog {
  let ring = new Float64Array(initialCapacity).fill(-Infinity);
  let count = 0;

  function last(n: number): number {
    return n > ring.length ? -Infinity : (ring[(count - n + ring.length) % ring.length] ?? -Infinity);
  }

  return {
    add(atMs) {
      ring[count] = atMs;
      count = (count + 1) % ring.length;
    },
    last,
    keep(capacity) {
      if (capacity <= ring.length) {
        return;
      }
      const longer = new Float64Array(capacity).fill(-Infinity);
      for (let n = ring.length; n >= 1; n -= 1) {
        longer[ring.length - n] = last(n);
      }
      count = ring.length;
      ring = longer;
    },
  };
}
