import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { runCli, startCli } from '#test/builders/cli.ts';
import { startRedis } from '#test/builders/redis.ts';
import { testWith } from '#test/builders/system-programs.ts';
import { expectWholeAndOnce, fill } from '#test/builders/whole-and-once.ts';
import { createWorld, type World } from '#test/builders/world.ts';

const READY = /Threadline works/;
const ENV = { THREADLINE_CONSENT_SETTLE_MS: '1500' };

/** Has the shop's folders looked into at once, as a poll would. */
function poll(world: World): Promise<unknown> {
  return world.ctx.db.sql('UPDATE connection SET polled_at = NULL');
}

async function isAllSynced(world: World): Promise<boolean> {
  const [row] = await world.ctx.db.sql<{ open: number; total: number }>(
    `SELECT count(*) FILTER (WHERE status <> 'synced')::int AS open, count(*)::int AS total
       FROM (SELECT status FROM customer UNION ALL SELECT status FROM "order" UNION ALL SELECT status FROM reward) t`,
  );
  const [files] = await world.ctx.db.sql<{ open: number }>(
    `SELECT count(*) FILTER (WHERE status <> 'archived')::int AS open FROM source_file`,
  );
  return row?.open === 0 && row.total === 130 && files?.open === 0;
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  for (let look = 0; look < 600; look += 1) {
    if (await isTrue()) {
      return;
    }
    await pause(100);
  }
  throw new Error('waited in vain');
}

test(
  'workers that are stopped again and again under load exit with 0, and nothing is done twice',
  { timeout: 400_000 },
  async () => {
    await using world = await createWorld({
      connection: '    list: Retail Customers\n    batchSize: 10',
      extra: 'automation: { pollSeconds: 10 }',
      klaviyo: { latencyMs: 120, jobDurationMs: 400, processingDelayMs: 20 },
    });
    fill(world);
    const env = { ...world.env, ...ENV };
    const stops: number[] = [];
    for (let round = 0; round < 6 && !(await isAllSynced(world)); round += 1) {
      await poll(world);
      await using worker = await startCli(['work'], READY, { env });
      const afterMs = randomInt(200, 2_500);
      stops.push(afterMs);
      await pause(afterMs);
      expect(await worker.stop(), `stopped after ${stops.join(', ')} ms`).toBe(0);
      expect(worker.output.stderr).not.toContain('still under way');
    }
    await poll(world);
    await using last = await startCli(['work'], READY, { env });
    await until(() => isAllSynced(world));

    expect(await last.stop()).toBe(0);
    await expectWholeAndOnce(world);
  },
);

test('a worker that is stopped while Klaviyo does not answer exits all the same, and says what it leaves', async () => {
  let isHanging = false;
  await using world = await createWorld({
    klaviyo: {
      faults: [{ match: { path: '/api/event-bulk-create-jobs' }, kind: 'hang', accepted: true, times: 1 }],
      onRequest: ({ fault }) => void (isHanging ||= fault === 'hang'),
    },
  });
  fill(world);
  await using worker = await startCli(['work'], READY, { env: { ...world.env, ...ENV } });
  await until(async () => isHanging);

  expect(await worker.stop()).toBe(0);
  expect(worker.output.stderr).toMatch(/still under way after 18 s: .* another worker goes on with it/);
  await world.sync();
  await expectWholeAndOnce(world);
});

test('a worker that cannot start says why in one line and ends', { timeout: 240_000 }, async () => {
  await using world = await createWorld();
  const wrongKey = { THREADLINE_ENCRYPTION_KEYS: `test:${Buffer.alloc(32, 8).toString('base64')}` };
  const otherKey = { THREADLINE_ENCRYPTION_KEYS: `new:${Buffer.alloc(32, 8).toString('base64')}` };
  const nowhere = { DATABASE_URL: 'postgres://nobody:hunter2@127.0.0.1:1/nothing' };
  const noRedis = { REDIS_URL: 'redis://:hunter2@127.0.0.1:1' };
  for (const [given, code, said] of [
    [wrongKey, 2, /encryption keys are not the ones.*THREADLINE_ENCRYPTION_KEYS/],
    [otherKey, 2, /encryption keys are not the ones.*key "test".*THREADLINE_ENCRYPTION_KEYS/],
    [nowhere, 3, /127\.0\.0\.1:1.*does not answer.*DATABASE_URL/],
    [noRedis, 3, /Redis at 127\.0\.0\.1:1 does not answer.*REDIS_URL/],
  ] as const) {
    const ended = await runCli(['work'], { env: { ...world.env, ...given } });
    expect(ended).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(said) as string });
    expect(ended.stderr.trim().split('\n')).toHaveLength(1);
    expect(ended.stderr).not.toContain('hunter2');
  }
});

test('keys may be changed in two steps: the new one before the old one, then the new one alone', async () => {
  await using world = await createWorld();
  const [old, young] = [7, 9].map((byte) => Buffer.alloc(32, byte).toString('base64'));
  const given = (keys: string) => ({ env: { ...world.env, THREADLINE_ENCRYPTION_KEYS: keys } });

  expect(await runCli(['status', '--json'], given(`young:${young},test:${old}`))).toMatchObject({ code: 0 });
  expect(await runCli(['status', '--json'], given(`young:${young}`))).toMatchObject({ code: 0 });
  expect(await runCli(['status', '--json'], given(`test:${old}`))).toMatchObject({ code: 2 });
});

test('a worker that may not migrate refuses an older database in one line, and works with a newer one', async () => {
  await using world = await createWorld();
  const env = { ...world.env, THREADLINE_MIGRATIONS: 'check' };
  await world.ctx.db.sql(
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
     VALUES ('1', 'x', '29991231000000_from_the_future', now(), 1)`,
  );
  await using worker = await startCli(['work'], READY, { env });
  expect(await worker.stop()).toBe(0);

  await world.ctx.db.sql(`DELETE FROM _prisma_migrations WHERE migration_name LIKE '%_turns'`);
  const refused = await runCli(['work'], { env });
  expect(refused).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/older than this version.*"threadline migrate"/) as string,
  });
  expect(refused.stderr.trim().split('\n')).toHaveLength(1);
});

testWith(
  'redis-server',
  'a worker goes on by itself when a Redis that went away is back, emptied',
  async () => {
    await using world = await createWorld({ extra: 'automation: { pollSeconds: 10 }' });
    await using redis = await startRedis();
    const env = { ...world.env, ...ENV, REDIS_URL: redis.url };
    await using worker = await startCli(['work'], READY, { env });
    await redis.restart();
    fill(world);
    await poll(world);

    await until(() => isAllSynced(world));

    expect(await worker.stop()).toBe(0);
    await expectWholeAndOnce(world);
  },
);

test('a worker whose connections to PostgreSQL break again and again goes on by itself, and nothing is done twice', async () => {
  await using world = await createWorld({
    connection: '    list: Retail Customers\n    batchSize: 10',
    extra: 'automation: { pollSeconds: 10 }',
    klaviyo: { latencyMs: 60, jobDurationMs: 200, processingDelayMs: 20 },
  });
  await using worker = await startCli(['work'], READY, { env: { ...world.env, ...ENV } });
  fill(world);
  await poll(world);
  for (let round = 0; round < 4; round += 1) {
    await pause(randomInt(300, 1_500));
    await world.ctx.db.sql(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
    await poll(world);
  }

  await until(() => isAllSynced(world));

  expect(await worker.stop()).toBe(0);
  await expectWholeAndOnce(world);
});
