import { expect, test } from 'vitest';
import type { KlaviyoWait } from '#app/adapters/klaviyo.server.ts';
import { apiKey, benchOn, getLists, httpServer, importProfiles, stillClock } from './klaviyo-bench.ts';

test('a 429 says when to come back, and nobody of that key and operation is sent before', async () => {
  await using server = await httpServer((response, request) => {
    if (server.seen.length === 1) {
      response.writeHead(429, { 'retry-after': '7' }).end('<html>slow down</html>');
      return;
    }
    response.end(JSON.stringify({ url: request.url }));
  });
  const clock = stillClock();
  const waits: KlaviyoWait[] = [];
  await using bench = benchOn(server.url, { clock, onWait: (wait) => waits.push(wait) });
  expect(await bench.client.send(importProfiles)).toEqual({ outcome: 'throttled', retryAfterMs: 7_000 });

  const sameKey = bench.port.connect(`${apiKey}\n`).send(importProfiles);
  await clock.advance(6_999);
  expect(await bench.client.send(getLists)).toMatchObject({ outcome: 'answered' });
  expect(await bench.port.connect('pk_another').send(importProfiles)).toMatchObject({ outcome: 'answered' });
  expect(server.seen).toHaveLength(3);

  await clock.advance(1);
  expect(await sameKey).toMatchObject({ outcome: 'answered' });
  expect(waits).toMatchObject([{ operation: 'importProfiles', ms: 7_000, because: 'retry-after' }]);
  expect(bench.client.counts()).toEqual({ importProfiles: 1, getLists: 1 });
});

test('a Retry-After of hours is told to the next callers at once instead of keeping them', async () => {
  await using server = await httpServer((response) =>
    response.writeHead(429, { 'retry-after': '7200' }).end(),
  );
  const clock = stillClock();
  await using bench = benchOn(server.url, { clock });
  await bench.client.send(importProfiles);
  await clock.advance(60_000);
  expect(await bench.client.send(importProfiles)).toEqual({ outcome: 'throttled', retryAfterMs: 7_140_000 });
  expect(server.seen).toHaveLength(1);
});

test('a 503 with Retry-After keeps the next ones waiting too', async () => {
  await using server = await httpServer((response) =>
    response.writeHead(server.seen.length === 1 ? 503 : 202, { 'retry-after': '30' }).end(),
  );
  const clock = stillClock();
  const waits: KlaviyoWait[] = [];
  await using bench = benchOn(server.url, { clock, onWait: (wait) => waits.push(wait) });
  expect(await bench.client.send(importProfiles)).toMatchObject({ outcome: 'ambiguous', status: 503 });
  const next = bench.client.send(importProfiles);
  await clock.runUntilIdle();
  expect(await next).toMatchObject({ outcome: 'answered', status: 202 });
  expect(waits).toMatchObject([{ ms: 30_000, because: 'retry-after' }]);
});

test('waits for the reset when an answer says that nothing remains, and tells so', async () => {
  await using server = await httpServer((response) =>
    response.writeHead(202, { 'ratelimit-remaining': '0', 'ratelimit-reset': '42' }).end(),
  );
  const clock = stillClock();
  const waits: KlaviyoWait[] = [];
  await using bench = benchOn(server.url, { clock, onWait: (wait) => waits.push(wait) });
  await bench.client.send(importProfiles);
  const next = bench.client.send(importProfiles);
  await clock.advance(41_999);
  expect(server.seen).toHaveLength(1);
  await clock.advance(1);
  expect(await next).toMatchObject({ outcome: 'answered' });
  expect(waits).toMatchObject([
    { operation: 'importProfiles', ms: 42_000, because: 'exhausted', waitingCount: 1 },
  ]);
  expect(waits[0]?.account).toMatch(/^[0-9a-f]{8}$/);
});

