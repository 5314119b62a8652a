import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { withConnection } from '#app/pipeline/connection-turns.ts';
import { takeTurn, type HalfTurn } from '#app/pipeline/sync-connection.ts';
import { pauseConnection } from '#app/services/pause-connection.server.ts';
import { customersCsv, people } from '#test/builders/exports.ts';
import { expectWholeAndOnce, fill } from '#test/builders/whole-and-once.ts';
import { createWorld, type World } from '#test/builders/world.ts';

const FILE = '/pending/au/customers_20260105T200000Z.csv';
const NEVER = new AbortController().signal;
const OVER = AbortSignal.abort();

async function connectionId(world: World): Promise<string> {
  const [row] = await world.ctx.db.sql<{ id: string }>('SELECT id FROM connection ORDER BY position LIMIT 1');
  return row?.id ?? '';
}

async function turn(
  world: World,
  half: 'intake' | 'push',
  signals: { halt?: AbortSignal; over?: AbortSignal } = {},
): Promise<HalfTurn> {
  const { halt = NEVER, over = NEVER } = signals;
  return takeTurn(world.ctx, world.shopId, { connectionId: await connectionId(world), half, halt, over });
}

/** Turn after turn until nothing is left; returns how many it took. */
async function turns(
  world: World,
  half: 'intake' | 'push',
  signals: { over?: AbortSignal } = {},
): Promise<number> {
  for (let count = 1; count < 200; count += 1) {
    const { againInMs } = await turn(world, half, signals);
    if (againInMs === null) {
      return count;
    }
    await sleep(Math.min(againInMs, 1_100));
  }
  throw new Error('there is always something left');
}

/** Has `what` happen in the middle of the work: before the n-th transaction of that name, and gives a look time to notice. */
function inTheMiddle(world: World, name: string, nth: number, what: () => Promise<unknown>): void {
  const transaction = world.ctx.db.transaction;
  let count = 0;
  world.ctx.db.transaction = async (called, work) => {
    if (called === name) {
      count += 1;
      if (count === nth) {
        await what();
        await sleep(2_500);
      }
    }
    return transaction(called, work);
  };
}

async function filesAndRuns(world: World) {
  return world.ctx.db.sql<{ status: string; read: number; total: number }>(
    `SELECT f.status, r.read, r.total_rows AS total FROM source_file f JOIN import_run r ON r.file_id = f.id ORDER BY f.stamp`,
  );
}

test('an import whose turns end at once goes on at its checkpoint, on the copy that it fetched, to the last row', async () => {
  await using world = await createWorld();
  world.put(FILE, customersCsv(people(4_300)));
  let downloads = 0;
  const open = world.ctx.sftp.open;
  world.ctx.sftp.open = async (settings) => {
    const session = await open(settings);
    return {
      ...session,
      download: (...given) => {
        downloads += 1;
        return session.download(...given);
      },
    };
  };

  const first = await turn(world, 'intake', { over: OVER });
  const [half] = await filesAndRuns(world);
  const count = await turns(world, 'intake', { over: OVER });

  expect(first.againInMs).not.toBeNull();
  expect(half).toMatchObject({ status: 'importing' });
  expect(half?.read).toBeGreaterThan(0);
  expect(half?.read).toBeLessThan(4_300);
  expect(count).toBeGreaterThan(1);
  expect(downloads).toBe(1);
  const [file] = (await world.status()).connections[0]?.files ?? [];
  expect(file).toMatchObject({ status: 'archived', balanced: true, rows: { read: 4_300, created: 4_300 } });
});

test('turn by turn everything arrives, and nothing twice', { timeout: 120_000 }, async () => {
  await using world = await createWorld({
    klaviyo: { latencyMs: 10, jobDurationMs: 300, processingDelayMs: 20 },
  });
  fill(world);

  await turns(world, 'intake', { over: OVER });
  const count = await turns(world, 'push');

  expect(count).toBeGreaterThan(1);
  await expectWholeAndOnce(world);
});

test('of two workers on one file and on one push one acts, and the other gives its slot back at once', async () => {
  await using world = await createWorld({ klaviyo: { latencyMs: 30 } });
  fill(world);

  const imports = await Promise.all([turn(world, 'intake'), turn(world, 'intake'), turn(world, 'push')]);
  const pushes = await Promise.all([turn(world, 'push'), turn(world, 'push'), turn(world, 'intake')]);

  for (const round of [imports, pushes]) {
    expect(round.filter(({ hasWorked }) => hasWorked)).toHaveLength(1);
    expect(round.filter(({ hasWorked, againInMs }) => !hasWorked && againInMs !== null)).toHaveLength(2);
  }
  await Promise.all([turns(world, 'intake'), turns(world, 'push')]);
  await turns(world, 'push');
  await expectWholeAndOnce(world);
});

