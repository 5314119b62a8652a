import type { Context, Jobs } from '#app/context.ts';
import { takeTurn } from '#app/pipeline/sync-connection.ts';
import { mayPushNow } from '#app/pipeline/upkeep/due-work.ts';

/**
 * A job's turn at one half of a connection's pass. What was imported is to be sent, so an import asks for a push. A job that
 * finds the connection taken gives its slot back and comes again.
 */
export function connectionTurn(half: 'intake' | 'push') {
  return async (
    ctx: Context,
    payload: Jobs['intake.connection'],
    halt: AbortSignal,
    over: AbortSignal,
  ): Promise<{ againInMs: number } | void> => {
    const { shopId, connectionId } = payload;
    const { hasWorked, againInMs } = await takeTurn(ctx, shopId, { connectionId, half, halt, over });
    if (half === 'intake' && hasWorked && (await mayPushNow(ctx, shopId, connectionId))) {
      await ctx.queue.add('push.connection', payload);
    }
    return againInMs === null ? undefined : { againInMs };
  };
}
