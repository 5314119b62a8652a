import { expect, test } from 'vitest';
import { startLocalKlaviyo } from '#workers/local/klaviyo/server.ts';
import { clientOf, createClock, createList, personIn, profileBody, subscribeBody } from './client.ts';
import {
  ANN,
  emailConsent,
  PHONE,
  pointers,
  results,
  subscribe,
  SUBSCRIBE,
  unsubscribe,
} from './consent-client.ts';

test('subscribing with a single opt-in list makes the person, the consent and the membership, a little later', async () => {
  const clock = createClock();
  await using klaviyo = await startLocalKlaviyo({ clock: clock.now });
  const list = await createList(klaviyo, 'Retail');

  const reply = await clientOf(klaviyo).post(
    SUBSCRIBE,
    subscribeBody([ANN], { list, source: 'Sydney store' }),
  );

  expect([reply.status, reply.body]).toEqual([202, null]);
  expect(personIn(klaviyo, ANN.email)).toBeUndefined();
  clock.pass(50);
  expect(personIn(klaviyo, ANN.email)).toMatchObject({
    consent: {
      email: { consent: 'SUBSCRIBED', timestamp: '2026-09-04T13:40:00+00:00', source: 'Sydney store' },
      sms: { consent: 'NEVER_SUBSCRIBED' },
    },
    lists: ['Retail'],
  });
  const shown = await clientOf(klaviyo).get('/api/profiles?additional-fields[profile]=subscriptions');
  expect(shown.body.data[0]?.attributes.subscriptions).toMatchObject({
    email: {
      marketing: {
        can_receive_email_marketing: true,
        consent: 'SUBSCRIBED',
        consent_timestamp: '2026-09-04T13:40:00+00:00',
        custom_method_detail: 'Sydney store',
        double_optin: false,
      },
    },
  });
});

test('a brand-new e-mail without a list and without historical_import never becomes a profile', async () => {
  await using klaviyo = await startLocalKlaviyo();

  expect((await subscribe(klaviyo, [ANN])).status).toBe(202);

  expect(personIn(klaviyo, ANN.email)).toBeUndefined();
  expect(results(klaviyo)).toEqual(['dropped: a new profile needs a list or historical_import']);
});

test('a known person is subscribed without a list when the account opts in singly', async () => {
  await using klaviyo = await startLocalKlaviyo();
  await clientOf(klaviyo).post('/api/profiles', profileBody(ANN));

  await subscribe(klaviyo, [ANN]);

  expect(emailConsent(klaviyo)).toBe('SUBSCRIBED');
});

test.each([
  ['a double account without a list asks', 'double', undefined, true],
  ['a double list asks', 'single', 'double', true],
  ['a single list of a double account does not ask', 'double', 'single', false],
] as const)(
  'opting in is as the list says, else as the account says: %s',
  async (_, optIn, listOptIn, isAsked) => {
    await using klaviyo = await startLocalKlaviyo({
      accounts: [{ id: 'ACC', keys: [{ key: 'pk_local' }], optIn }],
    });
    const client = clientOf(klaviyo);
    await client.post('/api/profiles', profileBody(ANN));
    const list = listOptIn === undefined ? undefined : await createList(klaviyo, 'Retail', listOptIn);

    await subscribe(klaviyo, [ANN], { list });

    expect(emailConsent(klaviyo)).toBe(isAsked ? 'NEVER_SUBSCRIBED' : 'SUBSCRIBED');
    const confirmed = await client.post('/_confirm', { email: 'ANN@b.dev' });
    expect(confirmed.body).toEqual({ changed: isAsked });
    expect(emailConsent(klaviyo)).toBe('SUBSCRIBED');
    expect(personIn(klaviyo, ANN.email)?.lists).toEqual(list === undefined ? [] : ['Retail']);
  },
);

test('a list without an opt-in of its own takes that of the account', async () => {
  await using klaviyo = await startLocalKlaviyo({
    accounts: [{ id: 'ACC', keys: [{ key: 'pk_local' }], optIn: 'double' }],
  });
  const list = await createList(klaviyo, 'Retail');

  await subscribe(klaviyo, [ANN], { list });

  expect(personIn(klaviyo, ANN.email)).toBeUndefined();
  expect(results(klaviyo)).toEqual(['awaiting confirmation']);
});

test('history passes by the double opt-in and keeps its own time', async () => {
  await using klaviyo = await startLocalKlaviyo({
    accounts: [{ id: 'ACC', keys: [{ key: 'pk_local' }], optIn: 'double' }],
  });

  await subscribe(klaviyo, [{ ...ANN, consentedAt: '2020-05-01T10:00:00+10:00' }], { historical: true });

  expect(personIn(klaviyo, ANN.email)?.consent.email).toMatchObject({
    consent: 'SUBSCRIBED',
    timestamp: '2020-05-01T00:00:00+00:00',
  });
});

