import { expect, test } from 'vitest';
import { startLocalKlaviyo } from '#workers/local/klaviyo/server.ts';
import { clientOf, profileBody } from './client.ts';

const PHONE = '+61412345678';

test('people are found by any identifier, also case-insensitively, one by one or several at once', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);
  const people = [
    { email: 'a+1@b.dev', external_id: 'c1' },
    { email: 'b@b.dev', phone_number: PHONE },
    { email: 'c@b.dev' },
  ];
  for (const person of people) {
    await client.post('/api/profiles', profileBody(person));
  }
  const found = async (filter: string) => {
    const reply = await client.get(`/api/profiles?filter=${encodeURIComponent(filter)}`);
    return reply.body.data.map(({ attributes }) => attributes.email);
  };

  expect(await found('equals(email,"A+1@B.dev")')).toEqual(['a+1@b.dev']);
  expect(await found(`any(email,["c@b.dev","a+1@b.dev","none@b.dev"])`)).toEqual(['c@b.dev', 'a+1@b.dev']);
  expect(await found(`equals(phone_number,"${PHONE}")`)).toEqual(['b@b.dev']);
  expect(await found("any(external_id,['c1','c2'])")).toEqual(['a+1@b.dev']);
  expect(await found('and(equals(email,"a+1@b.dev"),equals(external_id,"c2"))')).toEqual([]);
  const id = (await client.get('/api/profiles?page[size]=1')).body.data[0]?.id;
  expect(await found(`equals(id,"${id}")`)).toEqual(['a+1@b.dev']);
});

test.each([
  'equals(shoe_size,"9")',
  'less-than(email,"a")',
  'equals(email',
  'equals(email,"a)',
  'email eq "a"',
])('the filter %s is refused by its parameter', async (filter) => {
  await using klaviyo = await startLocalKlaviyo();

  const reply = await clientOf(klaviyo).get(`/api/profiles?filter=${encodeURIComponent(filter)}`);

  expect(reply.status).toBe(400);
  expect(reply.body.errors[0]?.source).toEqual({ parameter: 'filter' });
});

test('pages follow one another by the link of the answer and meet everybody once', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);
  for (let index = 0; index < 7; index += 1) {
    await client.post('/api/profiles', profileBody({ external_id: `c${index}` }));
  }
  const seen: unknown[] = [];
  let path: string | null = '/api/profiles?page[size]=3&fields[profile]=external_id';
  while (path !== null) {
    const { body } = await client.get(path);
    expect(body.data.length).toBeLessThanOrEqual(3);
    seen.push(...body.data.map(({ attributes }) => attributes));
    path = body.links.next;
  }

  expect(seen).toEqual(Array.from({ length: 7 }, (_, index) => ({ external_id: `c${index}` })));
  expect((await client.get('/api/profiles?page[size]=101')).status).toBe(400);
  expect((await client.get('/api/profiles?page[cursor]=nonsense')).status).toBe(400);
});

test('consent is shown only when it is asked for', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);
  const { id } = (await client.post('/api/profiles', profileBody({ email: 'a@b.dev' }))).body.data;

  const plain = await client.get(`/api/profiles/${id}`);
  const full = await client.get(`/api/profiles/${id}?additional-fields[profile]=subscriptions`);

  expect(plain.body.data.attributes).not.toHaveProperty('subscriptions');
  expect(full.body.data.attributes).toHaveProperty(
    'subscriptions.email.marketing.consent',
    'NEVER_SUBSCRIBED',
  );
});

const SUPPRESSED = 'subscriptions.email.marketing.suppression';

test('people are found by when and why their e-mail was suppressed, in that order', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);
  const act = (deed: string, person: object) =>
    fetch(`${klaviyo.url}/${deed}`, { method: 'POST', body: JSON.stringify(person) });
  await act('_unsubscribe', { email: 'late@b.dev', at: '2026-03-03T10:00:00Z' });
  await act('_suppress', { email: 'early@b.dev', reason: 'SPAM_COMPLAINT', at: '2026-03-01T10:00:00Z' });
  await act('_unsubscribe', { email: 'back@b.dev', at: '2026-03-02T10:00:00Z' });
  await act('_subscribe', { email: 'back@b.dev' });
  const found = async (filter: string) => {
    const query = `filter=${encodeURIComponent(filter)}&sort=${SUPPRESSED}.timestamp`;
    const reply = await client.get(`/api/profiles?${query}`);
    return reply.body.data.map(({ attributes }) => attributes.email);
  };

  expect(await found(`greater-or-equal(${SUPPRESSED}.timestamp,2026-03-01T10:00:00Z)`)).toEqual([
    'early@b.dev',
    'late@b.dev',
  ]);
  expect(await found(`greater-than(${SUPPRESSED}.timestamp,2026-03-01T10:00:00Z)`)).toEqual(['late@b.dev']);
  expect(await found(`equals(${SUPPRESSED}.reason,"SPAM_COMPLAINT")`)).toEqual(['early@b.dev']);
});

test.each([
  [`filter=${encodeURIComponent(`greater-than(${SUPPRESSED}.timestamp,yesterday)`)}`, 'filter'],
  [`filter=${encodeURIComponent(`equals(${SUPPRESSED}.timestamp,2026-03-01T10:00:00Z)`)}`, 'filter'],
  ['filter=greater-or-equal(updated,2026-03-01T10:00:00Z)', 'filter'],
  ['sort=phone_number', 'sort'],
])('%s is refused by the parameter %s', async (query, parameter) => {
  await using klaviyo = await startLocalKlaviyo();
  await clientOf(klaviyo).post('/api/profiles', profileBody({ email: 'a@b.dev' }));
  await fetch(`${klaviyo.url}/_unsubscribe`, {
    method: 'POST',
    body: JSON.stringify({ email: 'a@b.dev' }),
  });

  const reply = await clientOf(klaviyo).get(`/api/profiles?${query}`);

  expect(reply.status).toBe(400);
  expect(reply.body.errors[0]?.source).toEqual({ parameter });
});
