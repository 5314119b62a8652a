import type { Context, Sql } from '../context.ts';
import type { ConfigChange } from '../domain/config-changes.ts';
import { refusal, type FieldProblem } from '../domain/form-answer.ts';
import type { Rule } from '../domain/rules.ts';
import {
  MOST_ENTRIES,
  planEdits,
  shortened,
  whenMissingOf,
  type MissingRule,
  type TranslationEdits,
} from '../domain/translation-entries.ts';
import { renameTable, tableNameProblem } from '../domain/translation-use.ts';
import {
  lockTable,
  mappingsNaming,
  writePlan,
  type LockedTable,
  type TableAnswer,
} from './translation-table.server.ts';
import { writeAudit } from './write-audit.server.ts';

export type TranslationChanges = TranslationEdits & {
  /** Only when the name was changed. */
  name?: string;
  /** Only when the rule for missing values was changed. */
  missing?: { rule: MissingRule; text: string };
};

/**
 * Saves what a person changed in a table: entries, name, rule for missing values. All or nothing, with one audit line; what
 * another person changed meanwhile in other entries stays. Mappings follow a new name. Null: the shop has no such table.
 */
export async function saveTranslations(
  ctx: Context,
  shopId: string,
  input: { table: string; actor: string; changes: TranslationChanges },
): Promise<TableAnswer | null> {
  const { actor, changes } = input;
  return ctx.db.transaction('save translations', async (sql) => {
    const table = await lockTable(sql, shopId, input.table);
    if (table === null) {
      return null;
    }
    const name = changes.name?.trim() ?? table.name;
    const missing =
      changes.missing === undefined
        ? { whenMissing: table.whenMissing }
        : whenMissingOf(changes.missing.rule, changes.missing.text);
    const planned = planEdits(table.entries, changes);
    const problems: FieldProblem[] = [
      ...(await nameProblems(sql, shopId, table, name)),
      ...('problem' in missing ? [{ field: 'text', message: missing.problem }] : []),
      ...('problems' in planned ? planned.problems : []),
    ];
    if (problems.length > 0 || 'problem' in missing || 'problems' in planned) {
      return { ok: false, problems };
    }
    const { plan } = planned;
    if (table.entries.size + plan.set.length - plan.remove.length > MOST_ENTRIES) {
      return refusal(
        `A table holds ${MOST_ENTRIES} entries at most. Remove entries that no file brings any more.`,
      );
    }
    const made: ConfigChange[] = [
      ...(name === table.name ? [] : [{ path: 'name', before: table.name, after: name }]),
      ...(missing.whenMissing === table.whenMissing
        ? []
        : [{ path: 'whenMissing', before: table.whenMissing, after: missing.whenMissing }]),
      ...plan.changes.map((change) => ({ ...change, path: `entries.${change.path}` })),
    ];
    if (made.length > 0) {
      await sql('UPDATE translation_table SET when_missing = $3 WHERE shop_id = $1 AND id = $2', [
        shopId,
        table.id,
        missing.whenMissing,
      ]);
      await writePlan(sql, shopId, table, plan);
      if (name !== table.name) {
        await rename(sql, shopId, { table, name, actor });
      }
      await writeAudit(sql, shopId, {
        actor,
        action: 'save translations',
        subject: name,
        changes: shortened(made),
      });
    }
    return { ok: true, message: 'Translations saved', isElsewhere: name !== table.name };
  });
}

async function nameProblems(
  sql: Sql,
  shopId: string,
  table: LockedTable,
  name: string,
): Promise<FieldProblem[]> {
  if (name === table.name) {
    return [];
  }
  const problem = tableNameProblem(name);
  if (problem !== null) {
    return [{ field: 'name', message: problem }];
  }
  const taken = await sql('SELECT 1 FROM translation_table WHERE shop_id = $1 AND name = $2', [shopId, name]);
  return taken.length === 0 ? [] : [{ field: 'name', message: `There is a table “${name}” already.` }];
}

/** A table's new name, also in the mappings that name it: under the old one their connections would stop. */
async function rename(
  sql: Sql,
  shopId: string,
  input: { table: LockedTable; name: string; actor: string },
): Promise<void> {
  const { table, name, actor } = input;
  await sql('UPDATE translation_table SET name = $3 WHERE shop_id = $1 AND id = $2', [
    shopId,
    table.id,
    name,
  ]);
  // The new name may have missing values of its own from before its table was removed by hand.
  await sql('DELETE FROM translation_miss WHERE shop_id = $1 AND table_name = $2', [shopId, name]);
  await sql('UPDATE translation_miss SET table_name = $3 WHERE shop_id = $1 AND table_name = $2', [
    shopId,
    table.name,
    name,
  ]);
  const mappings = await mappingsNaming(sql, shopId, table.name);
  const rules = mappings.map((mapping) => ({
    id: mapping.id,
    rules: mapping.rules.map((rule): Rule => ({
      ...rule,
      template: renameTable(rule.template, table.name, name),
    })),
  }));
  const ids = mappings.map(({ id }) => id);
  await sql(
    `INSERT INTO mapping_revision (shop_id, mapping_id, snapshot, actor)
     SELECT m.shop_id, m.id, to_jsonb(m), $3 FROM mapping m WHERE m.shop_id = $1 AND m.id = ANY($2::uuid[])`,
    [shopId, ids, actor],
  );
  await sql(
    `UPDATE mapping m SET rules = r.rules, updated_at = now()
       FROM jsonb_to_recordset($2::jsonb) AS r(id uuid, rules jsonb) WHERE m.shop_id = $1 AND m.id = r.id`,
    [shopId, JSON.stringify(rules)],
  );
}
