import { expect, test } from 'vitest';
import { customersCsv, people } from '#test/builders/exports.ts';
import { accountOf, callsOf, profileOf, subscribesIn } from '#test/builders/people-in-klaviyo.ts';
import { shown } from '#test/builders/shown.ts';
import { createWorld } from '#test/builders/world.ts';
import type { SeenRequest } from '#workers/local/klaviyo/server.ts';

/** SMS through the whole path: what an account cannot do costs the rows concerned, and only their SMS. */

const DAY = (day: string) => `/pending/au/customers_202601${day}T200000Z.csv`;
const AU_ONLY = { id: 'AU1', keys: [{ key: 'pk_local' }], sms: { enabled: true, regions: ['AU'] } };
const NO_SMS = { id: 'AU1', keys: [{ key: 'pk_local' }], sms: { enabled: false } };
const AUSTRALIAN = '+61400000101';
const NEW_ZEALANDER = '+6421123456';

test('an SMS region that the account does not support costs the SMS of those rows, and says so', async () => {
  await using world = await createWorld({ klaviyo: { accounts: [AU_ONLY] } });
  world.put(
    DAY('05'),
    customersCsv(
      people(3, 1, (id) => ({
        MOBILE: id === 2 ? NEW_ZEALANDER : `+6140000010${id}`,
        SMS_OPT_IN: 'Y',
      })),
    ),
  );

  const { status } = await world.sync();

  expect(status.connections[0]?.records.customers).toMatchObject({ total: 3, synced: 2, failed: 1 });
  expect(callsOf(world, AUSTRALIAN)).toEqual(['subscribe sms: subscribed']);
  expect(callsOf(world, '+61400000103')).toEqual(['subscribe sms: subscribed']);
  expect(callsOf(world, NEW_ZEALANDER)).toEqual([]);
  expect(profileOf(world, 'person2@shop.example')).toMatchObject({
    phone_number: NEW_ZEALANDER,
    consent: { email: { consent: 'SUBSCRIBED' }, sms: { consent: 'NEVER_SUBSCRIBED' } },
  });
  const { page, json } = await shown(world, 'customers', '2');
  const reason =
    /^Klaviyo cannot send SMS to the country of this phone number from this account\. Set up SMS/;
  expect(page.standing).toMatch(reason);
  expect(json).toMatchObject({
    status: 'failed',
    reason: { message: expect.stringMatching(reason) as string },
  });
  for (const [email, sms] of [page.consent?.channels ?? [], json.consentNow]) {
    expect(email).toMatchObject({ wish: 'Apparel21 says yes.', done: 'Subscribed in Klaviyo.' });
    expect(sms).toMatchObject({ done: 'Klaviyo refused it.', why: expect.stringMatching(reason) as string });
  }
  expect(page.attempts.filter(({ outcome }) => outcome === 'Refused')).toHaveLength(1);
});

test('an unsupported number is not tried again by the same file, and again once it is another one', async () => {
  const requests: SeenRequest[] = [];
  await using world = await createWorld({
    klaviyo: { accounts: [AU_ONLY], onRequest: (request) => requests.push(request) },
  });
  const row = { MOBILE: NEW_ZEALANDER, SMS_OPT_IN: 'Y' };
  world.put(DAY('05'), customersCsv(people(1, 1, () => row)));
  await world.sync();
  world.put(DAY('06'), customersCsv(people(1, 1, () => ({ ...row, LAST_UPDATED: '2026-01-01T10:00:00' }))));
  await world.sync();
  const refused = subscribesIn(requests).filter(({ status }) => status === 400);
  world.put(DAY('07'), customersCsv(people(1, 1, () => ({ ...row, MOBILE: AUSTRALIAN }))));

  const { status } = await world.sync();

  expect(refused).toHaveLength(1);
  expect(status.connections[0]?.records.customers).toMatchObject({ total: 1, synced: 1 });
  expect(callsOf(world, AUSTRALIAN)).toEqual(['subscribe sms: subscribed']);
  expect(callsOf(world, 'person1@shop.example')).toEqual(['subscribe email: subscribed']);
  expect((await shown(world, 'customers', '1')).json.reason).toBeNull();
});

test('SMS consent without a usable phone waits for one, and the rest goes', async () => {
  await using world = await createWorld();
  world.put(
    DAY('05'),
    customersCsv(people(2, 1, (id) => ({ MOBILE: id === 1 ? '' : '12', SMS_OPT_IN: 'Y' }))),
  );
  const before = await world.sync();
  const waiting = await shown(world, 'customers', '1');
  const unusable = await shown(world, 'customers', '2');
  world.put(
    DAY('06'),
    customersCsv(people(2, 1, (id) => ({ MOBILE: id === 1 ? AUSTRALIAN : '12', SMS_OPT_IN: 'Y' }))),
  );

  await world.sync();

  expect(before.status.connections[0]?.records.customers).toMatchObject({ total: 2, synced: 2 });
  for (const [, sms] of [
    waiting.page.consent?.channels ?? [],
    waiting.json.consentNow,
    unusable.json.consentNow,
  ]) {
    expect(sms).toMatchObject({ wish: 'Apparel21 says yes.', done: 'Waits for a phone number.' });
  }
  expect(unusable.json.warnings).toMatchObject([{ code: 'bad_phone', column: 'MOBILE' }]);
  expect(unusable.page.payload.beside.map(({ target }) => target)).toContain('phone_number');
  expect(callsOf(world, AUSTRALIAN)).toEqual(['subscribe sms: subscribed']);
  expect(callsOf(world, 'person1@shop.example')).toEqual(['subscribe email: subscribed']);
});

test('in an account without SMS only the SMS wishes fail, with what to do', async () => {
  await using world = await createWorld({ klaviyo: { accounts: [NO_SMS] } });
  world.put(
    DAY('05'),
    customersCsv([
      ...people(2, 1, (id) => ({ MOBILE: `+6140000010${id}`, SMS_OPT_IN: id === 1 ? 'Y' : '' })),
      { PERIDX: '3', EMAIL: '', MOBILE: '+61400000103', SMS_OPT_IN: 'Y' },
    ]),
  );

  const { status } = await world.sync();

  expect(status.connections[0]?.records.customers).toMatchObject({ total: 3, synced: 1, failed: 2 });
  expect(accountOf(world).profiles).toHaveLength(3);
  expect(callsOf(world, 'person1@shop.example')).toEqual(['subscribe email: subscribed']);
  expect(callsOf(world, 'person2@shop.example')).toEqual(['subscribe email: subscribed']);
  for (const key of ['1', '3']) {
    const { page, json } = await shown(world, 'customers', key);
    expect(page.standing).toMatch(/The Klaviyo account has no SMS set up.*Set up SMS in Klaviyo/);
    expect(json.consentNow[1]).toMatchObject({ done: 'Klaviyo refused it.' });
  }
});
