import {
  createPostgresBackend,
  DelayedError,
  Queue,
  WaitingError,
  withBackend,
  Worker,
  type Job,
  type Processor,
  type WorkerOptions,
} from 'bullmq';
import { AppError } from '#app/domain/errors.ts';
import { describeDatabase } from './postgres-errors.server.ts';
import type { QueueName } from './queue-catalogue.server.ts';

/** Where the queues live. */
export type QueueAddress = { redisUrl: string | null; databaseUrl: string };

/** What this room uses of BullMQ, the same on Redis and on PostgreSQL. */
export type QueueStore = {
  name: string;
  openQueue(name: QueueName): Queue;
  openWorker(name: QueueName, process: Processor, options: Omit<WorkerOptions, 'connection'>): Worker;
  /**
   * Puts a job that runs back to the end of the line, where it is taken after `ms` at the earliest, without counting an
   * attempt. Returns what the processor has to throw then.
   */
  putBack(job: Job, token: string | undefined, ms: number): Promise<Error>;
};

/** On PostgreSQL a job that rested comes back in its old place in the line, before everybody who waits: a short rest is none. */
const SHORT_REST_MS = 200;

async function rest(job: Job, token: string | undefined, ms: number): Promise<Error> {
  await job.moveToDelayed(Date.now() + ms, token); // BullMQ goes by the real clock
  return new DelayedError();
}

/** Tables of BullMQ's PostgreSQL backend: its own schema, its own migrations. */
const SCHEMA = 'bullmq';

export function queueStore({ redisUrl, databaseUrl }: QueueAddress): QueueStore {
  return redisUrl === null ? onPostgres(databaseUrl) : onRedis(redisUrl);
}

function onRedis(url: string): QueueStore {
  return {
    name: `Redis at ${new URL(url).host}`,
    // A producer that cannot reach Redis says so at once instead of keeping the command for later.
    openQueue: (name) =>
      new Queue(name, { connection: { url, enableOfflineQueue: false, maxRetriesPerRequest: 1 } }),
    openWorker: (name, process, options) =>
      new Worker(name, process, { ...options, connection: { url, maxRetriesPerRequest: null } }),
    putBack: rest,
  };
}

function onPostgres(connectionString: string): QueueStore {
  const backend = withBackend(createPostgresBackend);
  const connection = {
    connectionString,
    schema: SCHEMA,
    migrate: true,
    max: 2,
    application_name: 'threadline queue',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  };
  return {
    name: `PostgreSQL at ${describeDatabase(connectionString)}`,
    openQueue: (name) => new backend.Queue(name, { connection }) as unknown as Queue,
    openWorker: (name, process, options) =>
      new backend.Worker(name, process, { ...options, connection }) as unknown as Worker,
    async putBack(job, token, ms) {
      if (ms > SHORT_REST_MS) {
        return rest(job, token, ms);
      }
      await job.moveToWait(token);
      return new WaitingError();
    },
  };
}

export function queueUnreachable(store: QueueStore, cause: unknown): AppError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new AppError({
    code: 'queue_unreachable',
    retry: 'later',
    message: `the queue in ${store.name} does not answer: ${reason}`,
    hint: `The job queue in ${store.name} does not answer (${reason}). Check that it runs and that REDIS_URL or DATABASE_URL is right.`,
    cause,
  });
}
