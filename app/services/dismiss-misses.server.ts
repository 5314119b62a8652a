import type { Context } from '../context.ts';
import type { FormAnswer } from '../domain/form-answer.ts';
import { lockTable } from './translation-table.server.ts';
import { writeAudit } from './write-audit.server.ts';

/**
 * Takes a value (null: all of them) off the list of values without a translation. It comes back when a file brings it
 * again. Null: the shop has no such table.
 */
export async function dismissMisses(
  ctx: Context,
  shopId: string,
  input: { table: string; value: string | null; actor: string },
): Promise<FormAnswer | null> {
  return ctx.db.transaction('dismiss missing translations', async (sql) => {
    const table = await lockTable(sql, shopId, input.table);
    if (table === null) {
      return null;
    }
    const [gone] = await sql<{ count: number }>(
      `WITH gone AS (
         DELETE FROM translation_miss WHERE shop_id = $1 AND table_name = $2 AND ($3::text IS NULL OR value = $3) RETURNING 1
       ) SELECT count(*)::int AS count FROM gone`,
      [shopId, table.name, input.value],
    );
    const count = gone?.count ?? 0;
    if (count > 0) {
      await writeAudit(sql, shopId, {
        actor: input.actor,
        action: 'dismiss missing values',
        subject: table.name,
        changes: [{ path: 'missing', before: input.value ?? `${count} values`, after: null }],
      });
    }
    return { ok: true, message: count === 1 ? 'Value dismissed' : `${count} values dismissed` };
  });
}
