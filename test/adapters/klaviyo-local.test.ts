import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { klaviyoPort } from '#app/adapters/klaviyo.server.ts';
import type { KlaviyoAnswer, KlaviyoClient, KlaviyoRequest } from '#app/domain/ports/klaviyo.ts';
import { startLocalKlaviyo } from '#workers/local/klaviyo/server.ts';
import { keptLog, stillClock } from './klaviyo-bench.ts';

function importJob(number: number): KlaviyoRequest {
  const profile = { type: 'profile', attributes: { email: `customer${String(number)}@shop.org` } };
  return {
    operation: 'importProfiles',
    method: 'POST',
    path: '/api/profile-bulk-import-jobs',
    body: JSON.stringify({
      data: { type: 'profile-bulk-import-job', attributes: { profiles: { data: [profile] } } },
    }),
  };
}

test('two hundred imports with the real limits meet no 429, and take no longer than the limits ask', async () => {
  const clock = stillClock();
  await using klaviyo = await startLocalKlaviyo({ limits: 'real', clock: () => clock.now().getTime() });
  const waits: { ms: number; grantedCount: number }[] = [];
  let joinedCount = 0;
  const port = klaviyoPort({
    baseUrl: klaviyo.url,
    clock,
    log: keptLog().log,
    onWait: (begun) => {
      waits.push({ ms: begun.ms, grantedCount: joinedCount - begun.waitingCount });
    },
  });
  const client = port.connect('pk_local');
  const answers: KlaviyoAnswer[] = [];
  const work = Array.from({ length: 200 }, async (_, number) => {
    joinedCount += 1;
    answers.push(await client.send(importJob(number)));
  });
  while (answers.length < 200) {
    // Time stands still while a request is under way: everybody who does not wait has been let go.
    const { ms, grantedCount } = waits.pop() ?? { ms: 0, grantedCount: 200 };
    while (answers.length < grantedCount) {
      await setImmediate();
    }
    await clock.advance(ms);
  }
  await Promise.all(work);
  await port.close();

  expect(answers.filter((answer) => answer.outcome !== 'answered' || answer.status !== 202)).toEqual([]);
  expect(client.counts()).toEqual({ importProfiles: 200 });
  // 145 in the first minute, 55 from the next one on: nine every 1.1 seconds.
  expect(clock.elapsedMs()).toBe(60_500 + 6 * 1_100);
});

test('two processes that share an account are told to wait, and everything arrives once', async () => {
  const clock = stillClock();
  let acceptedCount = 0;
  await using klaviyo = await startLocalKlaviyo({
    limits: 'real',
    clock: () => clock.now().getTime(),
    onRequest: (request) => {
      acceptedCount += request.isAccepted ? 1 : 0;
    },
  });
  const ports = [0, 1].map(() => klaviyoPort({ baseUrl: klaviyo.url, clock, log: keptLog().log }));
  const clients = ports.map((port) => port.connect('pk_local'));
  const answers: KlaviyoAnswer[] = [];

  async function sendUntilAnswered(client: KlaviyoClient, number: number): Promise<void> {
    for (;;) {
      const answer = await client.send(importJob(number));
      answers.push(answer);
      if (answer.outcome !== 'throttled') {
        return;
      }
      await clock.sleep(answer.retryAfterMs);
    }
  }

  let isDone = false;
  const work = Promise.all(
    clients.flatMap((client, process) =>
      Array.from({ length: 60 }, (_, number) => sendUntilAnswered(client, process * 1_000 + number)),
    ),
  );
  void work.finally(() => {
    isDone = true;
  });
  while (!isDone) {
    await clock.advance(20);
  }
  await Promise.all(ports.map((port) => port.close()));

  const accepted = answers.filter((answer) => answer.outcome === 'answered' && answer.status === 202);
  expect(accepted).toHaveLength(120);
  expect(acceptedCount).toBe(120);
  expect(answers.length).toBeGreaterThan(120);
  expect(answers.every((answer) => answer.outcome === 'throttled' || accepted.includes(answer))).toBe(true);
});
