import type { Context } from '../../context.ts';
import { raiseAlert, resolveAlerts } from '../raise-alert.ts';
import { WAITS_FOR_LIST } from './due-records.ts';
import type { Push } from './push.ts';

/** People whose lists are counted: an alert is not to cost a walk through everybody. */
const MOST_WEIGHED = 10_000;

/** Opens an alert while people wait for a list that Klaviyo does not give, and closes it when nobody does any more. */
export async function noteLists(ctx: Context, push: Push): Promise<void> {
  const cause = `lists:${push.scope.id}`;
  const [trouble] = push.listTroubles.values();
  const [waiting] = await ctx.db.sql<{ message: string | null; lists: number }>(
    `SELECT min(message) AS message, count(DISTINCT list_name)::int AS lists FROM (
       SELECT t.reason->>'message' AS message, t.list_name FROM customer t
        WHERE t.connection_id = $1 AND t.next_attempt_at IS NOT NULL AND ${WAITS_FOR_LIST} LIMIT $2) few`,
    [push.scope.id, MOST_WEIGHED],
  );
  const message = trouble?.message ?? waiting?.message ?? null;
  if (message === null) {
    await resolveAlerts(ctx, push.shopId, cause);
    return;
  }
  await raiseAlert(ctx, push.shopId, {
    connectionId: push.scope.id,
    cause,
    code: 'klaviyo_list',
    message: `Some customers of "${push.scope.name}" are not on their list. ${message}${others(waiting?.lists ?? 0)}`,
  });
}

function others(lists: number): string {
  return lists < 2 ? '' : ` ${lists - 1} more ${lists === 2 ? 'list waits' : 'lists wait'}, too.`;
}
