import type { Context } from '#app/context.ts';
import type { ConfigChange } from '#app/domain/config-changes.ts';
import { translationTablePage, type TablePageInput } from '#app/queries/translation-table-page.server.ts';
import { importTranslations } from '#app/services/import-translations.server.ts';
import { saveTranslations, type TranslationChanges } from '#app/services/save-translations.server.ts';
import { createWorld, type World } from '#test/builders/world.ts';

const STORES = `translations:
  stores: { whenMissing: keep, entries: { SYD01: Sydney, MEL02: Melbourne } }
  tiers: { whenMissing: blank, entries: { G: Gold } }
mappings:
  - scope: customer
    target: properties.Joined Store
    description: Where the customer joined
    rules: [ { template: '{{ JOINED_STORE_CODE | translate: "stores" }}' } ]`;

/** Who does it, as the audit trail says. */
export const ACTOR = 'Kim';

/** A world with two tables: `stores`, which a mapping uses, and `tiers`. */
export const createStores = () => createWorld({ extra: STORES });

/** Saves changes of a table as its page does. */
export function saveEntries(world: World, changes: Partial<TranslationChanges>, table = 'stores') {
  return saveTranslations(world.ctx, world.shopId, {
    table,
    actor: ACTOR,
    changes: { set: [], remove: [], ...changes },
  });
}

/** Imports a CSV file into the table `stores`. */
export function importCsv(
  world: World,
  csv: string | Uint8Array,
  options: { mode?: 'merge' | 'replace'; dryRun?: boolean } = {},
) {
  return importTranslations(world.ctx, world.shopId, {
    table: 'stores',
    bytes: Buffer.from(csv),
    mode: options.mode ?? 'merge',
    dryRun: options.dryRun ?? false,
    actor: ACTOR,
  });
}

/** What a table translates to what. */
export async function entriesOf(
  ctx: Context,
  shopId: string,
  table = 'stores',
): Promise<Record<string, string>> {
  const rows = await ctx.db.sql<{ source: string; target: string }>(
    `SELECT e.source, e.target FROM translation_entry e JOIN translation_table t ON t.id = e.table_id
      WHERE t.shop_id = $1 AND t.name = $2 ORDER BY e.source`,
    [shopId, table],
  );
  return Object.fromEntries(rows.map(({ source, target }) => [source, target]));
}

/** The newest line of the audit trail. */
export async function lastAudit(world: World) {
  const [line] = await world.ctx.db.sql<{ action: string; subject: string; changes: ConfigChange[] }>(
    'SELECT action, subject, changes FROM audit_log WHERE shop_id = $1 ORDER BY created_at DESC LIMIT 1',
    [world.shopId],
  );
  return line;
}

/** Values that a file has brought without a translation, three times each. */
export async function addMisses(
  ctx: Context,
  shopId: string,
  values: string[],
  table = 'stores',
): Promise<void> {
  await ctx.db.sql(
    `INSERT INTO translation_miss (shop_id, table_name, value, count) SELECT $1, $2, value, 3 FROM unnest($3::text[]) AS value`,
    [shopId, table, values],
  );
}

/** The values of the inbox, in order. */
export async function missesOf(ctx: Context, shopId: string): Promise<string[]> {
  const rows = await ctx.db.sql<{ value: string }>(
    'SELECT value FROM translation_miss WHERE shop_id = $1 ORDER BY value',
    [shopId],
  );
  return rows.map(({ value }) => value);
}

/** The page of the table `stores`. */
export function tablePage(ctx: Context, shopId: string, input: Partial<TablePageInput> = {}) {
  return translationTablePage(ctx, shopId, {
    table: 'stores',
    timezone: 'Australia/Sydney',
    view: 'all',
    search: '',
    after: null,
    before: null,
    ...input,
  });
}
