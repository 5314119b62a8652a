import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openQueue } from '#app/adapters/queue.server.ts';
import { startWorkers, type JobHandlers, type WorkersOptions } from '#app/adapters/queue-workers.server.ts';
import { queueStore, type QueueAddress } from '#app/adapters/queue-store.server.ts';
import type { Context } from '#app/context.ts';
import { AppError } from '#app/domain/errors.ts';
import { createTestDatabase } from '#test/builders/database.ts';
import { recordingLog, silentLog } from '#test/builders/log.ts';
import { startRedis } from '#test/builders/redis.ts';
import { testWith } from '#test/builders/system-programs.ts';

/** The handlers are ours: they are given whatever context the workers were started with. */
const CTX = { name: 'the context' } as unknown as Context;

const STORES: {
  store: string;
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

for (const { store, testOn } of STORES) {
  testOn(`${store}: a job reaches its handler with its payload and the context`, async (address) => {
    const payload = connection();
    const seen: unknown[] = [];
    await using queue = opened(address);
    await using _workers = await working(address, {
      'intake.connection': async (ctx, given) => {
        seen.push({ ctx, given });
      },
    });
    await queue.add('intake.connection', payload);
    await until(() => seen.length === 1);
    expect(seen).toEqual([{ ctx: CTX, given: payload }]);
  });

  testOn(`${store}: the same job is not added again while it waits`, async (address) => {
    const payload = connection();
    let runs = 0;
    await using queue = opened(address);
    await Promise.all([1, 2, 3, 4, 5].map(() => queue.add('push.connection', payload)));
    await queue.add('push.connection', connection());
    await using _workers = await working(address, {
      'push.connection': async () => {
        runs += 1;
      },
    });
    await until(() => runs >= 2);
    await queueEmpty(address);
    expect(runs).toBe(2);
  });

  testOn(
    `${store}: what is added while the job runs makes it run exactly once more, never beside itself`,
    async (address) => {
      const payload = connection();
      let running = 0;
      let most = 0;
      let runs = 0;
      let open = () => {};
      const gate = new Promise<void>((resolve) => (open = resolve));
      await using queue = opened(address);
      await using _workers = await working(address, {
        'push.connection': async () => {
          runs += 1;
          running += 1;
          most = Math.max(most, running);
          if (runs === 1) {
            await gate;
          }
          running -= 1;
        },
      });
      await queue.add('push.connection', payload);
      await until(() => runs === 1);
      for (let count = 0; count < 5; count += 1) {
        await queue.add('push.connection', payload);
      }
      open();
      await until(() => runs === 2);
      await queueEmpty(address);
      expect({ runs, most }).toEqual({ runs: 2, most: 1 });
    },
  );

  testOn(
    `${store}: a job that asks for a pause runs again after it, and takes no attempt for it`,
    async (address) => {
      let runs = 0;
      await using queue = opened(address);
      await using _workers = await working(address, {
        'push.connection': async () => {
          runs += 1;
          return runs <= 10 ? { againInMs: 20 } : undefined;
        },
      });
      await queue.add('push.connection', connection());
      await queueEmpty(address);
      expect(runs).toBe(11); // more often than the job has attempts
    },
  );

  testOn(`${store}: an error that only a person can mend is not tried again`, async (address) => {
    let runs = 0;
    const { log, lines } = recordingLog();
    await using queue = opened(address);
    await using _workers = await working(
      address,
      {
        'push.connection': async () => {
          runs += 1;
          throw new AppError({
            code: 'key_refused',
            retry: 'person',
            message: 'refused',
            hint: 'Enter a new key.',
          });
        },
      },
      { log },
    );
    await queue.add('push.connection', connection());
    await until(() => lines.some((line) => line.msg === 'a job waits for a person'));
    await queueEmpty(address);
    expect(runs).toBe(1);
    expect(lines.filter((line) => line.level === 'error')).toEqual([]);
  });

  testOn(`${store}: a sweep comes by itself, again and again`, async (address) => {
    let sweeps = 0;
    await using _workers = await working(
      address,
      {
        'upkeep.sweep': async () => {
          sweeps += 1;
        },
      },
      { sweepEveryMs: 100 },
    );
    await until(() => sweeps >= 3);
  });

  testOn(`${store}: closing asks the running handler to stop and waits for it`, async (address) => {
    let wasAsked = false;
    let isDone = false;
    let isRunning = false;
    await using queue = opened(address);
    const workers = await working(address, {
      'intake.connection': async (_ctx, _payload, signal) => {
        isRunning = true;
        await pause(60_000, undefined, { signal }).catch(() => {
          wasAsked = true;
        });
        await pause(50);
        isDone = true;
      },
    });
    await queue.add('intake.connection', connection());
    await until(() => isRunning);
    await workers[Symbol.asyncDispose]();
    expect({ wasAsked, isDone }).toEqual({ wasAsked: true, isDone: true });
  });

  testOn(`${store}: a job outlives the worker that was to do it`, async (address) => {
    const payload = connection();
    await using queue = opened(address);
    await queue.add('intake.connection', payload);
    await queue.close();
    const seen: unknown[] = [];
    await using _workers = await working(address, {
      'intake.connection': async (_ctx, given) => {
        seen.push(given);
      },
    });
    await until(() => seen.length === 1);
    expect(seen).toEqual([payload]);
  });

  testOn(`${store}: the queue is ready`, async (address) => {
    await using queue = opened(address);
    expect(await queue.isReady()).toBe(true);
  });

  testOn(`${store}: a payload that holds more than ids is refused`, async (address) => {
    await using queue = opened(address);
    const bad = { shopId: 'one', connectionId: 'two' };
    await expect(queue.add('push.connection', bad)).rejects.toThrow(TypeError);
  });
}

test('a queue whose store does not answer says where it is and what to check', async () => {
  const address = { redisUrl: 'redis://:hunter2@127.0.0.1:1', databaseUrl: 'postgres://127.0.0.1:1/unused' };
  await using queue = opened(address, { patienceMs: 300 });
  expect(await queue.isReady()).toBe(false);
  const error: unknown = await queue.add('push.connection', connection()).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    code: 'queue_unreachable',
    retry: 'later',
    hint: expect.stringContaining('127.0.0.1:1'),
  });
  expect((error as AppError).hint).not.toContain('hunter2');
});

