import type { Context } from '../context.ts';
import { missingRule, missingWords, tidy, type MissingRule } from '../domain/translation-entries.ts';
import { shopTime } from './shop-time.ts';
import { MOST_COUNTED, tableUses, type TableUse } from './translations-page.server.ts';

export type EntryLine = { from: string; to: string };
export type MissLine = { value: string; count: number; firstSeen: string; lastSeen: string };
export type TranslationTablePage = {
  name: string;
  rule: MissingRule;
  text: string;
  ruleWords: string;
  entryCount: number;
  /** Up to `MOST_COUNTED`. */
  missingCount: number;
  usedBy: TableUse[];
} & (EntriesView | MissesView);

/** `previous` and `next` are the values at which the neighbouring pages begin; null = there is none. */
type EntriesView = { view: 'all'; entries: EntryLine[]; previous: string | null; next: string | null };
type MissesView = { view: 'missing'; misses: MissLine[] };

export type TablePageInput = {
  table: string;
  timezone: string;
  view: 'all' | 'missing';
  /** Part of a value or of its translation, in any case; blank = everything. */
  search: string;
  /** Entries after, or before, this value. */
  after: string | null;
  before: string | null;
};

const PAGE = 50;
/** The list of missing values is worked off from the top; the most frequent of these are shown. */
const MISSES_WEIGHED = 5_000;

/** A translation table with one page of its entries, or its most frequent missing values. Null: the shop has none of that name. */
export async function translationTablePage(
  ctx: Context,
  shopId: string,
  input: TablePageInput,
): Promise<TranslationTablePage | null> {
  const [table] = await ctx.db.sql<{
    id: string;
    name: string;
    when_missing: string;
    entries: number;
    missing: number;
  }>(
    `SELECT t.id, t.name, t.when_missing,
            (SELECT count(*)::int FROM translation_entry e WHERE e.table_id = t.id) AS entries,
            (SELECT count(*)::int FROM (SELECT FROM translation_miss m
                WHERE m.shop_id = t.shop_id AND m.table_name = t.name
                ORDER BY m.value LIMIT $3) few) AS missing
       FROM translation_table t WHERE t.shop_id = $1 AND t.name = $2`,
    [shopId, input.table, MOST_COUNTED],
  );
  if (table === undefined) {
    return null;
  }
  const pattern = `%${tidy(input.search).replace(/[\\%_]/g, '\\$&')}%`;
  const [uses, lines] = await Promise.all([
    tableUses(ctx, shopId),
    input.view === 'all'
      ? loadEntries(ctx, { tableId: table.id, pattern, after: input.after, before: input.before })
      : loadMisses(ctx, shopId, { table: table.name, pattern, timezone: input.timezone }),
  ]);
  return {
    name: table.name,
    ...missingRule(table.when_missing),
    ruleWords: missingWords(table.when_missing),
    entryCount: table.entries,
    missingCount: table.missing,
    usedBy: uses.get(table.name) ?? [],
    ...lines,
  };
}

async function loadEntries(
  ctx: Context,
  input: { tableId: string; pattern: string; after: string | null; before: string | null },
): Promise<EntriesView> {
  const isBackwards = input.before !== null;
  const edge = (input.before ?? input.after ?? '').replaceAll('\u0000', '');
  const rows = await ctx.db.sql<EntryLine>(
    `SELECT source AS "from", target AS "to" FROM translation_entry
      WHERE table_id = $1 AND ($2 = '' OR source ${isBackwards ? '<' : '>'} $2) AND (source ILIKE $3 OR target ILIKE $3)
      ORDER BY source ${isBackwards ? 'DESC' : 'ASC'} LIMIT ${PAGE + 1}`,
    [input.tableId, edge, input.pattern],
  );
  const hasMore = rows.length > PAGE;
  const entries = rows.slice(0, PAGE);
  if (isBackwards) {
    entries.reverse();
  }
  const first = entries[0]?.from ?? null;
  const last = entries.at(-1)?.from ?? null;
  return {
    view: 'all',
    entries,
    previous: isBackwards ? (hasMore ? first : null) : input.after === null ? null : first,
    next: isBackwards || hasMore ? last : null,
  };
}

async function loadMisses(
  ctx: Context,
  shopId: string,
  input: { table: string; pattern: string; timezone: string },
): Promise<MissesView> {
  const rows = await ctx.db.sql<{ value: string; count: number; first_seen: Date; last_seen: Date }>(
    `SELECT value, count, first_seen, last_seen FROM (
       SELECT * FROM translation_miss WHERE shop_id = $1 AND table_name = $2 AND value ILIKE $3
        ORDER BY value LIMIT ${MISSES_WEIGHED}) few
      ORDER BY count DESC, value LIMIT ${PAGE}`,
    [shopId, input.table, input.pattern],
  );
  const misses = rows.map(({ value, count, first_seen: first, last_seen: last }) => ({
    value,
    count,
    firstSeen: shopTime(first, input.timezone),
    lastSeen: shopTime(last, input.timezone),
  }));
  return { view: 'missing', misses };
}
