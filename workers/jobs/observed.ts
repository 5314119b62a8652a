import type { JobHandlers } from '#app/adapters/queue-workers.server.ts';
import type { Context, JobName } from '#app/context.ts';
import { isAppError } from '#app/domain/errors.ts';
import { markJob } from '#app/pipeline/mark-job.ts';
import type { JobEnd } from '#workers/operations/metrics.ts';

/**
 * The same handlers, watched: every line that is written on a job's behalf carries its name, an id of this run of it and the
 * ids that it carries; its end is counted and timed. A job of the whole installation leaves a mark when it ended well.
 */
export function observed(handlers: JobHandlers, jobEnded: (end: JobEnd) => void): JobHandlers {
  const names = Object.keys(handlers) as JobName[];
  return Object.fromEntries(
    names.map((name) => [name, watch(name, handlers[name] as Handler, jobEnded)]),
  ) as JobHandlers;
}

type Handler = (ctx: Context, payload: object, signal: AbortSignal, turn: AbortSignal) => Promise<unknown>;

function watch(name: JobName, handler: Handler, jobEnded: (end: JobEnd) => void): Handler {
  return (ctx, payload, signal, turn) =>
    ctx.log.within({ job: name, jobId: ctx.ids.uuid(), ...payload }, async () => {
      const startedAt = performance.now();
      const end = (outcome: JobEnd['outcome'], error?: unknown) => {
        const seconds = (performance.now() - startedAt) / 1_000;
        jobEnded({ job: name, outcome, seconds });
        ctx.log.debug(
          { outcome, ms: Math.round(seconds * 1_000), ...(error === undefined ? {} : { err: error }) },
          'a job ended',
        );
      };
      try {
        const answer = await handler(ctx, payload, signal, turn);
        if (!('shopId' in payload)) {
          await markJob(ctx, name);
        }
        end(answer ? 'again' : 'done');
        return answer;
      } catch (error) {
        const needsPerson = isAppError(error) && error.retry === 'person';
        // The worker warns when it decides whether the job is tried again.
        end(needsPerson ? 'needs-person' : 'failed', error);
        throw error;
      }
    });
}
