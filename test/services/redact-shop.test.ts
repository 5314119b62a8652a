import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Context } from '#app/context.ts';
import { recordPrivacyRequest } from '#app/services/record-privacy-request.server.ts';
import { redactShop, shopsToRedact } from '#app/services/redact-shop.server.ts';
import { createTestContext } from '#test/builders/context.ts';
import { createCustomers, createFile, createShop } from '#test/builders/shops.ts';

const GOING = 'going.myshopify.com';
const STAYING = 'staying.myshopify.com';

const whole = () => new AbortController().signal;

/** A shop with something in every table that knows shops. */
async function fullShop(ctx: Context, domain: string): Promise<string> {
  const { sql } = ctx.db;
  const owner = await createShop(ctx.db, domain);
  const { shopId, connectionId } = owner;
  await createCustomers(ctx.db, owner, { synced: 30, failed: 5 });
  await createFile(ctx.db, owner, { name: 'a.csv', status: 'archived', rows: { read: 1, created: 1 } });
  for (const table of ['"order"', 'reward']) {
    await sql(
      `INSERT INTO ${table} (shop_id, connection_id, external_id, source, source_hash, rules_hash, status, customer_key)
       VALUES ($1, $2, 'x', '{}', '', '', 'synced', '1')`,
      [shopId, connectionId],
    );
  }
  await sql(
    `INSERT INTO test_slot (run_id, record_id, place)
     SELECT id, gen_random_uuid(), 1 FROM import_run WHERE shop_id = $1 LIMIT 1`,
    [shopId],
  );
  const batch = randomUUID();
  await sql(
    `INSERT INTO push_batch (id, shop_id, connection_id, kind, status) VALUES ($1, $2, $3, 'events', 'done')`,
    [batch, shopId, connectionId],
  );
  await sql(
    `INSERT INTO push_item (batch_id, position, record_kind, record_id, part) VALUES ($1, 0, 'orders', gen_random_uuid(), 'events')`,
    [batch],
  );
  await sql(
    `INSERT INTO consent_decision (shop_id, connection_id, customer_id, channel, wish, action, code, reason, klaviyo)
     VALUES ($1, $2, gen_random_uuid(), 'email', 'subscribe', 'subscribe', '', '', '{}')`,
    [shopId, connectionId],
  );
  await sql(
    `WITH told AS (INSERT INTO consent_export (shop_id, connection_id, name, path) VALUES ($1, $2, 'c.csv', '/c.csv') RETURNING id)
     INSERT INTO consent_leaving (customer_id, channel, shop_id, connection_id, state, export_id)
     SELECT c.id, 'email', $1, $2, 'unsubscribed', told.id FROM customer c, told WHERE c.connection_id = $2 LIMIT 3`,
    [shopId, connectionId],
  );
  await sql(
    `INSERT INTO record_error (shop_id, connection_id, severity, code, message) VALUES ($1, $2, 'error', '', '')`,
    [shopId, connectionId],
  );
  await sql(`INSERT INTO sftp_account (shop_id, host, username) VALUES ($1, 'h', 'u')`, [shopId]);
  await sql(`INSERT INTO column_settings (shop_id, kind, columns) VALUES ($1, 'customers', '{}')`, [shopId]);
  await sql(
    `INSERT INTO mapping (shop_id, scope, target, rules, position) VALUES ($1, 'customer', 't', '[]', 0)`,
    [shopId],
  );
  await sql(
    `INSERT INTO mapping_revision (shop_id, mapping_id, snapshot, actor) VALUES ($1, gen_random_uuid(), '{}', 'a')`,
    [shopId],
  );
  await sql(
    `WITH made AS (INSERT INTO translation_table (shop_id, name) VALUES ($1, 't') RETURNING id)
     INSERT INTO translation_entry (table_id, source, target) SELECT id, 'a', 'b' FROM made`,
    [shopId],
  );
  await sql(`INSERT INTO translation_miss (shop_id, table_name, value) VALUES ($1, 't', 'v')`, [shopId]);
  await sql(`INSERT INTO alert (shop_id, cause, code, message, hint) VALUES ($1, 'c', 'c', 'm', '')`, [
    shopId,
  ]);
  await sql(
    `INSERT INTO audit_log (shop_id, actor, action, subject, changes) VALUES ($1, 'a', 'b', 'c', '[]')`,
    [shopId],
  );
  await sql(
    `INSERT INTO daily_figure (shop_id, connection_id, day, record_kind) VALUES ($1, $2, '2026-01-01', 'orders')`,
    [shopId, connectionId],
  );
  await sql(`INSERT INTO task (shop_id, kind, input, actor) VALUES ($1, 'k', '{}', 'a')`, [shopId]);
  await sql(
    `INSERT INTO download_ticket (token_hash, shop_id, kind, input, expires_at) VALUES ($2, $1, 'k', '{}', now())`,
    [shopId, domain],
  );
  await sql(`INSERT INTO suppression (shop_id, identity_hash) VALUES ($1, 'h')`, [shopId]);
  await sql(`INSERT INTO erasure (shop_id, actor, label) VALUES ($1, 'a', 'l')`, [shopId]);
  await sql(`INSERT INTO shop_upkeep (shop_id, name) VALUES ($1, 'clean-files')`, [shopId]);
  await sql(
    `INSERT INTO mail (shop_id, key, kind, recipient, subject, text, html) VALUES ($1, 'k', 'problems', 'a@example.org', 's', 't', 'h')`,
    [shopId],
  );
  await sql(`INSERT INTO mail_cause (shop_id, cause) VALUES ($1, 'c')`, [shopId]);
  await sql(`INSERT INTO webhook_receipt (id, topic, shop) VALUES ($1, 't', $1)`, [domain]);
  await sql(`INSERT INTO "Session" (id, shop, state, "accessToken") VALUES ($1, $1, '', 'sealed')`, [domain]);
  return shopId;
}

