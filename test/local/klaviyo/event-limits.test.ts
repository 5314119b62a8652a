import { expect, test } from 'vitest';
import { startLocalKlaviyo, type LocalKlaviyo } from '#workers/local/klaviyo/server.ts';
import { clientOf, createClock, eventBody, eventGroupsBody, personIn } from './client.ts';

const BULK = '/api/event-bulk-create-jobs';
const ANN = { email: 'ann@b.dev' };

function account(klaviyo: LocalKlaviyo) {
  const [first] = klaviyo.state().accounts;
  if (first === undefined) {
    throw new Error('there is no account');
  }
  return first;
}

const deep = (levels: number): unknown => (levels === 0 ? 1 : { in: deep(levels - 1) });
const many = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, 1]));

test.each<[string, object, string]>([
  ['401 properties', { properties: many(401) }, '/properties'],
  ['a string of more than 100 KB', { properties: { text: 'x'.repeat(100_001) } }, '/properties'],
  ['an array of 4,001 items', { properties: { list: Array(4001).fill(1) } }, '/properties'],
  ['more than ten levels', { properties: deep(11) }, '/properties'],
  ['an integer beyond 64 bits', { properties: { big: 2 ** 63 } }, '/properties'],
  ['a time before 1991', { time: '1990-06-01T00:00:00Z' }, '/time'],
  ['a time more than a year ahead', { time: '2028-01-01T00:00:00Z' }, '/time'],
  ['a time that is none', { time: '1.6.2026' }, '/time'],
  ['a day that does not exist', { time: '2026-02-30T00:00:00Z' }, '/time'],
  ['a value as text', { value: '9.50' }, '/value'],
  ['a currency in small letters', { value_currency: 'aud' }, '/value_currency'],
  ['an empty unique id', { unique_id: '' }, '/unique_id'],
  ['a unique id of 256 characters', { unique_id: 'x'.repeat(256) }, '/unique_id'],
  ['no properties', { properties: undefined }, '/properties'],
  ['an unknown attribute', { valueCurrency: 'AUD' }, '/valueCurrency'],
  ['a metric of 128 characters', { metric: metric('x'.repeat(128)) }, '/metric/data/attributes/name'],
  ['a metric without a name', { metric: metric('') }, '/metric/data/attributes/name'],
])('%s is refused, single and in bulk, with its pointer', async (_, event, pointer) => {
  const clock = createClock();
  await using klaviyo = await startLocalKlaviyo({ clock: clock.now });
  const client = clientOf(klaviyo);

  const single = await client.post('/api/events', eventBody(ANN, event));
  const bulk = await client.post(
    BULK,
    eventGroupsBody([
      { profile: { email: 'bob@b.dev' }, events: [{}] },
      { profile: ANN, events: [{}, event] },
    ]),
  );

  expect([single.status, bulk.status]).toEqual([400, 400]);
  expect(single.body.errors.map(({ source }) => source.pointer)).toEqual([`/data/attributes${pointer}`]);
  expect(bulk.body.errors.map(({ source }) => source.pointer)).toEqual([
    `/data/attributes/events-bulk-create/data/1/attributes/events/data/1/attributes${pointer}`,
  ]);
  expect(account(klaviyo).counts).toMatchObject({ events: 0, profiles: 0 });
});

test('what is just inside the limits is accepted', async () => {
  const clock = createClock();
  await using klaviyo = await startLocalKlaviyo({ clock: clock.now });
  const event = {
    properties: {
      ...many(396),
      text: 'x'.repeat(100_000),
      list: Array(4000).fill(1),
      deep: deep(9),
      big: 2 ** 53,
    },
    metric: metric('x'.repeat(127)),
    unique_id: 'x'.repeat(255),
    time: '1991-01-01T00:00:00Z',
    value: null,
    value_currency: 'AUD',
  };

  expect((await clientOf(klaviyo).post('/api/events', eventBody(ANN, event))).status).toBe(202);
});

test('the profile of an event has at most 95 KB', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const profile = { ...ANN, properties: { text: 'x'.repeat(95_000) } };

  const reply = await clientOf(klaviyo).post(BULK, eventGroupsBody([{ profile, events: [{}] }]));

  expect(reply.body.errors.map(({ source }) => source.pointer)).toEqual([
    '/data/attributes/events-bulk-create/data/0/attributes/profile/data',
  ]);
});

test('an event needs somebody, and a valid address of that person', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);

  const nobody = await client.post('/api/events', eventBody({ first_name: 'Ann' }));
  const malformed = await client.post(
    BULK,
    eventGroupsBody([
      { profile: ANN, events: [{}] },
      { profile: { email: 'nobody' }, events: [{}] },
      { profile: { ...ANN, phone_number: '0412' }, events: [{}] },
    ]),
  );

  expect(nobody.body.errors[0]?.source.pointer).toBe('/data/attributes/profile/data/attributes');
  const group = '/data/attributes/events-bulk-create/data';
  expect(malformed.body.errors.map(({ source }) => source.pointer)).toEqual([
    `${group}/1/attributes/profile/data/attributes/email`,
    `${group}/2/attributes/profile/data/attributes/phone_number`,
  ]);
});

test('a single event drops a malformed phone number beside a valid e-mail and says so', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);

  const both = await client.post('/api/events', eventBody({ ...ANN, phone_number: '0412' }));
  const alone = await client.post('/api/events', eventBody({ phone_number: '0412' }));

  expect(both.status).toBe(202);
  expect(both.headers.get('x-klaviyo-partial-failure')).toBe('phone_number');
  expect(personIn(klaviyo, 'ann@b.dev')?.phone_number).toBeNull();
  expect(alone.status).toBe(400);
});

function metric(name: string): object {
  return { data: { type: 'metric', attributes: { name } } };
}
