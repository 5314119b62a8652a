import { expect, test } from 'vitest';
import { isAppError } from '#app/domain/errors.ts';
import type { KlaviyoAnswer } from '#app/domain/ports/klaviyo.ts';
import {
  apiKey,
  benchOn,
  everythingIn,
  getLists,
  httpServer,
  stillClock,
  tcpServer,
} from './klaviyo-bench.ts';

test.each(['', '  \n', 'pk_line\nbreak', 'pk with blanks', 'pk_schlüssel'])(
  'the key %j is refused with words for a person and without repeating it',
  async (key) => {
    await using bench = benchOn('http://127.0.0.1:9');
    let refusal: unknown;
    try {
      bench.port.connect(key);
    } catch (error) {
      refusal = error;
    }
    expect(isAppError(refusal, 'klaviyo_key_malformed')).toBe(true);
    expect(isAppError(refusal) && refusal.hint).toContain('private key');
    if (key.trim() !== '') {
      expect(everythingIn(refusal)).not.toContain(key.trim());
    }
  },
);

test('a request that cannot be written as HTTP is refused as our own fault and blocks nobody', async () => {
  await using server = await httpServer((response) => response.end('{}'));
  await using bench = benchOn(server.url, { maxInFlight: 1 });
  const broken = await bench.client
    .send({ ...getLists, path: '/api/li sts' })
    .catch((error: unknown) => error);
  expect(isAppError(broken, 'klaviyo_request_malformed')).toBe(true);
  expect(everythingIn(broken)).not.toContain(apiKey);
  expect(await bench.client.send(getLists)).toMatchObject({ outcome: 'answered' });
});

test('neither the key nor an e-mail address of a filter shows in any log line, answer or error', async () => {
  const closed = await tcpServer(() => undefined);
  await closed[Symbol.asyncDispose]();
  const statuses = [200, 400, 401, 403, 429, 500, 503];
  await using server = await httpServer((response) => {
    const status = statuses[server.seen.length - 1];
    if (!status) {
      response.socket?.resetAndDestroy();
      return;
    }
    response.writeHead(status, { 'ratelimit-limit': '70;w=1' }).end('{');
  });
  const clock = stillClock();
  await using bench = benchOn(server.url, { clock });
  await using unreachable = benchOn(`http://127.0.0.1:${String(closed.port)}`);
  const answers: KlaviyoAnswer[] = [await unreachable.client.send(getLists)];
  for (let count = 0; count <= statuses.length; count += 1) {
    const sent = bench.client.send(getLists);
    await clock.advance(5_000);
    answers.push(await sent);
  }
  expect(new Set(answers.map((answer) => answer.outcome)).size).toBe(4);
  const text = everythingIn([answers, bench.lines, unreachable.lines, bench.port, bench.client]);
  expect(bench.lines.length).toBeGreaterThan(statuses.length);
  expect(text).not.toContain(apiKey);
  expect(text).not.toContain('ann@shop.example');
});
