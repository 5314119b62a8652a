import type { Context } from '../../context.ts';
import type { NewTask } from './task.ts';

/**
 * Notes long work and has a worker begin with it. Returns the task's id. When the queue does not answer the task stands in
 * the database all the same, and the next sweep finds it.
 */
export async function startTask(ctx: Context, shopId: string, task: NewTask): Promise<string> {
  const [row] = await ctx.db.sql<{ id: string }>(
    `INSERT INTO task (shop_id, connection_id, kind, input, total, actor) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`,
    [
      shopId,
      task.connectionId ?? null,
      task.kind,
      JSON.stringify(task.input),
      task.total ?? null,
      task.actor,
    ],
  );
  if (row === undefined) {
    throw new Error('the task was not returned');
  }
  try {
    await ctx.queue.add('upkeep.task', { shopId, taskId: row.id });
  } catch (error) {
    ctx.log.warn({ shopId, task: row.id, err: error }, 'a task waits for the next sweep');
  }
  return row.id;
}
