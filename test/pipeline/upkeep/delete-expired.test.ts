import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { RETENTION_DAYS } from '#app/domain/retention.ts';
import { deleteExpired } from '#app/pipeline/upkeep/delete-expired.ts';
import { runStep } from '#app/pipeline/upkeep/schedule.ts';
import { createTestContext } from '#test/builders/context.ts';
import { createCustomers, createFile, createShop } from '#test/builders/shops.ts';

const DOMAIN = 'old.myshopify.com';

function run(ctx: Parameters<typeof deleteExpired>[0], signal = new AbortController().signal) {
  return deleteExpired(ctx, { signal });
}

/** Rows of each age in days: `INSERT … SELECT … FROM age` with `at` and `n`. */
const AGES = (count: number, days: number) =>
  `(SELECT n, now() - ${days} * interval '1 day' AS at FROM generate_series(1, ${count}) n) age`;

test('what has outlived its use goes, in chunks, and what is young stays', async () => {
  await using made = await createTestContext();
  const { ctx } = made;
  const { sql } = ctx.db;
  const { shopId, connectionId } = await createShop(ctx.db, DOMAIN);
  const {
    auditLog,
    expiredDownload,
    finishedTask,
    recordError,
    resolvedAlert,
    unseenTranslation,
    webhookReceipt,
  } = RETENTION_DAYS;
  for (const [count, more] of [
    [2_345, 1],
    [7, -1],
  ] as const) {
    await sql(
      `INSERT INTO audit_log (shop_id, actor, action, subject, changes, created_at) SELECT '${shopId}', 'a', 'b', 'c', '[]', at FROM ${AGES(count, auditLog + more)}`,
    );
    await sql(
      `INSERT INTO download_ticket (token_hash, shop_id, kind, input, expires_at) SELECT md5(n || 'x${more}'), '${shopId}', 'k', '{}', at FROM ${AGES(count, expiredDownload + more)}`,
    );
    await sql(
      `INSERT INTO task (shop_id, kind, input, status, actor, finished_at) SELECT '${shopId}', 'k', '{}', 'done', 'a', at FROM ${AGES(count, finishedTask + more)}`,
    );
    await sql(
      `INSERT INTO record_error (shop_id, connection_id, severity, code, message, created_at) SELECT '${shopId}', '${connectionId}', 'error', 'c', 'm', at FROM ${AGES(count, recordError + more)}`,
    );
    await sql(
      `INSERT INTO alert (shop_id, cause, code, message, hint, resolved_at) SELECT '${shopId}', 'c' || n, 'c', 'm', '', at FROM ${AGES(count, resolvedAlert + more)}`,
    );
    await sql(
      `INSERT INTO translation_miss (shop_id, table_name, value, last_seen) SELECT '${shopId}', 't${more}', n::text, at FROM ${AGES(count, unseenTranslation + more)}`,
    );
    await sql(
      `INSERT INTO webhook_receipt (id, topic, shop, received_at) SELECT md5(n || 'y${more}'), 't', 's', at FROM ${AGES(count, webhookReceipt + more)}`,
    );
  }
  await sql(
    `INSERT INTO alert (shop_id, cause, code, message, hint, opened_at) VALUES ($1, 'open', 'c', 'm', '', now() - interval '9 years')`,
    [shopId],
  );
  await sql(
    `INSERT INTO task (shop_id, kind, input, status, actor, created_at) VALUES ($1, 'k', '{}', 'waiting', 'a', now() - interval '9 years')`,
    [shopId],
  );

  expect(await run(ctx)).toBe(true);

  const left = await Promise.all(
    [
      'audit_log',
      'download_ticket',
      'record_error',
      'translation_miss',
      'webhook_receipt',
      'alert',
      'task',
    ].map(async (table) => [
      table,
      ...(await sql<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`)).map(
        ({ count }) => count,
      ),
    ]),
  );
  expect(left).toEqual([
    ['audit_log', 7],
    ['download_ticket', 7],
    ['record_error', 7],
    ['translation_miss', 7],
    ['webhook_receipt', 7],
    ['alert', 8],
    ['task', 8],
  ]);
});

test('of old requests those go whose records are settled; open ones and those that carried consent stay', async () => {
  await using made = await createTestContext();
  const { ctx } = made;
  const { sql } = ctx.db;
  const { shopId, connectionId } = await createShop(ctx.db, DOMAIN);
  async function batch(kind: string, status: string, { days = 200, open = false } = {}): Promise<string> {
    const id = randomUUID();
    await sql(
      `INSERT INTO push_batch (id, shop_id, connection_id, kind, status, item_count, created_at)
       VALUES ($1, $2, $3, $4, $5, 1, now() - $6::int * interval '1 day')`,
      [id, shopId, connectionId, kind, status, days],
    );
    await sql(
      `INSERT INTO push_item (batch_id, position, record_kind, record_id, part, open) VALUES ($1, 0, 'customers', gen_random_uuid(), 'profile', $2)`,
      [id, open],
    );
    return id;
  }
  await batch('profile-import', 'done');
  await batch('events', 'withdrawn');
  const kept = [
    await batch('profile-import', 'done', { days: 100 }),
    await batch('profile-import', 'accepted', { open: true }),
    await batch('subscribe', 'done'),
    await batch('unsubscribe', 'done'),
  ];

  await run(ctx);

  const left = await sql<{ id: string }>('SELECT id FROM push_batch');
  const items = await sql('SELECT 1 FROM push_item');
  expect(left.map(({ id }) => id).sort()).toEqual(kept.sort());
  expect(items).toHaveLength(4);
});

test('while a run is not settled its requests stay: test mode counts by them', async () => {
  await using made = await createTestContext();
  const { ctx } = made;
  const { sql } = ctx.db;
  const owner = await createShop(ctx.db, DOMAIN);
  await createFile(ctx.db, owner, { name: 'a.csv', status: 'archived', rows: { read: 1, created: 1 } });
  await sql(`UPDATE import_run SET status = 'imported', started_at = now() - interval '300 days'`);
  await sql(
    `INSERT INTO push_batch (shop_id, connection_id, kind, status, item_count, created_at)
     VALUES ($1, $2, 'profile-import', 'done', 1, now() - interval '200 days')`,
    [owner.shopId, owner.connectionId],
  );
  await run(ctx);
  const whileOpen = await sql('SELECT 1 FROM push_batch');
  await sql('UPDATE import_run SET settled_at = now()');
  await run(ctx);
  expect(whileOpen).toHaveLength(1);
  expect(await sql('SELECT 1 FROM push_batch')).toEqual([]);
});

test('of old consent decisions the newest of each person and channel stays for ever', async () => {
  await using made = await createTestContext();
  const { ctx } = made;
  const { sql } = ctx.db;
  const { shopId, connectionId } = await createShop(ctx.db, DOMAIN);
  const decide = (customer: string, channel: string, days: number) =>
    sql(
      `INSERT INTO consent_decision (shop_id, connection_id, customer_id, channel, wish, action, code, reason, klaviyo, decided_at)
       VALUES ($1, $2, $3, $4, 'subscribe', 'subscribe', 'c', $5::text, '{}', now() - $5::int * interval '1 day')`,
      [shopId, connectionId, customer, channel, days],
    );
  const [ann, bob] = [randomUUID(), randomUUID()];
  await decide(ann, 'email', 900);
  await decide(ann, 'email', 800);
  await decide(ann, 'sms', 900);
  await decide(bob, 'email', 900);
  await decide(bob, 'email', 10);
  await run(ctx);
  const left = await sql<{ channel: string; reason: string }>(
    'SELECT channel, reason FROM consent_decision ORDER BY reason, channel',
  );
  expect(left.map(({ channel, reason }) => `${channel} ${reason}`)).toEqual([
    'email 10',
    'email 800',
    'sms 900',
  ]);
});

test('a turn that is over leaves the rest to the next one', async () => {
  await using made = await createTestContext();
  const { ctx } = made;
  const { shopId } = await createShop(ctx.db, DOMAIN);
  await ctx.db.sql(
    `INSERT INTO audit_log (shop_id, actor, action, subject, changes, created_at) SELECT '${shopId}', 'a', 'b', 'c', '[]', at FROM ${AGES(10, 900)}`,
  );
  expect(await run(ctx, AbortSignal.abort())).toBe(false);
  expect(await run(ctx)).toBe(true);
  expect(await ctx.db.sql('SELECT 1 FROM audit_log')).toEqual([]);
});

test('of two processes that are given the same step one runs it', async () => {
  await using made = await createTestContext();
  const { ctx } = made;
  let runs = 0;
  await runStep(ctx, 'retention', async () => {
    runs += 1;
    await runStep(ctx, 'retention', async () => {
      runs += 1;
      return true;
    });
    return true;
  });
  expect(runs).toBe(1);
});

test('sessions of an uninstalled shop go, and those of others stay', async () => {
  await using made = await createTestContext();
  const { ctx } = made;
  const { sql } = ctx.db;
  await createShop(ctx.db, DOMAIN);
  await createShop(ctx.db, 'here.myshopify.com');
  for (const shop of [DOMAIN, 'here.myshopify.com']) {
    await sql(`INSERT INTO "Session" (id, shop, state, "accessToken") VALUES ($1, $1, '', 'sealed')`, [shop]);
  }
  await sql(`UPDATE shop SET uninstalled_at = now() - interval '2 hours' WHERE domain = $1`, [DOMAIN]);
  await run(ctx);
  expect(await sql('SELECT shop FROM "Session"')).toEqual([{ shop: 'here.myshopify.com' }]);
});

test('figures of a connection without passes are folded', async () => {
  await using made = await createTestContext();
  const { ctx } = made;
  const owner = await createShop(ctx.db, DOMAIN);
  await createCustomers(ctx.db, owner, { pending: 1 });
  for (let turn = 0; turn < 40; turn += 1) {
    await ctx.db.sql(
      `UPDATE customer SET status = CASE status WHEN 'pending' THEN 'held' ELSE 'pending' END`,
    );
  }
  await run(ctx);
  expect(await ctx.db.sql('SELECT status, count FROM record_figure')).toEqual([
    { status: 'pending', count: 1 },
  ]);
});
