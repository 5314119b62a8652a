import { expect, test } from 'vitest';
import { customersCsv, ordersCsv, people } from '#test/builders/exports.ts';
import { accountOf, askKlaviyo, callsOf, inKlaviyo, profileOf } from '#test/builders/people-in-klaviyo.ts';
import { shown } from '#test/builders/shown.ts';
import { createWorld, type World } from '#test/builders/world.ts';

/** Lists: made when missing, followed when renamed, and nobody but their members waits when Klaviyo gives none. */

const DAY = (day: string) => `/pending/au/customers_202601${day}T200000Z.csv`;
const STORES = ['Sydney', 'Perth', 'Hobart'];
const BY_STORE = `translations:
  stores: { whenMissing: keep, entries: {} }
mappings:
  - scope: customer
    target: list
    rules: [{ template: '{{ STORE_CODE | translate: "stores" }} Retail Customers' }]
  - scope: customer
    target: consent.email
    rules: [{ when: { column: PRIVACY, is: equals, value: 'No' }, template: 'yes' }]
`;
const nameOf = (store: string) => `${store} Retail Customers`;

/** Person 1 shops in Sydney, 2 in Perth, 3 in Hobart, and so on in turn. */
function shoppers(count: number, more: (id: number) => Record<string, string> = () => ({})) {
  return people(count, 1, (id) => ({ STORE_CODE: STORES[(id - 1) % STORES.length] ?? '', ...more(id) }));
}

function listNames(world: World): string[] {
  return accountOf(world)
    .lists.map(({ name }) => name)
    .sort();
}

test('the list of the connection is made when it is missing, and who has no opinion is on it without being subscribed', async () => {
  await using world = await createWorld();
  world.put(DAY('05'), customersCsv(people(2, 1, (id) => ({ PRIVACY: id === 1 ? '' : 'No' }))));

  await world.sync();

  expect(listNames(world)).toEqual(['Retail Customers']);
  expect(profileOf(world, 'person1@shop.example')).toMatchObject({
    lists: ['Retail Customers'],
    consent: { email: { consent: 'NEVER_SUBSCRIBED' } },
  });
  expect(callsOf(world, 'person1@shop.example')).toEqual([]);
  const { page, json } = await shown(world, 'customers', '1');
  expect(page.attempts[0]).toMatchObject({
    what: 'Profile import into the list Retail Customers',
    outcome: 'Done',
  });
  for (const [email] of [page.consent?.channels ?? [], json.consentNow]) {
    expect(email).toMatchObject({ wish: 'Apparel21 says nothing.', done: 'Klaviyo was left as it is.' });
  }
});

test('a mapping may name a list for each store; who changes store joins the new one and stays on the old', async () => {
  await using world = await createWorld({ extra: BY_STORE });
  world.put(DAY('05'), customersCsv(shoppers(6)));
  await world.sync();
  world.put(
    DAY('06'),
    customersCsv(shoppers(6, (id) => (id === 1 ? { STORE_CODE: 'Perth' } : ({} as Record<string, string>)))),
  );

  const { status } = await world.sync();

  expect(status.connections[0]?.records.customers).toMatchObject({ total: 6, synced: 6 });
  expect(listNames(world)).toEqual(STORES.map(nameOf).sort());
  expect(profileOf(world, 'person1@shop.example').lists.sort()).toEqual([nameOf('Perth'), nameOf('Sydney')]);
  expect(profileOf(world, 'person4@shop.example').lists).toEqual([nameOf('Sydney')]);
  const { page, json } = await shown(world, 'customers', '1');
  expect(page.attempts[0]?.what).toBe(`Profile import into the list ${nameOf('Perth')}`);
  expect(json).toMatchObject({ status: 'synced', payload: { list: nameOf('Perth') } });
  expect(callsOf(world, 'person1@shop.example')).toEqual(['subscribe email: subscribed']);
});

test('a list that was renamed in Klaviyo is still the list of the connection', async () => {
  await using world = await createWorld();
  world.put(DAY('05'), customersCsv(people(1)));
  await world.sync();
  const [list] = world.klaviyo.account().lists.values();
  Object.assign(list ?? {}, { name: 'Shoppers' });
  world.put(DAY('06'), customersCsv(people(2)));

  await world.sync();

  expect(listNames(world)).toEqual(['Shoppers']);
  expect(profileOf(world, 'person2@shop.example').lists).toEqual(['Shoppers']);
  expect((await shown(world, 'customers', '2')).json).toMatchObject({ status: 'synced', reason: null });
});

test('blanks that a cell brings into a list name make no second list', async () => {
  await using world = await createWorld({ extra: BY_STORE });
  const padded = ['Sydney', ' Sydney', 'Sydney  ', ''];
  world.put(DAY('05'), customersCsv(people(4, 1, (id) => ({ STORE_CODE: padded[id - 1] ?? '' }))));

  await world.sync();

  expect(listNames(world)).toEqual(['Retail Customers', nameOf('Sydney')]);
});

test('a list that was deleted in Klaviyo is made again for who joins it then', async () => {
  await using world = await createWorld();
  world.put(DAY('05'), customersCsv(people(1)));
  await world.sync();
  world.klaviyo.account().lists.clear();
  world.put(DAY('06'), customersCsv(people(2)));

  const { status } = await world.sync();

  expect(status.connections[0]?.records.customers).toMatchObject({ total: 2, synced: 2, failed: 0 });
  expect(listNames(world)).toEqual(['Retail Customers']);
  expect(profileOf(world, 'person2@shop.example')).toMatchObject({
    lists: ['Retail Customers'],
    consent: { email: { consent: 'SUBSCRIBED' } },
  });
  expect((await shown(world, 'customers', '2')).page.standing).toMatch(/^Klaviyo has it since/);
});

