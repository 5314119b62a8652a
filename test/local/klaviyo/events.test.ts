import { expect, test } from 'vitest';
import { startLocalKlaviyo, type LocalKlaviyo } from '#workers/local/klaviyo/server.ts';
import { clientOf, createClock, eventBody, eventGroupsBody, personIn, profileBody } from './client.ts';

const BULK = '/api/event-bulk-create-jobs';
const PHONE = '+61412345678';
const ANN = { email: 'ann@b.dev' };

function account(klaviyo: LocalKlaviyo) {
  const [first] = klaviyo.state().accounts;
  if (first === undefined) {
    throw new Error('there is no account');
  }
  return first;
}

test('an event answers 202 without a body, creates its person and its metric', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);

  const reply = await client.post(
    '/api/events',
    eventBody(
      { ...ANN, first_name: 'Ann' },
      {
        unique_id: 'order-1',
        value: 9.5,
        value_currency: 'AUD',
        time: '2026-01-01T10:00:00.700+10:00',
        properties: { store: 'SYD' },
      },
    ),
  );

  expect([reply.status, reply.body]).toEqual([202, null]);
  expect(account(klaviyo).events).toEqual([
    {
      id: expect.any(String),
      metric: 'Ordered',
      unique_id: 'order-1',
      profile: { id: personIn(klaviyo, 'ann@b.dev')?.id, email: 'ann@b.dev', external_id: null },
      time: '2026-01-01T00:00:00+00:00',
      value: 9.5,
      value_currency: 'AUD',
      properties: { store: 'SYD' },
      backfill: false,
    },
  ]);
  expect(personIn(klaviyo, 'ann@b.dev')).toMatchObject({ first_name: 'Ann' });
  expect((await client.get('/api/metrics')).body.data[0]?.attributes.name).toBe('Ordered');
});

test('a second event of the same person, metric and unique id is dropped silently, also from a bulk request', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);
  const event = (metric: string) => ({
    unique_id: 'order-1',
    metric: { data: { type: 'metric', attributes: { name: metric } } },
  });

  const replies = [
    await client.post('/api/events', eventBody(ANN, event('Ordered'))),
    await client.post('/api/events', eventBody(ANN, { ...event('Ordered'), value: 1 })),
    await client.post(
      BULK,
      eventGroupsBody([{ profile: ANN, events: [event('Ordered'), event('Returned')] }]),
    ),
    await client.post('/api/events', eventBody({ email: 'bob@b.dev' }, event('Ordered'))),
  ];

  expect(replies.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
  expect(account(klaviyo).events.map((each) => [each.profile.email, each.metric, each.value])).toEqual([
    ['ann@b.dev', 'Ordered', null],
    ['ann@b.dev', 'Returned', null],
    ['bob@b.dev', 'Ordered', null],
  ]);
  expect(account(klaviyo)).toMatchObject({ duplicateEvents: 2, received: { events: 5 } });
});

test('without a unique id only one event of a person and metric survives a second', async () => {
  const clock = createClock();
  await using klaviyo = await startLocalKlaviyo({ clock: clock.now });
  const client = clientOf(klaviyo);
  const send = () => client.post('/api/events', eventBody(ANN));

  await send();
  await send();
  clock.pass(1000);
  await send();

  expect(account(klaviyo).counts.events).toBe(2);
  expect(account(klaviyo).duplicateEvents).toBe(1);
});

test('a unique id that occurs twice in a bulk request refuses all of it', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);
  const groups = eventGroupsBody([
    { profile: { external_id: 'c1', ...ANN }, events: [{ unique_id: '1' }, { unique_id: '2' }] },
    { profile: { email: 'ANN@b.dev' }, events: [{ unique_id: '3' }, { unique_id: '2' }] },
  ]);

  const reply = await client.post(BULK, groups);

  expect(reply.status).toBe(400);
  expect(reply.body.errors.map(({ source }) => source.pointer)).toEqual([
    '/data/attributes/events-bulk-create/data/1/attributes/events/data/1/attributes/unique_id',
  ]);
  expect(account(klaviyo).counts).toMatchObject({ events: 0, profiles: 0 });
  await client.post('/_switches', { repeatedEventInRequest: 'discard' });
  expect((await client.post(BULK, groups)).status).toBe(202);
  expect(account(klaviyo).counts.events).toBe(3);
});

test('backfilled events are recorded and cannot start flows', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);

  await client.post('/api/events', eventBody(ANN, { unique_id: '1', backfill: true }));
  await client.post(BULK, eventGroupsBody([{ profile: ANN, backfill: true, events: [{ unique_id: '2' }] }]));
  await client.post(
    BULK,
    eventGroupsBody([{ profile: ANN, events: [{ unique_id: '3', backfill: true }, { unique_id: '4' }] }]),
  );

  expect(account(klaviyo).events.map(({ backfill }) => backfill)).toEqual([true, true, true, false]);
  expect(account(klaviyo).eventsThatCouldStartFlows).toBe(1);
});

test('people at example.com and test.com vanish after the 202, unless the switch is off', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);
  const groups = [
    { profile: { email: 'a@Example.com' }, events: [{}] },
    { profile: { email: 'a@test.com' }, events: [{}] },
    { profile: { email: 'a@example.com.au' }, events: [{}] },
  ];

  expect((await client.post(BULK, eventGroupsBody(groups))).status).toBe(202);
  expect(account(klaviyo).counts).toMatchObject({ events: 1, profiles: 1 });
  expect(account(klaviyo).droppedEvents).toBe(2);
  await client.post('/_switches', { dropReservedDomains: false });
  await client.post('/api/events', eventBody({ email: 'a@example.com' }));
  expect(account(klaviyo).counts).toMatchObject({ events: 2, profiles: 2 });
});

test('a bulk request takes 1,000 events in total', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);
  const groups = (counts: number[]) =>
    eventGroupsBody(
      counts.map((count, group) => ({
        profile: { external_id: `c${group}` },
        events: Array.from({ length: count }, (_, index) => ({ unique_id: String(index) })),
      })),
    );

  expect((await client.post(BULK, groups([500, 500]))).status).toBe(202);
  const refused = await client.post(BULK, groups([500, 501]));
  expect(refused.status).toBe(400);
  expect(refused.body.errors[0]?.source.pointer).toBe('/data/attributes/events-bulk-create');
  expect(account(klaviyo).counts.events).toBe(1000);
});

test('an event whose identifiers belong to two people merges them, with their events', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);
  await client.post('/api/profiles', profileBody({ ...ANN, properties: { tier: 'gold' } }));
  await client.post('/api/events', eventBody({ phone_number: PHONE, title: 'Dr' }, { unique_id: '1' }));

  await client.post('/api/events', eventBody({ ...ANN, phone_number: PHONE }, { unique_id: '2' }));
  await client.post('/api/events', eventBody({ phone_number: PHONE }, { unique_id: '1' }));

  expect(account(klaviyo).profiles).toHaveLength(1);
  expect(personIn(klaviyo, 'ann@b.dev')).toMatchObject({
    phone_number: PHONE,
    title: 'Dr',
    properties: { tier: 'gold' },
  });
  expect(account(klaviyo).events.map((event) => [event.unique_id, event.profile.email])).toEqual([
    ['1', 'ann@b.dev'],
    ['2', 'ann@b.dev'],
  ]);
  expect(account(klaviyo).duplicateEvents).toBe(1);
});
