import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { expect } from 'vitest';
import { queueStore } from '#app/adapters/queue-store.server.ts';
import { recordingLog } from '#test/builders/log.ts';
import {
  aborted,
  connectionOf,
  gate,
  openedQueue,
  queueEmpty,
  startHangingWorker,
  startTestWorkers,
  STORES,
  until,
} from '#test/builders/queues.ts';

for (const { store, testOn } of STORES) {
  testOn(`${store}: the same job is not added beside one that rests`, async (address) => {
    const payload = connectionOf();
    let runs = 0;
    await using queue = openedQueue(address);
    await using _workers = await startTestWorkers(address, {
      'push.connection': async () => {
        runs += 1;
        return runs === 1 ? { againInMs: 1_000 } : undefined;
      },
    });
    await queue.add('push.connection', payload);
    await until(() => runs === 1);
    for (let count = 0; count < 3; count += 1) {
      await pause(50);
      await queue.add('push.connection', payload);
    }
    await queueEmpty(address);
    // What was added in the very moment of the first run's end may count as added during it.
    expect([2, 3]).toContain(runs);
  });

  testOn(
    `${store}: a job that was added anew while it ran and then asks for a pause runs again, never beside itself`,
    async (address) => {
      const payload = connectionOf();
      const door = gate();
      let [runs, running, most] = [0, 0, 0];
      await using queue = openedQueue(address);
      await using _workers = await startTestWorkers(address, {
        'push.connection': async () => {
          runs += 1;
          running += 1;
          most = Math.max(most, running);
          if (runs === 1) {
            await door.opened;
          }
          await pause(30);
          running -= 1;
          return runs === 1 ? { againInMs: 30 } : undefined;
        },
      });
      await queue.add('push.connection', payload);
      await until(() => runs === 1);
      await queue.add('push.connection', payload);
      door.open();
      await until(() => runs >= 2);
      await queueEmpty(address);
      expect(most).toBe(1);
      expect([2, 3]).toContain(runs);
      await queue.add('push.connection', payload);
      const before = runs;
      await until(() => runs > before);
    },
  );

  testOn(`${store}: a fault that passes is tried again after a pause`, async (address) => {
    const { log, lines } = recordingLog();
    const attempts: number[] = [];
    await using queue = openedQueue(address);
    await using _workers = await startTestWorkers(
      address,
      {
        'push.connection': async () => {
          attempts.push(Date.now());
          if (attempts.length === 1) {
            throw new Error('a passing fault');
          }
        },
      },
      { log },
    );
    await queue.add('push.connection', connectionOf());
    await until(() => attempts.length === 2);
    await queueEmpty(address);
    expect(lines.map((line) => line.msg)).toContain('a job failed and will be tried again');
  });

  testOn(`${store}: a job that nobody knows fails for good and stops no other`, async (address) => {
    const { log, lines } = recordingLog();
    const raw = queueStore(address).openQueue('push');
    await raw.add('no.such.job', {}, { attempts: 5 });
    await raw.close();
    let runs = 0;
    await using queue = openedQueue(address);
    await using _workers = await startTestWorkers(
      address,
      { 'push.connection': async () => void (runs += 1) },
      { log },
    );
    await queue.add('push.connection', connectionOf());
    await until(() => runs === 1);
    await queueEmpty(address);
    expect(lines.filter((line) => line.msg === 'a job failed for good')).toHaveLength(1);
  });

  testOn(`${store}: the job of a killed process is done by another`, async (address) => {
    const payload = connectionOf();
    const lockMs = 1_000;
    await using killed = await startHangingWorker(address, lockMs);
    await using queue = openedQueue(address);
    await queue.add('intake.connection', payload);
    await killed.taken();
    const seen: unknown[] = [];
    await using _workers = await startTestWorkers(
      address,
      { 'intake.connection': async (_ctx, given) => void seen.push(given) },
      { lockMs },
    );
    await killed.kill();
    await until(() => seen.length > 0);
    expect(seen).toEqual([payload]);
  });

  testOn(`${store}: what a stopped process hands back is done by another at once`, async (address) => {
    const payload = connectionOf();
    const taken = gate();
    const seen: unknown[] = [];
    await using queue = openedQueue(address);
    const stopped = await startTestWorkers(address, {
      'intake.connection': async (_ctx, _payload, signal, turn) => {
        taken.open();
        await Promise.all([aborted(signal), aborted(turn)]);
        return { againInMs: 0 };
      },
    });
    await queue.add('intake.connection', payload);
    await taken.opened;
    await stopped[Symbol.asyncDispose]();
    await using _workers = await startTestWorkers(address, {
      'intake.connection': async (_ctx, given) => void seen.push(given),
    });
    await until(() => seen.length > 0);
    expect(seen).toEqual([payload]);
  });

  testOn(
    `${store}: a shop has half of the slots at most: another's job starts while its jobs wait`,
    async (address) => {
      const [big, small] = [randomUUID(), randomUUID()];
      const door = gate();
      const events: string[] = [];
      await using queue = openedQueue(address);
      await using _workers = await startTestWorkers(
        address,
        {
          'intake.connection': async (_ctx, { shopId }) => {
            events.push(`${shopId === big ? 'big' : 'small'} starts`);
            if (shopId === big) {
              await door.opened;
              events.push('big ends');
            }
          },
        },
        { concurrency: { intake: 4 } },
      );
      for (let count = 0; count < 5; count += 1) {
        await queue.add('intake.connection', connectionOf(big));
      }
      await until(() => events.length === 2);
      await queue.add('intake.connection', connectionOf(small));
      await until(() => events.includes('small starts'));
      door.open();
      await queueEmpty(address, 'intake');
      expect(events.slice(0, 3)).toEqual(['big starts', 'big starts', 'small starts']);
      expect(events.filter((event) => event === 'big ends')).toHaveLength(5);
    },
  );

  testOn(
    `${store}: where all slots are taken, who works longest gives way to who waits, and comes again after it`,
    async (address) => {
      const names = new Map<string, string>();
      const events: string[] = [];
      const shop = (name: string) => {
        const payload = connectionOf();
        names.set(payload.shopId, name);
        return payload;
      };
      await using queue = openedQueue(address);
      await using _workers = await startTestWorkers(
        address,
        {
          'intake.connection': async (_ctx, { shopId }, _signal, turn) => {
            const name = names.get(shopId) ?? '';
            const isBack = events.includes(`${name} gives way`);
            events.push(`${name} ${isBack ? 'comes again' : 'starts'}`);
            if (name !== 'third' && !isBack) {
              await aborted(turn);
              events.push(`${name} gives way`);
              return { againInMs: 0 };
            }
          },
        },
        { concurrency: { intake: 2 }, turnMs: 300 },
      );
      await queue.add('intake.connection', shop('first'));
      await until(() => events.length === 1);
      await pause(20); // the one that works longest
      await queue.add('intake.connection', shop('second'));
      await until(() => events.length === 2);
      await queue.add('intake.connection', shop('third'));
      await until(() => events.includes('first comes again'));
      expect(events.slice(0, 5)).toEqual([
        'first starts',
        'second starts',
        'first gives way',
        'third starts',
        'first comes again',
      ]);
    },
  );

  testOn(`${store}: a turn goes on as long as nobody waits for the slot`, async (address) => {
    let isOver: boolean | undefined;
    await using queue = openedQueue(address);
    await using _workers = await startTestWorkers(
      address,
      {
        'intake.connection': async (_ctx, _payload, _signal, turn) => {
          await pause(1_000);
          isOver = turn.aborted;
        },
      },
      { concurrency: { intake: 1 }, turnMs: 50 },
    );
    await queue.add('intake.connection', connectionOf());
    await until(() => isOver !== undefined);
    expect(isOver).toBe(false);
  });

  testOn(`${store}: the jobs of one shop take turns, too`, async (address) => {
    const shopId = randomUUID();
    const events: string[] = [];
    await using queue = openedQueue(address);
    await using _workers = await startTestWorkers(
      address,
      {
        'intake.connection': async (_ctx, { connectionId }, _signal, turn) => {
          events.push(connectionId);
          if (events.length === 1) {
            await aborted(turn);
            return { againInMs: 5_000 };
          }
        },
      },
      { concurrency: { intake: 2 }, turnMs: 200 },
    );
    const [first, second] = [connectionOf(shopId), connectionOf(shopId)];
    await queue.add('intake.connection', first);
    await until(() => events.length === 1);
    await queue.add('intake.connection', second);
    await until(() => events.length === 2);
    expect(events).toEqual([first.connectionId, second.connectionId]);
  });

  testOn(`${store}: a store that was emptied gets its schedule back by itself`, async (address) => {
    let sweeps = 0;
    await using _workers = await startTestWorkers(
      address,
      { 'upkeep.sweep': async () => void (sweeps += 1) },
      { sweepEveryMs: 200 },
    );
    await until(() => sweeps >= 1);
    await emptied(address);
    const before = sweeps;
    await until(() => sweeps >= before + 3);
  });
}

/** All jobs and schedules are gone. */
async function emptied(address: { redisUrl: string | null; databaseUrl: string }): Promise<void> {
  if (address.redisUrl !== null) {
    const redis = new Redis(address.redisUrl);
    await redis.flushall();
    redis.disconnect();
    return;
  }
  const queue = queueStore(address).openQueue('upkeep');
  await queue.removeJobScheduler('sweep');
  await queue.close();
}
