import { expect, test } from 'vitest';
import { startLocalKlaviyo } from '#workers/local/klaviyo/server.ts';
import { clientOf, createClock, type Client, type Reply } from './client.ts';

async function repeat(count: number, ask: () => Promise<Reply>): Promise<Reply[]> {
  const replies: Reply[] = [];
  for (let index = 0; index < count; index += 1) {
    replies.push(await ask());
  }
  return replies;
}

function statuses(replies: Reply[]): number[] {
  return replies.map(({ status }) => status);
}

const getJobs = (client: Client) => () => client.get('/api/profile-bulk-import-jobs');

test('the eleventh import request of a second is throttled and told when there is room', async () => {
  const clock = createClock();
  await using klaviyo = await startLocalKlaviyo({ clock: clock.now });
  const replies = await repeat(11, getJobs(clientOf(klaviyo)));

  expect(statuses(replies.slice(0, 10))).toEqual(Array(10).fill(200));
  const refused = replies[10];
  expect(refused?.status).toBe(429);
  expect(refused?.headers.get('retry-after')).toBe('1');
  expect(refused?.headers.get('ratelimit-limit')).toBeNull();
  expect(refused?.body.errors[0]).toMatchObject({
    code: 'throttled',
    title: 'Request was throttled.',
    detail: 'Request was throttled. Expected available in 1 second.',
    source: { pointer: '/data' },
  });
  clock.pass(1000);
  expect((await getJobs(clientOf(klaviyo))()).status).toBe(200);
});

test('the 151st import request of a minute is throttled until the minute is over', async () => {
  const clock = createClock();
  await using klaviyo = await startLocalKlaviyo({ clock: clock.now });
  const client = clientOf(klaviyo);
  for (let second = 0; second < 15; second += 1) {
    expect(new Set(statuses(await repeat(10, getJobs(client))))).toEqual(new Set([200]));
    clock.pass(1000);
  }

  const refused = await getJobs(client)();

  expect(refused.status).toBe(429);
  expect(refused.headers.get('retry-after')).toBe('45');
  clock.pass(44_999);
  expect((await getJobs(client)()).status).toBe(429);
  clock.pass(1);
  expect((await getJobs(client)()).status).toBe(200);
});

test('the headers describe the window with the least room, not always the minute', async () => {
  const clock = createClock();
  await using klaviyo = await startLocalKlaviyo({ clock: clock.now });
  const client = clientOf(klaviyo);

  const first = await getJobs(client)();
  expect(first.headers.get('ratelimit-limit')).toBe('10, 10;w=1, 150;w=60');
  expect(first.headers.get('ratelimit-remaining')).toBe('9');
  expect(first.headers.get('ratelimit-reset')).toBe('0');

  clock.pass(1000);
  for (let second = 0; second < 14; second += 1) {
    await repeat(10, getJobs(client));
    clock.pass(1000);
  }
  // 141 of 150 are used: the next one leaves 9 in its second and 8 in the minute that began 15 seconds ago.
  const late = await getJobs(client)();
  expect(late.headers.get('ratelimit-limit')).toBe('150, 10;w=1, 150;w=60');
  expect(late.headers.get('ratelimit-remaining')).toBe('8');
  expect(late.headers.get('ratelimit-reset')).toBe('44');
});

test('operations and accounts have limits of their own', async () => {
  const accounts = [
    { id: 'AU1', keys: [{ key: 'pk_au' }, { key: 'pk_au_other' }] },
    { id: 'NZ1', keys: [{ key: 'pk_nz' }] },
  ];
  await using klaviyo = await startLocalKlaviyo({ accounts, clock: createClock().now });
  const ask = (key: string, path: string) => clientOf(klaviyo, key).get(path);

  expect((await ask('pk_au', '/api/accounts')).status).toBe(200);
  expect((await ask('pk_au_other', '/api/accounts')).status).toBe(429);
  expect((await ask('pk_au', '/api/lists')).status).toBe(200);
  expect((await ask('pk_nz', '/api/accounts')).status).toBe(200);
});

test('creating lists has a daily limit too', async () => {
  const clock = createClock();
  await using klaviyo = await startLocalKlaviyo({ clock: clock.now });
  const create = () =>
    clientOf(klaviyo).post('/api/lists', { data: { type: 'list', attributes: { name: 'Retail' } } });
  const replies: Reply[] = [];
  for (let second = 0; second < 15; second += 1) {
    replies.push(...(await repeat(10, create)));
    clock.pass(60_000);
  }

  expect(replies[0]?.headers.get('ratelimit-limit')).toBe('10, 10;w=1, 150;w=60, 150;w=86400');
  expect(new Set(statuses(replies))).toEqual(new Set([201]));
  const refused = await create();
  expect(refused.status).toBe(429);
  expect(refused.headers.get('retry-after')).toBe(String(86_400 - 15 * 60));
});

test('a request that is refused for its content uses up room unless the switch says otherwise', async () => {
  await using klaviyo = await startLocalKlaviyo({ clock: createClock().now });
  const client = clientOf(klaviyo);
  const ask = () => client.get('/api/profile-bulk-import-jobs?page[size]=101');

  expect((await ask()).headers.get('ratelimit-remaining')).toBe('9');
  expect((await ask()).headers.get('ratelimit-remaining')).toBe('8');
  await client.post('/_switches', { refusedConsume: false });
  expect((await ask()).headers.get('ratelimit-remaining')).toBe('8');
});

test('a throttled request uses up room of the minute only with the switch', async () => {
  for (const throttledConsume of [false, true]) {
    const clock = createClock();
    await using klaviyo = await startLocalKlaviyo({ clock: clock.now, switches: { throttledConsume } });
    const client = clientOf(klaviyo);
    await repeat(160, getJobs(client));
    clock.pass(1000);

    expect((await getJobs(client)()).status).toBe(throttledConsume ? 429 : 200);
  }
});

test('with limits off nothing is throttled and the headers are still there', async () => {
  await using klaviyo = await startLocalKlaviyo({ limits: 'off', clock: createClock().now });
  const replies = await repeat(12, getJobs(clientOf(klaviyo)));

  expect(new Set(statuses(replies))).toEqual(new Set([200]));
  expect(replies[11]?.headers.get('ratelimit-remaining')).toBe('0');
});

test('costly parameters count against tighter limits', async () => {
  await using klaviyo = await startLocalKlaviyo({ clock: createClock().now });
  const client = clientOf(klaviyo);

  const plain = await client.get('/api/profiles?additional-fields[profile]=subscriptions');
  const costly = await client.get('/api/profiles?additional-fields[profile]=predictive_analytics');

  expect(plain.headers.get('ratelimit-limit')).toBe('75, 75;w=1, 750;w=60');
  expect(costly.headers.get('ratelimit-limit')).toBe('10, 10;w=1, 150;w=60');
});

test('the state tells how many were throttled and how full each window ever was', async () => {
  await using klaviyo = await startLocalKlaviyo({ clock: createClock().now });
  await repeat(12, getJobs(clientOf(klaviyo)));

  const [account] = klaviyo.state().accounts;
  expect(account?.throttled).toBe(2);
  expect(account?.traffic.listImportJobs).toEqual({
    requests: 12,
    throttled: 2,
    statuses: { 200: 10, 429: 2 },
    peaks: [
      { seconds: 1, count: 10, peak: 10 },
      { seconds: 60, count: 150, peak: 10 },
    ],
  });
});
