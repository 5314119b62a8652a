import type { Context } from '../context.ts';

/** Has workers look at every connection of a shop now that may work. */
export async function wakeShop(ctx: Context, shopId: string): Promise<void> {
  const connections = await ctx.db.sql<{ id: string }>(
    `SELECT id FROM connection WHERE shop_id = $1 AND removed_at IS NULL AND NOT paused AND mode <> 'sample'`,
    [shopId],
  );
  await wakeConnections(
    ctx,
    shopId,
    connections.map(({ id }) => id),
  );
}

/** Has workers send what is due of these connections now. When the queue does not answer, the next sweep does it. */
export async function wakePush(
  ctx: Context,
  shopId: string,
  records: readonly { connectionId: string }[],
): Promise<void> {
  await wake(ctx, shopId, 'push.connection', new Set(records.map((one) => one.connectionId)));
}

/** Has workers look at connections now. When the queue does not answer, the next sweep does it. */
export async function wakeConnections(ctx: Context, shopId: string, connectionIds: string[]): Promise<void> {
  await wake(ctx, shopId, 'intake.connection', connectionIds);
}

/** Has a worker see now who left in Klaviyo. When the queue does not answer, the next sweep does it. */
export async function wakeConsentBack(ctx: Context, shopId: string, connectionId: string): Promise<void> {
  await wake(ctx, shopId, 'push.consent-back', [connectionId]);
}

async function wake(
  ctx: Context,
  shopId: string,
  job: 'intake.connection' | 'push.connection' | 'push.consent-back',
  connectionIds: Iterable<string>,
): Promise<void> {
  try {
    for (const connectionId of connectionIds) {
      await ctx.queue.add(job, { shopId, connectionId });
    }
  } catch (error) {
    ctx.log.warn({ shopId, err: error }, 'connections wait for the next sweep');
  }
}
