import type { Context } from '../context.ts';
import { RECORD_KINDS } from '../domain/records.ts';
import { RECORD_TABLES } from '../pipeline/record-tables.ts';

/** Rows per statement: short locks, and little to do again after a kill. */
const CHUNK = 2_000;

/** `$1` = connection, `$2` = rows. What belongs to others goes first; a request goes with its items, so few at a time. */
const STEPS = [
  `DELETE FROM push_batch WHERE id = ANY(ARRAY(SELECT id FROM push_batch WHERE connection_id = $1 LIMIT greatest(1, $2::int / 1000)))
   RETURNING 1`,
  ...[
    'consent_leaving',
    'consent_decision',
    'record_error',
    ...RECORD_KINDS.map((kind) => RECORD_TABLES[kind]),
  ].map(
    (table) =>
      `DELETE FROM ${table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM ${table} WHERE connection_id = $1 LIMIT $2)) RETURNING 1`,
  ),
];

/**
 * Shops whose data Shopify asks to delete (`shop/redact`, 48 hours after an uninstallation,
 * https://shopify.dev/docs/apps/build/compliance/privacy-law-compliance) and that have not come back.
 */
export async function shopsToRedact(ctx: Context): Promise<string[]> {
  const rows = await ctx.db.sql<{ shop_id: string }>(
    `SELECT DISTINCT p.shop_id FROM privacy_request p JOIN shop s ON s.id = p.shop_id
      WHERE p.topic = 'SHOP_REDACT' AND p.done_at IS NULL AND s.uninstalled_at IS NOT NULL`,
  );
  return rows.map((row) => row.shop_id);
}

/**
 * Deletes everything of a shop that Shopify asks to redact: records, files, settings, secrets, sessions, history. In chunks
 * until all is gone or the signal is aborted; what is gone is not found again, so any process may go on. A shop that is
 * installed is left alone, however old the request is. Returns whether there is nothing left to do here.
 */
export async function redactShop(
  ctx: Context,
  shopId: string,
  { signal }: { signal: AbortSignal },
): Promise<boolean> {
  const isOver = await ctx.db.withLock(`redact ${shopId}`, async () => {
    if (!(await shopsToRedact(ctx)).includes(shopId)) {
      return true;
    }
    const connections = await ctx.db.sql<{ id: string }>('SELECT id FROM connection WHERE shop_id = $1', [
      shopId,
    ]);
    for (const { id } of connections) {
      // Whoever still works on it ends first; then nobody begins, because the shop is uninstalled.
      const isEmpty = await ctx.db.withLock(`connection ${id}`, () => emptyConnection(ctx, id, signal));
      if (isEmpty !== true) {
        return false;
      }
    }
    return dropShop(ctx, shopId);
  });
  return isOver ?? true;
}

async function emptyConnection(ctx: Context, connectionId: string, signal: AbortSignal): Promise<boolean> {
  for (const step of STEPS) {
    for (let rows = 1; rows > 0;) {
      if (signal.aborted) {
        return false;
      }
      rows = (await ctx.db.sql(step, [connectionId, CHUNK])).length;
    }
  }
  return true;
}

/**
 * The rest goes with the shop's row, by cascade. PostgreSQL looks through each table for rows of the shop, the record tables
 * included: their one full read is the price of an index less on every record, and shops leave rarely.
 */
async function dropShop(ctx: Context, shopId: string): Promise<boolean> {
  const domain = await ctx.db.transaction('redact shop', async (sql) => {
    const [gone] = await sql<{ domain: string }>(
      'DELETE FROM shop WHERE id = $1 AND uninstalled_at IS NOT NULL RETURNING domain',
      [shopId],
    );
    if (gone !== undefined) {
      await sql('DELETE FROM "Session" WHERE shop = $1', [gone.domain]);
      await sql('DELETE FROM webhook_receipt WHERE shop = $1', [gone.domain]);
    }
    return gone?.domain;
  });
  if (domain !== undefined) {
    ctx.log.info({ shop: domain }, 'deleted everything of a shop, as Shopify asked');
  }
  return true;
}
