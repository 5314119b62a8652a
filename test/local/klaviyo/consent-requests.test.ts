import { expect, test } from 'vitest';
import { startLocalKlaviyo } from '#workers/local/klaviyo/server.ts';
import { clientOf, createList, personIn, unsubscribeBody } from './client.ts';
import { ANN, PHONE, pointers, subscribe, unsubscribe, UNSUBSCRIBE } from './consent-client.ts';

test('unsubscribing knows no id and no source', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const body = unsubscribeBody([ANN], { source: 'Store' }) as {
    data: { attributes: { profiles: { data: object[] } } };
  };
  body.data.attributes.profiles.data = body.data.attributes.profiles.data.map((each) => ({
    ...each,
    id: 'X',
  }));

  const reply = await clientOf(klaviyo).post(UNSUBSCRIBE, body);

  expect(pointers(reply)).toEqual(['/data/attributes/profiles/data/0/id', '/data/attributes/custom_source']);
});

test('a call takes 1,000 people to subscribe and 100 to unsubscribe', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const people = Array.from({ length: 1001 }, (_, index) => ({ email: `p${index}@b.dev` }));

  expect((await subscribe(klaviyo, people.slice(1))).status).toBe(202);
  expect(pointers(await subscribe(klaviyo, people))).toEqual(['/data/attributes/profiles/data']);
  expect((await unsubscribe(klaviyo, people.slice(0, 100))).status).toBe(202);
  expect(pointers(await unsubscribe(klaviyo, people.slice(0, 101)))).toEqual([
    '/data/attributes/profiles/data',
  ]);
});

test('the consent must be spelled as Klaviyo spells it', async () => {
  await using klaviyo = await startLocalKlaviyo();

  const reply = await clientOf(klaviyo).post(
    UNSUBSCRIBE,
    JSON.stringify(unsubscribeBody([ANN])).replace('"UNSUBSCRIBED"', '"SUBSCRIBED"'),
  );

  expect(pointers(reply)).toEqual([
    '/data/attributes/profiles/data/0/attributes/subscriptions/email/marketing/consent',
  ]);
});

test('an unknown list refuses the call', async () => {
  await using klaviyo = await startLocalKlaviyo();

  for (const reply of [
    await subscribe(klaviyo, [ANN], { list: 'NOLIST' }),
    await unsubscribe(klaviyo, [ANN], { list: 'NOLIST' }),
  ]) {
    expect(reply.body.errors[0]).toMatchObject({
      detail: 'List not found with id NOLIST.',
      source: { pointer: '/data/relationships/list/data/id' },
    });
  }
});

test('a channel that is left out only sets its identifier', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const list = await createList(klaviyo, 'Retail');

  await subscribe(klaviyo, [{ ...ANN, phone_number: PHONE }], { list });

  expect(personIn(klaviyo, ANN.email)).toMatchObject({
    phone_number: PHONE,
    consent: { email: { consent: 'SUBSCRIBED' }, sms: { consent: 'NEVER_SUBSCRIBED' } },
  });
});
