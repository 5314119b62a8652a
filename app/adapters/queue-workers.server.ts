import { UnrecoverableError, type Job, type Queue, type Worker } from 'bullmq';
import type { Context, JobName, Jobs, Log } from '#app/context.ts';
import { isAppError } from '#app/domain/errors.ts';
import { CATALOGUE, isJobName, QUEUES, type QueueName } from './queue-catalogue.server.ts';
import { inTime } from './in-time.server.ts';
import { queueShares, type QueueShares } from './queue-shares.server.ts';
import { queueStore, queueUnreachable, type QueueAddress, type QueueStore } from './queue-store.server.ts';

/** What a handler may ask for: the same job again after a pause, without counting as a failure. */
type JobOutcome = { againInMs: number } | void;

/**
 * One function per job. `signal` is aborted when the process is asked to stop: stop at the next safe point. `turn` is
 * aborted then, too, and when others have waited long enough for the slot: stop where nothing has to be done again for it.
 * What is left is asked for by `againInMs`, and goes to the end of the line.
 */
export type JobHandlers = {
  [Name in JobName]: (
    ctx: Context,
    payload: Jobs[Name],
    signal: AbortSignal,
    turn: AbortSignal,
  ) => Promise<JobOutcome>;
};

export type WorkersOptions = QueueAddress & {
  log: Log;
  /** Jobs at once, by queue. */
  concurrency?: Partial<Record<QueueName, number>>;
  /** How often `upkeep.sweep` runs in the whole cluster, ms; 0 = never by itself. */
  sweepEveryMs?: number;
  /** How long a job works at least before it gives its slot to others that wait, ms. */
  turnMs?: number;
  /** A job whose process died runs again after this long, ms. The lock is renewed at half of it. */
  lockMs?: number;
};

/** Files cost processor time here, pushes mostly wait for Klaviyo. Each job that works holds a connection to PostgreSQL for its lock. */
const CONCURRENCY: Record<QueueName, number> = { intake: 4, push: 6, upkeep: 2 };

const TURN_MS = 10_000;
const LOCK_MS = 30_000;

/** A store that does not answer at the start. */
const PATIENCE_MS = 10_000;

/** After an error of the store the next look for jobs waits so long: it comes back by itself, and nobody spins. */
const RETRY_MS = 2_000;

/**
 * Works on the jobs of all queues in this process. `close` asks running handlers to stop and waits for them; what they
 * have left is done by other workers. A store that goes away while it works is waited for.
 * Errors: AppError `queue_unreachable`.
 */
