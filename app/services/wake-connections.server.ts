import type { Context } from '../context.ts';

/** Has workers look at connections now. When the queue does not answer, the next sweep does it. */
export async function wakeConnections(ctx: Context, shopId: string, connectionIds: string[]): Promise<void> {
  try {
    for (const connectionId of connectionIds) {
      await ctx.queue.add('intake.connection', { shopId, connectionId });
    }
  } catch (error) {
    ctx.log.warn({ shopId, err: error }, 'connections wait for the next sweep');
  }
}
