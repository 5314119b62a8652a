import type { Context, Sql } from '../context.ts';
import type { FormAnswer } from '../domain/form-answer.ts';
import { wakeConsentBack } from './wake-connections.server.ts';
import { writeAudit } from './write-audit.server.ts';

/**
 * Has workers ask Klaviyo who left and write the file for Apparel21 now, also where that does not happen by itself. Asking
 * twice is as good as once. Null = no such connection in this shop.
 */
export async function askConsentFile(
  ctx: Context,
  shopId: string,
  input: { connectionId: string; actor: string },
): Promise<FormAnswer | null> {
  const asked = await ctx.db.transaction('ask for a consent file', async (sql) => {
    const [connection] = await sql<{ id: string; name: string; paused: boolean }>(
      `SELECT id, name, paused FROM connection
        WHERE shop_id = $1 AND id::text = $2 AND removed_at IS NULL AND mode <> 'sample' FOR UPDATE`,
      [shopId, input.connectionId],
    );
    if (connection === undefined || connection.paused) {
      return connection ?? null;
    }
    await sql('UPDATE connection SET consent_wanted_at = now() WHERE shop_id = $1 AND id = $2', [
      shopId,
      connection.id,
    ]);
    await noteConsentFile(sql, shopId, { name: connection.name, actor: input.actor });
    return connection;
  });
  if (asked === null) {
    return null;
  }
  if (asked.paused) {
    const message = 'This connection is paused. Resume it in Settings, then write the file.';
    return { ok: false, problems: [{ field: 'connection', message }] };
  }
  await wakeConsentBack(ctx, shopId, asked.id);
  return { ok: true, message: 'The file is being written' };
}

/** The audit line; alone for somebody who has the file written in their own process. */
export function noteConsentFile(
  sql: Sql,
  shopId: string,
  { name, actor }: { name: string; actor: string },
): Promise<void> {
  return writeAudit(sql, shopId, { actor, action: 'write consent file', subject: name, changes: [] });
}