test('learns other limits from the headers', async () => {
  await using server = await httpServer((response) =>
    response.writeHead(202, { 'RateLimit-Limit': '2, 2;w=1, 5;w=60' }).end(),
  );
  const clock = stillClock();
  await using bench = benchOn(server.url, { clock });
  await bench.client.send(importProfiles);
  const rest = Promise.all(Array.from({ length: 4 }, () => bench.client.send(importProfiles)));
  await clock.runUntilIdle();
  await rest;
  expect(server.seen).toHaveLength(5);
  // Four in a minute is our share of five: the fifth had to wait for the next one.
  expect(clock.elapsedMs()).toBe(60_500);
});

test('work that is stopped while it waits was not sent; work that is under way is ambiguous', async () => {
  const answers: (() => void)[] = [];
  await using server = await httpServer((response) => answers.push(() => response.end('{}')));
  await using bench = benchOn(server.url, { maxInFlight: 2 });
  const stop = new AbortController();
  const underWay = bench.client.send(getLists, stop.signal);
  const untouched = bench.client.send(getLists);
  const waiting = bench.client.send(getLists, stop.signal);
  await expect.poll(() => answers.length).toBe(2);
  stop.abort();
  expect(await waiting).toEqual({ outcome: 'not-sent', reason: 'the work was stopped' });
  expect(await underWay).toEqual({ outcome: 'ambiguous', reason: 'the work was stopped', status: null });
  expect(await bench.client.send(getLists, stop.signal)).toMatchObject({ outcome: 'not-sent' });
  answers.forEach((answer) => answer());
  expect(await untouched).toMatchObject({ outcome: 'answered' });
  expect(bench.client.counts()).toEqual({ getLists: 2 });
});

test('one signal may stop many requests without Node warning of a leak', async () => {
  await using server = await httpServer((response) => setTimeout(() => response.end('{}'), 10));
  await using bench = benchOn(server.url);
  const warnings: Error[] = [];
  function keep(warning: Error): void {
    warnings.push(warning);
  }
  process.on('warning', keep);
  const { signal } = new AbortController();
  await Promise.all(Array.from({ length: 30 }, () => bench.client.send(getLists, signal)));
  process.off('warning', keep);
  expect(server.seen).toHaveLength(30);
  expect(warnings).toEqual([]);
});

test('work that is stopped before there is a connection was not sent, also not later', async () => {
  await using server = await httpServer((response) => response.end('{}'));
  await using bench = benchOn(server.url);
  const stop = new AbortController();
  const sent = bench.client.send(importProfiles, stop.signal);
  for (let tick = 0; tick < 20; tick += 1) {
    // Promises only, no network: the connection is asked for, but cannot be there yet.
    await Promise.resolve();
  }
  stop.abort();
  expect(await sent).toEqual({ outcome: 'not-sent', reason: 'the work was stopped' });
  await bench.client.send(getLists);
  await bench.client.send(getLists);
  expect(server.seen.map((request) => request.method)).toEqual(['GET', 'GET']);
  expect(bench.client.counts()).toEqual({ getLists: 2 });
});

test('closing ends what is under way instead of leaving it hanging', async () => {
  await using server = await httpServer(() => undefined);
  await using bench = benchOn(server.url);
  const sent = bench.client.send(importProfiles);
  await expect.poll(() => server.seen.length).toBe(1);
  await bench.port.close();
  expect(await sent).toMatchObject({ outcome: 'ambiguous' });
  expect(await bench.client.send(importProfiles)).toMatchObject({ outcome: 'not-sent' });
});

test('counts what was sent, throttled and failed requests included, for each client by itself', async () => {
  const statuses = [200, 429, 500, 400];
  await using server = await httpServer((response) =>
    response.writeHead(statuses[server.seen.length - 1] ?? 200, { 'retry-after': '1' }).end('{}'),
  );
  const clock = stillClock();
  await using bench = benchOn(server.url, { clock });
  for (const _ of statuses) {
    const sent = bench.client.send(getLists);
    await clock.advance(2_000);
    await sent;
  }
  expect(bench.client.counts()).toEqual({ getLists: 4 });
  expect(bench.port.connect(apiKey).counts()).toEqual({});
});
