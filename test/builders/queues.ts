import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { test } from 'vitest';
import { CATALOGUE, type QueueName } from '#app/adapters/queue-catalogue.server.ts';
import { queueStore, type QueueAddress } from '#app/adapters/queue-store.server.ts';
import { startWorkers, type JobHandlers, type WorkersOptions } from '#app/adapters/queue-workers.server.ts';
import { openQueue } from '#app/adapters/queue.server.ts';
import type { Context } from '#app/context.ts';
import { createTestDatabase } from './database.ts';
import { silentLog } from './log.ts';
import { startRedis } from './redis.ts';
import { testWith } from './system-programs.ts';

/** The handlers are the test's: they are given whatever context the workers were started with. */
export const CTX = { name: 'the context' } as unknown as Context;

/** Both stores of queues, each with a way to run a test on it. */
export const STORES: {
  store: 'PostgreSQL' | 'Redis';
  testOn: (name: string, body: (address: QueueAddress) => Promise<void>) => void;
}[] = [
  {
    store: 'PostgreSQL',
    testOn: (name, body) =>
      test(name, async () => {
        await using database = await createTestDatabase();
        await body({ redisUrl: null, databaseUrl: database.url });
      }),
  },
  {
    store: 'Redis',
    testOn: (name, body) =>
      testWith('redis-server', name, async () => {
        await using redis = await startRedis();
        await body({ redisUrl: redis.url, databaseUrl: 'postgres://127.0.0.1:1/unused' });
      }),
  },
];

/** Payload of a job about a connection, of a shop of its own or of this one. */
export function connectionOf(shopId: string = randomUUID()) {
  return { shopId, connectionId: randomUUID() };
}

export function openedQueue(address: QueueAddress, options: { patienceMs?: number } = {}) {
  const queue = openQueue({ ...address, log: silentLog(), ...options });
  return Object.assign(queue, { [Symbol.asyncDispose]: () => queue.close() });
}

/** Workers on all queues; jobs that the test has no handler for do nothing. */
export async function startTestWorkers(
  address: QueueAddress,
  handlers: Partial<JobHandlers>,
  options: Partial<WorkersOptions> = {},
): Promise<AsyncDisposable> {
  const idle = Object.fromEntries(Object.keys(CATALOGUE).map((name) => [name, async () => undefined]));
  const all = { ...idle, ...handlers } as JobHandlers;
  const workers = await startWorkers(CTX, all, { ...address, log: silentLog(), sweepEveryMs: 0, ...options });
  let closing: Promise<void> | undefined;
  return {
    [Symbol.asyncDispose]() {
      closing ??= workers.close();
      return closing;
    },
  };
}

const MAIN = fileURLToPath(new URL('./queue-process-main.ts', import.meta.url));

/** A worker process that never finishes a job: it says so when it has taken one. */
export async function startHangingWorker(address: QueueAddress, lockMs: number) {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, JSON.stringify({ ...address, lockMs })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await lines.next(); // it is ready
  async function kill(): Promise<void> {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
  }
  return {
    /** Resolves when it has taken a job. */
    taken: async () => void (await lines.next()),
    kill,
    [Symbol.asyncDispose]: kill,
  };
}

/** Returns when no job of that queue waits, runs or rests. */
export async function queueEmpty(address: QueueAddress, name: QueueName = 'push'): Promise<void> {
  const queue = queueStore(address).openQueue(name);
  try {
    const deadline = Date.now() + 30_000;
    for (;;) {
      const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'prioritized');
      if (Object.values(counts).every((count) => count === 0)) {
        return;
      }
      if (Date.now() > deadline) {
        throw new Error(`jobs are left: ${JSON.stringify(counts)}`);
      }
      await pause(20);
    }
  } finally {
    await queue.close();
  }
}

export async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await isTrue())) {
    if (Date.now() > deadline) {
      throw new Error('waited in vain');
    }
    await pause(10);
  }
}

/** A door that a handler waits at until the test opens it. */
export function gate(): { open(): void; opened: Promise<void> } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open: () => open(), opened };
}

/** Resolves when `signal` is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
    }
    signal.addEventListener('abort', () => resolve());
  });
}