export async function startWorkers(
  ctx: Context,
  handlers: JobHandlers,
  { log, concurrency: slots, sweepEveryMs = 30_000, turnMs = TURN_MS, ...options }: WorkersOptions,
): Promise<{ close(): Promise<void> }> {
  const lockMs = options.lockMs ?? LOCK_MS;
  const store = queueStore(options);
  const stopping = new AbortController();
  const concurrency = { ...CONCURRENCY, ...slots };
  const workers: Worker[] = [];
  const queues = new Map<QueueName, Queue>();
  const shares = queueShares({
    concurrency,
    turnMs,
    countWaiting: async (name) => (await queues.get(name)?.getWaitingCount()) ?? 0,
  });
  const timers: NodeJS.Timeout[] = [];

  async function close(): Promise<void> {
    timers.forEach((timer) => clearInterval(timer));
    stopping.abort();
    shares.endAll();
    await Promise.all(workers.map((worker) => worker.close()));
    await Promise.all([...queues.values()].map((queue) => queue.close()));
  }

  try {
    for (const name of QUEUES) {
      const queue = store.openQueue(name);
      queue.on('error', () => undefined); // the worker of the same queue reports it
      queues.set(name, queue);
      // On PostgreSQL the first one makes the tables. A worker waits for a Redis that is not there: a producer does not.
      await inTime(queue.waitUntilReady(), PATIENCE_MS);
    }
    for (const name of QUEUES) {
      const worker = store.openWorker(
        name,
        (job, token) =>
          work({ ctx, handlers, store, shares, queue: name, signal: stopping.signal }, job, token),
        {
          concurrency: concurrency[name],
          lockDuration: lockMs,
          stalledInterval: lockMs,
          maxStalledCount: 3,
          runRetryDelay: RETRY_MS,
        },
      );
      worker.on('error', (error) => {
        if (!stopping.signal.aborted) {
          log.warn({ queue: name, err: error }, 'the job queue has trouble');
        }
      });
      worker.on('failed', (job, error) => logFailure(log, job, error));
      workers.push(worker);
      await inTime(worker.waitUntilReady(), PATIENCE_MS);
    }
    await scheduleSweep(queues.get('upkeep'), sweepEveryMs);
  } catch (error) {
    await inTime(close(), PATIENCE_MS).catch(() => undefined);
    throw queueUnreachable(store, error);
  }
  timers.push(
    // A store that was emptied has lost the schedule, too. Nobody minds a look that fails: the next one comes.
    setInterval(
      () => void scheduleSweep(queues.get('upkeep'), sweepEveryMs).catch(() => undefined),
      Math.min(KEEP_MS, Math.max(LOOK_MS, sweepEveryMs)),
    ),
    setInterval(() => void shares.look().catch(() => undefined), Math.min(LOOK_MS, turnMs)),
  );
  return { close };
}

const KEEP_MS = 15_000;
const LOOK_MS = 1_000;

/** Safe to repeat, by any number of processes: a schedule that is there already is left alone. */
async function scheduleSweep(queue: Queue | undefined, everyMs: number): Promise<void> {
  if (everyMs === 0) {
    await queue?.removeJobScheduler('sweep');
    return;
  }
  const known = await queue?.getJobScheduler('sweep');
  if (known?.every !== everyMs) {
    const options = { removeOnComplete: true, removeOnFail: { count: 100 } };
    await queue?.upsertJobScheduler(
      'sweep',
      { every: everyMs },
      { name: 'upkeep.sweep', data: {}, opts: options },
    );
  }
}

type Workplace = {
  ctx: Context;
  handlers: JobHandlers;
  store: QueueStore;
  shares: QueueShares;
  queue: QueueName;
  signal: AbortSignal;
};

/** Whose shop has its share comes again about so soon, ms. */
const AGAIN_MS = 500;

async function work(place: Workplace, job: Job, token: string | undefined): Promise<void> {
  const { name } = job;
  if (!isJobName(name)) {
    throw new UnrecoverableError(`no job is called ${name}`);
  }
  let outcome: JobOutcome = { againInMs: 0 };
  // A job may be taken in the moment of the stop.
  if (!place.signal.aborted) {
    const share = place.shares.enter(place.queue, shopOf(job.data), job.id ?? '');
    outcome = { againInMs: AGAIN_MS * (0.5 + Math.random()) };
    if (share !== null) {
      try {
        outcome = await handle(name, place, job.data, share.turn);
      } finally {
        share.leave();
      }
    }
  }
  if (outcome) {
    throw await place.store.putBack(job, token, outcome.againInMs);
  }
}

function shopOf(payload: unknown): string | null {
  const shopId = (payload as { shopId?: unknown } | null)?.shopId;
  return typeof shopId === 'string' ? shopId : null;
}

async function handle<Name extends JobName>(
  name: Name,
  { ctx, handlers, signal }: Workplace,
  payload: unknown,
  turn: AbortSignal,
): Promise<JobOutcome> {
  const parsed = CATALOGUE[name].schema.safeParse(payload);
  if (!parsed.success) {
    throw new UnrecoverableError(`not a payload of ${name}: ${parsed.error.message}`);
  }
  try {
    return await handlers[name](ctx, parsed.data, signal, turn);
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
