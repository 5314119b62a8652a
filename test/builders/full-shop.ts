import { startErasure } from '#app/services/privacy/start-erasure.server.ts';
import { askAsShopify } from './erasure.ts';
import { customersCsv, ordersCsv, rewardsCsv } from './exports.ts';
import { createWorld, SHOP, type World } from './world.ts';

/** Ids of a shop that has one of everything, for trying them on somebody else's behalf. */
export type FullShopIds = {
  shop: string;
  connection: string;
  customer: string;
  order: string;
  reward: string;
  file: string;
  heldFile: string;
  run: string;
  mapping: string;
  revision: string;
  table: string;
  dataRequest: string;
  erasure: string;
};

export type FullShop = {
  world: World;
  domain: string;
  ids: FullShopIds;
  /** Stands in names, values and messages of this shop and nowhere else. */
  marker: string;
  /** Fingerprint of every row that belongs to the shop, by table. */
  snapshot(): Promise<Record<string, string>>;
} & AsyncDisposable;

const MARKER = 'MARKEROFTHEFULLSHOP';

export async function createFullShop(): Promise<FullShop> {
  const world = await createWorld({
    connection: `    list: ${MARKER} list`,
    extra: `translations:\n  ${MARKER}: { whenMissing: keep, entries: { A: ${MARKER} } }`,
  });
  world.put(
    '/pending/au/customers_20260101T000000Z.csv',
    customersCsv([
      { PERIDX: '1', EMAIL: `${MARKER.toLowerCase()}@example.com`, FIRSTNAME: MARKER },
      { PERIDX: '', EMAIL: 'nokey@example.com', FIRSTNAME: MARKER },
    ]),
  );
  world.put(
    '/pending/au/orders_20260101T010000Z.csv',
    ordersCsv([{ ORDER_ID: 'O1', PERIDX: '1', ORDER_NUMBER: MARKER }]),
  );
  world.put('/pending/au/rewards_20260101T020000Z.csv', rewardsCsv([{ REWARD_ID: 'R1', PERIDX: '1' }]));
  world.put('/pending/au/customers_20260102T000000Z.csv', `${MARKER}\n1\n`);
  await world.sync();
  const { sql } = world.ctx.db;
  async function idOf(query: string): Promise<string> {
    const [row] = await sql<{ id: string }>(query, [world.shopId]);
    if (row === undefined) {
      throw new Error(`the full shop has no row for: ${query}`);
    }
    return row.id;
  }
  await sql(
    `INSERT INTO mapping_revision (shop_id, mapping_id, snapshot, actor)
     SELECT shop_id, id, to_jsonb(m), $2 FROM mapping m WHERE shop_id = $1 ORDER BY position LIMIT 1`,
    [world.shopId, MARKER],
  );
  await sql(
    `INSERT INTO alert (shop_id, connection_id, cause, code, message, hint)
     SELECT shop_id, id, 'test', 'test', $2, $2 FROM connection WHERE shop_id = $1`,
    [world.shopId, MARKER],
  );
  await sql(`INSERT INTO translation_miss (shop_id, table_name, value, count) VALUES ($1, $2, $2, 3)`, [
    world.shopId,
    MARKER,
  ]);
  await askAsShopify(world, 'CUSTOMERS_DATA_REQUEST', { email: `${MARKER.toLowerCase()}@example.com` });
  // Klaviyo's part of it is open: a person has to act.
  const erasure = await startErasure(world.ctx, world.shopId, {
    person: { emails: ['erased@example.com'], phones: [], keys: [] },
    actor: MARKER,
    connectionIds: [],
  });
  await sql(
    `UPDATE erasure SET erased_at = now(), next_attempt_at = NULL,
            klaviyo = (SELECT jsonb_build_object(id, '{"state": "by-hand"}'::jsonb) FROM connection WHERE shop_id = $1)
      WHERE shop_id = $1`,
    [world.shopId],
  );
  const ids: FullShopIds = {
    shop: world.shopId,
    connection: await idOf('SELECT id FROM connection WHERE shop_id = $1'),
    customer: await idOf('SELECT id FROM customer WHERE shop_id = $1'),
    order: await idOf('SELECT id FROM "order" WHERE shop_id = $1'),
    reward: await idOf('SELECT id FROM reward WHERE shop_id = $1'),
    file: await idOf(
      `SELECT id FROM source_file WHERE shop_id = $1 AND status = 'archived' AND kind = 'customers'`,
    ),
    heldFile: await idOf(`SELECT id FROM source_file WHERE shop_id = $1 AND status = 'held'`),
    run: await idOf(
      `SELECT r.id FROM import_run r JOIN source_file f ON f.id = r.file_id WHERE r.shop_id = $1 AND f.kind = 'customers' AND f.status = 'archived'`,
    ),
    mapping: await idOf('SELECT mapping_id AS id FROM mapping_revision WHERE shop_id = $1'),
    revision: await idOf('SELECT id FROM mapping_revision WHERE shop_id = $1'),
    table: MARKER,
    dataRequest: await idOf('SELECT id FROM privacy_request WHERE shop_id = $1'),
    erasure: erasure ?? '',
  };
  return {
    world,
    domain: SHOP,
    ids,
    marker: MARKER,
    snapshot: () => snapshotOf(world),
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

async function snapshotOf({ ctx, shopId }: World): Promise<Record<string, string>> {
  const tables = await ctx.db.sql<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.columns
      WHERE table_schema = 'public' AND column_name = 'shop_id' ORDER BY table_name`,
  );
  const prints: Record<string, string> = {};
  for (const { name } of tables) {
    const [row] = await ctx.db.sql<{ print: string }>(
      `SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') AS print FROM "${name}" t WHERE shop_id = $1`,
      [shopId],
    );
    prints[name] = row?.print ?? '';
  }
  const [entries] = await ctx.db.sql<{ print: string }>(
    `SELECT coalesce(md5(string_agg(e::text, '|' ORDER BY e::text)), '') AS print
       FROM translation_entry e JOIN translation_table t ON t.id = e.table_id WHERE t.shop_id = $1`,
    [shopId],
  );
  return { ...prints, translation_entry: entries?.print ?? '' };
}
