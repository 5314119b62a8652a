import { readFileSync } from 'node:fs';
import path from 'node:path';
import Papa from 'papaparse';
import { expect, test } from 'vitest';
import { changeRecords } from '#app/services/change-records.server.ts';
import { startBulkFiles } from '#app/services/decide-file.server.ts';
import { startRemap } from '#app/services/start-remap.server.ts';
import { runTask } from '#app/services/tasks/run-task.server.ts';
import { connectionOf, fileShown } from '#test/builders/file-shown.ts';
import { customersCsv, ordersCsv, people } from '#test/builders/exports.ts';
import { shown } from '#test/builders/shown.ts';
import { createWorld, type World } from '#test/builders/world.ts';
import { generateExports } from '#workers/local/generate/index.ts';

const CUSTOMERS = '/pending/au/customers_20260105T200000Z.csv';
const ORDERS = (day: string) => `/pending/au/orders_202601${day}T203000Z.csv`;

const HISTORY_ORDERS = 20_000;

function accountOf(world: World) {
  const [account] = world.klaviyo.state().accounts;
  if (account === undefined) {
    throw new Error('no account');
  }
  return account;
}

test('a history load of 20,000 orders brings all of them to Klaviyo and not one event that could start a flow', async () => {
  await using world = await createWorld({ connection: '    historyBefore: 2038-01-01' });
  const folder = path.join(world.sftpRoot, '..', 'generated');
  const generated = await generateExports({
    customers: 2_000,
    orders: HISTORY_ORDERS,
    rewards: 0,
    outDir: folder,
    seed: 5,
    dirtyRate: 0,
  });
  for (const { name, path: from } of generated.files) {
    world.put(`/pending/au/${name}`, readFileSync(from));
  }

  await world.sync();

  const orders = generated.files.find(({ kind }) => kind === 'orders')?.name ?? '';
  const { json, page } = await fileShown(world, `/pending/au/${orders}`);
  expect(json).toMatchObject({ status: 'archived', balanced: true, flowEvents: 0 });
  expect(page.flowEvents).toBe(0);
  const { records } = await connectionOf(world);
  expect(records.orders.total).toBe(HISTORY_ORDERS);
  const { events, eventsThatCouldStartFlows, duplicateEvents } = accountOf(world);
  expect(events.length).toBeGreaterThanOrEqual(records.orders.synced);
  expect(records.orders.synced).toBeGreaterThan(HISTORY_ORDERS * 0.9);
  expect(events.filter(({ backfill }) => !backfill)).toEqual([]);
  expect({ eventsThatCouldStartFlows, duplicateEvents }).toEqual({
    eventsThatCouldStartFlows: 0,
    duplicateEvents: 0,
  });
  const key = Papa.parse<Record<string, string>>(
    readFileSync(generated.files.find(({ kind }) => kind === 'orders')?.path ?? '', 'utf8'),
    { header: true, preview: 1 },
  ).data[0]?.ORDER_ID;
  expect((await shown(world, 'orders', key ?? '')).json.history).toBe(true);
}, 120_000);

test('a past order that comes again after item events were switched on sends them as history', async () => {
  await using world = await createWorld();
  world.put(CUSTOMERS, customersCsv(people(1)));
  world.put(ORDERS('05'), ordersCsv([{ ORDER_ID: '1', PERIDX: '1' }]));
  await world.sync();
  await world.apply(
    world.yaml.replace('list: Retail Customers', 'list: Retail Customers\n    itemEvents: true'),
  );
  world.put(
    ORDERS('06'),
    ordersCsv([
      { ORDER_ID: '1', PERIDX: '1' },
      { ORDER_ID: '2', PERIDX: '1' },
    ]),
  );

  await world.sync();

  expect(accountOf(world).events.map(({ unique_id, backfill }) => [unique_id.slice(-8), backfill])).toEqual([
    ['-order-1', false],
    ['item-1-1', true],
    ['-order-2', false],
    ['item-2-1', false],
  ]);
  expect((await fileShown(world, ORDERS('05'))).json.flowEvents).toBe(1);
  const { json, page } = await fileShown(world, ORDERS('06'));
  expect([json.flowEvents, page.flowEvents]).toEqual([2, 2]);
  const past = await shown(world, 'orders', '1');
  expect(past.json).toMatchObject({ status: 'synced', history: true });
  expect(past.page.remarks).toEqual(past.json.remarks);
  expect(past.json.remarks).toContain('It went as history, so no flow started.');
  expect(past.page.payload.isExact).toBe(true);
});