test('whoever finds a connection taken is let in before the one who had it', async () => {
  await using world = await createWorld();
  const scope = { shopId: world.shopId, id: await connectionId(world) };
  const inside = await withConnection(world.ctx, scope, 'push', () =>
    withConnection(world.ctx, scope, 'intake', async () => 'beside'),
  );
  const again = await withConnection(world.ctx, scope, 'push', async () => 'push');
  const then = await withConnection(world.ctx, scope, 'intake', async () => 'intake');
  const atLast = await withConnection(world.ctx, scope, 'push', async () => 'push');

  expect(inside).toEqual({ got: 'done', result: { got: 'busy' } });
  expect(again).toEqual({ got: 'after-you' });
  expect(then).toEqual({ got: 'done', result: 'intake' });
  expect(atLast).toEqual({ got: 'done', result: 'push' });
});

test('a job at Klaviyo is looked at by a later turn: nobody sleeps for it, and the connection is free meanwhile', async () => {
  await using world = await createWorld({ klaviyo: { jobDurationMs: 60_000 } });
  world.put(FILE, customersCsv(people(3)));
  await turns(world, 'intake');

  const { againInMs } = await turn(world, 'push');

  expect(againInMs).toBeGreaterThanOrEqual(200);
  expect(await world.ctx.db.sql('SELECT status FROM push_batch')).toEqual([{ status: 'accepted' }]);
  expect((await turn(world, 'intake')).hasWorked).toBe(true);
});

test('an account that asks to wait gets its slot back when it may go on, and its records are pending until then', async () => {
  await using world = await createWorld({
    klaviyo: {
      faults: [
        { match: { path: '/api/profile-bulk-import-jobs' }, kind: '429', times: 1, retryAfterSeconds: 30 },
      ],
    },
  });
  world.put(FILE, customersCsv(people(3)));
  await turns(world, 'intake');

  const { againInMs } = await turn(world, 'push');

  expect(againInMs).toBeGreaterThan(25_000);
  const { connections } = await world.status();
  expect(connections[0]?.records.customers).toMatchObject({ pending: 3, sending: 0 });
  expect(await world.ctx.db.sql('SELECT code FROM alert WHERE resolved_at IS NULL')).toEqual([]);
});

test('a connection that is paused stops its import at the next rows, and goes on where it was', async () => {
  await using world = await createWorld();
  world.put(FILE, customersCsv(people(5_000)));
  const id = await connectionId(world);
  const by = { actor: 'test' };
  inTheMiddle(world, 'stage records', 2, () =>
    pauseConnection(world.ctx, world.shopId, { connectionId: id, isPaused: true, ...by }),
  );

  const halted = await turn(world, 'intake');
  const [half] = await filesAndRuns(world);
  const whilePaused = await turn(world, 'intake');
  await pauseConnection(world.ctx, world.shopId, { connectionId: id, isPaused: false, ...by });
  await turns(world, 'intake');

  expect(halted).toEqual({ hasWorked: true, againInMs: null });
  expect(half).toMatchObject({ status: 'importing' });
  expect(half?.read).toBeLessThan(5_000);
  expect(whilePaused).toEqual({ hasWorked: false, againInMs: null });
  const [file] = (await world.status()).connections[0]?.files ?? [];
  expect(file).toMatchObject({ status: 'archived', balanced: true, rows: { read: 5_000 } });
});

