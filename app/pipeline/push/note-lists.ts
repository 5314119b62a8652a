import type { Context } from '../../context.ts';
import { raiseAlert, resolveAlerts } from '../raise-alert.ts';
import { WAITS_FOR_LIST } from './due-records.ts';
import type { Push } from './push.ts';

/** Opens an alert while people wait for a list that Klaviyo does not give, and closes it when nobody does any more. */
export async function noteLists(ctx: Context, push: Push): Promise<void> {
  const cause = `lists:${push.scope.id}`;
  const [trouble] = push.listTroubles.values();
  const [waiting] = await ctx.db.sql<{ message: string }>(
    `SELECT t.reason->>'message' AS message FROM customer t
      WHERE t.connection_id = $1 AND t.next_attempt_at IS NOT NULL AND ${WAITS_FOR_LIST} ORDER BY t.next_attempt_at LIMIT 1`,
    [push.scope.id],
  );
  const message = trouble?.message ?? waiting?.message;
  if (message === undefined) {
    await resolveAlerts(ctx, push.shopId, cause);
    return;
  }
  await raiseAlert(ctx, push.shopId, {
    connectionId: push.scope.id,
    cause,
    code: 'klaviyo_list',
    message: `Some customers of "${push.scope.name}" are not on their list. ${message}`,
  });
}
