import { expect, test } from 'vitest';
import type { Context } from '#app/context.ts';
import { claimDuePolls, claimDuePushes, mayPushNow, openTasks } from '#app/pipeline/upkeep/due-work.ts';
import { claimDueSteps } from '#app/pipeline/upkeep/schedule.ts';
import { createTestContext } from '#test/builders/context.ts';
import { createCustomers, createFile, createShop } from '#test/builders/shops.ts';

const DOMAIN = 'busy.myshopify.com';

async function failing(ctx: Context, half: 'intake' | 'push', since: string): Promise<void> {
  await ctx.db.sql(
    `INSERT INTO alert (shop_id, connection_id, cause, code, message, hint, opened_at)
     SELECT shop_id, id, $1 || ':' || id, 'c', 'm', '', now() - $2::interval FROM connection`,
    [half, since],
  );
}

test('a connection is handed out once per poll interval, whoever asks', async () => {
  await using made = await createTestContext();
  const { ctx } = made;
  const owner = await createShop(ctx.db, DOMAIN);
  const asked = await Promise.all([claimDuePolls(ctx), claimDuePolls(ctx), claimDuePolls(ctx)]);
  await ctx.db.sql(`UPDATE connection SET polled_at = now() - interval '29 seconds'`);
  const early = await claimDuePolls(ctx);
  await ctx.db.sql(`UPDATE connection SET polled_at = now() - interval '31 seconds'`);
  expect(asked.flat()).toEqual([owner]);
  expect(early).toEqual([]);
  expect(await claimDuePolls(ctx)).toEqual([owner]);
});

test.each([
  ['an uninstalled shop', 'UPDATE shop SET uninstalled_at = now()'],
  ['a paused connection', 'UPDATE connection SET paused = true'],
  ['a removed connection', 'UPDATE connection SET removed_at = now()'],
  ['sample data', `UPDATE connection SET mode = 'sample'`],
])('%s is neither looked at nor sent for', async (_, change) => {
  await using made = await createTestContext();
  const { ctx } = made;
  const owner = await createShop(ctx.db, DOMAIN);
  await createCustomers(ctx.db, owner, { pending: 1 });
  await ctx.db.sql(change);
  expect([await claimDuePolls(ctx), await claimDuePushes(ctx)]).toEqual([[], []]);
});

test.each([
  ['importing', `lease_until = now() - interval '1 second'`, 1],
  ['importing', `lease_until = now() + interval '1 minute'`, 0],
  ['imported', 'lease_until = NULL', 1],
  ['discovered', 'lease_until = NULL', 1],
  ['held', 'lease_until = NULL', 0],
])('with a long poll interval, a file %s with %s is taken up before it: %i', async (status, lease, times) => {
  await using made = await createTestContext();
  const { ctx } = made;
  const owner = await createShop(ctx.db, DOMAIN);
  await createFile(ctx.db, owner, { name: 'a.csv', status });
  await ctx.db.sql(`UPDATE source_file SET ${lease}`);
  await ctx.db.sql('UPDATE shop_settings SET poll_seconds = 86400');
  await ctx.db.sql(`UPDATE connection SET polled_at = now() - interval '50 seconds'`);
  const early = await claimDuePolls(ctx);
  await ctx.db.sql(`UPDATE connection SET polled_at = now() - interval '70 seconds'`);
  expect(early).toEqual([]);
  expect(await claimDuePolls(ctx)).toHaveLength(times);
});

test('a server that is down for hours is looked at every five minutes, not at every interval', async () => {
  await using made = await createTestContext();
  const { ctx } = made;
  await createShop(ctx.db, DOMAIN);
  await failing(ctx, 'intake', '5 hours');
  await ctx.db.sql(`UPDATE connection SET polled_at = now() - interval '4 minutes'`);
  const early = await claimDuePolls(ctx);
  await ctx.db.sql(`UPDATE connection SET polled_at = now() - interval '6 minutes'`);
  expect(early).toEqual([]);
  expect(await claimDuePolls(ctx)).toHaveLength(1);
});