test('a queue that nobody uses opens no connection', async () => {
  await using database = await createTestDatabase();
  await using _queue = opened({ redisUrl: null, databaseUrl: database.url });
  const schemas = await database.db.sql("SELECT 1 FROM pg_namespace WHERE nspname = 'bullmq'");
  expect(schemas).toEqual([]);
});

function connection() {
  return { shopId: randomUUID(), connectionId: randomUUID() };
}

function opened(address: QueueAddress, options: { patienceMs?: number } = {}) {
  const queue = openQueue({ ...address, log: silentLog(), ...options });
  return Object.assign(queue, { [Symbol.asyncDispose]: () => queue.close() });
}

async function working(
  address: QueueAddress,
  handlers: Partial<JobHandlers>,
  options: Partial<WorkersOptions> = {},
): Promise<AsyncDisposable> {
  const idle = async () => undefined;
  const all = {
    'intake.connection': idle,
    'push.connection': idle,
    'upkeep.task': idle,
    'upkeep.sweep': idle,
    'upkeep.watch': idle,
    'upkeep.retention': idle,
    'upkeep.clean-files': idle,
    'upkeep.redact-shop': idle,
    'upkeep.mail': idle,
    ...handlers,
  };
  const workers = await startWorkers(CTX, all, { ...address, log: silentLog(), sweepEveryMs: 0, ...options });
  let closing: Promise<void> | undefined;
  return {
    [Symbol.asyncDispose]() {
      closing ??= workers.close();
      return closing;
    },
  };
}

/** Returns when no push job waits, runs or rests. */
async function queueEmpty(address: QueueAddress): Promise<void> {
  const queue = queueStore(address).openQueue('push');
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

async function until(isTrue: () => boolean): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!isTrue()) {
    if (Date.now() > deadline) {
      throw new Error('waited in vain');
    }
    await pause(10);
  }
}
