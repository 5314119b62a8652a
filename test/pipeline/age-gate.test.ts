import { expect, test } from 'vitest';
import { customersCsv, people } from '#test/builders/exports.ts';
import { accountOf, callsOf, subscribesIn } from '#test/builders/people-in-klaviyo.ts';
import { shown } from '#test/builders/shown.ts';
import { createWorld } from '#test/builders/world.ts';
import type { SeenRequest } from '#workers/local/klaviyo/server.ts';

/** Accounts with an age gate want a date of birth with SMS consent; no other account is told one there. */

const DAY = (day: string) => `/pending/au/customers_202601${day}T200000Z.csv`;
const GATED = { id: 'AU1', keys: [{ key: 'pk_local' }], ageGated: true, minimumAge: 18 };
const phoneOf = (id: number) => `+6140000010${id}`;

/** 1 is known to be grown up, of 2 nobody knows, 3 is a child. */
const births = ['12/05/1980', '', '01/02/2020'];
const rows = people(3, 1, (id) => ({ MOBILE: phoneOf(id), SMS_OPT_IN: 'Y', DOB: births[id - 1] ?? '' }));

test('the date of birth goes along where the account asks for it; unknown and too young costs their SMS only', async () => {
  const requests: SeenRequest[] = [];
  await using world = await createWorld({
    klaviyo: { accounts: [GATED], onRequest: (request) => requests.push(request) },
  });
  world.put(DAY('05'), customersCsv(rows));

  const { status } = await world.sync();

  expect(status.connections[0]?.records.customers).toMatchObject({ total: 3, synced: 1, failed: 2 });
  expect(callsOf(world, phoneOf(1))).toEqual(['subscribe sms: subscribed']);
  expect([...callsOf(world, phoneOf(2)), ...callsOf(world, phoneOf(3))]).toEqual([]);
  expect(accountOf(world).profiles.map(({ consent }) => consent.email.consent)).toEqual(
    Array(3).fill('SUBSCRIBED'),
  );
  const sent = subscribesIn(requests).flatMap(({ body }) => body.data.attributes.profiles.data);
  const told = sent.filter(({ attributes }) => attributes.age_gated_date_of_birth !== undefined);
  expect(new Set(told.map(({ attributes }) => attributes.age_gated_date_of_birth))).toEqual(
    new Set(['1980-05-12', '2020-02-01']),
  );
  const unknown = await shown(world, 'customers', '2');
  expect(unknown.page.standing).toMatch(/asks for a date of birth.*Apparel21 gives none.*Fill it in/);
  expect(unknown.json.consentNow).toMatchObject([
    { done: 'Subscribed in Klaviyo.' },
    { done: 'Klaviyo refused it.', why: unknown.page.standing },
  ]);
  const child = await shown(world, 'customers', '3');
  expect(child.page.standing).toMatch(/too young for SMS.*Check the date of birth/);
  expect(child.json.reason).toMatchObject({ message: child.page.standing, part: 'consent.sms' });
});

test('a date of birth that comes later lets the SMS consent go', async () => {
  await using world = await createWorld({ klaviyo: { accounts: [GATED] } });
  world.put(DAY('05'), customersCsv(rows));
  await world.sync();
  world.put(DAY('06'), customersCsv(rows.map((row) => ({ ...row, DOB: row.DOB || '03/04/1990' }))));

  const { status } = await world.sync();

  expect(status.connections[0]?.records.customers).toMatchObject({ synced: 2, failed: 1 });
  expect(callsOf(world, phoneOf(2))).toEqual(['subscribe sms: subscribed']);
  expect(callsOf(world, 'person2@shop.example')).toEqual(['subscribe email: subscribed']);
  expect((await shown(world, 'customers', '2')).page.consent?.channels[1]).toMatchObject({
    done: 'Subscribed in Klaviyo.',
  });
});

test('an account without an age gate is told no date of birth with consent', async () => {
  const requests: SeenRequest[] = [];
  await using world = await createWorld({ klaviyo: { onRequest: (request) => requests.push(request) } });
  world.put(DAY('05'), customersCsv(rows));

  const { status } = await world.sync();

  expect(status.connections[0]?.records.customers).toMatchObject({ synced: 3 });
  expect(JSON.stringify(subscribesIn(requests))).not.toContain('age_gated');
});
