import type { Context } from '../context.ts';
import { refusal } from '../domain/form-answer.ts';
import { lockTable, mappingsNaming, type TableAnswer } from './translation-table.server.ts';
import { writeAudit } from './write-audit.server.ts';

/**
 * Removes a table with its entries and its missing values. Refused while mappings name it: without the table their
 * connections would stop. Null: the shop has no such table.
 */
export async function removeTranslationTable(
  ctx: Context,
  shopId: string,
  input: { table: string; actor: string },
): Promise<TableAnswer | null> {
  return ctx.db.transaction('remove translation table', async (sql) => {
    const table = await lockTable(sql, shopId, input.table);
    if (table === null) {
      return null;
    }
    const uses = await mappingsNaming(sql, shopId, table.name);
    if (uses.length > 0) {
      const names = uses.map(({ description, target }) => description || target).join(', ');
      return refusal(`Mappings use this table: ${names}. Take it out of them first, then remove it.`);
    }
    await sql('DELETE FROM translation_table WHERE shop_id = $1 AND id = $2', [shopId, table.id]);
    await sql('DELETE FROM translation_miss WHERE shop_id = $1 AND table_name = $2', [shopId, table.name]);
    await writeAudit(sql, shopId, {
      actor: input.actor,
      action: 'remove translation table',
      subject: table.name,
      changes: [{ path: 'entries', before: String(table.entries.size), after: null }],
    });
    return { ok: true, message: 'Table removed', isElsewhere: true };
  });
}
