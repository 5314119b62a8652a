import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { syncShop } from '#app/pipeline/sync-shop.ts';
import { openContext } from '#app/context.server.ts';
import { startCli } from '#test/builders/cli.ts';
import { customersCsv, ordersCsv, people } from '#test/builders/exports.ts';
import { silentLog } from '#test/builders/log.ts';
import { shown } from '#test/builders/shown.ts';
import { createWorld, type World } from '#test/builders/world.ts';
import type { FaultSpec } from '#workers/local/klaviyo/options.ts';

const DAY = (kind: string, number: string) => `/pending/au/${kind}_202601${number}T200000Z.csv`;

function connection(most: number, more = ''): string {
  return `    list: Retail Customers\n    mode: test\n    testMaxRecords: ${most}${more}`;
}

function worldOf(most: number, more = ''): Promise<World> {
  return createWorld({ connection: connection(most, more) });
}

async function allow(world: World, most: number): Promise<void> {
  await world.apply(world.yaml.replace(/testMaxRecords: \d+/, `testMaxRecords: ${most}`));
}

/** Keys of the people whom Klaviyo has. */
function arrived(world: World): string[] {
  world.klaviyo.settle();
  const profiles = world.klaviyo.state().accounts[0]?.profiles ?? [];
  return profiles.map((profile) => String(profile.external_id)).sort((a, b) => Number(a) - Number(b));
}

function eventCount(world: World): number {
  world.klaviyo.settle();
  return world.klaviyo.state().accounts[0]?.events.length ?? 0;
}

async function post(world: World, path: string, body: unknown): Promise<void> {
  const answer = await fetch(`${world.klaviyo.url}/_${path}`, { method: 'POST', body: JSON.stringify(body) });
  expect(answer.status).toBe(200);
}

function faults(world: World, list: FaultSpec[]): Promise<void> {
  return post(world, 'faults', list);
}

function runWorker(world: World) {
  return startCli(['work'], /Threadline works/, { env: world.env });
}

async function heldBack(world: World, key: string): Promise<void> {
  const { json, page } = await shown(world, 'customers', key);
  expect(json).toMatchObject({ status: 'pending', standing: page.standing });
  expect(page.standing).toMatch(
    /^Held back: "Klaviyo AU" is in test mode, which lets only \d+ records of each file reach Klaviyo\. Of customers_\S+\.csv others came first\. It goes when the connection is set to production, or when more records are allowed\.$/,
  );
  expect(page.isLive).toBe(false);
}

async function someHeldBack(world: World): Promise<string> {
  const [row] = await world.ctx.db.sql<{ key: string }>(
    `SELECT external_id AS key FROM customer WHERE status = 'pending' ORDER BY id LIMIT 1`,
  );
  return row?.key ?? expect.fail('nobody is pending');
}

test('three processes at once let N records of each file through and not one more, and the others say that they are held back', async () => {
  await using world = await worldOf(4, '\n    batchSize: 3');
  // Two files of customers, whose people differ, and one of orders, whose customers may all have arrived.
  world.put(DAY('customers', '05'), customersCsv(people(30)));
  world.put(DAY('customers', '06'), customersCsv(people(30, 31)));
  world.put(
    DAY('orders', '06'),
    ordersCsv(people(60).map(({ PERIDX = '' }) => ({ ORDER_ID: `O${PERIDX}`, PERIDX }))),
  );
  const others = await Promise.all([1, 2].map(() => openContext(world.config, { log: silentLog() })));

  const passes = [world.ctx, ...others.map(({ ctx }) => ctx)].map((ctx) => syncShop(ctx, world.shopId, {}));
  await Promise.all(passes);
  await world.sync();
  await Promise.all(others.map(({ close }) => close()));

  expect(arrived(world).filter((key) => Number(key) <= 30)).toHaveLength(4);
  expect(arrived(world).filter((key) => Number(key) > 30)).toHaveLength(4);
  expect(eventCount(world)).toBe(4);
  const { connections } = await world.status();
  expect(connections[0]?.records.customers).toMatchObject({ total: 60, synced: 8, pending: 52 });
  expect(connections[0]?.records.orders).toMatchObject({ synced: 4, pending: 4, waiting: 52 });
  await heldBack(world, await someHeldBack(world));
  const [first = ''] = arrived(world);
  const { json, page } = await shown(world, 'customers', first);
  expect([json.status, json.standing]).toEqual(['synced', page.standing]);
});

test(
  'workers that are killed again and again let no record too many through',
  { timeout: 180_000 },
  async () => {
    await using world = await createWorld({
      connection: connection(5, '\n    batchSize: 2'),
      extra: 'automation: { pollSeconds: 1 }',
      klaviyo: { latencyMs: 40, jobDurationMs: 400 },
    });
    await faults(world, [
      { match: { path: '/api/profile-bulk-import-jobs' }, kind: 'reset-after', probability: 0.4, seed: 7 },
    ]);
    world.put(DAY('customers', '05'), customersCsv(people(40)));
    for (const lifeMs of [400, 1_200]) {
      const workers = await Promise.all([runWorker(world), runWorker(world), runWorker(world)]);
      await pause(lifeMs);
      await Promise.all(workers.map((worker) => worker.stop('SIGKILL')));
    }
    await faults(world, []);

    await world.sync();

    expect(arrived(world)).toHaveLength(5);
    expect((await world.status()).connections[0]?.records.customers).toMatchObject({
      synced: 5,
      pending: 35,
    });
    await heldBack(world, await someHeldBack(world));
  },
);

