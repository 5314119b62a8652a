import { afterAll, beforeAll, expect, test } from 'vitest';
import { customersCsv, ordersCsv, people } from '#test/builders/exports.ts';
import { fileShown } from '#test/builders/file-shown.ts';
import { shown } from '#test/builders/shown.ts';
import { createWorld, type World } from '#test/builders/world.ts';

/** What comes back: every case is one customer of one shop, over three days. */

const FILE = (day: string) => `/pending/au/orders_202601${day}T203000Z.csv`;
const SALE = { QUANTITY: '1', VALUE: '100.00' };
const BACK = { QUANTITY: '-1', VALUE: '-100.00' };

const BROUGHT_BACK = { ORDER_ID: '10', ORDER_NUMBER: 'W10', PERIDX: '1' };
const GROWING = { ORDER_ID: '20', ORDER_NUMBER: 'W20', PERIDX: '2' };
const EXCHANGE = { ORDER_ID: '30', ORDER_NUMBER: 'W30', PERIDX: '3' };

let world: World;

beforeAll(async () => {
  world = await createWorld({ connection: '    itemEvents: true' });
  world.put('/pending/au/customers_20260105T200000Z.csv', customersCsv(people(5)));
  world.put(
    FILE('05'),
    ordersCsv([
      { ...BROUGHT_BACK, ...SALE, LINE_ID: 'a' },
      { ...BROUGHT_BACK, ...SALE, LINE_ID: 'b' },
      { ...GROWING, ...SALE, LINE_ID: 'a' },
      { ...GROWING, ...SALE, LINE_ID: 'b' },
      { ...GROWING, ...SALE, LINE_ID: 'c' },
      { ...EXCHANGE, LINE_ID: 'a', QUANTITY: '1', VALUE: '120.00' },
      { ...EXCHANGE, LINE_ID: 'b', QUANTITY: '-1', VALUE: '-80.00' },
      { ORDER_ID: '40', PERIDX: '4', ORIGINAL_ORDER_NUMBER: 'LOST1', ...BACK },
    ]),
  );
  await world.sync();
  const growing = ['a', 'b', 'c'].map((id) => ({ ...GROWING, ...SALE, LINE_ID: id }));
  world.put(
    FILE('06'),
    ordersCsv([
      {
        ...{ ORDER_ID: '11', ORDER_NUMBER: 'R11', PERIDX: '1', ORIGINAL_ORDER_NUMBER: 'W10' },
        ...{ ...BACK, RETURN_REASON: 'Too small' },
      },
      ...growing,
      { ...GROWING, ...BACK, LINE_ID: 'a-back' },
    ]),
  );
  await world.sync();
  world.put(
    FILE('07'),
    ordersCsv([
      { ORDER_ID: '12', ORDER_NUMBER: 'R12', PERIDX: '1', ORIGINAL_ORDER_NUMBER: 'W10', ...BACK },
      ...growing,
      { ...GROWING, ...BACK, LINE_ID: 'a-back' },
      { ...GROWING, ...BACK, LINE_ID: 'b-back', VALUE: '-60.00' },
      { ...GROWING, ...BACK, LINE_ID: 'c,back', VALUE: '-40.00' },
    ]),
  );
  await world.sync();
});

afterAll(() => world[Symbol.asyncDispose]());

/** Sales and returns of a person as Klaviyo has them. */
function eventsOf(person: string) {
  const events = world.klaviyo.state().accounts[0]?.events ?? [];
  return events
    .filter(({ profile, metric }) => profile.external_id === person && metric !== 'In-Store Ordered Product')
    .map(({ metric, value, unique_id: id }) => ({ metric, value, id: id.replace(/^tl-[^-]+-/, '') }));
}

test('two returns of one order are events of their own, matched to it by its number, both ways', async () => {
  expect(eventsOf('1')).toEqual([
    { metric: 'In-Store Order', value: 200, id: 'order-10' },
    { metric: 'In-Store Return', value: 100, id: 'return-11' },
    { metric: 'In-Store Return', value: 100, id: 'return-12' },
  ]);
  const events = world.klaviyo.state().accounts[0]?.events ?? [];
  expect(events.find(({ unique_id: id }) => id.endsWith('return-11'))?.properties).toMatchObject({
    'Original Order Number': 'W10',
    'Return Reason': 'Too small',
  });
  const sale = await shown(world, 'orders', '10');
  expect(sale.json.returns).toEqual(['R11', 'R12']);
  expect(sale.json.remarks).toEqual(['Lines of it came back with orders R11, R12.']);
  expect(sale.page.remarks).toEqual(sale.json.remarks);
  expect(sale.page.returns.map(({ words, status }) => [words, status])).toEqual([
    ['Order R11', 'synced'],
    ['Order R12', 'synced'],
  ]);
  const back = await shown(world, 'orders', '11');
  expect(back.json).toMatchObject({ returnOf: 'W10', remarks: ['It is a return of order W10.'] });
  expect(back.page.original).toMatchObject({ id: sale.page.id, words: 'Order W10' });
});

