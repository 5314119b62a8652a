import type { Context } from '../context.ts';
import { writeAudit } from './write-audit.server.ts';

/**
 * Takes a connection out of use: nothing is read or sent any more, its open alerts are closed. Records, files and history
 * stay. Returns whether there was such a connection in this shop.
 */
export async function removeConnection(
  ctx: Context,
  shopId: string,
  input: { connectionId: string; actor: string },
): Promise<boolean> {
  return ctx.db.transaction('remove connection', async (sql) => {
    const [removed] = await sql<{ id: string; name: string }>(
      `UPDATE connection SET removed_at = now(), paused = false
        WHERE shop_id = $1 AND id::text = $2 AND removed_at IS NULL AND mode <> 'sample' RETURNING id, name`,
      [shopId, input.connectionId],
    );
    if (removed === undefined) {
      return false;
    }
    await sql(
      'UPDATE alert SET resolved_at = now() WHERE shop_id = $1 AND connection_id = $2 AND resolved_at IS NULL',
      [shopId, removed.id],
    );
    await writeAudit(sql, shopId, {
      actor: input.actor,
      action: 'remove connection',
      subject: removed.name,
      changes: [{ path: 'connection', before: removed.name, after: null }],
    });
    return true;
  });
}
