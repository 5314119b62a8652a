import { expect, test } from 'vitest';
import { watch } from '#app/pipeline/upkeep/watch.ts';
import { customersCsv, people } from '#test/builders/exports.ts';
import { createWorld, type World } from '#test/builders/world.ts';

const EXPECT = { connection: '    expect: [{ kind: customers, every: 24h, grace: 2h }]' };

function openAlerts(world: World) {
  return world.ctx.db.sql<{ cause: string; message: string; hint: string }>(
    `SELECT split_part(cause, ':', 1) || ':' || split_part(cause, ':', 3) AS cause, message, hint FROM alert
      WHERE resolved_at IS NULL ORDER BY cause`,
  );
}

/** As if all that happened so far had happened so many hours earlier. */
async function hoursPass(world: World, hours: number): Promise<void> {
  const { sql } = world.ctx.db;
  const ago = `- ${hours} * interval '1 hour'`;
  await sql(
    `UPDATE connection SET expect_set_at = expect_set_at ${ago}, created_at = created_at ${ago}, listed_at = listed_at ${ago}`,
  );
  await sql(`UPDATE source_file SET first_seen_at = first_seen_at ${ago}, archived_at = archived_at ${ago}`);
  await sql(
    `UPDATE push_batch SET created_at = created_at ${ago}, confirmed_at = confirmed_at ${ago}, sent_at = sent_at ${ago}`,
  );
  await sql(`UPDATE customer SET updated_at = updated_at ${ago}`);
}

test('an expected file that does not come opens one alert, and the file that comes resolves it', async () => {
  await using world = await createWorld(EXPECT);
  world.put('/pending/au/customers_20260105T200000Z.csv', customersCsv(people(2)));
  await world.sync();
  await hoursPass(world, 27);
  await world.sync();

  await watch(world.ctx);
  await watch(world.ctx);
  const late = await openAlerts(world);
  world.put('/pending/au/customers_20260106T200000Z.csv', customersCsv(people(3)));
  await world.sync();
  await watch(world.ctx);

  expect(late).toMatchObject([{ cause: 'expect:customers' }]);
  expect(late[0]?.message).toMatch(
    /^No customers file has come since \d+ \w+ \d{4}, \d\d:\d\d\. One is expected every 24 hours\./,
  );
  expect(late[0]?.hint).toContain('Check in Apparel21 that the export runs and writes to /pending/au.');
  expect(await openAlerts(world)).toEqual([]);
});

test('nobody is told before the grace is over', async () => {
  await using world = await createWorld(EXPECT);
  await hoursPass(world, 25);
  await world.sync();
  await watch(world.ctx);
  expect(await openAlerts(world)).toEqual([]);
});

test('a connection that never had a file is told about, counted from when files are expected', async () => {
  await using world = await createWorld(EXPECT);
  await hoursPass(world, 27);
  await world.sync();
  await watch(world.ctx);
  expect(await openAlerts(world)).toMatchObject([
    { message: expect.stringContaining('No customers file has come yet; it is expected since') as string },
  ]);
});

test('the time counts from the change of the setting, not from the connection', async () => {
  await using world = await createWorld();
  await hoursPass(world, 24 * 40);
  await world.apply(world.yaml.replace('list: Retail Customers', EXPECT.connection.trim()));
  await world.sync();
  await watch(world.ctx);
  expect(await openAlerts(world)).toEqual([]);
});

test('while nobody can look, or the connection is paused, nothing is said about files that may well lie there', async () => {
  await using world = await createWorld(EXPECT);
  await world.sync();
  await hoursPass(world, 27);
  await world.ctx.db.sql(
    `INSERT INTO alert (shop_id, connection_id, cause, code, message, hint)
     SELECT shop_id, id, 'intake:' || id, 'sftp_unreachable', 'down', '' FROM connection`,
  );
  await watch(world.ctx);
  const unreachable = await openAlerts(world);
  await world.ctx.db.sql(`UPDATE alert SET resolved_at = now()`);
  await world.ctx.db.sql(`UPDATE connection SET listed_at = now(), paused = true`);
  await watch(world.ctx);
  expect(unreachable).toMatchObject([{ message: 'down' }]);
  expect(await openAlerts(world)).toEqual([]);
});

test('a file of the test lane is no arrival', async () => {
  await using world = await createWorld(EXPECT);
  await hoursPass(world, 27);
  world.put('/test/au/customers_20260105T200000Z.csv', customersCsv(people(2)));
  await world.sync();
  await watch(world.ctx);
  expect(await openAlerts(world)).toMatchObject([{ cause: 'expect:customers' }]);
});

test('a connection that nobody looks at opens one alert, which the next look resolves', async () => {
  await using world = await createWorld();
  await world.sync();
  await hoursPass(world, 2);
  await watch(world.ctx);
  await watch(world.ctx);
  const standing = await openAlerts(world);
  await world.sync();
  await watch(world.ctx);
  expect(standing).toMatchObject([{ cause: 'stale:' }]);
  expect(standing[0]?.message).toContain('Nobody has looked for new files of "Klaviyo AU" since');
  expect(await openAlerts(world)).toEqual([]);
});

test('records that may go and do not are told, once they were left alone for long', async () => {
  await using world = await createWorld();
  world.put('/pending/au/customers_20260105T200000Z.csv', customersCsv(people(2)));
  await world.sync();
  const { sql } = world.ctx.db;
  await sql(`UPDATE customer SET status = 'pending', synced_hash = NULL`);
  await sql('UPDATE connection SET listed_at = now()');
  await watch(world.ctx);
  const atOnce = await openAlerts(world);
  await hoursPass(world, 2);
  await sql('UPDATE connection SET listed_at = now()');
  await watch(world.ctx);
  const later = await openAlerts(world);
  await sql('UPDATE shop_settings SET data_sync = false');
  await watch(world.ctx);
  expect(atOnce).toEqual([]);
  expect(later).toMatchObject([
    { message: expect.stringContaining('Records of "Klaviyo AU" could be sent since') as string },
  ]);
  expect(await openAlerts(world)).toEqual([]);
});

test('saving a connection without touching what it expects does not start the time anew', async () => {
  await using world = await createWorld(EXPECT);
  await hoursPass(world, 10);
  const read = () => world.ctx.db.sql<{ at: Date }>('SELECT expect_set_at AS at FROM connection');
  const before = await read();
  await world.apply(world.yaml.replace('/pending/au', '/pending/au\n    batchSize: 500'));
  expect(await read()).toEqual(before);
});
