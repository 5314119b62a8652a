import fc from 'fast-check';
import { expect, test } from 'vitest';
import { klaviyoLimits, ownShare } from '#app/adapters/klaviyo-limits.server.ts';
import type { RatePolicy } from '#app/adapters/klaviyo-limits.server.ts';
import { pacerOn, request, stillClock } from './klaviyo-bench.ts';
import type { Start } from './klaviyo-bench.ts';

function mostInAnyWindow(starts: readonly Start[], windowMs: number): number {
  let first = 0;
  let most = 0;
  for (const [index, start] of starts.entries()) {
    while (start.atMs - (starts[first]?.atMs ?? 0) > windowMs) {
      first += 1;
    }
    most = Math.max(most, index - first + 1);
  }
  return most;
}

/** When each request may start at the earliest, by the plain definition: the direct computation to compare with. */
function earliestStarts(arrivals: readonly number[], policies: readonly RatePolicy[]): number[] {
  const starts: number[] = [];
  for (const arrival of arrivals) {
    const bounds = policies.map((policy) => {
      const { count, spanMs } = ownShare(policy);
      return (starts.at(-count) ?? -Infinity) + spanMs;
    });
    starts.push(Math.ceil(Math.max(arrival, starts.at(-1) ?? 0, ...bounds)));
  }
  return starts;
}

const tiers = fc.record({ burst: fc.integer({ min: 1, max: 40 }), factor: fc.integer({ min: 2, max: 15 }) });
const gaps = fc.array(
  fc.oneof(fc.constant(0), fc.integer({ max: 400, min: 0 }), fc.integer({ max: 70_000, min: 0 })),
  {
    minLength: 1,
    maxLength: 120,
  },
);

test('whatever arrives when, no window ever holds more than our share, in order of arrival and as early as allowed', async () => {
  await fc.assert(
    fc.asyncProperty(tiers, gaps, fc.integer({ min: 0, max: 3_000 }), async (tier, arrivalGaps, busyMs) => {
      const policies = [
        { limit: tier.burst, windowMs: 1_000 },
        { limit: tier.burst * tier.factor, windowMs: 60_000 },
      ];
      const clock = stillClock();
      const pacer = pacerOn(clock, { policies });
      const starts: Start[] = [];
      let arrival = 0;
      const arrivals = arrivalGaps.map((gap) => (arrival += gap));
      const requests = arrivals.map(async (atMs, id) => {
        await clock.sleep(atMs);
        await request(pacer, clock, starts, id, busyMs);
      });
      await clock.runUntilIdle();
      await Promise.all(requests);

      expect(starts.map((start) => start.id)).toEqual(arrivals.map((_, id) => id));
      for (const policy of policies) {
        expect(mostInAnyWindow(starts, policy.windowMs)).toBeLessThanOrEqual(ownShare(policy).count);
      }
      expect(starts.map((start) => start.atMs)).toEqual(earliestStarts(arrivals, policies));
    }),
    { numRuns: 60 },
  );
});

test('one a second and fifteen a minute work too', async () => {
  const clock = stillClock();
  const pacer = pacerOn(clock, { policies: klaviyoLimits.getAccounts });
  const starts: Start[] = [];
  const requests = Array.from({ length: 30 }, (_, id) => request(pacer, clock, starts, id));
  await clock.runUntilIdle();
  await Promise.all(requests);
  expect(mostInAnyWindow(starts, 1_000)).toBe(1);
  expect(mostInAnyWindow(starts, 60_000)).toBe(14);
});

test('twenty thousand single events keep to the limit with one timer, not one each', async () => {
  const clock = stillClock();
  const pacer = pacerOn(clock, { policies: klaviyoLimits.createEvent });
  const signal = new AbortController().signal;
  const starts: Start[] = [];
  const requests = Array.from({ length: 20_000 }, async (_, id) => {
    const turn = await pacer.take(signal);
    starts.push({ id, atMs: clock.elapsedMs() });
    if (turn.kind === 'go') {
      turn.done();
    }
  });
  const jumps = await clock.runUntilIdle();
  await Promise.all(requests);
  expect(starts.map((start) => start.id)).toEqual(starts.map((_, id) => id));
  expect(mostInAnyWindow(starts, 1_000)).toBe(315);
  expect(mostInAnyWindow(starts, 60_000)).toBe(3_395);
  expect(jumps).toBeLessThan(200);
});

test('adopts a lower limit at once, counting what it already sent', async () => {
  const clock = stillClock();
  const pacer = pacerOn(clock);
  const starts: Start[] = [];
  const requests = Array.from({ length: 9 }, (_, id) => request(pacer, clock, starts, id));
  await clock.advance(0);
  expect(pacer.adopt([{ limit: 2, windowMs: 1_000 }])).toBe(true);
  expect(pacer.adopt([{ limit: 2, windowMs: 1_000 }])).toBe(false);
  requests.push(...[9, 10, 11].map((id) => request(pacer, clock, starts, id)));
  await clock.runUntilIdle();
  await Promise.all(requests);
  expect(starts.slice(9).map((start) => start.atMs)).toEqual([1_100, 2_200, 3_300]);
});

test('adopts a higher limit at once, and forgets nothing that still counts', async () => {
  const clock = stillClock();
  const pacer = pacerOn(clock, {
    policies: [
      { limit: 2, windowMs: 1_000 },
      { limit: 5, windowMs: 60_000 },
    ],
  });
  const starts: Start[] = [];
  const requests = Array.from({ length: 60 }, (_, id) => request(pacer, clock, starts, id));
  await clock.advance(5_000);
  expect(starts).toHaveLength(4);
  pacer.adopt([
    { limit: 20, windowMs: 1_000 },
    { limit: 40, windowMs: 60_000 },
  ]);
  await clock.advance(50_000);
  expect(starts).toHaveLength(38);
  await clock.runUntilIdle();
  await Promise.all(requests);
  expect(mostInAnyWindow(starts, 60_000)).toBe(38);
});

test('a wall clock that is set back an hour does not stop the line for an hour', async () => {
  const clock = stillClock();
  const pacer = pacerOn(clock);
  const starts: Start[] = [];
  const requests = Array.from({ length: 20 }, (_, id) => request(pacer, clock, starts, id));
  await clock.advance(100);
  clock.jump(-3_600_000);
  await clock.runUntilIdle();
  await Promise.all(requests);
  expect(starts.at(-1)?.atMs).toBeLessThan(5_000);
  expect(mostInAnyWindow(starts, 1_000)).toBe(9);
});
