import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { AppError } from '#app/domain/errors.ts';
import { createTestDatabase } from '#test/builders/database.ts';
import { recordingLog } from '#test/builders/log.ts';
import {
  connectionOf,
  CTX,
  openedQueue,
  queueEmpty,
  startTestWorkers,
  STORES,
  until,
} from '#test/builders/queues.ts';

for (const { store, testOn } of STORES) {
  testOn(`${store}: a job reaches its handler with its payload and the context`, async (address) => {
    const payload = connectionOf();
    const seen: unknown[] = [];
    await using queue = openedQueue(address);
    await using _workers = await startTestWorkers(address, {
      'intake.connection': async (ctx, given) => {
        seen.push({ ctx, given });
      },
    });
    await queue.add('intake.connection', payload);
    await until(() => seen.length === 1);
    expect(seen).toEqual([{ ctx: CTX, given: payload }]);
  });

  testOn(`${store}: the same job is not added again while it waits`, async (address) => {
    const payload = connectionOf();
    let runs = 0;
    await using queue = openedQueue(address);
    await Promise.all([1, 2, 3, 4, 5].map(() => queue.add('push.connection', payload)));
    await queue.add('push.connection', connectionOf());
    await using _workers = await startTestWorkers(address, {
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
      const payload = connectionOf();
      let running = 0;
      let most = 0;
      let runs = 0;
      let open = () => {};
      const gate = new Promise<void>((resolve) => (open = resolve));
      await using queue = openedQueue(address);
      await using _workers = await startTestWorkers(address, {
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
      await using queue = openedQueue(address);
      await using _workers = await startTestWorkers(address, {
        'push.connection': async () => {
          runs += 1;
          return runs <= 10 ? { againInMs: 20 } : undefined;
        },
      });
      await queue.add('push.connection', connectionOf());
      await queueEmpty(address);
      expect(runs).toBe(11); // more often than the job has attempts
    },
  );

  testOn(`${store}: an error that only a person can mend is not tried again`, async (address) => {
    let runs = 0;
    const { log, lines } = recordingLog();
    await using queue = openedQueue(address);
    await using _workers = await startTestWorkers(
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
    await queue.add('push.connection', connectionOf());
    await until(() => lines.some((line) => line.msg === 'a job waits for a person'));
    await queueEmpty(address);
    expect(runs).toBe(1);
    expect(lines.filter((line) => line.level === 'error')).toEqual([]);
  });

  testOn(`${store}: a sweep comes by itself, again and again`, async (address) => {
    let sweeps = 0;
    await using _workers = await startTestWorkers(
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
    await using queue = openedQueue(address);
    const workers = await startTestWorkers(address, {
      'intake.connection': async (_ctx, _payload, signal) => {
        isRunning = true;
        await pause(60_000, undefined, { signal }).catch(() => {
          wasAsked = true;
        });
        await pause(50);
        isDone = true;
      },
    });
    await queue.add('intake.connection', connectionOf());
    await until(() => isRunning);
    await workers[Symbol.asyncDispose]();
    expect({ wasAsked, isDone }).toEqual({ wasAsked: true, isDone: true });
  });

  testOn(`${store}: a job outlives the worker that was to do it`, async (address) => {
    const payload = connectionOf();
    await using queue = openedQueue(address);
    await queue.add('intake.connection', payload);
    await queue.close();
    const seen: unknown[] = [];
    await using _workers = await startTestWorkers(address, {
      'intake.connection': async (_ctx, given) => {
        seen.push(given);
      },
    });
    await until(() => seen.length === 1);
    expect(seen).toEqual([payload]);
  });

  testOn(`${store}: the queue is ready`, async (address) => {
    await using queue = openedQueue(address);
    expect(await queue.isReady()).toBe(true);
  });

  testOn(`${store}: a payload that holds more than ids is refused`, async (address) => {
    await using queue = openedQueue(address);
    const bad = { shopId: 'one', connectionId: 'two' };
    await expect(queue.add('push.connection', bad)).rejects.toThrow(TypeError);
  });
}

test('a queue whose store does not answer says where it is and what to check', async () => {
  const address = { redisUrl: 'redis://:hunter2@127.0.0.1:1', databaseUrl: 'postgres://127.0.0.1:1/unused' };
  await using queue = openedQueue(address, { patienceMs: 300 });
  expect(await queue.isReady()).toBe(false);
  const error: unknown = await queue
    .add('push.connection', connectionOf())
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    code: 'queue_unreachable',
    retry: 'later',
    hint: expect.stringContaining('127.0.0.1:1'),
  });
  expect((error as AppError).hint).not.toContain('hunter2');
});

test('a queue that nobody uses opens no connection', async () => {
  await using database = await createTestDatabase();
  await using _queue = openedQueue({ redisUrl: null, databaseUrl: database.url });
  const schemas = await database.db.sql("SELECT 1 FROM pg_namespace WHERE nspname = 'bullmq'");
  expect(schemas).toEqual([]);
});