test.each<[string, (world: World) => Promise<unknown>, (world: World) => Promise<unknown>]>([
  [
    'paused',
    (world) => world.ctx.db.sql('UPDATE connection SET paused = true'),
    (world) => world.ctx.db.sql('UPDATE connection SET paused = false'),
  ],
  [
    'removed',
    (world) => world.ctx.db.sql('UPDATE connection SET removed_at = now()'),
    (world) => world.ctx.db.sql('UPDATE connection SET removed_at = NULL'),
  ],
  [
    'of a shop that uninstalls the app',
    (world) => world.ctx.db.sql('UPDATE shop SET uninstalled_at = now()'),
    (world) => world.ctx.db.sql('UPDATE shop SET uninstalled_at = NULL'),
  ],
  [
    'of a shop that switches data sync off',
    (world) => world.ctx.db.sql('UPDATE shop_settings SET data_sync = false'),
    (world) => world.ctx.db.sql('UPDATE shop_settings SET data_sync = true'),
  ],
])(
  'the push of a connection %s stops at the next request; taken up again it sends the rest, and nothing twice',
  async (_, stop, goOn) => {
    await using world = await createWorld({
      connection: '    list: Retail Customers\n    batchSize: 5',
      klaviyo: { latencyMs: 5, jobDurationMs: 30, processingDelayMs: 10 },
    });
    fill(world);
    await turns(world, 'intake');
    inTheMiddle(world, 'open profile batch', 4, () => stop(world));

    const halted = await turn(world, 'push');
    const sentBefore = world.klaviyo.account().received.profiles;
    const later = await turn(world, 'push');

    expect(halted.hasWorked).toBe(true);
    expect(sentBefore).toBeLessThan(60);
    expect(later.againInMs).toBeNull();
    expect(world.klaviyo.account().received.profiles).toBe(sentBefore);
    await goOn(world);
    await turns(world, 'push');
    await expectWholeAndOnce(world);
  },
);

test('a push that is halted while a request is under way awaits its answer and notes it', async () => {
  const halt = new AbortController();
  await using world = await createWorld({
    klaviyo: {
      latencyMs: 400,
      jobDurationMs: 30,
      onRequest: ({ path }) => {
        if (path.startsWith('/api/event-bulk-create-jobs')) {
          halt.abort();
        }
      },
    },
  });
  fill(world);
  await turns(world, 'intake');
  for (let count = 0; !halt.signal.aborted && count < 100; count += 1) {
    const { againInMs } = await turn(world, 'push', { halt: halt.signal, over: halt.signal });
    await sleep(Math.min(againInMs ?? 0, 300));
  }

  const uncertain = await world.ctx.db.sql(
    `SELECT status, kind FROM push_batch WHERE status NOT IN ('done', 'withdrawn')`,
  );
  expect(uncertain).toEqual([]);
  await turns(world, 'push');
  await expectWholeAndOnce(world);
});

test('of two people with one e-mail the later one stands for the profile, also when the other was just on the way', async () => {
  await using world = await createWorld({ klaviyo: { jobDurationMs: 60_000 } });
  const shared = { EMAIL: 'both@shop.example' };
  const [anna, bert] = people(2, 1, (id) => ({ ...shared, LAST_UPDATED: `2026-01-0${id} 10:00:00` }));
  world.put(FILE, customersCsv(anna === undefined ? [] : [anna]));
  await turns(world, 'intake');
  await turn(world, 'push'); // the job is open
  world.put('/pending/au/customers_20260106T200000Z.csv', customersCsv(bert === undefined ? [] : [bert]));
  await turns(world, 'intake');
  world.klaviyo.settle();
  await turn(world, 'push');
  world.klaviyo.settle();
  await turns(world, 'push').catch(() => undefined);
  world.klaviyo.settle();
  await turn(world, 'push');

  const records = await world.ctx.db.sql(
    `SELECT external_id, status, reason->>'code' AS code FROM customer ORDER BY external_id`,
  );
  expect(records).toEqual([
    { external_id: anna?.PERIDX, status: 'skipped', code: 'shared_email' },
    { external_id: bert?.PERIDX, status: 'synced', code: null },
  ]);
});

test('a download that is halted hangs up; the next turn fetches the file from its beginning', async () => {
  await using world = await createWorld();
  world.put(FILE, customersCsv(people(3)));
  const open = world.ctx.sftp.open;
  const halt = new AbortController();
  world.ctx.sftp.open = async (settings) => {
    const session = await open(settings);
    let hangUp: () => void = () => undefined;
    return {
      ...session,
      download: () =>
        new Promise((_, reject) => {
          hangUp = () => reject(new Error('the connection was closed'));
          halt.abort();
        }),
      async close() {
        hangUp();
        await session.close();
      },
    };
  };

  const halted = await turn(world, 'intake', { halt: halt.signal, over: halt.signal });
  world.ctx.sftp.open = open;
  await turns(world, 'intake');

  expect(halted.againInMs).not.toBeNull();
  const [file] = (await world.status()).connections[0]?.files ?? [];
  expect(file).toMatchObject({ status: 'archived', balanced: true, rows: { read: 3 } });
});
