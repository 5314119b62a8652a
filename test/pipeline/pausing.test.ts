import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { changeRecords } from '#app/services/change-records.server.ts';
import { pauseConnection } from '#app/services/pause-connection.server.ts';
import { customersCsv, people } from '#test/builders/exports.ts';
import { shown } from '#test/builders/shown.ts';
import { expectWholeAndOnce, fill } from '#test/builders/whole-and-once.ts';
import { createWorld, type World } from '#test/builders/world.ts';

const FILE = '/pending/au/customers_20260105T200000Z.csv';
const OFF = 'automation: { dataSync: false }';

async function setPaused(world: World, isPaused: boolean): Promise<void> {
  const [row] = await world.ctx.db.sql<{ id: string }>('SELECT id FROM connection');
  await pauseConnection(world.ctx, world.shopId, { connectionId: row?.id ?? '', isPaused, actor: 'Ann' });
}

async function standings(world: World, key: string): Promise<string> {
  const { json, page } = await shown(world, 'customers', key);
  expect(json).toMatchObject({ status: page.status, standing: page.standing });
  return page.standing;
}

async function pendingKey(world: World): Promise<string> {
  const [row] = await world.ctx.db.sql<{ key: string }>(
    `SELECT external_id AS key FROM customer WHERE status = 'pending' ORDER BY id DESC LIMIT 1`,
  );
  return row?.key ?? expect.fail('nobody is pending');
}

test('paused with work open nothing more leaves, records say why; resumed the rest goes, and nothing twice', async () => {
  await using world = await createWorld({
    connection: '    list: Retail Customers\n    batchSize: 4',
    klaviyo: { latencyMs: 250, jobDurationMs: 600 },
  });
  fill(world);
  const pass = world.sync();
  while (world.klaviyo.account().received.profiles === 0) {
    await pause(20);
  }
  await setPaused(world, true);
  const { passes } = await pass;
  const { ...sent } = world.klaviyo.account().received;
  await world.sync();

  expect(passes[0]?.problems).toMatchObject([{ code: 'paused' }]);
  expect(world.klaviyo.account().received).toEqual(sent);
  expect(sent.events).toBe(0);
  expect(await standings(world, await pendingKey(world))).toBe(
    'Waits: "Klaviyo AU" is paused. It goes when the connection is resumed.',
  );

  await setPaused(world, false);
  await world.sync();

  await expectWholeAndOnce(world);
});

test('data sync off, one sent now, then on: each goes once, and what waits says why', async () => {
  await using world = await createWorld({ extra: OFF });
  world.put(FILE, customersCsv(people(4)));
  await world.sync();
  const off = await standings(world, '2');
  const [row] = await world.ctx.db.sql<{ id: string }>(`SELECT id FROM customer WHERE external_id = '3'`);
  await changeRecords(world.ctx, world.shopId, {
    kind: 'customers',
    ids: [row?.id ?? ''],
    change: 'sync',
    actor: 'Ann',
  });
  await world.sync();
  const one = { ...world.klaviyo.account().received };
  const words = [await standings(world, '2'), await standings(world, '3')];

  await world.apply(world.yaml.replace(OFF, ''));
  await world.sync();

  expect(off).toBe('Waits: data sync is off. It goes when you switch it on, or with Sync now.');
  expect(one).toMatchObject({ profiles: 1, subscribes: 1 });
  expect(words).toEqual([off, expect.stringMatching(/^Klaviyo has it since /)]);
  expect(world.klaviyo.account().received).toMatchObject({ profiles: 4, subscribes: 4 });
});

test('no request carries more profiles than the batch size of the connection', async () => {
  const sizes: number[] = [];
  await using world = await createWorld({
    connection: '    batchSize: 7',
    klaviyo: {
      onRequest: ({ operation, body }) => {
        if (operation === 'importProfiles') {
          const json = body as { data: { attributes: { profiles: { data: object[] } } } };
          sizes.push(json.data.attributes.profiles.data.length);
        }
      },
    },
  });
  world.put(FILE, customersCsv(people(23)));

  await world.sync();

  expect(sizes.toSorted((a, b) => b - a)).toEqual([7, 7, 7, 2]);
});
