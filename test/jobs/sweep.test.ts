import { Redis } from 'ioredis';
import { expect } from 'vitest';
import { openQueue } from '#app/adapters/queue.server.ts';
import { QUEUES } from '#app/adapters/queue-catalogue.server.ts';
import { queueStore } from '#app/adapters/queue-store.server.ts';
import { recordPrivacyRequest } from '#app/services/record-privacy-request.server.ts';
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
      ['upkeep_run', 'asked_at'],
      ['shop_upkeep', 'asked_at'],
    ]) {
      await ctx.db.sql(`UPDATE ${table} SET ${column} = ${column} - interval '6 minutes'`); // as if it were six minutes later
    }
    await sweep(ctx);

    expect(before).toEqual({
      'intake.connection': 1,
      'push.connection': 1,
      'upkeep.task': 1,
      'upkeep.watch': 1,
      'upkeep.retention': 1,
      'upkeep.clean-files': 1,
      'upkeep.redact-shop': 1,
    });
    expect(emptied).toEqual({});
    expect(await waiting(redis.url)).toEqual(before);
    await queue.close();
  },
);
