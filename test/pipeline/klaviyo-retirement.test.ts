import { expect, test } from 'vitest';
import { openContext } from '#app/context.server.ts';
import { syncShop } from '#app/pipeline/sync-shop.ts';
import { watch } from '#app/pipeline/upkeep/watch.ts';
import { customersCsv, people } from '#test/builders/exports.ts';
import { recordingLog } from '#test/builders/log.ts';
import { createWorld, type World } from '#test/builders/world.ts';

const SUNSET = { retirement: { sunset: 'Sat, 15 Jul 2028 00:00:00 GMT' } };

function openAlerts(world: World) {
  return world.ctx.db.sql<{ code: string; cause: string; message: string }>(
    'SELECT code, cause, message FROM alert WHERE resolved_at IS NULL',
  );
}

function put(world: World, day: number): void {
  world.put(`/pending/au/customers_2026010${day}T200000Z.csv`, customersCsv(people(2 + day)));
}

test('an end of our revision that Klaviyo announces is told once, to the merchant and in the log', async () => {
  await using world = await createWorld({ klaviyo: { switches: SUNSET } });
  await world.ctx.db.sql(`UPDATE connection SET account_id = 'ACC1', account_asked_at = now()`);
  const { log, lines } = recordingLog();
  const { ctx, close } = await openContext(world.config, { log });
  for (const day of [5, 6]) {
    put(world, day);
    await syncShop(ctx, world.shopId, {});
  }
  await close();
  const alerts = await openAlerts(world);
  expect(alerts).toMatchObject([{ code: 'klaviyo_retirement', cause: 'klaviyo-api:ACC1:2026-07-15' }]);
  expect(alerts[0]?.message).toContain('on 2028-07-15. Ask whoever runs Threadline for an update');
  expect(lines.filter(({ msg }) => msg.includes('announced the end'))).toHaveLength(1);
});

test('two connections of one account are one alert, and it ends when Threadline speaks another revision', async () => {
  await using world = await createWorld({
    klaviyo: { switches: SUNSET },
    connection: `  - { name: Second, apiKey: '\${KLAVIYO_AU_KEY}', directory: /pending/second }`,
  });
  await world.ctx.db.sql(`UPDATE connection SET account_id = 'ACC1', account_asked_at = now()`);
  put(world, 5);
  world.put('/pending/second/customers_20260105T200000Z.csv', customersCsv(people(2)));
  await world.sync();
  const told = await openAlerts(world);
  await watch(world.ctx);
  const still = await openAlerts(world);
  await world.ctx.db.sql(`UPDATE alert SET cause = replace(cause, '2026-07-15', '2025-07-15')`);
  await watch(world.ctx);
  expect([told.length, still.length]).toEqual([1, 1]);
  expect(await openAlerts(world)).toEqual([]);
});

test('an ordinary answer names our revision and raises nothing', async () => {
  await using world = await createWorld();
  put(world, 5);
  await world.sync();
  expect(await openAlerts(world)).toEqual([]);
});

test('once the revision has ended no record fails: everything stays pending until the update', async () => {
  await using world = await createWorld({ klaviyo: { switches: { retirement: { isOver: true } } } });
  put(world, 5);
  const { status } = await world.sync();
  expect(status.connections[0]?.records.customers).toMatchObject({ total: 7, pending: 7, failed: 0 });
  expect((await openAlerts(world)).map(({ code }) => code).sort()).toEqual([
    'klaviyo_retired',
    'klaviyo_retirement',
  ]);
});
