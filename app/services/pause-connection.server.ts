import type { Context } from '../context.ts';
import { wakeConnections } from './wake-connections.server.ts';
import { writeAudit } from './write-audit.server.ts';

/**
 * Stops a connection's reading and sending, or lets it go on; what is under way ends first. Returns whether there is such a
 * connection in this shop. Repeating it changes nothing.
 */
export async function pauseConnection(
  ctx: Context,
  shopId: string,
  input: { connectionId: string; isPaused: boolean; actor: string },
): Promise<boolean> {
  const { connectionId, isPaused, actor } = input;
  const isThere = await ctx.db.transaction('pause connection', async (sql) => {
    const [connection] = await sql<{ name: string; paused: boolean }>(
      `SELECT name, paused FROM connection
        WHERE shop_id = $1 AND id::text = $2 AND removed_at IS NULL AND mode <> 'sample' FOR UPDATE`,
      [shopId, connectionId],
    );
    if (connection === undefined || connection.paused === isPaused) {
      return connection !== undefined;
    }
    await sql('UPDATE connection SET paused = $3 WHERE shop_id = $1 AND id = $2', [
      shopId,
      connectionId,
      isPaused,
    ]);
    await writeAudit(sql, shopId, {
      actor,
      action: isPaused ? 'pause connection' : 'resume connection',
      subject: connection.name,
      changes: [{ path: 'paused', before: String(connection.paused), after: String(isPaused) }],
    });
    return true;
  });
  if (isThere && !isPaused) {
    await wakeConnections(ctx, shopId, [connectionId]);
  }
  return isThere;
}
