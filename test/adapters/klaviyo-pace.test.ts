import fc from 'fast-check';
import { expect, test } from 'vitest';
import { klaviyoLimits, ownShare, type RatePolicy } from '#app/adapters/klaviyo-limits.server.ts';
import { paceOf, type Pace } from '#app/adapters/klaviyo-pace.server.ts';

const published = Object.values(klaviyoLimits).map((policies) => [...policies]);

const policies = fc.oneof(
  fc.constantFrom(...published),
  fc
    .record({ burst: fc.integer({ min: 1, max: 400 }), factor: fc.double({ min: 1, max: 60, noNaN: true }) })
    .map(({ burst, factor }) => [
      { limit: burst, windowMs: 1_000 },
      { limit: Math.floor(burst * factor), windowMs: 60_000 },
    ]),
);

/** What PostgreSQL keeps, and the same rule as its statement: the tests of the budget compare the two. */
type Row = { spentUntil: number; lastAt: number };

function takeTurns(row: Row, pace: Pace, nowMs: number, count: number): number[] {
  const first = Math.max(
    nowMs,
    row.lastAt + pace.apartMs,
    row.spentUntil - pace.savedCount * pace.intervalMs,
  );
  row.lastAt = first + (count - 1) * pace.intervalMs;
  row.spentUntil = Math.max(row.spentUntil, first) + count * pace.intervalMs;
  return Array.from({ length: count }, (_, index) => first + index * pace.intervalMs);
}

/** The most arrivals in any window of that length that holds its start but not its end, wherever it lies. */
function mostInAnyWindow(arrivals: readonly number[], windowMs: number): number {
  const sorted = [...arrivals].sort((a, b) => a - b);
  let first = 0;
  let most = 0;
  for (const [index, arrival] of sorted.entries()) {
    // A hair shorter than the window: two arrivals exactly a window apart may differ in the last bit.
    while (arrival - (sorted[first] ?? 0) > windowMs - 1e-6) {
      first += 1;
    }
    most = Math.max(most, index - first + 1);
  }
  return most;
}

/** Wishes of several processes as they reach PostgreSQL: the pause before each, how many turns, how late each is used. */
const wishes = fc.array(
  fc.record({
    pauseMs: fc.oneof(
      { weight: 8, arbitrary: fc.constant(0) },
      fc.integer({ min: 0, max: 500 }),
      fc.integer({ min: 0, max: 90_000 }),
    ),
    count: fc.integer({ min: 1, max: 32 }),
    lateness: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 32, maxLength: 32 }),
  }),
  { minLength: 1, maxLength: 400 },
);

test('no window of Klaviyo ever holds more than its limit, however it lies, whoever asks when, and however late a turn is used', () => {
  fc.assert(
    fc.property(policies, wishes, (limits, asked) => {
      const pace = paceOf(limits);
      const row: Row = { spentUntil: -Infinity, lastAt: -Infinity };
      const arrivals: number[] = [];
      let nowMs = 0;
      for (const { pauseMs, count, lateness } of asked) {
        nowMs += pauseMs;
        const turns = takeTurns(row, pace, nowMs, Math.min(count, pace.blockCount));
        // A third is the way from PostgreSQL, a third the process's own, a third the way to Klaviyo.
        arrivals.push(...turns.map((atMs, index) => atMs + (lateness[index] ?? 0) * 3 * pace.lateMs));
      }
      for (const { limit, windowMs } of paced(limits)) {
        expect(mostInAnyWindow(arrivals, windowMs)).toBeLessThanOrEqual(limit);
      }
    }),
    { numRuns: 300 },
  );
});

test('used on time, turns keep to our share of every window, so that others find room', () => {
  for (const limits of published) {
    const pace = paceOf(limits);
    const row: Row = { spentUntil: -Infinity, lastAt: -Infinity };
    const turns = Array.from({ length: 4_000 }, () => takeTurns(row, pace, 0, pace.blockCount)).flat();
    for (const policy of paced(limits)) {
      expect(mostInAnyWindow(turns, policy.windowMs)).toBeLessThanOrEqual(ownShare(policy).count);
    }
  }
});

test('whoever always has something to send gets more than nine tenths of what Klaviyo takes', () => {
  for (const limits of published) {
    const steady = limits.find(({ windowMs }) => windowMs === 60_000)?.limit ?? 0;
    const share = 60_000 / paceOf(limits).intervalMs / steady;
    // Fifteen a minute is for looking up whose a key is; of so few, one in reserve is much.
    expect(share).toBeGreaterThan(steady === 15 ? 0.85 : 0.93);
  }
});

test('there is time to be late by at least three tenths of a second, wherever Klaviyo publishes limits', () => {
  for (const limits of published) {
    expect(paceOf(limits).lateMs).toBeGreaterThan(300);
  }
});

test('after a pause a few go quickly, then evenly', () => {
  const pace = paceOf(klaviyoLimits.importProfiles);
  const row: Row = { spentUntil: -Infinity, lastAt: -Infinity };
  const turns = Array.from({ length: 20 }, () => takeTurns(row, pace, 0, 1)).flat();
  const gaps = turns.slice(1).map((atMs, index) => Math.round(atMs - (turns[index] ?? 0)));
  expect(gaps.slice(0, 8)).toEqual(Array(8).fill(222));
  expect(gaps.slice(9)).toEqual(Array(10).fill(429));
});

test('a limit per day is counted, not paced: lists may be made one after the other', () => {
  const pace = paceOf(klaviyoLimits.createList);
  expect(pace.intervalMs).toBe(paceOf(klaviyoLimits.importProfiles).intervalMs);
  expect(pace.long).toEqual({ count: 145, spanMs: 86_400_500 });
  expect(pace.minuteLimit).toBe(150);
});

test('turns of large limits come in blocks, those of small ones singly', () => {
  expect(paceOf(klaviyoLimits.createEvent).blockCount).toBe(13);
  expect(paceOf(klaviyoLimits.subscribe).blockCount).toBe(2);
  expect(paceOf(klaviyoLimits.importProfiles).blockCount).toBe(1);
  expect(paceOf(klaviyoLimits.createList).blockCount).toBe(1);
});

function paced(limits: readonly RatePolicy[]): RatePolicy[] {
  return limits.filter(({ windowMs }) => windowMs <= 60_000);
}
