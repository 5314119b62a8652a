import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { expect, test } from 'vitest';
import { migrate } from '#app/adapters/migrate.server.ts';
import { FILE_STATUSES, RECORD_STATUSES } from '#app/domain/records.ts';
import { createEmptyDatabase, createTestDatabase, MIGRATIONS } from '#test/builders/database.ts';

const INITIAL = '20261121000000_initial';

async function query<Row extends pg.QueryResultRow>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

/** A directory of migrations that a test may change. */
async function migrationsOf(files: Record<string, string>): Promise<{ directory: string } & AsyncDisposable> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'migrations-'));
  for (const [name, sql] of Object.entries(files)) {
    await mkdir(path.join(directory, name), { recursive: true });
    await writeFile(path.join(directory, name, 'migration.sql'), sql);
  }
  return { directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) };
}

async function prisma(url: string, ...parameters: string[]) {
  // Any program will do where Prisma's own cannot be downloaded: these commands use the engine inside the package.
  const env = {
    ...process.env,
    DATABASE_URL: url,
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    PRISMA_QUERY_ENGINE_LIBRARY: process.execPath,
    CHECKPOINT_DISABLE: '1',
  };
  const program = [path.resolve('node_modules/prisma/build/index.js'), ...parameters];
  return promisify(execFile)(process.execPath, [...program, '--config', 'prisma/authoring.config.ts'], {
    env,
  }).then(
    ({ stdout }) => ({ code: 0, stdout }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      code: error.code,
      stdout: error.stdout + error.stderr,
    }),
  );
}

test('an empty database gets every migration once, in order', async () => {
  await using empty = await createEmptyDatabase();
  const applied = await migrate(empty.url, MIGRATIONS);
  expect(applied[0]).toBe(INITIAL);
  expect(applied).toEqual([...applied].sort());
  expect(await migrate(empty.url, MIGRATIONS)).toEqual([]);
});

test('Prisma agrees that nothing is left to apply, and that the migrations build what schema.prisma says', async () => {
  await using database = await createTestDatabase();
  const status = await prisma(database.url, 'migrate', 'status');
  expect(status.stdout).toContain('Database schema is up to date!');
  const diff = await prisma(
    database.url,
    ...[
      'migrate',
      'diff',
      '--from-migrations',
      'prisma/migrations',
      '--to-schema-datamodel',
      'prisma/schema.prisma',
    ],
    ...['--script', '--exit-code'],
  );
  expect(diff).toEqual({ code: 0, stdout: expect.stringContaining('This is an empty migration') });
});

test('processes that start together apply each migration once', async () => {
  await using empty = await createEmptyDatabase();
  const results = await Promise.all([1, 2, 3, 4].map(() => migrate(empty.url, MIGRATIONS)));
  const applied = results.flat();
  expect(new Set(applied).size).toBe(applied.length);
  const books = await query<{ count: string }>(empty.url, 'SELECT count(*) FROM _prisma_migrations');
  expect(Number(books[0]?.count)).toBe(applied.length);
});

test('a migration that was changed after it had been applied stops the start and names the file', async () => {
  await using empty = await createEmptyDatabase();
  await using migrations = await migrationsOf({ '1_one': 'CREATE TABLE one (id int)' });
  await migrate(empty.url, migrations.directory);
  await writeFile(path.join(migrations.directory, '1_one/migration.sql'), 'CREATE TABLE two (id int)');
  await expect(migrate(empty.url, migrations.directory)).rejects.toMatchObject({
    code: 'migration_changed',
    hint: expect.stringContaining('prisma/migrations/1_one/migration.sql'),
  });
});

test('line ends of a Windows checkout are no change', async () => {
  await using empty = await createEmptyDatabase();
  await using migrations = await migrationsOf({ '1_one': 'CREATE TABLE one (\n  id int\n)\n' });
  await migrate(empty.url, migrations.directory);
  await writeFile(
    path.join(migrations.directory, '1_one/migration.sql'),
    'CREATE TABLE one (\r\n  id int\r\n)\r\n',
  );
  expect(await migrate(empty.url, migrations.directory)).toEqual([]);
});

test('a migration that fails leaves nothing behind, and the earlier ones stay', async () => {
  await using empty = await createEmptyDatabase();
  await using migrations = await migrationsOf({
    '1_one': 'CREATE TABLE one (id int)',
    '2_bad': 'CREATE TABLE two (id int); SELECT 1/0',
  });
  await expect(migrate(empty.url, migrations.directory)).rejects.toMatchObject({
    code: 'migration_failed',
    message: expect.stringContaining('division by zero'),
  });
  const tables = await query<{ tablename: string }>(
    empty.url,
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename !~ '^_' ORDER BY 1",
  );
  expect(tables.map((row) => row.tablename)).toEqual(['one']);
  await writeFile(path.join(migrations.directory, '2_bad/migration.sql'), 'CREATE TABLE two (id int)');
  expect(await migrate(empty.url, migrations.directory)).toEqual(['2_bad']);
});

test('an index built concurrently runs outside a transaction; when it fails, the next start says so', async () => {
  await using empty = await createEmptyDatabase();
  await using migrations = await migrationsOf({
    '1_one': 'CREATE TABLE one (id int)',
    '2_index': 'CREATE INDEX CONCURRENTLY one_id ON one (id)',
    '3_index': 'CREATE INDEX CONCURRENTLY one_no ON one (no_such_column)',
  });
  await expect(migrate(empty.url, migrations.directory)).rejects.toMatchObject({ code: 'migration_failed' });
  const indexes = await query(empty.url, "SELECT 1 FROM pg_indexes WHERE indexname = 'one_id'");
  expect(indexes).toHaveLength(1);
  await expect(migrate(empty.url, migrations.directory)).rejects.toMatchObject({
    code: 'migration_failed',
    hint: expect.stringContaining('prisma migrate resolve --rolled-back 3_index'),
  });
});

test('the status words of the tables are those of the domain', async () => {
  await using database = await createTestDatabase();
  const rows = await database.db.sql<{ name: string; definition: string }>(
    `SELECT conname AS name, pg_get_constraintdef(oid) AS definition FROM pg_constraint
      WHERE conname LIKE '%_status_check' ORDER BY conname`,
  );
  const words = rows.map(({ name, definition }) => ({
    name,
    words: [...definition.matchAll(/'([^']+)'/g)].map((match) => match[1]).sort(),
  }));
  const records = [...RECORD_STATUSES].sort();
  expect(words).toEqual([
    { name: 'customer_status_check', words: records },
    { name: 'mail_status_check', words: ['given-up', 'sent', 'waiting'] },
    { name: 'order_status_check', words: records },
    { name: 'reward_status_check', words: records },
    { name: 'source_file_status_check', words: [...FILE_STATUSES].sort() },
  ]);
});

test('a copied directory of migrations is understood wherever it lies', async () => {
  await using empty = await createEmptyDatabase();
  await using elsewhere = await migrationsOf({});
  await cp(MIGRATIONS, elsewhere.directory, { recursive: true });
  expect(await migrate(empty.url, elsewhere.directory)).toContain(INITIAL);
});
