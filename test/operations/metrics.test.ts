import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { QUEUE_STATES, type Context } from '#app/context.ts';
import { openQueue } from '#app/adapters/queue.server.ts';
import { AppError } from '#app/domain/errors.ts';
import { observed } from '#workers/jobs/observed.ts';
import { jobHandlers } from '#workers/jobs/handlers.ts';
import { createMetrics } from '#workers/operations/metrics.ts';
import { startProbes } from '#workers/operations/probe-server.ts';
import { createTestDatabase } from '#test/builders/database.ts';
import { customersCsv, people } from '#test/builders/exports.ts';
import { recordingLog, silentLog } from '#test/builders/log.ts';
import { startRedis } from '#test/builders/redis.ts';
import { createCustomers, createFile, createShop } from '#test/builders/shops.ts';
import { testWith } from '#test/builders/system-programs.ts';
import { startTestWeb, webContext } from '#test/builders/web.ts';
import { createWorld } from '#test/builders/world.ts';

const ONE = 'one.myshopify.com';
const TWO = 'two.myshopify.com';
const TOKEN = 'a-token-of-the-monitoring';

const textOf = async (ctx: Context, metrics = createMetrics()) => (await metrics.read(ctx)).text;

test('the figures of the installation add up all shops and name none of them', async () => {
  await using database = await createTestDatabase();
  const { sql } = database.db;
  const one = await createShop(database.db, ONE);
  const two = await createShop(database.db, TWO);
  await createCustomers(database.db, one, { failed: 3, synced: 1 });
  await createCustomers(database.db, two, { failed: 2 });
  await sql(`UPDATE customer SET reason = '{"code": "invalid_email"}' WHERE status = 'failed'`);
  await sql(`UPDATE customer SET reason = '{"code": "no_identifier"}' WHERE external_id = 'failed-0'`);
  for (const { shopId } of [one, two]) {
    await sql(
      `INSERT INTO alert (shop_id, cause, code, message, hint, resolved_at) VALUES
         ($1, 'a', 'sftp_unreachable', 'm', 'h', NULL), ($1, 'b', 'sftp_unreachable', 'm', 'h', now())`,
      [shopId],
    );
  }
  const text = await textOf(webContext(database.db));

  expect(text).toContain('threadline_up{service="database"} 1');
  expect(text).toContain('threadline_records{kind="customers",status="failed"} 5');
  expect(text).toContain('threadline_open_alerts{code="sftp_unreachable"} 2');
  expect(text).toContain('threadline_failed_record_connections{kind="customers",code="invalid_email"} 2');
  expect(text).toContain('threadline_failed_record_connections{kind="customers",code="no_identifier"} 2');
  expect(text).toContain('threadline_connections{state="active"} 2');
  expect(text).not.toMatch(/myshopify|Klaviyo AU/);
  expect(text).not.toContain(one.shopId);
});

test('the oldest unread file is told by lane; what waits on purpose makes nobody wait', async () => {
  await using database = await createTestDatabase();
  const { sql } = database.db;
  const busy = await createShop(database.db, ONE);
  const paused = await createShop(database.db, TWO, { paused: true });
  await createFile(database.db, busy, { name: 'customers_20260105T200000Z.csv', status: 'discovered' });
  await createFile(database.db, busy, { name: 'customers_20260104T200000Z.csv', status: 'archived' });
  await createFile(database.db, paused, { name: 'customers_20260103T200000Z.csv', status: 'discovered' });
  await sql(`UPDATE source_file SET first_seen_at = now() - interval '10 minutes' WHERE shop_id = $1`, [
    busy.shopId,
  ]);
  await sql(`UPDATE source_file SET first_seen_at = now() - interval '9 days' WHERE shop_id = $1`, [
    paused.shopId,
  ]);

  const text = await textOf(webContext(database.db));

  const [, age] = /threadline_oldest_unread_file_seconds\{lane="pending"\} (\S+)/.exec(text) ?? [];
  expect(Math.floor(Number(age) / 60)).toBe(10);
  expect(text).toContain('threadline_oldest_unread_file_seconds{lane="bulk"} 0');
  expect(text).toContain('threadline_open_files{status="discovered"} 2');
});