test('a return whose order no file has brought goes, and its page says so', async () => {
  expect(eventsOf('4')).toEqual([{ metric: 'In-Store Return', value: 100, id: 'return-40' }]);
  const { json, page } = await shown(world, 'orders', '40');
  expect(json).toMatchObject({ status: 'synced', returnOf: 'LOST1' });
  expect(page.remarks).toEqual(['It is a return of order LOST1, which no file has brought.']);
  expect(page.original).toBeNull();
});

test('lines of one order that come back on two days are two returns with stable ids, and nothing goes twice', async () => {
  expect(eventsOf('2')).toEqual([
    { metric: 'In-Store Order', value: 300, id: 'order-20' },
    { metric: 'In-Store Return', value: 100, id: 'return-20' },
    { metric: 'In-Store Return', value: 100, id: 'later-return-20-b-back,c%2Cback' },
  ]);
  expect((await fileShown(world, FILE('06'))).json.flowEvents).toBe(2);
  expect((await fileShown(world, FILE('07'))).json.flowEvents).toBe(2);
  const { page, json } = await shown(world, 'orders', '20');
  expect(json.status).toBe('synced');
  expect(page.payload.isExact).toBe(true);
  expect(page.payload.whys['/attributes/events/data/2/attributes/value']?.cells).toEqual([
    { column: 'VALUE', value: '-60.00' },
    { column: 'VALUE', value: '-40.00' },
  ]);
  expect(world.klaviyo.state().accounts[0]?.duplicateEvents).toBe(0);
});

test('an order with later returns that comes again, also under other rules, sends nothing new', async () => {
  const before = eventsOf('2');
  await world.apply(world.yaml.replace('itemEvents: true', 'itemEvents: true\n    passThrough: true'));
  const growing = ['a', 'b', 'c'].map((id) => ({ ...GROWING, ...SALE, LINE_ID: id }));
  world.put(
    FILE('08'),
    ordersCsv([
      ...growing,
      { ...GROWING, ...BACK, LINE_ID: 'a-back', STAFF_NAME: 'Alex' },
      { ...GROWING, ...BACK, LINE_ID: 'b-back', VALUE: '-60.00' },
      { ...GROWING, ...BACK, LINE_ID: 'c,back', VALUE: '-40.00' },
    ]),
  );

  await world.sync();

  expect(eventsOf('2')).toEqual(before);
  expect((await fileShown(world, FILE('08'))).json).toMatchObject({ balanced: true, flowEvents: 0 });
  const { json, page } = await shown(world, 'orders', '20');
  expect(json).toMatchObject({ status: 'synced', changedAfterSend: true });
  expect(page.remarks).toEqual(json.remarks);
  expect(json.remarks[0]).toMatch(
    /^A later file, mapping or time zone changed this after it was sent\. Klaviyo keeps the first event/,
  );
});

test('an exchange is a sale of what was taken and a return of what came back; only what was sold has item events', async () => {
  expect(eventsOf('3')).toEqual([
    { metric: 'In-Store Order', value: 120, id: 'order-30' },
    { metric: 'In-Store Return', value: 80, id: 'return-30' },
  ]);
  const items = (world.klaviyo.state().accounts[0]?.events ?? []).filter(
    ({ metric, profile }) => metric === 'In-Store Ordered Product' && profile.external_id === '3',
  );
  expect(items.map(({ value, unique_id: id }) => [value, id.replace(/^tl-[^-]+-/, '')])).toEqual([
    [120, 'item-30-a'],
  ]);
  const { json, page } = await shown(world, 'orders', '30');
  expect(json.attempts).toMatchObject([{ outcome: 'done' }]);
  expect(page.standing).toMatch(/^Klaviyo has it since/);
  expect(JSON.stringify(page.payload.wire)).toContain('"In-Store Return"');
});
