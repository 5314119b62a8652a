import { expect, test } from 'vitest';
import { startLocalKlaviyo } from '#workers/local/klaviyo/server.ts';
import { createList, personIn } from './client.ts';
import { ANN, emailConsent, results, subscribe, unsubscribe } from './consent-client.ts';

test('unsubscribing from a list that the person is in leaves the consent alone', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const list = await createList(klaviyo, 'Retail');
  await subscribe(klaviyo, [ANN], { list });

  await unsubscribe(klaviyo, [ANN], { list });

  expect(personIn(klaviyo, ANN.email)).toMatchObject({
    consent: { email: { consent: 'SUBSCRIBED' } },
    lists: [],
  });
  expect(results(klaviyo)).toEqual(['subscribed', 'removed from the list']);
});

test('unsubscribing from a list that the person is not in unsubscribes everywhere', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const list = await createList(klaviyo, 'Retail');
  const other = await createList(klaviyo, 'VIP');
  await subscribe(klaviyo, [ANN], { list });

  await unsubscribe(klaviyo, [ANN], { list: other });

  expect(personIn(klaviyo, ANN.email)).toMatchObject({
    consent: { email: { consent: 'UNSUBSCRIBED' } },
    suppression: ['UNSUBSCRIBE'],
    lists: ['Retail'],
  });
});

test('unsubscribing an unknown address makes a profile that has unsubscribed', async () => {
  await using klaviyo = await startLocalKlaviyo();

  await unsubscribe(klaviyo, [ANN]);

  expect(emailConsent(klaviyo)).toBe('UNSUBSCRIBED');
});
