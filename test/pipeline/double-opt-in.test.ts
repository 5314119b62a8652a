import { expect, test } from 'vitest';
import { customersCsv, people } from '#test/builders/exports.ts';
import {
  accountOf,
  askKlaviyo,
  callsOf,
  inKlaviyo,
  profileOf,
  subscribesIn,
} from '#test/builders/people-in-klaviyo.ts';
import { shown } from '#test/builders/shown.ts';
import { createWorld } from '#test/builders/world.ts';
import type { SeenRequest } from '#workers/local/klaviyo/server.ts';

/** How a wish becomes consent: asked first, taken over as history, or never said at all. */

const DAY = (day: string) => `/pending/au/customers_202601${day}T200000Z.csv`;
const ANNA = 'person1@shop.example';
const CONSENT_AT = `mappings:
  - { scope: customer, target: consent.email, rules: [{ when: { column: PRIVACY, is: equals, value: 'No' }, template: 'yes' }] }
  - { scope: customer, target: consent.at, rules: [{ template: '{{ CONSENT_DATE }}' }] }
`;
const ASKING_LIST = {
  type: 'list',
  attributes: { name: 'Retail Customers', opt_in_process: 'double_opt_in' },
};

test('a list with double opt-in asks the person once, and the record says that it waits for the answer', async () => {
  await using world = await createWorld();
  await askKlaviyo(world, 'lists', ASKING_LIST);
  world.put(DAY('05'), customersCsv(people(1)));
  await world.sync();
  const asked = await shown(world, 'customers', '1');
  world.put(DAY('06'), customersCsv(people(1, 1, () => ({ CITY: 'Hobart' }))));
  await world.sync();
  world.put(DAY('07'), customersCsv(people(1, 1, () => ({ CITY: 'Perth' }))));

  const { status } = await world.sync();

  expect(status.connections[0]?.records.customers).toMatchObject({ total: 1, synced: 1 });
  expect(callsOf(world, ANNA)).toEqual(['subscribe email: awaiting confirmation']);
  expect(accountOf(world).confirmations).toHaveLength(1);
  expect(profileOf(world, ANNA).consent.email.consent).toBe('NEVER_SUBSCRIBED');
  for (const [email] of [asked.page.consent?.channels ?? [], asked.json.consentNow]) {
    expect(email).toMatchObject({
      done: 'Klaviyo asked the person to confirm.',
      why: 'Apparel21 says yes to e-mail and Klaviyo has no answer yet. The list "Retail Customers" has double opt-in: Klaviyo asked the person to confirm, and subscribes them once they do.',
    });
  }
  expect(asked.json.consent).toMatchObject([{ action: 'subscribe', code: 'confirmation_asked' }]);
  await inKlaviyo(world, 'confirm', { email: ANNA });
  expect(profileOf(world, ANNA).consent.email.consent).toBe('SUBSCRIBED');
});

test('when nobody knows whether the question left, it is not put twice: a person decides', async () => {
  await using world = await createWorld({
    klaviyo: {
      faults: [
        { match: { path: '/api/profile-subscription-bulk-create-jobs' }, kind: 'reset-after', times: 1 },
      ],
    },
  });
  await askKlaviyo(world, 'lists', ASKING_LIST);
  world.put(DAY('05'), customersCsv(people(1)));

  const { status } = await world.sync();

  expect(status.connections[0]?.records.customers).toMatchObject({ total: 1, failed: 1 });
  expect(callsOf(world, ANNA)).toEqual(['subscribe email: awaiting confirmation']);
  const { page, json } = await shown(world, 'customers', '1');
  expect(page.standing).toMatch(
    /may have asked the person to confirm\. Look at the profile in Klaviyo; retry/,
  );
  expect(json.reason).toMatchObject({ code: 'consent_unconfirmed', message: page.standing });
});

