import { expect, test } from 'vitest';
import { klaviyoLimits } from '#app/adapters/klaviyo-limits.server.ts';
import type { PacerWait } from '#app/adapters/klaviyo-pacer.server.ts';
import { pacerOn, request, stillClock } from './klaviyo-bench.ts';
import type { Start } from './klaviyo-bench.ts';

test('never lets more be under way than allowed, and the next goes when one is done', async () => {
  const clock = stillClock();
  const pacer = pacerOn(clock, { maxInFlight: 2 });
  const first = await pacer.take();
  await pacer.take();
  let hasThird = false;
  const third = pacer.take().then((turn) => {
    hasThird = true;
    return turn;
  });
  await clock.advance(10_000);
  expect(hasThird).toBe(false);
  if (first.kind === 'go') {
    first.done();
    first.done();
  }
  expect((await third).kind).toBe('go');
  let hasFourth = false;
  void pacer.take().then(() => {
    hasFourth = true;
  });
  await clock.advance(10_000);
  // `done` twice counted once: two are under way again.
  expect(hasFourth).toBe(false);
});

test('a hold stops everybody until it ends, and a shorter one does not cut it', async () => {
  const clock = stillClock();
  const pacer = pacerOn(clock);
  const starts: Start[] = [];
  pacer.hold(30_000, 'retry-after');
  pacer.hold(1_000, 'retry-after');
  const requests = [0, 1, 2].map((id) => request(pacer, clock, starts, id));
  await clock.runUntilIdle();
  await Promise.all(requests);
  expect(starts.map((start) => start.atMs)).toEqual([30_000, 30_000, 30_000]);
});

test('a hold that comes while the line sleeps makes it sleep longer', async () => {
  const clock = stillClock();
  const pacer = pacerOn(clock);
  const starts: Start[] = [];
  const requests = Array.from({ length: 12 }, (_, id) => request(pacer, clock, starts, id));
  await clock.advance(500);
  expect(starts).toHaveLength(9);
  pacer.hold(20_000, 'retry-after');
  await clock.runUntilIdle();
  await Promise.all(requests);
  expect(starts.slice(9).map((start) => start.atMs)).toEqual([20_500, 20_500, 20_500]);
});

test('tells how long it waits, for what, and how many stand in line', async () => {
  const clock = stillClock();
  const waits: PacerWait[] = [];
  const pacer = pacerOn(clock, { onWait: (wait) => waits.push(wait) });
  const starts: Start[] = [];
  const requests = Array.from({ length: 10 }, (_, id) => request(pacer, clock, starts, id));
  await clock.runUntilIdle();
  pacer.hold(5_000, 'exhausted');
  requests.push(request(pacer, clock, starts, 10), request(pacer, clock, starts, 11));
  await clock.runUntilIdle();
  await Promise.all(requests);
  expect(waits).toEqual([
    { ms: 1_100, because: 'limit', waitingCount: 1 },
    { ms: 5_000, because: 'exhausted', waitingCount: 1 },
  ]);
});

test('sends everybody away with the time to wait when that is longer than its patience', async () => {
  const clock = stillClock();
  const pacer = pacerOn(clock, { policies: klaviyoLimits.createList, patienceMs: 120_000 });
  const outcomes: string[] = [];
  const requests = Array.from({ length: 150 }, async () => {
    const turn = await pacer.take();
    outcomes.push(turn.kind);
    if (turn.kind === 'go') {
      turn.done();
    }
    return turn;
  });
  await clock.runUntilIdle();
  const turns = await Promise.all(requests);
  expect(outcomes.filter((kind) => kind === 'go')).toHaveLength(145);
  const last = turns.at(-1);
  expect(last).toEqual({ kind: 'blocked', retryAfterMs: 86_400_500 - clock.elapsedMs() });
  await clock.advance(86_400_500);
  expect((await pacer.take()).kind).toBe('go');
});

test('who gives up leaves the line and takes no turn; the others keep their order', async () => {
  const clock = stillClock();
  const pacer = pacerOn(clock, { policies: [{ limit: 1, windowMs: 1_000 }] });
  const stop = new AbortController();
  const kinds: string[] = [];
  const turns = Array.from({ length: 9 }, (_, id) =>
    pacer.take(id % 2 === 1 ? stop.signal : undefined).then((turn) => {
      kinds.push(`${String(id)} ${turn.kind} ${String(clock.elapsedMs())}`);
    }),
  );
  await clock.advance(1_200);
  stop.abort();
  await clock.runUntilIdle();
  await Promise.all(turns);
  expect(kinds).toEqual([
    '0 go 0',
    '1 go 1100',
    '3 aborted 1200',
    '5 aborted 1200',
    '7 aborted 1200',
    '2 go 2200',
    '4 go 3300',
    '6 go 4400',
    '8 go 5500',
  ]);
  expect(await pacer.take(stop.signal)).toEqual({ kind: 'aborted' });
});

test('nothing sleeps on when all have given up', async () => {
  const clock = stillClock();
  const pacer = pacerOn(clock);
  const stop = new AbortController();
  pacer.hold(60_000, 'retry-after');
  const turn = pacer.take(stop.signal);
  stop.abort();
  expect(await turn).toEqual({ kind: 'aborted' });
  expect(await clock.runUntilIdle()).toBe(0);
});