test('who needs a list beyond those of the day waits for it alone: profile, consent and orders go, the list the next day', async () => {
  let dayLater = 0;
  await using world = await createWorld({
    extra: BY_STORE,
    klaviyo: {
      limits: 'real',
      clock: () => Date.now() + dayLater,
      accounts: [{ id: 'AU1', keys: [{ key: 'pk_local' }], listsPerDay: 4 }],
    },
  });
  for (const name of ['Campaign A', 'Campaign B']) {
    await askKlaviyo(world, 'lists', { type: 'list', attributes: { name } });
  }
  world.put(DAY('05'), customersCsv(shoppers(6)));
  world.put(
    '/pending/au/orders_20260105T203000Z.csv',
    ordersCsv(people(6).map(({ PERIDX = '' }) => ({ ORDER_ID: PERIDX, PERIDX, LINE_ID: PERIDX }))),
  );
  const { status, passes } = await world.sync();
  const made = listNames(world);
  const late = STORES.map(nameOf).filter((name) => !made.includes(name));
  const key = String(STORES.map(nameOf).indexOf(late[0] ?? '') + 1);
  const waiting = await shown(world, 'customers', key);
  const again = await world.sync();
  // The next day, at Klaviyo and for us.
  dayLater = 86_400_000;
  await world.ctx.db.sql(`UPDATE customer SET next_attempt_at = next_attempt_at - interval '1 day'`);
  await world.ctx.db.sql(`DELETE FROM klaviyo_budget`);

  const next = await world.sync();

  expect(passes[0]?.problems).toEqual([]);
  expect(late).toHaveLength(1);
  expect(status.connections[0]?.records).toMatchObject({
    customers: { total: 6, synced: 4, pending: 2 },
    orders: { total: 6, synced: 6 },
  });
  expect(again.passes[0]?.requests.profileImport).toBe(0);
  const words = `Not on the list "${late[0]}" yet: Klaviyo lets an account create only so many lists a day (150), and today's are used up. It is created when Klaviyo allows it; to have it sooner, create it in Klaviyo and press Sync now.`;
  expect(waiting.page.standing).toMatch(
    new RegExp(`^${words.replaceAll(/[().]/g, '\\$&')} Is tried again at `),
  );
  expect(waiting.json).toMatchObject({ status: 'pending', reason: { code: 'list_quota', message: words } });
  expect(waiting.json.consentNow[0]).toMatchObject({ done: 'Klaviyo was asked to subscribe the person.' });
  expect(status.alerts.map(({ code, message }) => [code, message])).toEqual([
    ['klaviyo_list', `Some customers of "Klaviyo AU" are not on their list. ${words}`],
  ]);
  expect(next.status.connections[0]?.records.customers).toMatchObject({ total: 6, synced: 6 });
  expect(next.status.alerts).toEqual([]);
  expect(listNames(world)).toEqual(['Campaign A', 'Campaign B', ...STORES.map(nameOf).sort()]);
  expect(accountOf(world).profiles.map(({ lists }) => lists.length)).toEqual(Array(6).fill(1));
  expect(accountOf(world).consentCalls).toHaveLength(6);
  expect(accountOf(world).events).toHaveLength(6);
});

test('an account that is full of lists says which are to go; the profile is there, and joins once there is room', async () => {
  await using world = await createWorld({
    klaviyo: { accounts: [{ id: 'AU1', keys: [{ key: 'pk_local' }], mostLists: 1 }] },
  });
  await askKlaviyo(world, 'lists', { type: 'list', attributes: { name: 'Old campaign' } });
  world.put(DAY('05'), customersCsv(people(2)));
  const { status } = await world.sync();
  const waiting = await shown(world, 'customers', '1');
  const before = accountOf(world).profiles.map(({ lists, consent }) => [lists, consent.email.consent]);
  world.klaviyo.account().lists.clear();
  await world.ctx.db.sql(`UPDATE customer SET next_attempt_at = now()`);

  const next = await world.sync();

  expect(status.connections[0]?.records.customers).toMatchObject({ total: 2, pending: 2 });
  expect(before).toEqual([
    [[], 'SUBSCRIBED'],
    [[], 'SUBSCRIBED'],
  ]);
  const words =
    /Not on the list "Retail Customers" yet: Klaviyo would not create it\. The account has as many lists as Klaviyo allows \(1,000\)\. Delete lists in Klaviyo that nobody uses/;
  expect(waiting.page.standing).toMatch(words);
  expect(waiting.json.reason).toMatchObject({
    code: 'list_refused',
    message: expect.stringMatching(words) as string,
  });
  expect(next.status.connections[0]?.records.customers).toMatchObject({ synced: 2 });
  expect(accountOf(world).profiles.map(({ lists }) => lists)).toEqual([
    ['Retail Customers'],
    ['Retail Customers'],
  ]);
  expect(accountOf(world).consentCalls).toHaveLength(2);
});

test('who was taken off a list in Klaviyo is not put on it again by the next file', async () => {
  await using world = await createWorld();
  world.put(DAY('05'), customersCsv(people(1)));
  await world.sync();
  const [list] = world.klaviyo.account().lists.values();
  list?.members.clear();
  await inKlaviyo(world, 'settle');
  world.put(DAY('06'), customersCsv(people(1, 1, () => ({ CITY: 'Hobart' }))));

  await world.sync();

  expect(profileOf(world, 'person1@shop.example')).toMatchObject({ lists: [], location: { city: 'Hobart' } });
  expect((await shown(world, 'customers', '1')).page.attempts[0]?.what).toBe('Profile import');
});
