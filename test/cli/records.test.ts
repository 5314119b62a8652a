import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { PreviewReport } from '#app/pipeline/preview-file.ts';
import type { RecordHistory } from '#app/queries/record-history.server.ts';
import type { ShopStatus } from '#app/queries/shop-status.server.ts';
import { runCli, runJson, runOk } from '#test/builders/cli.ts';
import { customersCsv, ordersCsv, people } from '#test/builders/exports.ts';
import { createWorld, SHOP, type World } from '#test/builders/world.ts';

const CONNECTION = ['--shop', SHOP, '--connection', 'Klaviyo AU'];

function localFile(world: World, name: string, text: string): string {
  const file = path.join(path.dirname(world.sftpRoot), name);
  writeFileSync(file, text);
  return file;
}

/** A world in which customers 1 to 3 and two orders have arrived. */
async function syncedWorld(): Promise<World> {
  const world = await createWorld();
  world.put(
    '/pending/au/customers_20260105T200000Z.csv',
    customersCsv(people(3, 1, (id) => ({ CITY: `City ${id}`, PRIVACY: id === 3 ? 'Yes' : 'No' }))),
  );
  world.put(
    '/pending/au/orders_20260105T203000Z.csv',
    ordersCsv([
      { ORDER_ID: 'A', PERIDX: '1' },
      { ORDER_ID: 'B', PERIDX: '77' },
    ]),
  );
  await world.sync();
  return world;
}

test('status shows what sync has left behind, to people and as JSON', async () => {
  await using world = await syncedWorld();
  const { env } = world;

  const { code, document } = await runJson<ShopStatus>(['status', '--shop', SHOP], { env });

  expect(code).toBe(0);
  expect(Object.keys(document).sort()).toEqual(['alerts', 'connections', 'shop']);
  expect(document.connections).toHaveLength(1);
  expect(document.connections[0]).toMatchObject({
    name: 'Klaviyo AU',
    files: [
      { name: 'customers_20260105T200000Z.csv', kind: 'customers', status: 'archived', balanced: true },
      { name: 'orders_20260105T203000Z.csv', kind: 'orders', status: 'archived', balanced: true },
    ],
    records: { customers: { total: 3, synced: 3 }, orders: { total: 2, synced: 1, waiting: 1 } },
    requests: { profileImport: 1, events: 1, subscribe: 1 },
    problems: [],
    schedule: {
      state: 'waiting',
      headline: 'Nothing is due. 1 order waits for its customer.',
      due: { customers: 0, orders: 0, rewards: 0 },
    },
  });
  const text = await runOk(['status'], { env });
  expect(text).toMatch(/^Klaviyo AU \(\/pending\/au\)$/m);
  expect(text).toMatch(/orders +2 +1 +0 +0 +1 +0 +0 +0/);
  expect(text).toMatch(/^ {2}Files +\/pending\/au is looked at every 30 seconds/m);
  expect(text).toMatch(
    /^ {2}Klaviyo +Nothing is due. The last sync ended .* with customers_20260105T200000Z.csv/m,
  );
  expect(text).toMatch(/^ +1 order waits until its customer has arrived in Klaviyo/m);
});

test('record shows a row from its cells to Klaviyo’s answer, with every consent decision', async () => {
  await using world = await syncedWorld();
  const { env } = world;

  const { code, document } = await runJson<RecordHistory>(['record', 'customers', '1', ...CONNECTION], {
    env,
  });

  expect(code).toBe(0);
  expect(document).toMatchObject({
    kind: 'customers',
    key: '1',
    connection: 'Klaviyo AU',
    status: 'synced',
    reason: null,
    file: 'customers_20260105T200000Z.csv',
    line: 2,
    source: { PERIDX: '1', EMAIL: 'person1@shop.example', CITY: 'City 1' },
    payload: { attributes: { email: 'person1@shop.example' } },
    syncedAt: expect.stringMatching(/^\d{4}-/) as string,
    consent: [
      { channel: 'email', wish: 'subscribe', action: 'subscribe', reason: expect.any(String) as string },
    ],
  });
  expect(document.attempts.map(({ kind, outcome }) => `${kind} ${outcome}`)).toEqual([
    'profile-import done',
    'subscribe done',
  ]);
  const text = await runOk(['record', 'customer', '1', ...CONNECTION], { env });
  expect(text).toMatch(/^customers 1 of Klaviyo AU: synced$/m);
  expect(text).toMatch(/attempt .*profile-import/);
  expect(text).toMatch(/consent .*email subscribe/);

  const waiting = await runJson<RecordHistory>(['record', 'orders', 'B', ...CONNECTION], { env });
  expect(waiting.document).toMatchObject({ status: 'waiting', attempts: [], line: 3 });

  const unknown = await runCli(['record', 'rewards', '1', ...CONNECTION], { env });
  expect(unknown).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('There is no record 1 among the rewards of "Klaviyo AU"') as string,
  });
});

