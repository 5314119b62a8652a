import { DelayedError, UnrecoverableError, type Job, type Worker } from 'bullmq';
import type { Context, JobName, Jobs, Log } from '#app/context.ts';
import { isAppError } from '#app/domain/errors.ts';
import { CATALOGUE, isJobName, QUEUES, type QueueName } from './queue-catalogue.server.ts';
import { queueStore, queueUnreachable, type QueueAddress } from './queue-store.server.ts';

/** What a handler may ask for: the same job again after a pause, without counting as a failure. */
type JobOutcome = { againInMs: number } | void;

/** One function per job. `signal` is aborted when the process is asked to stop: stop at the next safe point. */
export type JobHandlers = {
  [Name in JobName]: (ctx: Context, payload: Jobs[Name], signal: AbortSignal) => Promise<JobOutcome>;
};

export type WorkersOptions = QueueAddress & {
  log: Log;
  /** Jobs at once, by queue. */
  concurrency?: Partial<Record<QueueName, number>>;
  /** How often `upkeep.sweep` runs in the whole cluster, ms; 0 = never by itself. */
  sweepEveryMs?: number;
};

const CONCURRENCY: Record<QueueName, number> = { intake: 2, push: 4, upkeep: 2 };

/** A job whose process died runs again after this long, ms. The lock is renewed at half of it. */
const LOCK_MS = 30_000;

/**
 * Works on the jobs of all queues in this process. `close` asks running handlers to stop and waits for them.
 * Errors: AppError `queue_unreachable`.
 */
export async function startWorkers(
  ctx: Context,
  handlers: JobHandlers,
  { log, concurrency = {}, sweepEveryMs = 30_000, ...address }: WorkersOptions,
): Promise<{ close(): Promise<void> }> {
  const store = queueStore(address);
  const stopping = new AbortController();
  const workers: Worker[] = [];
  async function close(): Promise<void> {
    stopping.abort();
    await Promise.all(workers.map((worker) => worker.close()));
  }
  try {
    // One after the other: on PostgreSQL the first one makes the tables.
    for (const name of QUEUES) {
      const worker = store.openWorker(
        name,
        (job, token) => work(ctx, handlers, job, token, stopping.signal),
        {
          concurrency: concurrency[name] ?? CONCURRENCY[name],
          lockDuration: LOCK_MS,
          stalledInterval: LOCK_MS,
          maxStalledCount: 3,
        },
      );
      worker.on('error', (error) => {
        if (!stopping.signal.aborted) {
          log.warn({ queue: name, err: error }, 'the job queue has trouble');
        }
      });
      worker.on('failed', (job, error) => logFailure(log, job, error));
      workers.push(worker);
      await worker.waitUntilReady();
    }
    await scheduleSweep(store.openQueue('upkeep'), sweepEveryMs);
  } catch (error) {
    await close().catch(() => undefined);
    throw queueUnreachable(store, error);
  }
  return { close };
}

async function scheduleSweep(queue: ReturnType<ReturnType<typeof queueStore>['openQueue']>, everyMs: number) {
  queue.on('error', () => undefined); // reported by what is called
  try {
    if (everyMs > 0) {
      const options = { removeOnComplete: true, removeOnFail: { count: 100 } };
      await queue.upsertJobScheduler(
        'sweep',
        { every: everyMs },
        { name: 'upkeep.sweep', data: {}, opts: options },
      );
    } else {
      await queue.removeJobScheduler('sweep');
    }
  } finally {
    await queue.close();
  }
}

async function work(
  ctx: Context,
  handlers: JobHandlers,
  job: Job,
  token: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const { name } = job;
  if (!isJobName(name)) {
    throw new UnrecoverableError(`no job is called ${name}`);
  }
  const outcome = await handle(name, ctx, handlers, job.data, signal);
  if (outcome) {
    await job.moveToDelayed(Date.now() + outcome.againInMs, token); // BullMQ goes by the real clock
    throw new DelayedError();
  }
}

async function handle<Name extends JobName>(
  name: Name,
  ctx: Context,
  handlers: JobHandlers,
  payload: unknown,
  signal: AbortSignal,
): Promise<JobOutcome> {
  const parsed = CATALOGUE[name].schema.safeParse(payload);
  if (!parsed.success) {
    throw new UnrecoverableError(`not a payload of ${name}: ${parsed.error.message}`);
  }
  try {
    return await handlers[name](ctx, parsed.data, signal);
  } catch (error) {
    if (isAppError(error) && (error.retry === 'never' || error.retry === 'person')) {
      // Trying again changes nothing until somebody acts; the sweep then adds a new job.
      throw Object.assign(new UnrecoverableError(error.message), { cause: error });
    }
    throw error;
  }
}

function logFailure(log: Log, job: Job | undefined, error: Error): void {
  // Payloads are ids.
  const fields = { job: job?.name, ...(job?.data as object), attempt: job?.attemptsMade, err: error };
  const isLast = error instanceof UnrecoverableError || (job?.attemptsMade ?? 0) >= (job?.opts.attempts ?? 1);
  if (isLast && !isAppError(error.cause)) {
    log.error(fields, 'a job failed for good');
    return;
  }
  log.warn(fields, isLast ? 'a job waits for a person' : 'a job failed and will be tried again');
}