test('a connection with something to send is woken, and not again at once', async () => {
  await using made = await createTestContext();
  const { ctx } = made;
  const owner = await createShop(ctx.db, DOMAIN);
  const nothing = await claimDuePushes(ctx);
  await createCustomers(ctx.db, owner, { pending: 1 });
  expect(nothing).toEqual([]);
  expect(await claimDuePushes(ctx)).toEqual([owner]);
  expect(await claimDuePushes(ctx)).toEqual([]);
});

test.each([
  [`UPDATE customer SET next_attempt_at = now() + interval '1 hour'`, 0],
  [`UPDATE customer SET next_attempt_at = now() - interval '1 second'`, 1],
  ['UPDATE shop_settings SET data_sync = false', 0],
  ['UPDATE shop_settings SET data_sync = false; UPDATE customer SET send_now = true', 1],
  [`UPDATE connection SET mode = 'test'`, 0],
  [`UPDATE customer SET status = 'synced'`, 0],
])('what may be sent now is due, anything else is not: %s', async (change, times) => {
  await using made = await createTestContext();
  const { ctx } = made;
  const owner = await createShop(ctx.db, DOMAIN);
  await createCustomers(ctx.db, owner, { pending: 1 });
  await ctx.db.sql(change);
  expect(await claimDuePushes(ctx)).toHaveLength(times);
});

test.each(['planned', 'sending', 'uncertain', 'accepted'])(
  'a request that a killed process left %s has its connection woken, also in test mode and with data sync off',
  async (status) => {
    await using made = await createTestContext();
    const { ctx } = made;
    const { shopId, connectionId } = await createShop(ctx.db, DOMAIN);
    await ctx.db.sql(`UPDATE shop_settings SET data_sync = false; UPDATE connection SET mode = 'test'`);
    await ctx.db.sql(
      `INSERT INTO push_batch (shop_id, connection_id, kind, status) VALUES ($1, $2, 'events', $3)`,
      [shopId, connectionId, status],
    );
    expect(await claimDuePushes(ctx)).toHaveLength(1);
  },
);

test('while pushes fail, a look at the lanes is not always followed by one; what is mended is pushed at once', async () => {
  await using made = await createTestContext();
  const { ctx } = made;
  const { shopId, connectionId } = await createShop(ctx.db, DOMAIN);
  const usual = [await mayPushNow(ctx, shopId, connectionId), await mayPushNow(ctx, shopId, connectionId)];
  await failing(ctx, 'push', '5 hours');
  const refused = await mayPushNow(ctx, shopId, connectionId);
  await ctx.db.sql(`UPDATE connection SET push_woken_at = now() - interval '6 minutes'`);
  const again = await mayPushNow(ctx, shopId, connectionId);
  await ctx.db.sql('UPDATE alert SET resolved_at = now()');
  expect(usual).toEqual([true, true]);
  expect({ refused, again }).toEqual({ refused: false, again: true });
  expect(await mayPushNow(ctx, shopId, connectionId)).toBe(true);
});

test('tasks of installed shops that have not ended are found', async () => {
  await using made = await createTestContext();
  const { ctx } = made;
  const { shopId } = await createShop(ctx.db, DOMAIN);
  for (const status of ['waiting', 'running', 'done', 'failed']) {
    await ctx.db.sql(
      `INSERT INTO task (shop_id, kind, input, status, actor) VALUES ($1, 'k', '{}', $2, 'a')`,
      [shopId, status],
    );
  }
  const found = await openTasks(ctx);
  await ctx.db.sql('UPDATE shop SET uninstalled_at = now()');
  expect(found).toHaveLength(2);
  expect(await openTasks(ctx)).toEqual([]);
});

test('a step is handed out once; when its job is lost, again after a while; when it has ended, after its interval', async () => {
  await using made = await createTestContext();
  const { ctx } = made;
  const { sql } = ctx.db;
  const first = await claimDueSteps(ctx);
  const atOnce = await claimDueSteps(ctx);
  await sql(`UPDATE upkeep_run SET asked_at = now() - interval '6 minutes'`);
  const lost = await claimDueSteps(ctx);
  await sql(
    `UPDATE upkeep_run SET asked_at = now() - interval '2 hours', finished_at = now() - interval '2 hours'`,
  );
  const later = await claimDueSteps(ctx);
  expect([first.sort(), atOnce, lost.sort(), later]).toEqual([
    ['retention', 'watch'],
    [],
    ['retention', 'watch'],
    ['watch'],
  ]);
});
