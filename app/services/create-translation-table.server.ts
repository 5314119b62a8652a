import type { Context } from '../context.ts';
import type { FormAnswer } from '../domain/form-answer.ts';
import { whenMissingOf, type MissingRule } from '../domain/translation-entries.ts';
import { tableNameProblem } from '../domain/translation-use.ts';
import { writeAudit } from './write-audit.server.ts';

/** An empty translation table. Problems stand at `name` and `text` (the fixed text of a missing value). */
export async function createTranslationTable(
  ctx: Context,
  shopId: string,
  input: { name: string; rule: MissingRule; text: string; actor: string },
): Promise<FormAnswer> {
  const name = input.name.trim();
  const nameProblem = tableNameProblem(name);
  const missing = whenMissingOf(input.rule, input.text);
  if (nameProblem !== null || 'problem' in missing) {
    return {
      ok: false,
      problems: [
        ...(nameProblem === null ? [] : [{ field: 'name', message: nameProblem }]),
        ...('problem' in missing ? [{ field: 'text', message: missing.problem }] : []),
      ],
    };
  }
  const isNew = await ctx.db.transaction('create translation table', async (sql) => {
    const rows = await sql(
      `INSERT INTO translation_table (shop_id, name, when_missing) VALUES ($1, $2, $3)
       ON CONFLICT (shop_id, name) DO NOTHING RETURNING id`,
      [shopId, name, missing.whenMissing],
    );
    if (rows.length > 0) {
      const changes = [{ path: 'whenMissing', before: null, after: missing.whenMissing }];
      await writeAudit(sql, shopId, {
        actor: input.actor,
        action: 'create translation table',
        subject: name,
        changes,
      });
    }
    return rows.length > 0;
  });
  return isNew
    ? { ok: true, message: 'Table added' }
    : { ok: false, problems: [{ field: 'name', message: `There is a table “${name}” already.` }] };
}
