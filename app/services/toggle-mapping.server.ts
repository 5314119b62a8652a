import type { Context } from '../context.ts';
import type { FormAnswer } from '../domain/form-answer.ts';
import { readMapping } from '../queries/stored-mapping.server.ts';
import { auditMapping, keepRevision, lockMappings } from './mapping-change.server.ts';

/** Switches a mapping on or off; one that is off is kept and asked for nothing. Null = the shop has no such mapping. */
export async function toggleMapping(
  ctx: Context,
  shopId: string,
  input: { mappingId: string; enabled: boolean; actor: string },
): Promise<FormAnswer | null> {
  const { mappingId, enabled, actor } = input;
  return ctx.db.transaction('toggle mapping', async (sql) => {
    await lockMappings(sql, shopId);
    const before = await readMapping(sql, shopId, mappingId);
    if (before === undefined) {
      return null;
    }
    if (before.enabled !== enabled) {
      await keepRevision(sql, shopId, input);
      await sql('UPDATE mapping SET enabled = $3, updated_at = now() WHERE shop_id = $1 AND id = $2', [
        shopId,
        mappingId,
        enabled,
      ]);
      const action = enabled ? 'switch on mapping' : 'switch off mapping';
      await auditMapping(sql, shopId, { actor, action, before, after: { ...before, enabled } });
    }
    return { ok: true, message: enabled ? 'Mapping switched on' : 'Mapping switched off' };
  });
}
