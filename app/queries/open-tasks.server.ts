import type { Context } from '../context.ts';

export type TaskLine = {
  id: string;
  kind: string;
  status: 'waiting' | 'running' | 'done' | 'failed';
  done: number;
  total: number | null;
  outcome: string | null;
};

/** A shop's tasks that are open, and those that ended in the last minute, newest first: what a page shows of long work. */
export async function openTasks(ctx: Context, shopId: string): Promise<TaskLine[]> {
  return ctx.db.sql<TaskLine>(
    `SELECT id, kind, status, done, total, outcome FROM task
      WHERE shop_id = $1 AND created_at > now() - interval '7 days'
        AND (finished_at IS NULL OR finished_at > now() - interval '1 minute')
      ORDER BY created_at DESC LIMIT 20`,
    [shopId],
  );
}