test('an order of the bulk lane that the daily file brings under other rules starts no flow and is not called changed', async () => {
  await using world = await createWorld();
  world.put(CUSTOMERS, customersCsv(people(1)));
  const sent = { ORDER_ID: '1', PERIDX: '1' };
  const waiting = { ORDER_ID: '2', PERIDX: '7' };
  world.put('/bulk/au/orders_20260105T203000Z.csv', ordersCsv([sent, waiting]));
  await world.sync();
  await startBulk(world);
  await world.apply(world.yaml.replace('list: Retail Customers', 'list: VIPs'));
  world.put(ORDERS('06'), ordersCsv([sent, { ...waiting, STAFF_NAME: 'Alex' }]));
  await world.sync();
  world.put('/pending/au/customers_20260107T200000Z.csv', customersCsv(people(1, 7)));

  await world.sync();

  expect((await fileShown(world, ORDERS('06'))).json).toMatchObject({ balanced: true, flowEvents: 0 });
  expect(accountOf(world).events.map(({ backfill }) => backfill)).toEqual([true, true]);
  expect((await shown(world, 'orders', '1')).json).toMatchObject({ history: true, changedAfterSend: false });
  expect((await shown(world, 'orders', '2')).page).toMatchObject({
    status: 'synced',
    remarks: ['It went as history, so no flow started.'],
  });
});

test('the counter tells news only: not what is sent already, skipped, failed or unchanged', async () => {
  await using world = await createWorld({
    connection: '    itemEvents: true\n    historyBefore: 2026-01-01',
  });
  world.put(CUSTOMERS, customersCsv(people(1)));
  const first = { ORDER_ID: '1', PERIDX: '1', LINE_ID: 'a' };
  world.put(
    ORDERS('05'),
    ordersCsv([
      first,
      { ORDER_ID: '1', PERIDX: '1', LINE_ID: 'b' },
      { ORDER_ID: '2', PERIDX: '99' },
      { ORDER_ID: '3', PERIDX: '1', ORDER_DATE: '' },
      { ORDER_ID: '4', PERIDX: '1', ORDER_DATE: '2025-06-01T10:00:00' },
      { ORDER_ID: '5', PERIDX: '1', RETAIL_REP: 'Yes' },
    ]),
  );
  await world.sync();
  world.put(
    ORDERS('06'),
    ordersCsv([
      { ...first, VALUE: '90.00', RETAIL_REP: '' },
      { ORDER_ID: '1', PERIDX: '1', LINE_ID: 'b', RETAIL_REP: '' },
      { ORDER_ID: '1', PERIDX: '1', LINE_ID: 'c', QUANTITY: '-1', VALUE: '-100.00', RETAIL_REP: '' },
    ]),
  );

  await world.sync();

  // Order 1: the sale and two items; order 2, which waits: the sale and its item.
  expect((await fileShown(world, ORDERS('05'))).json.flowEvents).toBe(5);
  expect((await fileShown(world, ORDERS('06'))).json.flowEvents).toBe(1);
  expect(accountOf(world).eventsThatCouldStartFlows).toBe(4);
  expect((await fileShown(world, CUSTOMERS)).page.flowEvents).toBeNull();
});

