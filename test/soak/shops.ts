import type { Context } from '#app/context.ts';
import { parseShopFile } from '#app/domain/shop-file.ts';
import { applyShopFile } from '#app/services/apply-shop-file.server.ts';
import type { Subject } from './books.ts';
import { expectedOf } from './expected.ts';
import type { SoakOptions } from './options.ts';
import type { Plan, PlannedConnection } from './plan.ts';
import { SFTP_PASSWORD, type Stand } from './stand.ts';

/** Connections that share an account send many small requests: together they meet Klaviyo's limits. */
const SMALL_BATCH = 3;

/** Sets all shops up as `threadline apply` does, without a process for each. */
export async function applyShops(stand: Stand, plan: Plan, options: SoakOptions): Promise<Subject[]> {
  const subjects: Subject[] = [];
  for (const shop of plan.shops) {
    const connections = plan.connections.filter((connection) => connection.shop === shop);
    const shopId = await applyOne(stand, shop, connections, options);
    const ids = new Map(await connectionIds(stand.ctx, shopId));
    for (const connection of connections) {
      const connectionId = ids.get(connection.name) ?? '';
      subjects.push({ ...connection, shopId, connectionId, expected: expectedOf(connection) });
    }
  }
  return subjects;
}

async function applyOne(
  { ctx, sftp }: Stand,
  shop: string,
  connections: readonly PlannedConnection[],
  options: SoakOptions,
): Promise<string> {
  const yaml = `shop: ${shop}
timezone: Australia/Sydney
phoneCountry: AU
currency: AUD
sftp: { host: 127.0.0.1, port: ${sftp.port}, username: apparel21, password: '\${SFTP_PASSWORD}', hostKey: '${sftp.hostKey}' }
automation: { pollSeconds: ${options.pollSeconds} }
connections:
${connections
  .map(
    ({ name, directory, list, account }, place) =>
      `  - { name: ${name}, directory: ${directory}, list: ${list}, apiKey: '\${KEY_${place}}', batchSize: ${account.keys.length > 1 ? SMALL_BATCH : 10_000} }`,
  )
  .join('\n')}
`;
  const keys = Object.fromEntries(connections.map(({ key }, place) => [`KEY_${place}`, key]));
  const parsed = parseShopFile(yaml, { SFTP_PASSWORD, ...keys });
  if (!parsed.ok) {
    throw new Error(`shop.yaml of the soak: ${JSON.stringify(parsed.problems)}`);
  }
  const { shopId } = await applyShopFile(ctx, parsed.config, { actor: 'soak', dryRun: false });
  return shopId ?? '';
}

async function connectionIds(ctx: Context, shopId: string): Promise<[string, string][]> {
  const rows = await ctx.db.sql<{ id: string; name: string }>(
    'SELECT id, name FROM connection WHERE shop_id = $1',
    [shopId],
  );
  return rows.map(({ id, name }) => [name, id]);
}

/** People who leave in Klaviyo before the first file: their word stands against Apparel21's, the later one counts. */
export async function leaveBefore(stand: Stand, plan: Plan): Promise<number> {
  let count = 0;
  for (const { account, leavers } of plan.connections) {
    for (const { email, at } of leavers) {
      await stand.klaviyo.post('/_unsubscribe', { account: account.id, email, at });
      count += 1;
    }
  }
  return count;
}
