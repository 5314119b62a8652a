import type { Context, Sql } from '../context.ts';

type Uninstallation = {
  domain: string;
  /** When it happened, by Shopify's clock; null = now. */
  happenedAt: Date | null;
};

/**
 * Ends a shop's use of the app: its sessions are dropped and it counts as uninstalled, so nothing runs for it any more.
 * Its records stay until Shopify asks to redact them. An uninstallation that is older than the present installation
 * (a late repeat) changes nothing.
 */
export async function uninstallShop(
  ctx: Context,
  input: Uninstallation,
  sql: Sql = ctx.db.sql,
): Promise<void> {
  const now = ctx.clock.now();
  const happenedAt = input.happenedAt ?? now;
  const kept = await sql(
    'SELECT 1 FROM shop WHERE domain = $1 AND uninstalled_at IS NULL AND installed_at > $2',
    [input.domain, happenedAt],
  );
  if (kept.length > 0) {
    ctx.log.info({ shop: input.domain }, 'ignored an uninstallation from before the present installation');
    return;
  }
  await sql('DELETE FROM "Session" WHERE shop = $1', [input.domain]);
  await sql(
    `WITH gone AS (
       UPDATE shop SET uninstalled_at = $2 WHERE domain = $1 AND uninstalled_at IS NULL RETURNING id, domain
     )
     INSERT INTO audit_log (shop_id, actor, action, subject, changes, created_at)
     SELECT id, 'shopify', 'uninstalled', 'shop ' || domain, '[]', $3 FROM gone`,
    [input.domain, happenedAt, now],
  );
}