test('no figure of the installation reads a table of records whole', async () => {
  await using database = await createTestDatabase();
  const asked: string[] = [];
  const ctx = webContext(database.db);
  const watching: Context = {
    ...ctx,
    db: {
      ...ctx.db,
      sql: (text, parameters) => {
        asked.push(text);
        return ctx.db.sql(text, parameters);
      },
    },
  };
  const { shopId, connectionId } = await createShop(database.db, ONE);
  await createCustomers(database.db, { shopId, connectionId }, { synced: 400, failed: 4 });
  await database.db.sql('ANALYZE');
  await textOf(watching);

  const plans = await database.db.transaction('plans', async (sql) => {
    await sql('SET LOCAL enable_seqscan = off');
    const found: string[] = [];
    for (const text of asked.filter((one) =>
      /FROM (customer|"order"|reward|source_file|alert)(?=\s)/.test(one),
    )) {
      const kind = text.includes('FROM customer')
        ? 'customers'
        : text.includes('"order"')
          ? 'orders'
          : 'rewards';
      const rows = await sql<Record<string, string>>(`EXPLAIN ${text}`, text.includes('$1') ? [kind] : []);
      found.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
    }
    return found;
  });

  // Three kinds of records, two figures of files, one of alerts.
  expect(plans).toHaveLength(6);
  expect(
    plans.filter((plan) => /Seq Scan on (customer|order|reward|source_file|alert)\b/.test(plan)),
  ).toEqual([]);
});

for (const { store, testOn } of [
  {
    store: 'PostgreSQL',
    testOn: (name: string, body: (redisUrl: string | null) => Promise<void>) => test(name, () => body(null)),
  },
  {
    store: 'Redis',
    testOn: (name: string, body: (redisUrl: string | null) => Promise<void>) =>
      testWith('redis-server', name, async () => {
        await using redis = await startRedis();
        await body(redis.url);
      }),
  },
]) {
  testOn(`${store}: the depth of every queue is told by state`, async (redisUrl) => {
    await using database = await createTestDatabase();
    const queue = openQueue({ redisUrl, databaseUrl: database.url, log: silentLog() });
    try {
      const shopId = '00000000-0000-4000-8000-000000000001';
      await queue.add('push.connection', { shopId, connectionId: '00000000-0000-4000-8000-000000000002' });
      await queue.add('push.connection', { shopId, connectionId: '00000000-0000-4000-8000-000000000003' });

      const text = await textOf(webContext(database.db, { queue }));

      expect(text).toContain('threadline_queue_jobs{queue="push",state="waiting"} 2');
      for (const state of QUEUE_STATES) {
        expect(text).toContain(`threadline_queue_jobs{queue="intake",state="${state}"} 0`);
      }
    } finally {
      await queue.close();
    }
  });
}

test('a pass counts its rows and its requests to Klaviyo, by operation and answer', async () => {
  await using world = await createWorld();
  const { openContext } = await import('#app/context.server.ts');
  const { syncShop } = await import('#app/pipeline/sync-shop.ts');
  const metrics = createMetrics();
  const { ctx, close } = await openContext(world.config, { log: silentLog(), meter: metrics.meter });
  try {
    world.put('/pending/au/customers_20260105T200000Z.csv', customersCsv(people(3)));
    await syncShop(ctx, world.shopId, {});
    const text = await textOf(ctx, metrics);

    expect(text).toContain('threadline_rows_total{kind="customers",outcome="created"} 3');
    expect(text).toContain('threadline_rows_total{kind="customers",outcome="rejected"} 0');
    expect(text).toMatch(/threadline_klaviyo_requests_total\{operation="importProfiles",answer="2xx"\} 1/);
    expect(text).toMatch(/threadline_klaviyo_request_seconds_count\{operation="importProfiles"\} 1/);
  } finally {
    await close();
  }
});

test('a job is counted by name and outcome and timed, and its lines carry its ids', async () => {
  await using database = await createTestDatabase();
  const { log, lines } = recordingLog();
  const ctx = webContext(database.db, { log });
  const metrics = createMetrics();
  const shopId = '00000000-0000-4000-8000-000000000001';
  const connectionId = '00000000-0000-4000-8000-000000000002';
  const refuse = (retry: 'later' | 'person') => () =>
    Promise.reject(new AppError({ code: 'x', retry, message: 'm', hint: 'h' }));
  const handlers = observed(
    {
      ...jobHandlers,
      'intake.connection': async (given) => given.log.info({ rows: 3 }, 'inside'),
      'push.connection': refuse('later'),
      'upkeep.task': async () => ({ againInMs: 1 }),
      'upkeep.sweep': async () => undefined,
    },
    metrics.jobEnded,
  );
  const { signal } = new AbortController();

  await handlers['intake.connection'](ctx, { shopId, connectionId }, signal, signal);
  await expect(handlers['push.connection'](ctx, { shopId, connectionId }, signal, signal)).rejects.toThrow(
    'm',
  );
  await handlers['upkeep.task'](ctx, { shopId, taskId: connectionId }, signal, signal);
  const waiting = observed({ ...jobHandlers, 'push.connection': refuse('person') }, metrics.jobEnded);
  await expect(waiting['push.connection'](ctx, { shopId, connectionId }, signal, signal)).rejects.toThrow(
    'm',
  );
  await handlers['upkeep.sweep'](ctx, {}, signal, signal);
  const text = await textOf(ctx, metrics);

  for (const [job, outcome] of [
    ['intake.connection', 'done'],
    ['push.connection', 'failed'],
    ['push.connection', 'needs-person'],
    ['upkeep.task', 'again'],
    ['upkeep.sweep', 'done'],
  ]) {
    expect(text).toContain(`threadline_jobs_total{job="${job}",outcome="${outcome}"} 1`);
  }
  expect(text).toContain('threadline_job_seconds_count{job="push.connection"} 2');
  expect(text).toMatch(/threadline_last_done_timestamp_seconds\{job="upkeep\.sweep"\} \d/);
  expect(text).not.toContain('threadline_last_done_timestamp_seconds{job="intake.connection"}');
  expect(lines.find(({ msg }) => msg === 'inside')).toMatchObject({
    job: 'intake.connection',
    jobId: expect.any(String) as string,
    shopId,
    connectionId,
    rows: 3,
  });
});

