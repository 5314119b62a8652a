import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { startLocalKlaviyo } from '#workers/local/klaviyo/server.ts';
import { clientOf, createClock, eventBody, importBody, profileBody } from './client.ts';

test('a request without the Klaviyo-API-Key scheme is not authenticated', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);

  const replies = [
    await client.get('/api/accounts', { authorization: null }),
    await client.get('/api/accounts', { authorization: 'Bearer pk_local' }),
  ];

  for (const reply of replies) {
    expect(reply.status).toBe(401);
    expect(reply.body.errors[0]).toMatchObject({
      status: 401,
      code: 'not_authenticated',
      detail: 'Missing or invalid authorization scheme. Please use Klaviyo-API-Key.',
      source: { pointer: '/data/' },
    });
  }
});

test('a key that looks like one but is unknown fails authentication, without limit headers', async () => {
  await using klaviyo = await startLocalKlaviyo();

  const reply = await clientOf(klaviyo, 'pk_unknown').get('/api/accounts');

  expect(reply.status).toBe(401);
  expect(reply.body.errors[0]?.code).toBe('authentication_failed');
  expect(reply.headers.get('ratelimit-limit')).toBeNull();
});

test('a key that is not shaped like one is named as missing or invalid', async () => {
  await using klaviyo = await startLocalKlaviyo();

  const reply = await clientOf(klaviyo, 'invalid').get('/api/accounts');

  expect(reply.body.errors[0]).toMatchObject({
    code: 'not_authenticated',
    detail: 'Missing or invalid private key.',
  });
});

test('a key without the scopes of an operation is refused and the missing ones are named', async () => {
  const keys = [{ key: 'pk_reader', scopes: ['profiles:read', 'lists:read'] }];
  await using klaviyo = await startLocalKlaviyo({ accounts: [{ id: 'ACC', keys }] });
  const client = clientOf(klaviyo, 'pk_reader');

  const reply = await client.post('/api/profile-bulk-import-jobs', importBody([{ email: 'a@b.dev' }]));

  expect(reply.status).toBe(403);
  expect(reply.body.errors[0]).toMatchObject({
    code: 'permission_denied',
    detail: 'Your API key is missing required scopes: lists:write, profiles:write',
  });
  expect((await client.get('/api/profiles')).status).toBe(200);
});

test('each key sees only its own account', async () => {
  const accounts = [
    { id: 'AU1', keys: [{ key: 'pk_au' }] },
    { id: 'NZ1', keys: [{ key: 'pk_nz' }] },
  ];
  await using klaviyo = await startLocalKlaviyo({ accounts });

  await clientOf(klaviyo, 'pk_au').post('/api/profiles', profileBody({ email: 'a@b.dev' }));

  expect((await clientOf(klaviyo, 'pk_nz').get('/api/profiles')).body.data).toEqual([]);
  expect((await clientOf(klaviyo, 'pk_nz').get('/api/accounts')).body.data[0]?.id).toBe('NZ1');
  expect(klaviyo.state().accounts.map(({ counts }) => counts.profiles)).toEqual([1, 0]);
});

test.each([null, '', 'latest', '2026-13-01', '2026-02-30', '2099-01-01'])(
  'the revision %j is refused',
  async (revision) => {
    await using klaviyo = await startLocalKlaviyo();

    const reply = await clientOf(klaviyo).get('/api/profiles', { revision });

    expect(reply.status).toBe(400);
    expect(reply.body.errors[0]?.code).toBe('invalid');
  },
);

test('bodies come as JSON or JSON:API, anything else is an unsupported media type', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);
  const send = (type: string | null, email: string) =>
    client.post('/api/profiles', profileBody({ email }), { 'content-type': type });

  expect((await send('application/json', 'a@b.dev')).status).toBe(201);
  expect((await send('application/vnd.api+json; charset=utf-8', 'b@b.dev')).status).toBe(201);
  expect((await send('text/plain', 'c@b.dev')).status).toBe(415);
  expect(klaviyo.state().accounts[0]?.counts.profiles).toBe(2);
});

test('gzip is refused unless the switch allows it', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);
  const packed = gzipSync(JSON.stringify(profileBody({ email: 'a@b.dev' })));
  const send = () => client.post('/api/profiles', packed, { 'content-encoding': 'gzip' });

  expect((await send()).status).toBe(415);
  await client.post('/_switches', { acceptGzip: true });
  expect((await send()).status).toBe(201);
});

test('a body of more than 5,000,000 bytes is too large, also when only its unpacked form is', async () => {
  await using klaviyo = await startLocalKlaviyo({ switches: { acceptGzip: true } });
  const client = clientOf(klaviyo);
  const body = JSON.stringify(eventBody({ email: 'a@b.dev' }));
  const full = body.padEnd(5_000_000, ' ');

  expect((await client.post('/api/events', full)).status).toBe(202);
  const tooLarge = await client.post('/api/events', `${full} `);
  expect(tooLarge.status).toBe(413);
  expect(tooLarge.headers.get('ratelimit-remaining')).not.toBeNull();
  const packed = gzipSync(`${full} `);
  expect((await client.post('/api/events', packed, { 'content-encoding': 'gzip' })).status).toBe(413);
  expect((await client.post('/api/events', full.padEnd(8_000_000, ' '))).status).toBe(413);
});

test('a switch makes a body that is too large an ordinary 400', async () => {
  await using klaviyo = await startLocalKlaviyo({ switches: { tooLargeStatus: 400, bodyLimitBytes: 100 } });

  const reply = await clientOf(klaviyo).post('/api/events', ' '.repeat(101));

  expect(reply.status).toBe(400);
});

test('a single profile may be 100 KB large', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);
  const withText = (length: number) =>
    profileBody({ email: 'a@b.dev', properties: { text: 'x'.repeat(length) } });

  expect((await client.post('/api/profile-import', withText(99_000))).status).toBe(201);
  expect((await client.post('/api/profile-import', withText(100_000))).status).toBe(413);
});

test('malformed JSON is refused', async () => {
  await using klaviyo = await startLocalKlaviyo();

  const reply = await clientOf(klaviyo).post('/api/profiles', '{"data": ');

  expect(reply.status).toBe(400);
});

test('an unknown path is not found and a wrong method not allowed', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);

  expect((await client.get('/api/people')).status).toBe(404);
  expect((await client.get('/')).status).toBe(404);
  expect((await client.send('PUT', '/api/profiles', {})).status).toBe(405);
  expect((await client.send('DELETE', '/api/profiles/1')).status).toBe(405);
});

test('a trailing slash makes no difference', async () => {
  await using klaviyo = await startLocalKlaviyo({ clock: createClock().now, limits: 'off' });
  const client = clientOf(klaviyo);

  expect((await client.post('/api/profiles/', profileBody({ email: 'a@b.dev' }))).status).toBe(201);
  expect((await client.get('/api/profiles/?page[size]=1')).body.data).toHaveLength(1);
});

test('an unknown query parameter is refused in words that Klaviyo uses', async () => {
  await using klaviyo = await startLocalKlaviyo();

  const reply = await clientOf(klaviyo).get('/api/metrics?page[size]=100');

  expect(reply.status).toBe(400);
  expect(reply.body.errors[0]?.detail).toBe("'page_size' is not a valid field for the resource 'metric'.");
});
