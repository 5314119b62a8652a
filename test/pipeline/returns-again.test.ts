import { afterAll, beforeAll, expect, test } from 'vitest';
import { customersCsv, ordersCsv, people } from '#test/builders/exports.ts';
import { fileShown } from '#test/builders/file-shown.ts';
import { shown } from '#test/builders/shown.ts';
import { createWorld, type World } from '#test/builders/world.ts';

/** Sent orders that come again with other lines, incomplete, wrong, or under other rules: every case is one customer of one shop. */

const FILE = (day: string) => `/pending/au/orders_202601${day}T203000Z.csv`;
const BACK = { QUANTITY: '-1', VALUE: '-100.00' };

/** A line of the order that bears its customer's key. */
function line(order: string, id: string, more: Record<string, string> = {}): Record<string, string> {
  return { ORDER_ID: order, ORDER_NUMBER: `W${order}`, PERIDX: order, LINE_ID: id, ...more };
}

let world: World;

beforeAll(async () => {
  world = await createWorld();
  world.put('/pending/au/customers_20260105T200000Z.csv', customersCsv(people(9)));
  world.put(
    FILE('05'),
    ordersCsv([
      line('1', 'a'),
      ...[line('2', 'a'), line('2', 'r1', BACK)],
      ...[line('3', 'a'), line('3', 'r1', BACK)],
      ...[line('4', '', { SKU_IDX: 's1' }), line('4', '', { SKU_IDX: 's2', ...BACK })],
      ...[line('5', 'a'), line('5', '2', BACK)],
      { ...line('5-3', 'a', BACK), PERIDX: '5' },
      ...[line('6', 'a', { ORDER_NUMBER: 'T1' }), line('7', 'a', { ORDER_NUMBER: 'T1' })],
      { ...line('60', 'a', BACK), PERIDX: '6', ORIGINAL_ORDER_NUMBER: 'T1' },
      ...[line('8', 'a'), line('9', 'a')],
    ]),
  );
  await world.sync();
  const wrong = { ORDER_DATE: 'yesterday' };
  world.put(
    FILE('06'),
    ordersCsv([
      ...[
        line('2', 'a', wrong),
        line('2', 'r1', { ...BACK, ...wrong }),
        line('2', 'r2', { ...BACK, ...wrong }),
      ],
      line('3', 'r2', BACK),
      line('4', '', { SKU_IDX: 's1' }),
      ...[line('4', '', { SKU_IDX: 's3' }), line('4', '', { SKU_IDX: 's2', ...BACK })],
      ...[line('5', 'a'), line('5', '2', BACK), line('5', '3', BACK)],
      { ...line('8', 'a'), PERIDX: '1' },
      ...[line('9', 'a'), line('9', 'r1', BACK)],
    ]),
  );
  await world.sync();
  await world.apply(world.yaml.replace('list: Retail Customers', 'list: VIPs'));
  world.put(
    FILE('07'),
    ordersCsv([
      ...[line('1', 'a'), line('1', 'r1', BACK)],
      ...['2', '3'].flatMap((key) => [line(key, 'a'), line(key, 'r1', BACK), line(key, 'r2', BACK)]),
      line('4', '', { SKU_IDX: 's1' }),
      line('4', '', { SKU_IDX: 's4', ...BACK }),
      ...[line('4', '', { SKU_IDX: 's3' }), line('4', '', { SKU_IDX: 's2', ...BACK })],
    ]),
  );
  await world.sync();
});

afterAll(() => world[Symbol.asyncDispose]());

function eventsOf(person: string): [string, boolean][] {
  const events = world.klaviyo.state().accounts[0]?.events ?? [];
  return events
    .filter(({ profile }) => profile.external_id === person)
    .map(({ unique_id: id, backfill }): [string, boolean] => [id.replace(/^tl-[^-]+-/, ''), backfill])
    .sort();
}

test('a return that comes after somebody changed the configuration is news: its flow starts', async () => {
  expect(eventsOf('1').filter(([id]) => id.endsWith('-1'))).toEqual([
    ['order-1', false],
    ['return-1', false],
  ]);
  expect((await shown(world, 'orders', '1')).json).toMatchObject({ history: false, changedAfterSend: false });
  // Orders 1, 2 and 4.
  expect((await fileShown(world, FILE('07'))).json).toMatchObject({ balanced: true, flowEvents: 3 });
});

test('a return that was sent is not called a change that was not sent', async () => {
  const { json, page } = await shown(world, 'orders', '9');
  expect(eventsOf('9')).toEqual([
    ['order-9', false],
    ['return-9', false],
  ]);
  expect([json.remarks, page.remarks, json.changedAfterSend]).toEqual([[], [], false]);
});

test('a return in rows that could not be read goes once they can', () => {
  expect(eventsOf('2')).toEqual([
    ['later-return-2-r2', false],
    ['order-2', false],
    ['return-2', false],
  ]);
});

test('lines that a file leaves out and a later one brings again are not returned twice', () => {
  expect(eventsOf('3')).toEqual([
    ['later-return-3-r2', false],
    ['order-3', false],
    ['return-3', false],
  ]);
});

test('returned lines without an id that move within their order are not returned twice, and a new one goes', () => {
  const returns = (world.klaviyo.state().accounts[0]?.events ?? []).filter(
    ({ profile, metric }) => profile.external_id === '4' && metric === 'In-Store Return',
  );
  expect(
    returns.map(({ properties }) => (properties.Items as { SKU: string }[]).map(({ SKU }) => SKU)),
  ).toEqual([['s2'], ['s4']]);
});

test('a later return never has the id of the first return of another order', () => {
  expect(eventsOf('5')).toEqual([
    ['later-return-5-3', false],
    ['order-5', false],
    ['return-5', false],
    ['return-5-3', false],
  ]);
  expect(world.klaviyo.state().accounts[0]?.duplicateEvents).toBe(0);
});

test("of two orders with one number only the customer's own is said to have come back", async () => {
  const [own, other] = [await shown(world, 'orders', '6'), await shown(world, 'orders', '7')];
  expect(own.json.remarks).toEqual(['Lines of it came back with order W60.']);
  expect((await shown(world, 'orders', '60')).page.original?.id).toBe(own.page.id);
  expect([other.json.remarks, other.page.returns]).toEqual([[], []]);
});

test('a sent order that a later file gives to somebody else is called changed', async () => {
  const { json, page } = await shown(world, 'orders', '8');
  expect(eventsOf('8')).toEqual([['order-8', false]]);
  expect(json).toMatchObject({ status: 'synced', changedAfterSend: true });
  expect(page.remarks[0]).toMatch(/changed this after it was sent/);
});

test('the test lane shows of a sent order only the events that would be sent', async () => {
  const file = '/test/au/orders_20260108T203000Z.csv';
  world.put(
    file,
    ordersCsv([line('9', 'a', { VALUE: '90.00' }), line('9', 'r1', BACK), line('9', 'r2', BACK)]),
  );

  await world.sync();

  const { json, page } = await fileShown(world, file);
  const events = page.preview?.find(({ id }) => id === 'events');
  expect([json.flowEvents, events?.count, events?.items.length]).toEqual([1, 1, 1]);
  expect(events?.items[0]?.title).toContain('In-Store Return');
});
