import { expect, test } from 'vitest';
import { customersCsv, ordersCsv } from '#test/builders/exports.ts';
import { shown } from '#test/builders/shown.ts';
import { createWorld, type World } from '#test/builders/world.ts';

/** Templates of orders and items that look at the order's customer: `{{ customer.CITY }}`. */

const MAPPINGS = `mappings:
  - { scope: customer, target: properties.Town, rules: [{ template: '{{ CITY }}' }] }
  - { scope: order, target: properties.Customer City, rules: [{ template: '{{ customer.CITY | upcase }}' }] }
  - { scope: order, target: skip, description: Orders of staff, rules: [{ template: '{{ customer["Is Staff"] }}' }] }
  - { scope: item, target: properties.Sold In, rules: [{ template: '{{ customer.CITY }}' }] }
`;
const PERSON = { PERIDX: '1', EMAIL: 'anna@shop.example', CITY: 'Perth', 'Is Staff': '' };
const CUSTOMERS = '/pending/au/customers_20260105T200000Z.csv';
const ORDERS = '/pending/au/orders_20260105T203000Z.csv';

function eventsOf(world: World) {
  return (world.klaviyo.state().accounts[0]?.events ?? []).map(({ metric, properties }) => {
    const [item] = properties.Items as Record<string, unknown>[];
    return { metric, city: properties['Customer City'], soldIn: item?.['Sold In'] };
  });
}

const SENT = [{ metric: 'In-Store Order', city: 'PERTH', soldIn: 'Perth' }];

test('an order and its items have what their templates take from the customer', async () => {
  await using world = await createWorld({ extra: MAPPINGS });
  world.put(CUSTOMERS, customersCsv([PERSON]));
  world.put(ORDERS, ordersCsv([{ ORDER_ID: 'O1', PERIDX: '1' }]));

  await world.sync();

  const { page } = await shown(world, 'orders', 'O1');
  expect(eventsOf(world)).toEqual(SENT);
  expect(page.payload).toMatchObject({ isExact: true, today: [] });
});

test('an order that comes before its customer has it once the customer has arrived', async () => {
  await using world = await createWorld({ extra: MAPPINGS });
  world.put(ORDERS, ordersCsv([{ ORDER_ID: 'O1', PERIDX: '1' }]));
  const { status } = await world.sync();
  world.put(CUSTOMERS, customersCsv([PERSON]));

  await world.sync();

  expect(status.connections[0]?.records.orders).toMatchObject({ waiting: 1 });
  expect(eventsOf(world)).toEqual(SENT);
  expect((await shown(world, 'orders', 'O1')).json.status).toBe('synced');
});

test('a skip rule that looks at the customer leaves the order out, also when the customer comes later', async () => {
  await using world = await createWorld({ extra: MAPPINGS });
  const staff = { ...PERSON, PERIDX: '2', EMAIL: 'kim@shop.example', 'Is Staff': 'Yes' };
  world.put(ORDERS, ordersCsv([{ ORDER_ID: 'O2', PERIDX: '2' }]));
  await world.sync();
  world.put(CUSTOMERS, customersCsv([PERSON, staff]));
  world.put(
    '/pending/au/orders_20260106T203000Z.csv',
    ordersCsv([
      { ORDER_ID: 'O3', PERIDX: '2' },
      { ORDER_ID: 'O1', PERIDX: '1' },
    ]),
  );

  const { status } = await world.sync();

  expect(eventsOf(world)).toEqual(SENT);
  expect(status.connections[0]?.records.orders).toMatchObject({ total: 3, synced: 1, skipped: 2 });
  for (const key of ['O2', 'O3']) {
    const { json } = await shown(world, 'orders', key);
    expect(json).toMatchObject({
      status: 'skipped',
      reason: { message: 'Left out by the rule "Orders of staff".' },
    });
  }
});

test('a customer who moves changes the next order, and nothing about the one that was read', async () => {
  await using world = await createWorld({ extra: MAPPINGS });
  world.put(CUSTOMERS, customersCsv([PERSON]));
  world.put(ORDERS, ordersCsv([{ ORDER_ID: 'O1', PERIDX: '1' }]));
  await world.sync();
  world.put('/pending/au/customers_20260106T200000Z.csv', customersCsv([{ ...PERSON, CITY: 'Hobart' }]));
  world.put(
    '/pending/au/orders_20260106T203000Z.csv',
    ordersCsv([
      { ORDER_ID: 'O1', PERIDX: '1' },
      { ORDER_ID: 'O9', PERIDX: '1' },
    ]),
  );

  const { status } = await world.sync();

  expect(status.connections[0]?.files.at(-1)?.rows).toMatchObject({ unchanged: 1, created: 1 });
  expect(eventsOf(world)).toEqual([...SENT, { metric: 'In-Store Order', city: 'HOBART', soldIn: 'Hobart' }]);
  expect((await shown(world, 'orders', 'O1')).json.changedAfterSend).toBe(false);
});

test('a skip rule about the customer leaves nothing out while the customer is not known', async () => {
  const membersOnly = `mappings:
  - { scope: customer, target: properties.Town, rules: [{ template: '{{ CITY }}' }] }
  - { scope: order, target: skip, description: Members only, rules: [{ template: '{% if customer.LOYALTY_CODE == blank %}yes{% endif %}' }] }
`;
  await using world = await createWorld({ extra: membersOnly });
  const others = { PERIDX: '2', EMAIL: 'kim@shop.example' };
  world.put(
    ORDERS,
    ordersCsv([
      { ORDER_ID: 'O1', PERIDX: '1' },
      { ORDER_ID: 'O2', PERIDX: '2' },
    ]),
  );
  await world.sync();
  const before = await shown(world, 'orders', 'O1');
  world.put(CUSTOMERS, customersCsv([{ ...PERSON, LOYALTY_CODE: 'L1' }, others]));

  await world.sync();

  expect(before.json).toMatchObject({ status: 'waiting', reason: { code: 'customer_missing' } });
  expect(world.klaviyo.state().accounts[0]?.events.map(({ profile }) => profile.external_id)).toEqual(['1']);
  expect((await shown(world, 'orders', 'O1')).json.status).toBe('synced');
  const { json, page } = await shown(world, 'orders', 'O2');
  expect(json).toMatchObject({
    status: 'skipped',
    reason: { message: 'Left out by the rule "Members only".' },
  });
  expect(page.standing).toContain('Members only');
});
