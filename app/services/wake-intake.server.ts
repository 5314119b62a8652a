import type { Context } from '../context.ts';

/**
 * Has a worker look at a connection's files now instead of at its next turn. When the queue does not answer, the turn
 * comes by itself.
 */
export async function wakeIntake(ctx: Context, shopId: string, connectionId: string): Promise<void> {
  try {
    await ctx.queue.add('intake.connection', { shopId, connectionId });
  } catch (error) {
    ctx.log.warn({ shopId, connection: connectionId, err: error }, 'the intake waits for its next turn');
  }
}