test('record tells people what stands beside the status of an order, as its page does', async () => {
  await using world = await syncedWorld();
  const { env } = world;
  world.put(
    '/pending/au/orders_20260106T203000Z.csv',
    ordersCsv([
      {
        ORDER_ID: 'C',
        ORDER_NUMBER: 'N-C',
        PERIDX: '1',
        QUANTITY: '-1',
        VALUE: '-100',
        ORIGINAL_ORDER_NUMBER: 'N-X',
      },
    ]),
  );
  await world.sync();

  const text = await runOk(['record', 'order', 'C', ...CONNECTION], { env });

  expect(text).toMatch(/^ {2}It is a return of order N-X, which no file has brought\.$/m);
});

test('preview tells exactly what a file would do, and sends nothing', async () => {
  await using world = await syncedWorld();
  const { env } = world;
  const requests = JSON.stringify(world.klaviyo.account().received);
  const changed = people(4, 1, (id) => ({
    CITY: id === 2 ? 'Perth' : `City ${id}`,
    PRIVACY: id === 1 || id === 3 ? 'Yes' : 'No',
  }));
  const file = localFile(
    world,
    'customers_20260106T200000Z.csv',
    customersCsv([...changed, { PERIDX: '', EMAIL: 'no-key@shop.example' }]),
  );

  const { code, document } = await runJson<PreviewReport>(['preview', file, ...CONNECTION], { env });

  expect(code).toBe(0);
  expect(document).toMatchObject({
    rows: { read: 5, created: 1, changed: 2, unchanged: 1, folded: 0, rejected: 1 },
    creates: [{ key: '4', line: 5, payload: { attributes: { email: 'person4@shop.example' } } }],
    updates: [
      { key: '1' },
      {
        key: '2',
        before: { attributes: { location: { city: 'City 2' } } },
        after: { attributes: { location: { city: 'Perth' } } },
      },
    ],
    consent: [
      { key: '1', channel: 'email', from: 'subscribe', to: 'unsubscribe' },
      { key: '4', channel: 'email', from: null, to: 'subscribe' },
    ],
    rejected: [{ line: 6, column: 'PERIDX', code: 'missing_key' }],
    counts: { creates: 1, consent: 2, events: 0 },
  });
  const text = await runOk(['preview', file, ...CONNECTION], { env });
  expect(text).toContain('customers_20260106T200000Z.csv: nothing was sent.');
  expect(text).toContain('read 5 = 1 created + 2 changed + 1 unchanged + 0 folded + 1 rejected');
  expect(text).toMatch(/2: attributes\.location\.city "City 2" → "Perth"/);
  expect(text).toMatch(/1 email: subscribe → unsubscribe/);

  const orders = localFile(
    world,
    'export.csv',
    ordersCsv([
      { ORDER_ID: 'C', PERIDX: '1', VALUE: '30.00' },
      { ORDER_ID: 'D', PERIDX: '2' },
    ]),
  );
  const untold = await runCli(['preview', orders, ...CONNECTION], { env });
  expect(untold).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Add --kind customers') as string,
  });
  const events = await runJson<PreviewReport>(
    ['preview', orders, ...CONNECTION, '--kind', 'orders', '--limit', '1'],
    { env },
  );
  expect(events.document).toMatchObject({
    counts: { events: 2 },
    events: [{ key: 'C', name: 'In-Store Order', value: 30 }],
  });
  expect(events.document.events).toHaveLength(1);

  const bad = localFile(
    world,
    'customers_20260107T200000Z.csv',
    customersCsv(people(1)).replace('EMAIL', 'E_MAIL'),
  );
  const refused = await runCli(['preview', bad, ...CONNECTION], { env });
  expect(refused).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/customers_20260107T200000Z\.csv.*EMAIL.*E_MAIL/) as string,
  });

  expect(JSON.stringify(world.klaviyo.account().received)).toBe(requests);
  const { document: status } = await runJson<ShopStatus>(['status'], { env });
  expect(status.connections[0]?.files).toHaveLength(2);
});

test('estimate counts the requests of a file under Klaviyo’s limits, and sends nothing', async () => {
  await using world = await createWorld();
  const file = localFile(world, 'customers_20260106T200000Z.csv', customersCsv(people(2_500)));
  const { env } = world;

  const { code, document } = await runJson<{
    requests: Record<string, number>;
    totalRequests: number;
    minutes: number;
  }>(['estimate', file, ...CONNECTION], { env });

  expect(code).toBe(0);
  expect(document.requests).toMatchObject({ profileImport: 1, subscribe: 3, events: 0 });
  expect(document.totalRequests).toBe(
    Object.values(document.requests).reduce((sum, count) => sum + count, 0),
  );
  expect(document.minutes).toBeGreaterThan(0);
  expect(await runOk(['estimate', file, ...CONNECTION], { env })).toMatch(
    /customers_20260106T200000Z\.csv: \d+ requests, at least [\d.]+ minutes\./,
  );
  expect(world.klaviyo.account().received.profiles).toBe(0);
});
