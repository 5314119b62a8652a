import type { Context } from '../context.ts';

/**
 * Notes that Shopify let this shop in: a new shop is created with default settings, one that had uninstalled the app
 * is back. Safe to repeat. Returns the shop's id.
 */
export async function installShop(ctx: Context, input: { domain: string }): Promise<string> {
  const now = ctx.clock.now();
  return ctx.db.transaction('install shop', async (sql) => {
    const rows = await sql<{ id: string; arrived: boolean }>(
      `WITH before AS (SELECT uninstalled_at FROM shop WHERE domain = $1)
       INSERT INTO shop (domain, installed_at) VALUES ($1, $2)
       ON CONFLICT (domain) DO UPDATE
         SET uninstalled_at = NULL,
             installed_at = CASE WHEN shop.uninstalled_at IS NULL THEN shop.installed_at ELSE excluded.installed_at END
       RETURNING id, coalesce((SELECT uninstalled_at IS NOT NULL FROM before), true) AS arrived`,
      [input.domain, now],
    );
    const shop = rows[0];
    if (shop === undefined) {
      throw new Error(`no row for ${input.domain} after an upsert`);
    }
    await sql('INSERT INTO shop_settings (shop_id) VALUES ($1) ON CONFLICT DO NOTHING', [shop.id]);
    if (shop.arrived) {
      await sql(
        `INSERT INTO audit_log (shop_id, actor, action, subject, changes, created_at)
         VALUES ($1, 'shopify', 'installed', $2, '[]', $3)`,
        [shop.id, `shop ${input.domain}`, now],
      );
    }
    return shop.id;
  });
}
