import { expect, test } from 'vitest';
import { customersCsv, people } from '#test/builders/exports.ts';
import { accountOf, askKlaviyo, callsOf, inKlaviyo, profileOf } from '#test/builders/people-in-klaviyo.ts';
import { shown } from '#test/builders/shown.ts';
import { createWorld, type World } from '#test/builders/world.ts';

/** One person whose e-mail changes in Apparel21: whose profile it is then, and whose consent. */

const OLD = 'person1@shop.example';
const NEW = 'new@shop.example';

async function putRow(world: World, day: string, row: Record<string, string>): Promise<void> {
  const [person = {}] = people(1, 1, () => ({ LAST_UPDATED: `2026-01-${day}T08:00:00`, ...row }));
  world.put(`/pending/au/customers_202601${day}T200000Z.csv`, customersCsv([person]));
  await world.sync();
}

test('the profile moves to the new e-mail by its external id, and nobody is subscribed twice', async () => {
  await using world = await createWorld();
  await putRow(world, '05', {});

  await putRow(world, '06', { EMAIL: NEW });

  expect(accountOf(world).profiles).toMatchObject([
    { email: NEW, external_id: '1', consent: { email: { consent: 'SUBSCRIBED' } } },
  ]);
  expect(callsOf(world, OLD)).toEqual(['subscribe email: subscribed']);
  expect(callsOf(world, NEW)).toEqual([]);
  const { page, json } = await shown(world, 'customers', '1');
  expect(json).toMatchObject({
    status: 'synced',
    consent: [{ action: 'subscribe' }, { code: 'already_subscribed' }],
  });
  expect(page.consent?.channels[0]).toMatchObject({ why: 'Klaviyo already sends e-mail to this person.' });
});

test('the new e-mail has a profile of its own: it gets the row, and its consent is its own', async () => {
  await using world = await createWorld();
  await askKlaviyo(world, 'profiles', { type: 'profile', attributes: { email: NEW } });
  await putRow(world, '05', {});

  await putRow(world, '06', { EMAIL: NEW, FIRSTNAME: 'MOVED' });

  expect(profileOf(world, NEW)).toMatchObject({
    first_name: 'Moved',
    consent: { email: { consent: 'SUBSCRIBED' } },
  });
  expect(profileOf(world, OLD)).toMatchObject({ first_name: 'Anna', external_id: '1' });
  expect(callsOf(world, OLD)).toEqual(['subscribe email: subscribed']);
  expect(callsOf(world, NEW)).toEqual(['subscribe email: subscribed']);
  const { page } = await shown(world, 'customers', '1');
  expect(page.remark).toBe('The external id was left out: another profile in Klaviyo has it.');
});

test('an opt-out of Apparel21 reaches the new e-mail, too', async () => {
  await using world = await createWorld();
  await inKlaviyo(world, 'subscribe', { email: NEW, at: '2020-01-01T00:00:00Z' });
  await putRow(world, '05', { PRIVACY: 'Yes' });

  await putRow(world, '06', { PRIVACY: 'Yes', EMAIL: NEW });

  expect(profileOf(world, NEW).consent.email.consent).toBe('UNSUBSCRIBED');
  expect(callsOf(world, OLD)).toEqual(['unsubscribe email: unsubscribed']);
  const { json } = await shown(world, 'customers', '1');
  expect(json.consentNow[0]).toMatchObject({ done: 'Unsubscribed in Klaviyo.' });
});

test('somebody who left at the new e-mail after Apparel21 was told yes is not subscribed there', async () => {
  await using world = await createWorld();
  await inKlaviyo(world, 'unsubscribe', { email: NEW, at: '2026-02-01T00:00:00Z' });
  await putRow(world, '05', {});

  await putRow(world, '06', { EMAIL: NEW });

  expect(profileOf(world, NEW).consent.email.consent).toBe('UNSUBSCRIBED');
  expect(callsOf(world, NEW)).toEqual([]);
  const { page, json } = await shown(world, 'customers', '1');
  expect(page.consent?.channels[0]).toMatchObject({
    isLeftInKlaviyo: true,
    done: 'Left in Klaviyo as it was.',
  });
  expect(json.consent.at(-1)).toMatchObject({ action: 'none', code: 'left_in_klaviyo' });
});

test('a call to the old e-mail is not taken for the last word about the new one', async () => {
  await using world = await createWorld();
  await askKlaviyo(world, 'profiles', { type: 'profile', attributes: { email: NEW } });
  await putRow(world, '05', { PRIVACY: 'Yes' });
  // Left at the new address by their own hand, just before we unsubscribed the old one.
  await inKlaviyo(world, 'unsubscribe', { email: NEW });
  await putRow(world, '06', { PRIVACY: 'Yes', EMAIL: NEW });

  await putRow(world, '07', { PRIVACY: 'No', EMAIL: NEW });

  expect(profileOf(world, NEW).consent.email.consent).toBe('UNSUBSCRIBED');
  expect((await shown(world, 'customers', '1')).json.consent.at(-1)).toMatchObject({
    code: 'left_in_klaviyo',
  });
});

test('a person whose profile and both e-mails are unknown to Klaviyo becomes a new profile', async () => {
  await using world = await createWorld({ connection: '    sendExternalId: false' });
  await putRow(world, '05', {});
  await askKlaviyo(world, 'data-privacy-deletion-jobs', {
    type: 'data-privacy-deletion-job',
    attributes: { profile: { data: { type: 'profile', attributes: { email: OLD } } } },
  });
  world.klaviyo.settle();

  await putRow(world, '06', { EMAIL: NEW });

  expect(accountOf(world).profiles).toMatchObject([
    { email: NEW, first_name: 'Anna', consent: { email: { consent: 'SUBSCRIBED' } } },
  ]);
  expect((await shown(world, 'customers', '1')).json).toMatchObject({ status: 'synced', reason: null });
});
