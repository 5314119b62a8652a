import type { Sql } from '../context.ts';
import type { FormAnswer } from '../domain/form-answer.ts';
import type { Rule } from '../domain/rules.ts';
import type { TranslationPlan } from '../domain/translation-entries.ts';
import { tablesNamed } from '../domain/translation-use.ts';

/** `isElsewhere`: the table is no longer at the address at which the page shows it. */
export type TableAnswer = FormAnswer & { isElsewhere?: boolean };

/** A translation table while it is changed: nobody else changes it until the transaction ends. */
export type LockedTable = { id: string; name: string; whenMissing: string; entries: Map<string, string> };

/** Takes a table of a shop for changing; null when the shop has none of that name. */
export async function lockTable(sql: Sql, shopId: string, name: string): Promise<LockedTable | null> {
  const [table] = await sql<Omit<LockedTable, 'entries'>>(
    `SELECT id, name, when_missing AS "whenMissing" FROM translation_table WHERE shop_id = $1 AND name = $2 FOR UPDATE`,
    [shopId, name],
  );
  if (table === undefined) {
    return null;
  }
  const entries = await sql<{ source: string; target: string }>(
    'SELECT source, target FROM translation_entry WHERE table_id = $1 ORDER BY source',
    [table.id],
  );
  return { ...table, entries: new Map(entries.map(({ source, target }) => [source, target])) };
}

/** Writes a plan into a locked table; values that have a translation now leave the list of missing ones. */
export async function writePlan(
  sql: Sql,
  shopId: string,
  table: Pick<LockedTable, 'id' | 'name'>,
  plan: TranslationPlan,
): Promise<void> {
  await sql('DELETE FROM translation_entry WHERE table_id = $1 AND source = ANY($2::text[])', [
    table.id,
    plan.remove,
  ]);
  await sql(
    `INSERT INTO translation_entry (table_id, source, target)
     SELECT $1, e.source, e.target FROM jsonb_to_recordset($2::jsonb) AS e(source text, target text)
     ON CONFLICT (table_id, source) DO UPDATE SET target = EXCLUDED.target`,
    [table.id, JSON.stringify(plan.set)],
  );
  const sources = plan.set.map(({ source }) => source.trim());
  await sql(
    `DELETE FROM translation_miss WHERE shop_id = $1 AND table_name = $2
        AND (value = ANY($3::text[]) OR lower(value) = ANY($4::text[]))`,
    [shopId, table.name, sources, sources.map((source) => source.toLowerCase())],
  );
}

export type MappingUse = { id: string; description: string; target: string; rules: Rule[] };

/** The mappings of a shop that name the table, whether switched on or not. */
export async function mappingsNaming(sql: Sql, shopId: string, table: string): Promise<MappingUse[]> {
  const mappings = await sql<MappingUse>(
    `SELECT id, description, target, rules FROM mapping
      WHERE shop_id = $1 AND rules::text LIKE '%translate%' ORDER BY position`,
    [shopId],
  );
  return mappings.filter(({ rules }) => rules.some(({ template }) => tablesNamed(template).includes(table)));
}
