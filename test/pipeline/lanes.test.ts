import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PreviewReport } from '#app/pipeline/preview-file.ts';
import type { ShopStatus } from '#app/queries/shop-status.server.ts';
import { actOnFile } from '#app/services/act-on-file.server.ts';
import { runJson, runOk } from '#test/builders/cli.ts';
import { customersCsv, ordersCsv, people } from '#test/builders/exports.ts';
import { connectionOf, fileShown } from '#test/builders/file-shown.ts';
import { shown } from '#test/builders/shown.ts';
import { createWorld, type World } from '#test/builders/world.ts';

/** The test and the bulk lane, from the app's page and from the command line, beside a shop that has one customer already. */

const ORDERS = 'orders_20260106T203000Z.csv';
const BULK = (day: string) => `/bulk/au/customers_202601${day}T200000Z.csv`;
const CONNECTION = ['--connection', 'Klaviyo AU'];

let world: World;

beforeAll(async () => {
  world = await createWorld({ connection: '    historyBefore: 2026-01-01\n    list: Retail Customers' });
  world.put('/pending/au/customers_20260105T200000Z.csv', customersCsv(people(1)));
  await world.sync();
});

afterAll(() => world[Symbol.asyncDispose]());

function accountOf() {
  const [account] = world.klaviyo.state().accounts;
  if (account === undefined) {
    throw new Error('no account');
  }
  return account;
}

function byKey<Profile extends { external_id: string | null }>(profiles: readonly Profile[]): Profile[] {
  return profiles.toSorted((a, b) => String(a.external_id).localeCompare(String(b.external_id)));
}

const tried = ordersCsv([
  { ORDER_ID: '1', PERIDX: '1' },
  { ORDER_ID: '2', PERIDX: '1', QUANTITY: '-1', VALUE: '-20.00' },
  { ORDER_ID: '3', PERIDX: '1', ORDER_DATE: '2025-05-01T10:00:00' },
  { ORDER_ID: '4', PERIDX: '1', ORDER_DATE: 'soon' },
]);

test('a file of the test lane is shown with what it would do, and not one request is made for it', async () => {
  const before = accountOf().requests;
  world.put(`/test/au/${ORDERS}`, tried);

  await world.sync();

  const { json, page } = await fileShown(world, `/test/au/${ORDERS}`);
  expect(json).toMatchObject({ lane: 'test', status: 'previewed', balanced: true, flowEvents: 2 });
  expect(page).toMatchObject({ flowEvents: 2, rows: { read: 4, created: 4 }, records: [], isLive: false });
  expect(page.preview?.map(({ title, count }) => [title, count])).toEqual([
    ['Events', 3],
    ['Would fail', 1],
  ]);
  expect(page.preview?.[0]?.items.map(({ note }) => note)).toEqual([null, null, 'History: starts no flow']);
  expect(page.steps.find(({ name }) => name === 'Sent')).toMatchObject({
    state: 'left-out',
    note: 'Not in a test',
  });
  expect((await connectionOf(world)).records.orders.total).toBe(0);
  const { requests, events } = accountOf();
  expect(events).toEqual([]);
  expect(requests.createEvents).toBe(before.createEvents);
  expect(requests.importProfiles).toBe(before.importProfiles);
});

test('the command line says the same of a file on the disk before it is put anywhere', async () => {
  const file = path.join(world.sftpRoot, 'test/au', ORDERS);

  const text = await runOk(['preview', file, ...CONNECTION], { env: world.env });
  const { document } = await runJson<PreviewReport>(['preview', file, ...CONNECTION], { env: world.env });

  expect(text).toContain('nothing was sent');
  expect(text).toContain('  events that could start flows: 2');
  expect(document.counts).toMatchObject({ events: 3, flowEvents: 2, failed: 1 });
  expect(accountOf().events).toEqual([]);
});

test('a bulk file started on its page creates who is not in Klaviyo and leaves the others, consent and lists alone', async () => {
  const file = BULK('07');
  world.put(file, customersCsv(people(3, 1, () => ({ CITY: 'Old Town', PRIVACY: 'No' }))));
  await world.sync({ lanes: ['pending', 'test', 'bulk'] });
  const waiting = await fileShown(world, file);
  const subscribes = accountOf().received.subscribes;

  const answer = await actOnFile(world.ctx, world.shopId, {
    fileId: waiting.json.id,
    intent: 'start',
    actor: 'test',
  });
  await world.sync({ lanes: ['pending', 'test', 'bulk'] });

  expect(waiting.page).toMatchObject({ status: 'waiting-for-start', rows: null });
  expect(waiting.page.steps.find(({ state }) => state === 'current')).toMatchObject({
    note: 'Waits for your start',
  });
  expect(answer).toEqual({ ok: true, message: 'Import started' });
  expect(
    byKey(accountOf().profiles).map((one) => [
      one.external_id,
      one.location?.city,
      one.consent.email.consent,
      one.lists,
    ]),
  ).toEqual([
    ['1', 'Sydney', 'SUBSCRIBED', ['Retail Customers']],
    ['2', 'Old Town', 'NEVER_SUBSCRIBED', []],
    ['3', 'Old Town', 'NEVER_SUBSCRIBED', []],
  ]);
  expect(accountOf().received.subscribes).toBe(subscribes);
  const { json, page } = await fileShown(world, file);
  expect(json).toMatchObject({ status: 'archived', balanced: true, rows: { created: 2, unchanged: 1 } });
  expect(page.records).toEqual([{ status: 'synced', count: 2, isMore: false }]);
  const person = await shown(world, 'customers', '2');
  expect(person.json).toMatchObject({ status: 'synced', consent: [] });
  expect(person.page.consent?.history).toEqual([]);
});

test('a stranger’s shop cannot start a bulk file', async () => {
  const file = BULK('08');
  world.put(file, customersCsv(people(1, 50)));
  await world.sync();
  const { json } = await fileShown(world, file);

  const answer = await actOnFile(world.ctx, '00000000-0000-4000-8000-000000000000', {
    fileId: json.id,
    intent: 'start',
    actor: 'stranger',
  });

  expect(answer).toBeNull();
  expect((await fileShown(world, file)).json.status).toBe('waiting-for-start');
});

test('bulk orders that the command line starts are history: sent, and no flow starts', async () => {
  const file = `/bulk/au/orders_20260109T203000Z.csv`;
  world.put(file, ordersCsv([{ ORDER_ID: '9', PERIDX: '1' }]));
  await world.sync();

  const { code, document } = await runJson<ShopStatus>(['bulk', ...CONNECTION], { env: world.env });
  world.klaviyo.settle();

  expect(code).toBe(0);
  expect(document.connections[0]?.files.find(({ name }) => file.endsWith(name))).toMatchObject({
    ...{ lane: 'bulk', status: 'archived', flowEvents: 0 },
  });
  expect(accountOf().events.map(({ backfill }) => backfill)).toEqual([true]);
  expect(accountOf().eventsThatCouldStartFlows).toBe(0);
  const { json, page } = await shown(world, 'orders', '9');
  expect(json.remarks).toEqual(['It went as history, so no flow started.']);
  expect(page.remarks).toEqual(json.remarks);
  expect(await runOk(['status'], { env: world.env })).toMatch(/could start flows/);
});