test('history is taken over with its time and an offset, and nobody is asked again', async () => {
  const requests: SeenRequest[] = [];
  await using world = await createWorld({
    extra: CONSENT_AT,
    klaviyo: { onRequest: (request) => requests.push(request) },
  });
  await askKlaviyo(world, 'lists', ASKING_LIST);
  world.put(DAY('05'), customersCsv(people(1, 1, () => ({ CONSENT_DATE: '2021-07-01T10:00:00' }))));

  await world.sync();

  const [request, ...others] = subscribesIn(requests);
  expect(others).toEqual([]);
  expect(request?.body.data.attributes).toMatchObject({
    historical_import: true,
    profiles: {
      data: [
        {
          attributes: {
            subscriptions: { email: { marketing: { consented_at: '2021-07-01T00:00:00.000Z' } } },
          },
        },
      ],
    },
  });
  expect(accountOf(world).confirmations).toEqual([]);
  expect(profileOf(world, ANNA).consent.email).toMatchObject({ consent: 'SUBSCRIBED' });
  const { page, json } = await shown(world, 'customers', '1');
  expect(json.consent).toMatchObject([{ action: 'subscribe', code: 'subscribe_new' }]);
  expect(page.consent?.channels[0]).toMatchObject({
    done: 'Subscribed in Klaviyo.',
    since: expect.stringContaining('2021') as string,
  });
});

test('a time of consent that is still to come costs that row only', async () => {
  await using world = await createWorld({ extra: CONSENT_AT });
  world.put(
    DAY('05'),
    customersCsv(people(2, 1, (id) => ({ CONSENT_DATE: id === 1 ? '2021-07-01T10:00:00' : '2199-01-01' }))),
  );

  const { status } = await world.sync();

  expect(status.connections[0]?.records.customers).toMatchObject({ synced: 1, failed: 1 });
  expect(profileOf(world, ANNA).consent.email.consent).toBe('SUBSCRIBED');
  const { page, json } = await shown(world, 'customers', '2');
  expect(page.standing).toMatch(/when consent was given.*check the mapping of consent\.at/);
  expect(json.consentNow[0]).toMatchObject({ done: 'Klaviyo refused it.' });
});

test('a new e-mail that is subscribed without a list still becomes a profile: it is imported first', async () => {
  const requests: SeenRequest[] = [];
  await using world = await createWorld({
    connection: '    list: null',
    klaviyo: { onRequest: (request) => requests.push(request) },
  });
  world.put(DAY('05'), customersCsv(people(1)));

  await world.sync();

  expect(subscribesIn(requests)[0]?.body.data.relationships).toBeUndefined();
  expect(callsOf(world, ANNA)).toEqual(['subscribe email: subscribed']);
  expect(profileOf(world, ANNA)).toMatchObject({
    first_name: 'Anna',
    consent: { email: { consent: 'SUBSCRIBED' } },
  });
  const { page, json } = await shown(world, 'customers', '1');
  expect(json.attempts.map(({ kind, outcome }) => [kind, outcome])).toEqual([
    ['profile-import', 'done'],
    ['subscribe', 'done'],
  ]);
  expect(page.consent?.channels[0]).toMatchObject({
    done: 'Klaviyo was asked to subscribe the person.',
    why: 'Apparel21 says yes to e-mail and Klaviyo has no answer yet. No list went along, so the account’s own setting in Klaviyo says whether the person is asked to confirm first.',
  });
});

test('without a list the account may ask the person: once, also when nobody knows whether the question left', async () => {
  await using world = await createWorld({
    connection: '    list: null',
    klaviyo: {
      accounts: [{ id: 'AU1', keys: [{ key: 'pk_local' }], optIn: 'double' }],
      faults: [
        { match: { path: '/api/profile-subscription-bulk-create-jobs' }, kind: 'reset-after', times: 1 },
      ],
    },
  });
  world.put(DAY('05'), customersCsv(people(1)));

  const { status } = await world.sync();
  await world.sync();

  expect(status.connections[0]?.records.customers).toMatchObject({ total: 1, failed: 1 });
  expect(accountOf(world).confirmations).toHaveLength(1);
  const { page, json } = await shown(world, 'customers', '1');
  expect(page.standing).toMatch(
    /may have asked the person to confirm\. Look at the profile in Klaviyo; retry/,
  );
  expect(json.consent).toMatchObject([{ action: 'subscribe', code: 'confirmation_possible' }]);
});

