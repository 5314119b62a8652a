import { expect, test } from 'vitest';
import { startLocalKlaviyo, type SeenRequest } from '#workers/local/klaviyo/server.ts';
import type { FaultSpec } from '#workers/local/klaviyo/options.ts';
import { clientOf, createClock, eventBody, importBody, profileBody } from './client.ts';

const EVENT = eventBody({ email: 'a@b.dev' }, { unique_id: '1' });

async function sendWith(fault: FaultSpec) {
  const seen: SeenRequest[] = [];
  const klaviyo = await startLocalKlaviyo({ faults: [fault], onRequest: (request) => seen.push(request) });
  return { klaviyo, seen, client: clientOf(klaviyo) };
}

test('a throttling storm ends after so many requests and nothing of them happened', async () => {
  const { klaviyo, client } = await sendWith({ kind: '429', times: 2, retryAfterSeconds: 7 });
  await using _ = klaviyo;

  const replies = [await client.post('/api/events', EVENT), await client.post('/api/events', EVENT)];

  expect(replies.map(({ status }) => status)).toEqual([429, 429]);
  expect(replies[0]?.headers.get('retry-after')).toBe('7');
  expect(replies[0]?.body.errors[0]?.detail).toBe('Request was throttled. Expected available in 7 seconds.');
  expect(klaviyo.state().accounts[0]?.counts.events).toBe(0);
  expect((await client.post('/api/events', EVENT)).status).toBe(202);
});

test.each(['500', '502', '503', '504'] as const)(
  'a %s leaves the request undone, or done when told so',
  async (kind) => {
    const { klaviyo, client } = await sendWith({ kind, times: 1 });
    await using _ = klaviyo;

    const reply = await client.post('/api/events', EVENT);
    expect([reply.status, reply.body.errors.length]).toEqual([Number(kind), 1]);
    expect(klaviyo.state().accounts[0]?.counts.events).toBe(0);
    klaviyo.setFaults([{ kind, times: 1, accepted: true }]);
    expect((await client.post('/api/events', EVENT)).status).toBe(Number(kind));
    expect(klaviyo.state().accounts[0]?.counts.events).toBe(1);
  },
);

test('a connection is reset before or after the request was carried out', async () => {
  const { klaviyo, client, seen } = await sendWith({ kind: 'reset-before', times: 1 });
  await using _ = klaviyo;

  await expect(client.post('/api/events', EVENT)).rejects.toThrow('fetch failed');
  expect(klaviyo.state().accounts[0]?.counts.events).toBe(0);
  klaviyo.setFaults([{ kind: 'reset-after', times: 1 }]);
  await expect(client.post('/api/events', EVENT)).rejects.toThrow('fetch failed');
  expect(klaviyo.state().accounts[0]?.counts.events).toBe(1);
  expect(seen.map(({ fault, status, isAccepted }) => [fault, status, isAccepted])).toEqual([
    ['reset-before', null, false],
    ['reset-after', null, true],
  ]);
  expect(seen[0]?.body).toEqual(EVENT);
});

test('a request can hang for ever and the server still closes', async () => {
  const { klaviyo } = await sendWith({ kind: 'hang' });
  const waiting = fetch(`${klaviyo.url}/api/lists`, { signal: AbortSignal.timeout(100) });

  await expect(waiting).rejects.toThrow('timeout');
  const second = fetch(`${klaviyo.url}/api/lists`).catch((error: unknown) => error);
  await new Promise((resolve) => setTimeout(resolve, 20));
  await klaviyo.close();
  expect(await second).toBeInstanceOf(Error);
});

test('a slow answer is a whole answer', async () => {
  const { klaviyo, client, seen } = await sendWith({ kind: 'slow', delayMs: 30 });
  await using _ = klaviyo;

  expect((await client.post('/api/events', EVENT)).status).toBe(202);
  expect(seen[0]?.fault).toBe('slow');
});

test('a truncated answer is no JSON although the request was carried out', async () => {
  const { klaviyo, client } = await sendWith({ kind: 'truncate', times: 1 });
  await using _ = klaviyo;

  await expect(client.post('/api/profiles', profileBody({ email: 'a@b.dev' }))).rejects.toThrow(SyntaxError);
  expect(klaviyo.state().accounts[0]?.counts.profiles).toBe(1);
});

test('a proxy can answer with HTML', async () => {
  const { klaviyo } = await sendWith({ kind: 'html-error' });
  await using _ = klaviyo;

  const response = await fetch(`${klaviyo.url}/api/lists`);

  expect([response.status, response.headers.get('content-type')]).toEqual([502, 'text/html']);
});

test('an import job can be cancelled half-way', async () => {
  const { klaviyo, client } = await sendWith({ kind: 'cancel-job', times: 1 });
  await using _ = klaviyo;
  const people = Array.from({ length: 5 }, (_each, index) => ({ external_id: `c${index}` }));
  const { id } = (await client.post('/api/profile-bulk-import-jobs', importBody(people))).body.data;
  klaviyo.settle();

  const job = await client.get(`/api/profile-bulk-import-jobs/${id}`);

  expect(job.body.data.attributes).toMatchObject({ status: 'cancelled', total_count: 5, completed_count: 2 });
  expect(klaviyo.state().accounts[0]?.counts.profiles).toBe(2);
});

test('a fault strikes only the method, path and account that it names, after letting some through', async () => {
  const accounts = [
    { id: 'AU1', keys: [{ key: 'pk_au' }] },
    { id: 'NZ1', keys: [{ key: 'pk_nz' }] },
  ];
  const faults: FaultSpec[] = [
    { kind: '503', match: { method: 'post', path: '/api/events', account: 'AU1' }, after: 1, times: 1 },
    { kind: '500', match: { path: '^/api/lists/[^/]+$' } },
  ];
  await using klaviyo = await startLocalKlaviyo({ accounts, faults });
  const au = clientOf(klaviyo, 'pk_au');
  const nz = clientOf(klaviyo, 'pk_nz');

  expect((await au.post('/api/events', EVENT)).status).toBe(202);
  expect((await nz.post('/api/events', EVENT)).status).toBe(202);
  expect((await au.get('/api/events')).status).toBe(200);
  expect((await au.post('/api/events/', EVENT)).status).toBe(503);
  expect((await au.post('/api/events', EVENT)).status).toBe(202);
  expect((await au.get('/api/lists')).status).toBe(200);
  expect((await au.get('/api/lists/X')).status).toBe(500);
});

test('the same seed lets the same requests fail', async () => {
  const outcomes: number[][] = [];
  for (let round = 0; round < 2; round += 1) {
    await using klaviyo = await startLocalKlaviyo({
      clock: createClock().now,
      faults: [{ kind: '503', probability: 0.5, seed: 42 }],
    });
    const statuses: number[] = [];
    for (let index = 0; index < 20; index += 1) {
      statuses.push((await clientOf(klaviyo).get('/api/lists')).status);
    }
    outcomes.push(statuses);
  }

  expect(outcomes[0]).toEqual(outcomes[1]);
  expect(new Set(outcomes[0])).toEqual(new Set([200, 503]));
});
