import type { Context, Sql } from '../context.ts';
import { presetColumns, presetMappings, presetTranslations } from '../domain/presets.ts';

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
    const settings = await sql(
      // Off until somebody has looked: nothing is sent to Klaviyo before a person switches it on.
      'INSERT INTO shop_settings (shop_id, data_sync) VALUES ($1, false) ON CONFLICT DO NOTHING RETURNING shop_id',
      [shop.id],
    );
    if (settings.length > 0) {
      await writePresets(sql, shop.id);
    }
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

/** A new shop starts with the columns, mappings and translations of Apparel21's export templates. */
async function writePresets(sql: Sql, shopId: string): Promise<void> {
  await sql(
    `INSERT INTO column_settings (shop_id, kind, columns) SELECT $1, key, value FROM jsonb_each($2::jsonb)`,
    [shopId, JSON.stringify(presetColumns)],
  );
  await sql(
    `INSERT INTO mapping (shop_id, scope, target, description, blank, rules, position)
     SELECT $1, m.scope, m.target, m.description, m.blank, m.rules, m.place - 1
       FROM ROWS FROM (jsonb_to_recordset($2::jsonb) AS (scope text, target text, description text, blank text, rules jsonb))
            WITH ORDINALITY AS m(scope, target, description, blank, rules, place)`,
    [shopId, JSON.stringify(presetMappings())],
  );
  for (const [name, { whenMissing, entries }] of Object.entries(presetTranslations)) {
    await sql(
      `WITH made AS (INSERT INTO translation_table (shop_id, name, when_missing) VALUES ($1, $2, $3) RETURNING id)
       INSERT INTO translation_entry (table_id, source, target) SELECT made.id, e.key, e.value FROM made, jsonb_each_text($4::jsonb) e`,
      [shopId, name, whenMissing, JSON.stringify(entries)],
    );
  }
}