test.each([
  ['is missing', {}],
  ['has no offset', { consentedAt: '2020-05-01T10:00:00' }],
  ['lies in the future', { consentedAt: '2099-05-01T10:00:00Z' }],
  ['is no time', { consentedAt: 'yesterday' }],
])('history is refused when its time %s', async (_, time) => {
  await using klaviyo = await startLocalKlaviyo();
  const valid = { email: 'bob@b.dev', consentedAt: '2020-05-01T10:00:00Z' };

  const reply = await subscribe(klaviyo, [valid, { ...ANN, ...time }], { historical: true });

  expect(reply.status).toBe(400);
  expect(reply.body.errors[0]?.detail).toBe(
    'Historical Email subscription does not have a valid consented at timestamp',
  );
  expect(pointers(reply)).toEqual([
    '/data/attributes/profiles/data/1/attributes/subscriptions/email/marketing/consented_at',
  ]);
  expect(klaviyo.state().accounts[0]).toMatchObject({ counts: { profiles: 0 }, consentCalls: [] });
});

test('a time of consent without historical_import is refused', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const list = await createList(klaviyo, 'Retail');

  const reply = await subscribe(klaviyo, [{ ...ANN, consentedAt: '2020-05-01T10:00:00Z' }], { list });

  expect(reply.status).toBe(400);
});

test('a subscribe call within 30 minutes of the last one is ignored, even after an unsubscription', async () => {
  const clock = createClock();
  await using klaviyo = await startLocalKlaviyo({ clock: clock.now });
  const list = await createList(klaviyo, 'Retail');
  const other = await createList(klaviyo, 'VIP');
  await subscribe(klaviyo, [ANN], { list });
  clock.pass(60_000);
  await subscribe(klaviyo, [ANN], { list: other });
  await unsubscribe(klaviyo, [ANN]);
  clock.pass(28 * 60_000);
  await subscribe(klaviyo, [ANN], { list });

  expect(emailConsent(klaviyo)).toBe('UNSUBSCRIBED');
  expect(personIn(klaviyo, ANN.email)?.lists).toEqual(['Retail', 'VIP']);
  clock.pass(60_000);
  await subscribe(klaviyo, [ANN], { list });
  expect(emailConsent(klaviyo)).toBe('SUBSCRIBED');
  expect(results(klaviyo)).toEqual([
    'subscribed',
    'ignored: subscribed less than 30 minutes before',
    'unsubscribed',
    'ignored: subscribed less than 30 minutes before',
    'subscribed',
  ]);
});

test('subscribing lifts what a person or an operator has set, bounces stay', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);
  const list = await createList(klaviyo, 'Retail');
  const reasons = ['UNSUBSCRIBE', 'SPAM_COMPLAINT', 'USER_SUPPRESSED', 'HARD_BOUNCE', 'INVALID_EMAIL'];
  for (const reason of reasons) {
    await client.post('/_suppress', { ...ANN, reason });
  }
  expect(personIn(klaviyo, ANN.email)?.suppression).toEqual(reasons);

  await subscribe(klaviyo, [ANN], { list });

  expect(personIn(klaviyo, ANN.email)?.suppression).toEqual(['HARD_BOUNCE', 'INVALID_EMAIL']);
});

test('a person who left in Klaviyo is subscribed again by a later call: nothing here protects against that', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const list = await createList(klaviyo, 'Retail');
  await clientOf(klaviyo).post('/_unsubscribe', { ...ANN, at: '2026-01-01T00:00:00Z' });
  expect(personIn(klaviyo, ANN.email)).toMatchObject({
    consent: { email: { consent: 'UNSUBSCRIBED', timestamp: '2026-01-01T00:00:00+00:00' } },
    suppression: ['UNSUBSCRIBE'],
  });

  await subscribe(klaviyo, [ANN], { list });

  expect(personIn(klaviyo, ANN.email)).toMatchObject({
    consent: { email: { consent: 'SUBSCRIBED' } },
    suppression: [],
  });
});

test('every accepted call is on record for each person and channel', async () => {
  const clock = createClock();
  await using klaviyo = await startLocalKlaviyo({ clock: clock.now });
  const list = await createList(klaviyo, 'Retail');
  const people = [{ ...ANN, phone_number: PHONE, channels: ['email', 'sms'] }, { email: 'bob@b.dev' }];

  const reply = await subscribe(klaviyo, people, { list, source: 'Sydney store' });

  const base = {
    at: '2026-09-04T13:40:00.000Z',
    requestId: reply.headers.get('x-klaviyo-req-id'),
    action: 'subscribe',
    list,
    source: 'Sydney store',
    isHistorical: false,
    consentedAt: null,
    result: 'subscribed',
  };
  expect(klaviyo.state().accounts[0]?.consentCalls).toEqual([
    { ...base, channel: 'email', ...ANN, phone_number: PHONE },
    { ...base, channel: 'sms', ...ANN, phone_number: PHONE },
    { ...base, channel: 'email', email: 'bob@b.dev', phone_number: null },
  ]);
  expect(klaviyo.state().accounts[0]?.received.subscribes).toBe(2);
});
