import { expect, test } from 'vitest';
import { customersCsv, ordersCsv, people, rewardsCsv } from '#test/builders/exports.ts';
import { createWorld } from '#test/builders/world.ts';

const NOTHING: Record<string, string> = {};

function byKey(a: { external_id: string | null }, b: { external_id: string | null }): number {
  return String(a.external_id).localeCompare(String(b.external_id));
}

test('customers, orders and rewards become profiles, consent, a list and events', async () => {
  await using world = await createWorld();
  world.put(
    '/pending/au/customers_20260105T200000Z.csv',
    customersCsv(people(3, 1, (id) => ({ PRIVACY: id === 3 ? 'Yes' : 'No' }))),
  );
  world.put(
    '/pending/au/orders_20260105T203000Z.csv',
    ordersCsv([{ ORDER_ID: '900', ORDER_NUMBER: 'A900', PERIDX: '1' }]),
  );
  world.put('/pending/au/rewards_20260105T210000Z.csv', rewardsCsv([{ REWARD_ID: 'R1', PERIDX: '2' }]));

  const { status, passes } = await world.sync();

  expect(passes.flatMap((pass) => pass.problems)).toEqual([]);
  const [connection] = status.connections;
  expect(connection?.files.map((file) => [file.name, file.status, file.balanced, file.rows.created])).toEqual(
    [
      ['customers_20260105T200000Z.csv', 'archived', true, 3],
      ['orders_20260105T203000Z.csv', 'archived', true, 1],
      ['rewards_20260105T210000Z.csv', 'archived', true, 1],
    ],
  );
  expect(connection?.records.customers).toMatchObject({ total: 3, synced: 3 });
  expect(connection?.records.orders).toMatchObject({ total: 1, synced: 1 });
  const [account] = world.klaviyo.state().accounts;
  expect(
    account?.profiles
      .toSorted(byKey)
      .map((profile) => [profile.external_id, profile.email, profile.consent.email.consent, profile.lists]),
  ).toEqual([
    ['1', 'person1@shop.example', 'SUBSCRIBED', ['Retail Customers']],
    ['2', 'person2@shop.example', 'SUBSCRIBED', ['Retail Customers']],
    ['3', 'person3@shop.example', 'UNSUBSCRIBED', ['Retail Customers']],
  ]);
  expect(
    account?.events.map((event) => [
      event.metric,
      event.profile.external_id,
      event.value,
      event.value_currency,
    ]),
  ).toEqual([
    ['In-Store Order', '1', 100, 'AUD'],
    ['Points Earned', '2', null, null],
  ]);
});

test('a second pass over nothing new sends nothing', async () => {
  await using world = await createWorld();
  world.put('/pending/au/customers_20260105T200000Z.csv', customersCsv(people(3)));
  await world.sync();
  const before = world.klaviyo.account().received;

  const { passes } = await world.sync();

  expect(passes[0]?.requests).toEqual({
    profileImport: 0,
    events: 0,
    subscribe: 0,
    unsubscribe: 0,
    reads: 0,
  });
  expect(world.klaviyo.account().received).toEqual(before);
});

test("the next day's full export sends only the rows that changed", async () => {
  await using world = await createWorld();
  world.put('/pending/au/customers_20260105T200000Z.csv', customersCsv(people(50)));
  await world.sync();
  world.put(
    '/pending/au/customers_20260106T200000Z.csv',
    customersCsv(
      people(50, 1, (id) => (id === 7 ? { CITY: 'Perth', LAST_UPDATED: '2026-01-06T08:00:00' } : NOTHING)),
    ),
  );

  const { passes, status } = await world.sync();

  expect(passes[0]?.sent).toMatchObject({ profiles: 1, subscribes: 0, events: 0 });
  expect(status.connections[0]?.files.at(-1)?.rows).toMatchObject({ read: 50, changed: 1, unchanged: 49 });
});

test('orders that arrive before their customer wait, and go when the customer arrives', async () => {
  await using world = await createWorld();
  world.put('/pending/au/orders_20260105T203000Z.csv', ordersCsv([{ ORDER_ID: '900', PERIDX: '1' }]));
  const early = await world.sync();
  world.put('/pending/au/customers_20260106T200000Z.csv', customersCsv(people(1)));

  const late = await world.sync();

  expect(early.status.connections[0]?.records.orders).toMatchObject({ total: 1, waiting: 1 });
  expect(late.status.connections[0]?.records.orders).toMatchObject({ total: 1, synced: 1 });
  expect(world.klaviyo.state().accounts[0]?.events).toHaveLength(1);
});
