import { expect, test } from 'vitest';
import { startLocalKlaviyo, type SeenRequest } from '#workers/local/klaviyo/server.ts';
import { clientOf, createList, importBody, personIn, profileBody } from './client.ts';

async function readState(url: string, query = ''): Promise<Record<string, unknown>> {
  const response = await fetch(`${url}/_state${query}`);
  return (await response.json()) as Record<string, unknown>;
}

test('the state over HTTP is what the test sees directly, without a key', async () => {
  await using klaviyo = await startLocalKlaviyo();
  await createList(klaviyo, 'Retail');
  await clientOf(klaviyo).post(
    '/api/profiles',
    profileBody({ email: 'a@b.dev', properties: { tier: 'gold' } }),
  );

  const state = await readState(klaviyo.url);

  expect(state).toEqual(JSON.parse(JSON.stringify(klaviyo.state())));
  expect(state.accounts).toMatchObject([
    {
      id: 'LOCAL1',
      counts: { profiles: 1, events: 0, lists: 1, jobs: 0 },
      requests: { createList: 1, createProfile: 1 },
      profiles: [{ email: 'a@b.dev', properties: { tier: 'gold' }, lists: [], suppression: [] }],
    },
  ]);
});

test('a summary has the counts only', async () => {
  await using klaviyo = await startLocalKlaviyo();

  const { accounts } = await readState(klaviyo.url, '?summary=1');

  expect((accounts as object[])[0]).toHaveProperty('counts');
  expect((accounts as object[])[0]).not.toHaveProperty('profiles');
});

test('asking for a settled state lets everything happen first', async () => {
  await using klaviyo = await startLocalKlaviyo({ jobDurationMs: 3_600_000 });
  await clientOf(klaviyo).post('/api/profile-bulk-import-jobs', importBody([{ email: 'a@b.dev' }]));
  expect(personIn(klaviyo, 'a@b.dev')).toBeUndefined();

  const { accounts } = await readState(klaviyo.url, '?settle=1');

  expect(accounts).toMatchObject([{ profiles: [{ email: 'a@b.dev' }], jobs: [{ status: 'complete' }] }]);
});

test('a reset empties all accounts and keeps their keys', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);
  await client.post('/api/profiles', profileBody({ email: 'a@b.dev' }));
  await client.post('/api/profile-bulk-import-jobs', importBody([{ email: 'b@b.dev' }]));

  await client.post('/_reset', {});
  klaviyo.settle();

  expect(klaviyo.state().accounts[0]).toMatchObject({
    counts: { profiles: 0, jobs: 0 },
    requests: {},
    received: { profiles: 0 },
  });
  expect((await client.get('/api/profiles')).body.data).toEqual([]);
});

test('keys are revoked, added and given scopes while it runs', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);

  await client.post('/_keys', { account: 'LOCAL1', key: 'pk_local', revoke: true });
  expect((await client.get('/api/lists')).body.errors[0]?.code).toBe('authentication_failed');
  await client.post('/_keys', { key: 'pk_new', scopes: ['lists:read'] });
  expect((await clientOf(klaviyo, 'pk_new').get('/api/lists')).status).toBe(200);
  expect((await clientOf(klaviyo, 'pk_new').get('/api/profiles')).status).toBe(403);
});

test('accounts and faults can be set while it runs', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);

  await client.post('/_accounts', { id: 'NZ1', keys: [{ key: 'pk_nz' }] });
  await client.post('/_faults', [{ kind: '503', match: { account: 'NZ1' } }]);

  expect((await clientOf(klaviyo, 'pk_nz').get('/api/lists')).status).toBe(503);
  expect((await client.get('/api/lists')).status).toBe(200);
  expect((await readState(klaviyo.url)).faults).toEqual([{ kind: '503', struck: 1 }]);
  expect((await client.post('/_faults', [{ kind: 'earthquake' }])).status).toBe(400);
  expect((await client.post('/_switches', { colour: 'red' })).status).toBe(400);
  expect((await client.post('/_nothing', {})).status).toBe(404);
});

test('a person subscribes, leaves and is suppressed on their own', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);

  await client.post('/_subscribe', { email: 'A@b.dev', at: '2026-01-01T00:00:00Z', source: 'Form' });
  expect(personIn(klaviyo, 'a@b.dev')?.consent.email).toEqual({
    consent: 'SUBSCRIBED',
    timestamp: '2026-01-01T00:00:00+00:00',
    source: 'Form',
  });
  await client.post('/_subscribe', { email: 'a@b.dev', phone_number: '+61412345678', channel: 'sms' });
  await client.post('/_unsubscribe', { email: 'a@b.dev', at: '2026-02-01T00:00:00Z' });
  await client.post('/_suppress', { email: 'a@b.dev', reason: 'HARD_BOUNCE' });
  expect(personIn(klaviyo, 'a@b.dev')).toMatchObject({
    consent: {
      email: { consent: 'UNSUBSCRIBED', timestamp: '2026-02-01T00:00:00+00:00' },
      sms: { consent: 'SUBSCRIBED' },
    },
    suppression: ['UNSUBSCRIBE', 'HARD_BOUNCE'],
  });
  expect(klaviyo.state().accounts[0]?.consentCalls).toEqual([]);
});

test('a test sees every request with its parsed body, answer and operation', async () => {
  const seen: SeenRequest[] = [];
  await using klaviyo = await startLocalKlaviyo({ onRequest: (request) => seen.push(request) });
  const body = profileBody({ email: 'a@b.dev' });

  const reply = await clientOf(klaviyo).post('/api/profiles?fields[profile]=email', body);
  await clientOf(klaviyo).get('/_state');

  expect(seen).toMatchObject([
    {
      method: 'POST',
      path: '/api/profiles?fields[profile]=email',
      body,
      operation: 'createProfile',
      account: 'LOCAL1',
      requestId: reply.headers.get('x-klaviyo-req-id'),
      status: 201,
      response: reply.body,
      fault: null,
      isAccepted: true,
    },
  ]);
  expect(seen[0]?.headers.revision).toBe('2026-07-15');
});

test('a mistake of the stand-in itself is never mistaken for an answer of Klaviyo', async () => {
  await using klaviyo = await startLocalKlaviyo({
    clock: () => {
      throw new Error('the clock is broken');
    },
  });

  const response = await fetch(`${klaviyo.url}/api/lists`);

  expect([response.status, response.headers.get('content-type')]).toEqual([500, 'text/plain']);
  expect(await response.text()).toContain('the clock is broken');
});

test('an unknown account is said so', async () => {
  await using klaviyo = await startLocalKlaviyo();

  expect(klaviyo.account().id).toBe('LOCAL1');
  expect(() => klaviyo.account('NONE')).toThrow('no account NONE');
});
