import { existsSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { openQueue } from '#app/adapters/queue.server.ts';
import { QUEUES } from '#app/adapters/queue-catalogue.server.ts';
import { queueStore } from '#app/adapters/queue-store.server.ts';
import { recordPrivacyRequest } from '#app/services/record-privacy-request.server.ts';
import { customersCsv, people } from '#test/builders/exports.ts';
import { createWorld } from '#test/builders/world.ts';
import { startWorkers } from '#app/adapters/queue-workers.server.ts';
import { jobHandlers } from '#workers/jobs/handlers.ts';
import { createTestContext } from '#test/builders/context.ts';
import { silentLog } from '#test/builders/log.ts';
import { startRedis } from '#test/builders/redis.ts';
import { createCustomers, createShop } from '#test/builders/shops.ts';
import { testWith } from '#test/builders/system-programs.ts';
import { sweep } from '#workers/jobs/sweep.ts';

/** What waits in the queues, by name. */
async function waiting(redisUrl: string): Promise<Record<string, number>> {
  const store = queueStore({ redisUrl, databaseUrl: 'postgres://127.0.0.1:1/unused' });
  const counts: Record<string, number> = {};
  for (const name of QUEUES) {
    const queue = store.openQueue(name);
    for (const job of await queue.getJobs(['waiting', 'prioritized', 'delayed'])) {
      counts[job.name] = (counts[job.name] ?? 0) + 1;
    }
    await queue.close();
  }
  return counts;
}

testWith(
  'redis-server',
  'a Redis that was emptied is filled again from PostgreSQL by the next sweeps',
  async () => {
    await using redis = await startRedis();
    await using made = await createTestContext();
    const queue = openQueue({ redisUrl: redis.url, databaseUrl: made.databaseUrl, log: silentLog() });
    const ctx = { ...made.ctx, queue };
    const owner = await createShop(ctx.db, 'here.myshopify.com');
    await createCustomers(ctx.db, owner, { pending: 1 });
    await ctx.db.sql(`UPDATE connection SET consent_back = 'daily' WHERE shop_id = $1`, [owner.shopId]);
    await ctx.db.sql(`INSERT INTO sftp_account (shop_id, host, username) VALUES ($1, 'h', 'u')`, [
      owner.shopId,
    ]);
    await ctx.db.sql(`INSERT INTO task (shop_id, kind, input, actor) VALUES ($1, 'k', '{}', 'a')`, [
      owner.shopId,
    ]);
    const gone = await createShop(ctx.db, 'gone.myshopify.com');
    await recordPrivacyRequest(ctx, { domain: 'gone.myshopify.com', topic: 'SHOP_REDACT', payload: {} });
    await ctx.db.sql('UPDATE shop SET uninstalled_at = now() WHERE id = $1', [gone.shopId]);

    await sweep(ctx);
    await sweep(ctx);
    const before = await waiting(redis.url);
    const client = new Redis(redis.url);
    await client.flushall();
    await client.quit();
    const emptied = await waiting(redis.url);
    for (const [table, column] of [
      ['connection', 'polled_at'],
      ['connection', 'push_woken_at'],
      ['connection', 'consent_asked_at'],
      ['upkeep_run', 'asked_at'],
      ['shop_upkeep', 'asked_at'],
    ]) {
      await ctx.db.sql(`UPDATE ${table} SET ${column} = ${column} - interval '6 minutes'`); // as if it were six minutes later
    }
    await sweep(ctx);

    expect(before).toEqual({
      'intake.connection': 1,
      'push.connection': 1,
      'push.consent-back': 1,
      'upkeep.task': 1,
      'upkeep.watch': 1,
      'upkeep.retention': 1,
      'upkeep.clean-files': 1,
      'upkeep.redact-shop': 1,
      'upkeep.mail': 1,
    });
    expect(emptied).toEqual({});
    expect(await waiting(redis.url)).toEqual(before);
    await queue.close();
  },
);

test('workers alone do the upkeep that is due: an old file goes, an alert opens, an uninstalled shop is redacted', async () => {
  await using world = await createWorld({
    connection: '    expect: [{ kind: orders, every: 1h, grace: 1h }]',
  });
  const { ctx, config } = world;
  const { sql } = ctx.db;
  world.put('/pending/au/customers_20260105T200000Z.csv', customersCsv(people(2)));
  await world.sync();
  await sql(`UPDATE source_file SET archived_at = archived_at - interval '31 days'`);
  await sql(`UPDATE connection SET expect_set_at = now() - interval '5 hours'`);
  await createShop(ctx.db, 'gone.myshopify.com');
  await recordPrivacyRequest(ctx, { domain: 'gone.myshopify.com', topic: 'SHOP_REDACT', payload: {} });
  await sql(`UPDATE shop SET uninstalled_at = now() WHERE domain = 'gone.myshopify.com'`);
  const file = path.join(world.sftpRoot, 'processed/au/customers_20260105T200000Z.csv');
  const old = Date.now() / 1_000 - 31 * 86_400;
  utimesSync(file, old, old);
  const workers = await startWorkers(ctx, jobHandlers, {
    redisUrl: null,
    databaseUrl: config.databaseUrl,
    log: silentLog(),
    sweepEveryMs: 200,
  });
  try {
    const isDone = async () =>
      !existsSync(file) &&
      (await sql('SELECT 1 FROM shop')).length === 1 &&
      (await sql(`SELECT 1 FROM alert WHERE code = 'file_overdue'`)).length === 1;
    for (let looks = 0; looks < 300 && !(await isDone()); looks += 1) {
      await pause(100);
    }
    expect(await isDone()).toBe(true);
  } finally {
    await workers.close();
  }
});
