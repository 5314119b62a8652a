import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openDatabase } from '#app/adapters/postgres.server.ts';
import type { Database } from '#app/context.ts';
import { AppError } from '#app/domain/errors.ts';
import { createTestDatabase } from '#test/builders/database.ts';
import { recordingLog, silentLog } from '#test/builders/log.ts';

test('whole numbers and counts come back as numbers, times and days as Date, jsonb parsed', async () => {
  await using database = await createTestDatabase();
  const [row] = await database.db.sql(
    `SELECT count(*) AS count, 9007199254740993::bigint AS huge, '2026-01-02 03:04:05+10'::timestamptz AS time,
            '2026-01-02'::date AS day, '{"a": [1]}'::jsonb AS json, NULL::bigint AS nothing`,
  );
  expect(row).toEqual({
    count: 1,
    huge: '9007199254740993',
    time: new Date('2026-01-01T17:04:05Z'),
    day: new Date('2026-01-02T00:00:00Z'),
    json: { a: [1] },
    nothing: null,
  });
});

test('a day travels as that day in UTC, whatever the zone of the machine', async () => {
  await using database = await createTestDatabase();
  const late = new Date('2026-01-02T23:30:00Z');
  const [row] = await database.db.sql('SELECT $1::date::text AS day, $2::timestamptz[] AS times', [
    late,
    [late],
  ]);
  expect(row).toEqual({ day: '2026-01-02', times: [late] });
});

test('Prisma and SQL see the same rows, and the same instant', async () => {
  await using database = await createTestDatabase();
  const shop = await database.db.prisma.shop.create({ data: { domain: 'one.myshopify.com' } });
  const rows = await database.db.sql<{ id: string; installed_at: Date }>('SELECT id, installed_at FROM shop');
  expect(rows).toHaveLength(1);
  expect(rows[0]?.id).toBe(shop.id);
  expect(rows[0]?.installed_at.getTime()).toBe(shop.installedAt.getTime());
});

test('a transaction happens whole or not at all', async () => {
  await using database = await createTestDatabase();
  const failing = database.db.transaction('two shops', async (sql) => {
    await sql('INSERT INTO shop (domain) VALUES ($1)', ['a']);
    throw new Error('changed my mind');
  });
  await expect(failing).rejects.toThrow('changed my mind');
  expect(await database.db.sql('SELECT 1 FROM shop')).toHaveLength(0);
  const id = await database.db.transaction('one shop', async (sql) => {
    const [row] = await sql<{ id: string }>('INSERT INTO shop (domain) VALUES ($1) RETURNING id', ['b']);
    return row?.id;
  });
  expect(await database.db.sql('SELECT id FROM shop')).toEqual([{ id }]);
});

test('a failed statement names its transaction in the log, without the values of the row', async () => {
  const { log, lines } = recordingLog();
  await using database = await createTestDatabase({ log });
  await database.db.sql("INSERT INTO shop (domain) VALUES ('secret-shop')");
  const repeated = database.db.transaction('add the shop again', (sql) =>
    sql("INSERT INTO shop (domain) VALUES ('secret-shop')"),
  );
  await expect(repeated).rejects.toMatchObject({ code: '23505' });
  expect(lines).toEqual([
    expect.objectContaining({ level: 'error', transaction: 'add the shop again', code: '23505' }),
  ]);
  expect(JSON.stringify(lines)).not.toContain('secret-shop');
});

test('of two transactions that block each other both are done in the end', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  await db.sql("INSERT INTO shop (domain) VALUES ('a'), ('b')");
  let attempts = 0;
  const both = (first: string, second: string) =>
    db.transaction(`${first} then ${second}`, async (sql) => {
      attempts += 1;
      await sql('UPDATE shop SET uninstalled_at = now() WHERE domain = $1', [first]);
      await sql('SELECT pg_sleep(0.1)');
      await sql('UPDATE shop SET uninstalled_at = now() WHERE domain = $1', [second]);
    });
  await Promise.all([both('a', 'b'), both('b', 'a')]);
  expect(attempts).toBe(3); // PostgreSQL ended one of them, and it ran again
});

test('a transaction that always conflicts gives up after three repeats', async () => {
  await using database = await createTestDatabase();
  let attempts = 0;
  const conflicting = database.db.transaction('hopeless', async (sql) => {
    attempts += 1;
    await sql("DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40001'; END $$");
  });
  await expect(conflicting).rejects.toMatchObject({ code: '40001' });
  expect(attempts).toBe(4);
});

