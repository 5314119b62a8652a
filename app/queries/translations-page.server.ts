import type { Context } from '../context.ts';
import type { Rule } from '../domain/rules.ts';
import { missingWords } from '../domain/translation-entries.ts';
import { tablesNamed } from '../domain/translation-use.ts';

export type TableUse = { id: string; name: string };
export type TableLine = {
  name: string;
  entries: number;
  /** Values that were looked up and not found, up to `MOST_COUNTED`. */
  missing: number;
  /** What becomes of such a value, after "A value without a translation …". */
  rule: string;
  usedBy: TableUse[];
};
export type TranslationsPage = {
  tables: TableLine[];
  /** Tables that mappings name and that are not there: their connections stop at them. */
  absent: { name: string; usedBy: TableUse[] }[];
};

/** A column of free text may bring any number of values: beyond this the page says "1,000+". */
export const MOST_COUNTED = 1_000;

/** The translation tables of a shop with what uses them, in two queries. */
export async function translationsPage(ctx: Context, shopId: string): Promise<TranslationsPage> {
  const [tables, uses] = await Promise.all([loadTables(ctx, shopId), tableUses(ctx, shopId)]);
  const known = new Set(tables.map(({ name }) => name));
  return {
    tables: tables.map(({ when_missing: whenMissing, ...table }) => ({
      ...table,
      rule: missingWords(whenMissing),
      usedBy: uses.get(table.name) ?? [],
    })),
    absent: [...uses].filter(([name]) => !known.has(name)).map(([name, usedBy]) => ({ name, usedBy })),
  };
}

type TableRow = { name: string; when_missing: string; entries: number; missing: number };

// The order keeps the look at the missing values in the index: without it, a table that lacks nothing would be sought in
// all the missing values there are.
async function loadTables(ctx: Context, shopId: string): Promise<TableRow[]> {
  return ctx.db.sql<TableRow>(
    `SELECT t.name, t.when_missing,
            (SELECT count(*)::int FROM translation_entry e WHERE e.table_id = t.id) AS entries,
            (SELECT count(*)::int FROM (SELECT FROM translation_miss m
                WHERE m.shop_id = t.shop_id AND m.table_name = t.name
                ORDER BY m.value LIMIT $2) few) AS missing
       FROM translation_table t WHERE t.shop_id = $1 ORDER BY t.name`,
    [shopId, MOST_COUNTED],
  );
}

/** Which mappings of a shop name which tables. */
export async function tableUses(ctx: Context, shopId: string): Promise<Map<string, TableUse[]>> {
  const mappings = await ctx.db.sql<{ id: string; name: string; rules: Rule[] }>(
    `SELECT id, coalesce(nullif(description, ''), target) AS name, rules FROM mapping
      WHERE shop_id = $1 AND rules::text LIKE '%translate%' ORDER BY position`,
    [shopId],
  );
  const uses = new Map<string, TableUse[]>();
  for (const { id, name, rules } of mappings) {
    for (const table of new Set(rules.flatMap(({ template }) => tablesNamed(template)))) {
      uses.set(table, [...(uses.get(table) ?? []), { id, name }]);
    }
  }
  return uses;
}