test('the probes of a worker answer as those of the web server do', async () => {
  await using database = await createTestDatabase();
  const ctx = webContext(database.db);
  const down = { ...ctx, db: { ...ctx.db, sql: () => Promise.reject(new Error('postgres://u:hunter2@db')) } };
  const start = (given: Context) =>
    startProbes({
      ctx: given,
      metrics: createMetrics(),
      access: { token: null, openWithoutToken: true },
      port: 0,
      host: '127.0.0.1',
    });
  const up = await start(ctx);
  const ill = await start(down);
  try {
    expect((await fetch(`${up.url}/healthz`)).status).toBe(200);
    expect(await (await fetch(`${up.url}/readyz`)).json()).toEqual({ database: 'up', queue: 'up' });
    expect(await (await fetch(`${up.url}/metrics`)).text()).toContain('threadline_queue_jobs');
    expect((await fetch(`${up.url}/app`)).status).toBe(404);
    expect((await fetch(`${up.url}/healthz`, { method: 'POST' })).status).toBe(405);

    expect((await fetch(`${ill.url}/healthz`)).status).toBe(200);
    const ready = await fetch(`${ill.url}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.text()).toBe('{"database":"down","queue":"up"}');
    const metrics = await (await fetch(`${ill.url}/metrics`)).text();
    expect(metrics).toContain('threadline_up{service="database"} 0');
    expect(metrics).toContain('process_resident_memory_bytes');
  } finally {
    await up.close();
    await ill.close();
  }
});

test.each([
  { case: 'in production without a token', isProduction: true, token: null, sent: {}, status: 403 },
  { case: 'without the token', isProduction: true, token: TOKEN, sent: {}, status: 401 },
  {
    case: 'with another token',
    isProduction: false,
    token: TOKEN,
    sent: { authorization: `Bearer ${TOKEN}x` },
    status: 401,
  },
  {
    case: 'with the token',
    isProduction: true,
    token: TOKEN,
    sent: { authorization: `Bearer ${TOKEN}` },
    status: 200,
  },
])(
  'the public port answers for its metrics $case with $status',
  async ({ isProduction, token, sent, status }) => {
    await using database = await createTestDatabase();
    await using web = await startTestWeb(webContext(database.db), { isProduction, metricsToken: token });

    for (const address of [
      '/metrics',
      '/metrics/',
      '/metrics?x=1',
      '/metrics.data',
      '//metrics',
      '/Metrics',
    ]) {
      const answer = await fetch(web.url + address, { headers: sent as Record<string, string> });
      const text = await answer.text();
      if (status === 200 && address === '/metrics') {
        expect(text).toContain('threadline_records');
      }
      if (status !== 200) {
        expect(text.includes('process_resident'), address).toBe(false);
      }
    }
    const answer = await fetch(`${web.url}/metrics`, { headers: sent as Record<string, string> });
    expect(answer.status).toBe(status);
  },
);

test('every figure that the deployment guide names is one that there is', async () => {
  await using database = await createTestDatabase();
  const text = await textOf(webContext(database.db));
  const known = [...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name ?? '');
  const guide = readFileSync('workers/DEPLOYMENT.md', 'utf8');
  const named = [...guide.matchAll(/\b(threadline_[a-z_]+)\b/g)].map(([, name]) =>
    (name ?? '').replace(/_(bucket|sum|count)$/, ''),
  );

  expect(named.length).toBeGreaterThan(10);
  expect([...new Set(named)].filter((name) => !known.includes(name))).toEqual([]);
});