test('an opt-out of somebody Klaviyo never mailed is written down there, and never names a list', async () => {
  const requests: SeenRequest[] = [];
  await using world = await createWorld({ klaviyo: { onRequest: (request) => requests.push(request) } });
  world.put(DAY('05'), customersCsv(people(1, 1, () => ({ PRIVACY: 'Yes' }))));

  await world.sync();

  const bodies = requests.filter(({ path }) => path.includes('subscription-bulk-delete'));
  expect(bodies).toHaveLength(1);
  expect(JSON.stringify(bodies[0]?.body)).not.toContain('relationships');
  expect(profileOf(world, ANNA)).toMatchObject({
    consent: { email: { consent: 'UNSUBSCRIBED' } },
    suppression: ['UNSUBSCRIBE'],
  });
  const { page, json } = await shown(world, 'customers', '1');
  for (const [email] of [page.consent?.channels ?? [], json.consentNow]) {
    expect(email).toMatchObject({
      wish: 'Apparel21 says no.',
      done: 'Unsubscribed in Klaviyo.',
      why: 'Apparel21 says no to e-mail.',
    });
  }
});

test('a word that is neither yes nor no is no opinion, with a warning; a blank one changes nothing', async () => {
  await using world = await createWorld();
  world.put(DAY('05'), customersCsv(people(2, 1, (id) => ({ SMS_OPT_IN: id === 1 ? 'maybe' : '' }))));
  await world.sync();
  const { page, json } = await shown(world, 'customers', '1');
  await inKlaviyo(world, 'unsubscribe', { email: ANNA, at: '2026-03-01T00:00:00Z' });
  world.put(DAY('06'), customersCsv(people(2, 1, () => ({ PRIVACY: '', CITY: 'Hobart' }))));
  await world.sync();
  const blank = await shown(world, 'customers', '2');
  world.put(DAY('07'), customersCsv(people(2, 1, () => ({ PRIVACY: 'No', CITY: 'Perth' }))));

  await world.sync();

  expect(json.warnings).toMatchObject([
    {
      code: 'unknown_consent',
      column: 'SMS_OPT_IN',
      message: '"maybe" is neither yes nor no; nothing is said about sms consent.',
    },
  ]);
  expect(page.payload.beside.map(({ target }) => target)).toContain('consent.sms');
  for (const [, sms] of [page.consent?.channels ?? [], json.consentNow]) {
    expect(sms).toMatchObject({ wish: 'Apparel21 says nothing.', done: 'Klaviyo was left as it is.' });
  }
  for (const [email] of [blank.page.consent?.channels ?? [], blank.json.consentNow]) {
    expect(email).toMatchObject({ wish: 'Apparel21 says nothing.', done: 'Klaviyo was left as it is.' });
  }
  expect(profileOf(world, ANNA).consent.email.consent).toBe('UNSUBSCRIBED');
  expect(accountOf(world).consentCalls.map(({ action }) => action)).toEqual(['subscribe', 'subscribe']);
});

test('a file of the bulk lane says nothing about consent, whatever stands in it', async () => {
  await using world = await createWorld();
  world.put(
    '/bulk/au/customers_20260104T200000Z.csv',
    customersCsv(people(1, 1, () => ({ SMS_OPT_IN: 'Y' }))),
  );
  await world.sync();
  await world.ctx.db.sql(`UPDATE source_file SET status = 'importing' WHERE status = 'waiting-for-start'`);

  await world.sync({ lanes: ['pending', 'bulk'] });

  expect(accountOf(world).consentCalls).toEqual([]);
  expect(profileOf(world, ANNA).lists).toEqual([]);
  const { page, json } = await shown(world, 'customers', '1');
  expect(json.consent).toEqual([]);
  for (const channel of [...(page.consent?.channels ?? []), ...json.consentNow]) {
    expect(channel).toMatchObject({
      wish: 'Bulk files never say anything about consent.',
      done: 'Klaviyo was left as it is.',
    });
  }
});
