import type { Context } from '#app/context.ts';
import { recordPrivacyRequest, type PrivacyTopic } from '#app/services/record-privacy-request.server.ts';
import { startErasure } from '#app/services/privacy/start-erasure.server.ts';
import { workPrivacyRequests } from '#app/services/privacy/work-privacy-requests.server.ts';
import { runTask } from '#app/services/tasks/run-task.server.ts';
import { SHOP, type World } from './world.ts';

/** Scopes of a key that may do everything but delete people. */
export const ALL_BUT_DELETION = [
  'profiles:read',
  'profiles:write',
  'lists:read',
  'lists:write',
  'events:write',
  'subscriptions:write',
];

/** One of Shopify's privacy webhooks, as it is recorded. */
export async function askAsShopify(
  world: World,
  topic: PrivacyTopic,
  customer: { email?: string; phone?: string },
  domain = SHOP,
): Promise<void> {
  const payload = { shop_domain: domain, customer: { id: 191167, ...customer } };
  await recordPrivacyRequest(world.ctx, { domain, topic, payload });
}

/** What a worker does about privacy, until nothing is due. */
export async function workThroughPrivacy({ ctx }: Pick<World, 'ctx'>): Promise<void> {
  await workPrivacyRequests(ctx);
  const tasks = await ctx.db.sql<{ id: string; shop_id: string }>(
    `SELECT id, shop_id FROM task WHERE status IN ('waiting', 'running') ORDER BY created_at`,
  );
  for (const { id: taskId, shop_id: shopId } of tasks) {
    let isOver = false;
    while (!isOver) {
      isOver = await runTask(ctx, shopId, { taskId, signal: AbortSignal.timeout(20_000) });
    }
  }
}

/** Erases whoever has the e-mail, as from their page, and works it through. */
export async function eraseByEmail(
  world: World,
  email: string,
  klaviyo: 'klaviyo' | 'here-only' = 'here-only',
): Promise<string> {
  const connections = await world.ctx.db.sql<{ id: string }>('SELECT id FROM connection WHERE shop_id = $1', [
    world.shopId,
  ]);
  const id = await startErasure(world.ctx, world.shopId, {
    person: { emails: [email], phones: [], keys: [] },
    actor: 'test',
    connectionIds: klaviyo === 'klaviyo' ? connections.map((one) => one.id) : [],
  });
  await workThroughPrivacy(world);
  return id ?? '';
}

/** As if what was sent to Klaviyo had been sent an hour ago: it has long landed. */
export async function letThingsLand({ ctx }: Pick<World, 'ctx'>): Promise<void> {
  await ctx.db.sql(`UPDATE push_batch SET sent_at = sent_at - interval '1 hour'`);
}

/** Where any of these texts stands, in any column of any table: `customer: 2`. Nothing = it stands nowhere. */
export async function tracesOf(ctx: Context, texts: readonly string[]): Promise<string[]> {
  const tables = await ctx.db.sql<{ name: string }>(
    `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
      WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE' ORDER BY 1`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const [row] = await ctx.db.sql<{ count: number }>(
      `SELECT count(*)::int AS count FROM ${name} t WHERE lower(t::text) LIKE ANY($1::text[])`,
      [texts.map((text) => `%${text.toLowerCase()}%`)],
    );
    if ((row?.count ?? 0) > 0) {
      found.push(`${name}: ${row?.count}`);
    }
  }
  return found;
}
