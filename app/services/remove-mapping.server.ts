import type { Context } from '../context.ts';
import type { FormAnswer } from '../domain/form-answer.ts';
import { readMapping } from '../queries/stored-mapping.server.ts';
import { auditMapping, keepRevision, lastChange, lockMappings } from './mapping-change.server.ts';

/** Removes a mapping; its history stays and can bring it back. Null = the shop has no such mapping. */
export async function removeMapping(
  ctx: Context,
  shopId: string,
  input: { mappingId: string; actor: string },
): Promise<FormAnswer | null> {
  return ctx.db.transaction('remove mapping', async (sql) => {
    await lockMappings(sql, shopId);
    const before = await readMapping(sql, shopId, input.mappingId);
    if (before === undefined) {
      const wasOurs = (await lastChange(sql, shopId, input.mappingId)) !== null;
      return wasOurs ? { ok: true, message: 'Mapping removed' } : null;
    }
    await keepRevision(sql, shopId, input);
    await sql('DELETE FROM mapping WHERE shop_id = $1 AND id = $2', [shopId, input.mappingId]);
    await auditMapping(sql, shopId, { actor: input.actor, action: 'remove mapping', before, after: null });
    return { ok: true, message: 'Mapping removed' };
  });
}
