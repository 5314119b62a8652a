import { neverBackwards, once, openAlarm } from './klaviyo-alarm.server.ts';
import type { BudgetLine, BudgetReason, KlaviyoBudget } from './klaviyo-budget.server.ts';
import { waitingLine } from './klaviyo-line.server.ts';
import type { RatePolicy } from './klaviyo-limits.server.ts';
import { paceOf } from './klaviyo-pace.server.ts';
import type { Pacer, PacerOptions, Turn } from './klaviyo-pacer.server.ts';

export type SharedPacerOptions = PacerOptions & { budget: KlaviyoBudget; line: BudgetLine };

/** A turn that was taken: usable from `dueAt` (this process's time) to `endsAt`. */
type TakenTurn = { dueAt: number; endsAt: number; isSure: boolean; because: BudgetReason };

/** Whoever waits longer for a turn than this asks before using it whether Klaviyo has stopped everybody meanwhile. */
const LONG_WAIT_MS = 1_000;

/**
 * A pacer that draws on a budget which all processes share. It takes turns for the first in its line only, a small block at
 * most: so two lines of one account take turns about, and a process that dies leaves next to nothing behind. When the
 * budget does not answer, everybody in line gets `failed`: nothing goes out unpaced.
 */
export function createSharedPacer(options: SharedPacerOptions): Pacer {
  const { budget, line: place, clock, maxInFlight, patienceMs, onWait } = options;
  const nowMs = neverBackwards(clock);
  let limits = options.policies;
  let pace = paceOf(limits);
  let turns: TakenTurn[] = [];
  let inFlightCount = 0;
  /** A question to the budget is under way, or a hold is being written: no second one meanwhile. */
  let busyCount = 0;
  /** Counts holds: turns that were asked for before one are void. */
  let holdCount = 0;
  let wasSlow = false;
  const line = waitingLine<Turn>({ kind: 'aborted' }, pump);
  const alarm = openAlarm(clock, (error) =>
    error === undefined ? pump() : sendAllAway({ kind: 'failed', error }),
  );

  function pump(): void {
    while (line.size() > 0 && inFlightCount < maxInFlight && busyCount === 0) {
      const now = nowMs();
      while (turns[0] && turns[0].endsAt < now) {
        turns.shift();
      }
      const [next] = turns;
      if (next === undefined) {
        ask((heldBefore) => takeTurns(heldBefore));
        return;
      }
      if (next.dueAt > now) {
        const ms = Math.ceil(next.dueAt - now);
        if (alarm.set(next.dueAt, ms)) {
          onWait?.({ ms, because: next.because, waitingCount: line.size() });
        }
        return;
      }
      if (!next.isSure) {
        ask(() => makeSure(next));
        return;
      }
      turns.shift();
      inFlightCount += 1;
      line.callFirst({ kind: 'go', done: once(finish) });
    }
    if (line.size() === 0) {
      alarm.stop();
    }
  }

  function ask(question: (heldBefore: number) => Promise<void>): void {
    const heldBefore = holdCount;
    void whileBusy(() =>
      question(heldBefore).catch((error: unknown) => sendAllAway({ kind: 'failed', error })),
    );
  }

  async function whileBusy(work: () => Promise<void>): Promise<void> {
    busyCount += 1;
    try {
      await work();
    } finally {
      busyCount -= 1;
      pump();
    }
  }

  async function takeTurns(heldBefore: number): Promise<void> {
    const askedAt = nowMs();
    const count = Math.min(line.size(), maxInFlight - inFlightCount, pace.blockCount);
    const grant = await budget.take(place, { count, pace, limits, patienceMs });
    if (grant.kind === 'other-limits') {
      setLimits(grant.limits);
      return;
    }
    if (grant.kind === 'later') {
      sendAllAway({ kind: 'blocked', retryAfterMs: Math.ceil(grant.waitMs) });
      return;
    }
    const answeredAt = nowMs();
    // A slow answer may be about a moment long gone. Asked again once; a database that is always slow is taken as it is.
    const isSlow = answeredAt - askedAt > pace.lateMs;
    const isVoid = heldBefore !== holdCount || (isSlow && !wasSlow);
    wasSlow = isSlow;
    if (isVoid) {
      return;
    }
    turns = Array.from({ length: count }, (_, index) => {
      const dueAt = answeredAt + grant.waitMs + index * pace.intervalMs;
      const isSure = grant.waitMs <= LONG_WAIT_MS;
      return { dueAt, endsAt: dueAt + pace.lateMs, isSure, because: grant.because };
    });
  }

  async function makeSure(turn: TakenTurn): Promise<void> {
    if ((await budget.blockedMs(place)) > 0) {
      turns = [];
    }
    turn.isSure = true;
  }

  function sendAllAway(turn: Turn): void {
    while (line.size() > 0) {
      line.callFirst(turn);
    }
  }

  function finish(): void {
    inFlightCount -= 1;
    pump();
  }

  function setLimits(policies: readonly RatePolicy[]): void {
    limits = policies;
    pace = paceOf(limits);
    turns = [];
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
      holdCount += 1;
      turns = [];
      return whileBusy(() => budget.block(place, ms, because, pace));
    },
    async adopt(policies) {
      const known = new Map(limits.map(({ windowMs, limit }) => [windowMs, limit]));
      if (policies.every(({ windowMs, limit }) => known.get(windowMs) === limit)) {
        return false;
      }
      policies.forEach(({ windowMs, limit }) => known.set(windowMs, limit));
      setLimits([...known].map(([windowMs, limit]) => ({ windowMs, limit })));
      await whileBusy(() => budget.keepLimits(place, limits, pace));
      return true;
    },
  };
}
