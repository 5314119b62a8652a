import { expect, test } from 'vitest';
import { startLocalKlaviyo } from '#workers/local/klaviyo/server.ts';
import { createList, personIn } from './client.ts';
import { ANN, PHONE, pointers, results, subscribe, unsubscribe } from './consent-client.ts';

test('both channels can be subscribed at once and left one by one', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const list = await createList(klaviyo, 'Retail');
  const person = { ...ANN, phone_number: PHONE };
  await subscribe(klaviyo, [{ ...person, channels: ['email', 'sms'] }], { list });

  await unsubscribe(klaviyo, [{ ...person, channels: ['sms'] }]);

  expect(personIn(klaviyo, ANN.email)?.consent).toMatchObject({
    email: { consent: 'SUBSCRIBED' },
    sms: { consent: 'UNSUBSCRIBED' },
  });
});

test('the sms channel needs a phone number', async () => {
  await using klaviyo = await startLocalKlaviyo();

  const reply = await subscribe(klaviyo, [{ ...ANN, channels: ['email', 'sms'] }]);

  expect(reply.body.errors[0]?.detail).toBe(
    "'phone_number' must not be empty when the sms channel is included in 'subscriptions'.",
  );
  expect(pointers(reply)).toEqual(['/data/attributes/profiles/data/0/attributes/phone_number']);
});

test('one number outside the regions of the account refuses the whole call', async () => {
  await using klaviyo = await startLocalKlaviyo({
    accounts: [{ id: 'ACC', keys: [{ key: 'pk_local' }], sms: { enabled: true, regions: ['AU'] } }],
  });
  const people = [PHONE, '+61412345679', '+6421123456'].map((phone) => ({
    phone_number: phone,
    channels: ['sms'],
  }));

  const reply = await subscribe(klaviyo, people);

  expect(reply.status).toBe(400);
  expect(reply.body.errors[0]?.detail).toBe(
    'Phone number is valid but is not in a supported region for this account.',
  );
  expect(pointers(reply)).toEqual(['/data/attributes/profiles/data/2/attributes/phone_number']);
  expect(results(klaviyo)).toEqual([]);
  expect((await subscribe(klaviyo, people.slice(0, 2), { historical: false })).status).toBe(202);
});

test('an account without SMS cannot subscribe people who have only a phone number', async () => {
  await using klaviyo = await startLocalKlaviyo({
    accounts: [{ id: 'ACC', keys: [{ key: 'pk_local' }], sms: { enabled: false } }],
  });

  const reply = await subscribe(klaviyo, [{ phone_number: PHONE, channels: ['sms'] }]);

  expect(reply.body.errors[0]?.detail).toBe(
    'SMS configuration is required to subscribe phone number only profiles.',
  );
});

test('a malformed number beside an e-mail is left out with a header, and so is its channel', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const list = await createList(klaviyo, 'Retail');

  const reply = await subscribe(klaviyo, [{ ...ANN, phone_number: '0412', channels: ['email', 'sms'] }], {
    list,
  });
  const alone = await subscribe(klaviyo, [{ phone_number: '0412', channels: ['sms'] }], { list });

  expect(reply.status).toBe(202);
  expect(reply.headers.get('x-klaviyo-partial-failure')).toBe('phone_number');
  expect(personIn(klaviyo, ANN.email)).toMatchObject({
    phone_number: null,
    consent: { email: { consent: 'SUBSCRIBED' }, sms: { consent: 'NEVER_SUBSCRIBED' } },
  });
  expect(alone.status).toBe(400);
});

test('an age-gated account wants a date of birth for SMS', async () => {
  await using klaviyo = await startLocalKlaviyo({
    accounts: [{ id: 'ACC', keys: [{ key: 'pk_local' }], ageGated: true }],
  });
  const person = { phone_number: PHONE, channels: ['sms'] };

  expect(pointers(await subscribe(klaviyo, [person]))).toEqual([
    '/data/attributes/profiles/data/0/attributes/age_gated_date_of_birth',
  ]);
  expect((await subscribe(klaviyo, [{ ...person, age_gated_date_of_birth: '1990-01-01' }])).status).toBe(202);
});
