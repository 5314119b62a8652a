import type { Context } from '../../context.ts';
import { isAppError } from '../../domain/errors.ts';
import type { JsonObject } from '../../domain/records.ts';
import { erasePersonTask } from './erase-person.server.ts';
import { loadSample } from './load-sample.server.ts';
import { remapRecordsTask } from './remap-records.server.ts';
import { changeRecordsTask } from './change-records.server.ts';
import type { TaskKind } from './task.ts';

/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- each kind checks its own input with its schema */
const KINDS: Record<string, TaskKind<any>> = {
  'load-sample': loadSample,
  'remap-records': remapRecordsTask,
  'change-records': changeRecordsTask,
  'erase-person': erasePersonTask,
};

type TaskRow = {
  kind: string;
  input: JsonObject;
  connection_id: string | null;
  actor: string;
  done: number;
  progress: JsonObject;
};

/**
 * Works on a task until it is done or `signal` is aborted, alone: a second process that is given the same task leaves it.
 * Takes up what a killed process left. An AppError ends the task with its hint; any other error leaves it to the next sweep.
 * Returns whether there is nothing left to do here.
 */
export async function runTask(
  ctx: Context,
  shopId: string,
  input: { taskId: string; signal: AbortSignal },
): Promise<boolean> {
  return (await ctx.db.withLock(`task ${input.taskId}`, () => runAlone(ctx, shopId, input))) ?? true;
}

async function runAlone(
  ctx: Context,
  shopId: string,
  { taskId, signal }: { taskId: string; signal: AbortSignal },
): Promise<boolean> {
  const [task] = await ctx.db.sql<TaskRow>(
    `UPDATE task SET status = 'running' WHERE shop_id = $1 AND id = $2 AND status IN ('waiting', 'running')
      RETURNING kind, input, connection_id, actor, done, progress`,
    [shopId, taskId],
  );
  if (task === undefined) {
    return true;
  }
  try {
    const kind = KINDS[task.kind];
    if (kind === undefined) {
      throw new Error(`there is no task of the kind ${task.kind}`);
    }
    const outcome = await kind.run(ctx, shopId, {
      taskId,
      connectionId: task.connection_id,
      input: kind.schema.parse(task.input),
      actor: task.actor,
      done: task.done,
      progress: task.progress,
      signal,
      async save({ done, progress }, sql = ctx.db.sql) {
        await sql('UPDATE task SET done = $3, progress = $4 WHERE shop_id = $1 AND id = $2', [
          shopId,
          taskId,
          done,
          JSON.stringify(progress),
        ]);
      },
    });
    if (outcome === null) {
      return false;
    }
    await finish(ctx, shopId, taskId, { status: 'done', outcome });
  } catch (error) {
    if (!isAppError(error)) {
      throw error;
    }
    ctx.log.warn({ shopId, task: taskId, err: error }, 'a task failed');
    await finish(ctx, shopId, taskId, { status: 'failed', outcome: error.hint });
  }
  return true;
}

async function finish(
  ctx: Context,
  shopId: string,
  taskId: string,
  end: { status: 'done' | 'failed'; outcome: string },
): Promise<void> {
  await ctx.db.sql(
    'UPDATE task SET status = $3, outcome = $4, finished_at = now() WHERE shop_id = $1 AND id = $2',
    [shopId, taskId, end.status, end.outcome],
  );
}