test('an order that waits as news is history once the bulk lane brings it, too; one that a person put aside stays there', async () => {
  await using world = await createWorld();
  const order = ordersCsv([
    { ORDER_ID: '1', PERIDX: '1' },
    { ORDER_ID: '2', PERIDX: '1' },
  ]);
  world.put(ORDERS('05'), order);
  await world.sync();
  const aside = await shown(world, 'orders', '2');
  await changeRecords(world.ctx, world.shopId, {
    ...{ kind: 'orders', change: 'skip', actor: 'test' },
    ids: [aside.page.id],
  });
  world.put('/bulk/au/orders_20260105T203000Z.csv', order);
  await world.sync();
  await startBulk(world);
  const waiting = await shown(world, 'orders', '1');
  world.put(CUSTOMERS, customersCsv(people(1)));

  await world.sync();

  expect(waiting.json).toMatchObject({
    status: 'waiting',
    remarks: ['It is history: when it goes, no flow starts.'],
  });
  expect(accountOf(world).events.map(({ backfill }) => backfill)).toEqual([true]);
  expect((await shown(world, 'orders', '2')).json.status).toBe('skipped');
  expect((await fileShown(world, '/bulk/au/orders_20260105T203000Z.csv')).json).toMatchObject({
    balanced: true,
    flowEvents: 0,
  });
});

test('what the bulk lane brought and a rule kept back is still history when other rules let it go', async () => {
  await using world = await createWorld();
  world.put(CUSTOMERS, customersCsv(people(1)));
  world.put(
    '/bulk/au/orders_20260105T203000Z.csv',
    ordersCsv([{ ORDER_ID: '1', PERIDX: '1', RETAIL_REP: 'Yes' }]),
  );
  world.put(ORDERS('06'), ordersCsv([{ ORDER_ID: '2', PERIDX: '1', RETAIL_REP: 'Yes' }]));
  await world.sync();
  await startBulk(world);
  const before = await fileShown(world, ORDERS('06'));
  await world.ctx.db.sql(`UPDATE mapping SET enabled = false WHERE target = 'skip'`);
  await mapAnew(world);

  await world.sync();

  expect(ordersInKlaviyo(world)).toEqual([
    ['order-1', true],
    ['order-2', false],
  ]);
  const after = await fileShown(world, ORDERS('06'));
  expect([before.json.flowEvents, after.json.flowEvents, after.page.flowEvents]).toEqual([0, 1, 1]);
});

test('orders that waited while the cut-off was set go as history', async () => {
  await using world = await createWorld();
  world.put(
    ORDERS('05'),
    ordersCsv([
      // The shop's midnight between the 4th and the 5th is 13:00 UTC.
      { ORDER_ID: '1', PERIDX: '1', ORDER_DATE: '2026-01-04T23:59:59' },
      { ORDER_ID: '2', PERIDX: '1', ORDER_DATE: '2026-01-05T00:00:00' },
    ]),
  );
  await world.sync();
  await world.apply(
    world.yaml.replace('list: Retail Customers', 'list: Retail Customers\n    historyBefore: 2026-01-05'),
  );
  world.put(CUSTOMERS, customersCsv(people(1)));

  await world.sync();

  expect(ordersInKlaviyo(world)).toEqual([
    ['order-1', true],
    ['order-2', false],
  ]);
  const { json, page } = await shown(world, 'orders', '1');
  expect(json).toMatchObject({ history: true, changedAfterSend: false });
  expect(page.remarks).toEqual(['It went as history, so no flow started.']);
  expect(page.payload.isExact).toBe(true);
});

/** End of the id of each order's event, and whether it came as history. */
function ordersInKlaviyo(world: World): [string, boolean][] {
  return accountOf(world)
    .events.map(({ unique_id: id, backfill }): [string, boolean] => [id.slice(-7), backfill])
    .sort();
}

async function startBulk(world: World): Promise<void> {
  const [connection] = await world.ctx.db.sql<{ id: string }>('SELECT id FROM connection');
  await startBulkFiles(world.ctx, world.shopId, { connectionId: connection?.id ?? '', actor: 'test' });
  await world.sync({ lanes: ['pending', 'test', 'bulk'] });
}

/** Maps the orders that are there by today's rules. */
async function mapAnew(world: World): Promise<void> {
  const [mapping] = await world.ctx.db.sql<{ id: string }>(
    `SELECT id FROM mapping WHERE target = 'properties.Staff' AND scope = 'order'`,
  );
  await startRemap(world.ctx, world.shopId, {
    mappingId: mapping?.id ?? '',
    connectionId: null,
    actor: 'test',
  });
  const [task] = await world.ctx.db.sql<{ id: string }>('SELECT id FROM task');
  await runTask(world.ctx, world.shopId, { taskId: task?.id ?? '', signal: new AbortController().signal });
}