/** Tables that belong to no shop. */
const OF_NO_SHOP = ['_prisma_migrations', 'upkeep_run', 'job_mark', 'key_check', 'klaviyo_budget'];

async function rowsByTable(ctx: Context): Promise<Record<string, number>> {
  const tables = await ctx.db.sql<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND NOT table_name = ANY($1)`,
    [OF_NO_SHOP],
  );
  const counts: Record<string, number> = {};
  for (const { name } of tables) {
    const [row] = await ctx.db.sql<{ count: number }>(`SELECT count(*)::int AS count FROM "${name}"`);
    counts[name] = row?.count ?? 0;
  }
  return counts;
}

async function askToRedact(ctx: Context, domain: string): Promise<void> {
  await recordPrivacyRequest(ctx, { domain, topic: 'SHOP_REDACT', payload: {} });
}

test('everything of one shop is deleted and nothing of another', async () => {
  await using made = await createTestContext();
  const { ctx } = made;
  await fullShop(ctx, STAYING);
  await askToRedact(ctx, STAYING); // it has come back meanwhile
  const before = await rowsByTable(ctx);
  const shopId = await fullShop(ctx, GOING);
  await askToRedact(ctx, GOING);
  await ctx.db.sql('UPDATE shop SET uninstalled_at = now() WHERE id = $1', [shopId]);

  expect(Object.entries(before).filter(([, count]) => count === 0)).toEqual([]);
  expect(await shopsToRedact(ctx)).toEqual([shopId]);
  expect(await redactShop(ctx, shopId, { signal: whole() })).toBe(true);

  expect(await rowsByTable(ctx)).toEqual(before);
  expect(await shopsToRedact(ctx)).toEqual([]);
});

test('a redaction that is interrupted is finished by the next turn, and repeating it is nothing', async () => {
  await using made = await createTestContext();
  const { ctx } = made;
  const shopId = await fullShop(ctx, GOING);
  await askToRedact(ctx, GOING);
  await ctx.db.sql('UPDATE shop SET uninstalled_at = now()');

  expect(await redactShop(ctx, shopId, { signal: AbortSignal.abort() })).toBe(false);
  expect(await ctx.db.sql('SELECT 1 FROM shop')).toHaveLength(1);
  expect(await redactShop(ctx, shopId, { signal: whole() })).toBe(true);
  expect(await redactShop(ctx, shopId, { signal: whole() })).toBe(true);
  expect(await ctx.db.sql('SELECT 1 FROM shop')).toEqual([]);
});

test('an installed shop, and one of which Shopify has not asked it, are left alone', async () => {
  await using made = await createTestContext();
  const { ctx } = made;
  const installed = await fullShop(ctx, STAYING);
  await askToRedact(ctx, STAYING);
  const unasked = await fullShop(ctx, GOING);
  await ctx.db.sql('UPDATE shop SET uninstalled_at = now() WHERE id = $1', [unasked]);
  const before = await rowsByTable(ctx);
  await redactShop(ctx, installed, { signal: whole() });
  await redactShop(ctx, unasked, { signal: whole() });
  expect(await rowsByTable(ctx)).toEqual(before);
});

test('while a pass is at work on a connection of the shop nothing of it is deleted', async () => {
  await using made = await createTestContext();
  const { ctx } = made;
  const shopId = await fullShop(ctx, GOING);
  await askToRedact(ctx, GOING);
  await ctx.db.sql('UPDATE shop SET uninstalled_at = now()');
  const [connection] = await ctx.db.sql<{ id: string }>('SELECT id FROM connection');
  const isOver = await ctx.db.withLock(`connection ${connection?.id}`, () =>
    redactShop(ctx, shopId, { signal: whole() }),
  );
  expect(isOver).toBe(false);
  expect(await ctx.db.sql('SELECT 1 FROM customer')).toHaveLength(35);
});