test('only one at a time holds a lock, and it is free again afterwards, also after an error', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const inside = await db.withLock('connection 1', async () => ({
    same: await db.withLock('connection 1', async () => 'both'),
    other: await db.withLock('connection 2', async () => 'other'),
  }));
  expect(inside).toEqual({ same: null, other: 'other' });
  const failing = db.withLock('connection 1', async () => {
    throw new Error('broken work');
  });
  await expect(failing).rejects.toThrow('broken work');
  expect(await db.withLock('connection 1', async () => 'free')).toBe('free');
});

test('locks do not use up the pool', async () => {
  await using database = await createTestDatabase();
  await using small = await opened(database.url, 1);
  const names = Array.from({ length: 12 }, (_, index) => `lock ${index}`);
  const results = await Promise.all(
    names.map((name) => small.db.withLock(name, () => small.db.sql<{ one: number }>('SELECT 1 AS one'))),
  );
  expect(results).toEqual(names.map(() => [{ one: 1 }]));
});

test('work whose lock is lost stops at its next statement', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  let wentOn = false;
  const work = db.withLock('connection 1', async () => {
    await endLockHolders(db);
    await waitUntil(async () => (await db.withLock('connection 1', async () => true)) === true);
    await db.sql('SELECT 1');
    wentOn = true;
  });
  await expect(work).rejects.toMatchObject({ code: 'lock_lost', retry: 'later' });
  expect(wentOn).toBe(false);
});

test('work that ignored the loss of its lock does not pass for done', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const work = db.withLock('connection 1', async () => {
    await endLockHolders(db);
    await waitUntil(async () => (await db.withLock('connection 1', async () => true)) === true);
    return 'done';
  });
  await expect(work).rejects.toMatchObject({ code: 'lock_lost' });
});

test('a server that is not there is reported with its address and a remedy, without the password', async () => {
  const port = await closedPort();
  const opening = openDatabase(`postgres://someone:hunter2@127.0.0.1:${port}/shop`, { log: silentLog() });
  const error = await opening.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AppError);
  expect(error).toMatchObject({
    code: 'database_unreachable',
    retry: 'later',
    hint: expect.stringContaining(`127.0.0.1:${port}/shop`),
  });
  expect(JSON.stringify([(error as AppError).message, (error as AppError).hint])).not.toContain('hunter2');
});

test('a wrong password and a missing database have remedies of their own', async () => {
  await using database = await createTestDatabase();
  const wrongPassword = new URL(database.url);
  wrongPassword.password = 'wrong';
  await expect(openDatabase(wrongPassword.toString(), { log: silentLog() })).rejects.toMatchObject({
    code: 'database_unreachable',
    hint: expect.stringContaining('user name and password'),
  });
  const noDatabase = new URL(database.url);
  noDatabase.pathname = '/nowhere';
  await expect(openDatabase(noDatabase.toString(), { log: silentLog() })).rejects.toMatchObject({
    code: 'database_unreachable',
    hint: expect.stringContaining('Create that database'),
  });
});

test('a connection that breaks inside a transaction is an error to try again later, and the next one works', async () => {
  const { log, lines } = recordingLog();
  await using database = await createTestDatabase({ log });
  const broken = database.db.transaction('interrupted', (sql) =>
    sql('SELECT pg_terminate_backend(pg_backend_pid())'),
  );
  await expect(broken).rejects.toMatchObject({ code: 'database_unreachable', retry: 'later' });
  expect(lines.map((line) => line['transaction'])).toContain('interrupted');
  expect(await database.db.transaction('next', (sql) => sql('SELECT 1 AS one'))).toEqual([{ one: 1 }]);
});

async function opened(url: string, poolSize: number) {
  const db = await openDatabase(url, { log: silentLog(), poolSize });
  return { db, [Symbol.asyncDispose]: () => db.close() };
}

/** As if the machine in between had dropped the connections that hold advisory locks in this database. */
async function endLockHolders(db: Database): Promise<void> {
  await db.sql(
    `SELECT pg_terminate_backend(pid) FROM pg_locks
      WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
}

async function waitUntil(isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await isTrue())) {
    if (Date.now() > deadline) {
      throw new Error('waited in vain');
    }
    await pause(20);
  }
}

async function closedPort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}
