import type { JobHandlers } from '#app/adapters/queue-workers.server.ts';
import type { Context } from '#app/context.ts';
import { loadConnections, type ConnectionScope } from '#app/pipeline/load-connections.ts';
import { workPrivacyRequests } from '#app/services/privacy/work-privacy-requests.server.ts';
import { runTask } from '#app/services/tasks/run-task.server.ts';
import { syncConnection } from '#app/pipeline/sync-connection.ts';

/** A long task lets other upkeep through after this long, ms. */
const TURN_MS = 10_000;

/**
 * One job → one pipeline function. Jobs carry ids only and may run twice: the connection's lock and the states in
 * PostgreSQL decide. A pass that meets a passing fault is taken up again by the sweep.
 */
export const jobHandlers: JobHandlers = {
  'intake.connection': async (ctx, { shopId, connectionId }) => {
    const scope = await findScope(ctx, shopId, connectionId);
    if (scope !== null) {
      await syncConnection(ctx, shopId, { scope, steps: { intake: true, push: false } });
      await ctx.queue.add('push.connection', { shopId, connectionId });
    }
  },
  'push.connection': async (ctx, { shopId, connectionId }) => {
    const scope = await findScope(ctx, shopId, connectionId);
    if (scope !== null) {
      await syncConnection(ctx, shopId, { scope, steps: { intake: false, push: true } });
    }
  },
  'upkeep.task': async (ctx, { shopId, taskId }, signal) => {
    const turn = AbortSignal.any([signal, AbortSignal.timeout(TURN_MS)]);
    const isOver = await runTask(ctx, shopId, { taskId, signal: turn });
    return isOver ? undefined : { againInMs: 100 };
  },
  'upkeep.sweep': async (ctx) => {
    await workPrivacyRequests(ctx);
    const due = await ctx.db.sql<{ shop_id: string; id: string }>(
      `UPDATE connection c SET polled_at = now()
         FROM shop s JOIN shop_settings t ON t.shop_id = s.id
        WHERE s.id = c.shop_id AND s.uninstalled_at IS NULL AND c.removed_at IS NULL AND NOT c.paused AND c.mode <> 'sample'
          AND (c.polled_at IS NULL OR c.polled_at < now() - t.poll_seconds * interval '1 second')
        RETURNING c.shop_id, c.id`,
    );
    for (const { shop_id: shopId, id: connectionId } of due) {
      await ctx.queue.add('intake.connection', { shopId, connectionId });
    }
    const tasks = await ctx.db.sql<{ shop_id: string; id: string }>(
      `SELECT shop_id, id FROM task WHERE status IN ('waiting', 'running') ORDER BY created_at LIMIT 200`,
    );
    for (const { shop_id: shopId, id: taskId } of tasks) {
      await ctx.queue.add('upkeep.task', { shopId, taskId });
    }
  },
};

async function findScope(
  ctx: Context,
  shopId: string,
  connectionId: string,
): Promise<ConnectionScope | null> {
  return (await loadConnections(ctx, shopId)).find((scope) => scope.id === connectionId) ?? null;
}