test('a request of which nobody knows whether it arrived keeps its places: nobody goes in their stead', async () => {
  await using world = await createWorld({
    connection: connection(4, '\n    batchSize: 2'),
    settings: { maxAttempts: 1 },
  });
  world.put(DAY('customers', '05'), customersCsv(people(20)));
  await faults(world, [{ match: { path: '/api/profile-bulk-import-jobs' }, kind: 'reset-after', times: 2 }]);
  const broken = await world.sync();

  // The two of the first request are set aside; they may have arrived, so nobody takes their places.
  await world.ctx.db.sql(
    `UPDATE customer SET next_attempt_at = now() + interval '1 hour' WHERE id IN (
       SELECT i.record_id FROM push_item i JOIN push_batch b ON b.id = i.batch_id WHERE b.sent_at = (SELECT min(sent_at) FROM push_batch))`,
  );
  await world.sync();
  await world.ctx.db.sql('UPDATE customer SET next_attempt_at = NULL');
  await world.sync();

  expect(broken.passes[0]?.problems).toMatchObject([{ code: 'klaviyo_unreachable' }]);
  expect(arrived(world)).toHaveLength(4);
  expect((await world.status()).connections[0]?.records.customers).toMatchObject({ synced: 4, pending: 16 });
});

test('the cap raised lets more through, lowered it stops what is left, and no record counts twice', async () => {
  await using world = await worldOf(3);
  world.put(DAY('customers', '05'), customersCsv(people(12)));
  await world.sync();
  const three = arrived(world);
  await allow(world, 5);
  await world.sync();
  const five = arrived(world);
  await allow(world, 2);
  world.put(DAY('customers', '06'), customersCsv(people(4, 101)));
  await world.sync();
  const seven = arrived(world);
  await allow(world, 6);
  await world.sync();

  expect(three).toHaveLength(3);
  expect(five).toHaveLength(5);
  expect(five).toEqual(expect.arrayContaining(three));
  expect(seven.filter((key) => Number(key) <= 100)).toEqual(five);
  expect(seven.filter((key) => Number(key) > 100)).toHaveLength(2);
  expect(arrived(world).filter((key) => Number(key) <= 100)).toHaveLength(6);
  expect(arrived(world).filter((key) => Number(key) > 100)).toHaveLength(4);
});

test('records that a newer file takes over still count for the older one', async () => {
  await using world = await worldOf(3);
  world.put(DAY('customers', '05'), customersCsv(people(10)));
  await world.sync();
  const first = arrived(world);
  const changed = first.map((key) => people(1, Number(key), () => ({ CITY: 'Perth' }))[0] ?? {});
  world.put(DAY('customers', '06'), customersCsv(changed));

  await world.sync();
  await world.sync();

  expect(arrived(world)).toEqual(first);
  const cities = world.klaviyo.state().accounts[0]?.profiles.map(({ location }) => location?.city);
  expect(cities).toEqual(['Perth', 'Perth', 'Perth']);
});

test('a refused key uses up nothing: with a good one N records go, fewer when N was lowered meanwhile', async () => {
  await using world = await worldOf(4);
  world.put(DAY('customers', '05'), customersCsv(people(10)));
  await post(world, 'keys', { key: 'pk_local', revoke: true });
  const refused = await world.sync();
  await post(world, 'keys', { key: 'pk_local' });
  await allow(world, 3);

  await world.sync();

  expect(refused.passes[0]?.problems).toMatchObject([{ code: 'klaviyo_key_refused' }]);
  expect(arrived(world)).toHaveLength(3);
});

test('in production everything goes, and what test mode held back goes with it, each once', async () => {
  await using world = await worldOf(2);
  world.put(DAY('customers', '05'), customersCsv(people(8)));
  await world.sync();
  await world.apply(world.yaml.replace('mode: test', 'mode: production'));

  await world.sync();

  expect(arrived(world)).toHaveLength(8);
  const account = world.klaviyo.state().accounts[0];
  expect(account?.received).toMatchObject({ profiles: 8, subscribes: 8 });
});

test('switched to test mode in the middle of a file, what has gone already counts', async () => {
  await using world = await createWorld({ connection: '    list: Retail Customers' });
  world.put(DAY('customers', '05'), customersCsv(people(6)));
  await world.sync();
  await world.ctx.db.sql(
    `UPDATE customer SET status = 'pending', synced_hash = NULL WHERE external_id = '6'`,
  );
  await world.ctx.db.sql(
    `DELETE FROM push_item WHERE record_id = (SELECT id FROM customer WHERE external_id = '6')`,
  );
  const before = world.klaviyo.state().accounts[0]?.received.profiles;
  await world.apply(
    world.yaml.replace('    list: Retail', '    mode: test\n    testMaxRecords: 5\n    list: Retail'),
  );

  await world.sync();

  expect(world.klaviyo.state().accounts[0]?.received.profiles).toBe(before);
  await heldBack(world, '6');
});
