import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { Log } from '#app/context.ts';
import { AppError } from '#app/domain/errors.ts';
import { unreachable } from './postgres-errors.server.ts';

/** The advisory lock that `prisma migrate` takes too: the two never run at the same time. */
const PRISMA_MIGRATE_LOCK = 72707369;

/** As Prisma's schema engine creates it: https://www.prisma.io/docs/orm/prisma-migrate/understanding-prisma-migrate/migration-histories */
const BOOKKEEPING = `
  CREATE TABLE _prisma_migrations (
    id VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum VARCHAR(64) NOT NULL,
    finished_at TIMESTAMPTZ,
    migration_name VARCHAR(255) NOT NULL,
    logs TEXT,
    rolled_back_at TIMESTAMPTZ,
    started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count INTEGER NOT NULL DEFAULT 0
  )`;

/** How often a process that waits for another one's migrations looks again. */
const LOCK_LOOK_MS = 100;

type Migration = { name: string; sql: string; checksum: string };

/**
 * Brings the database to the newest migration of `directory` and returns the names that it applied. Keeps Prisma's own
 * books, so `prisma migrate status` agrees, but needs none of Prisma's binaries. Safe to call from several processes.
 * Errors: AppError `database_unreachable`, `migration_changed`, `migration_failed`.
 */
export async function migrate(database: string | pg.ClientBase, directory: string): Promise<string[]> {
  if (typeof database !== 'string') {
    return migrateWith(database, directory);
  }
  return connected(database, (client) => migrateWith(client, directory));
}

async function connected<Result>(
  url: string,
  work: (client: pg.ClientBase) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString: url, application_name: 'threadline migrate' });
  client.on('error', () => undefined); // the statement that was running reports it
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => undefined);
    throw unreachable(url, error);
  }
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** What this version brings and the database lacks, and what a newer version has done to the database. */
export type SchemaState = { missing: string[]; unknown: string[] };

/** Compares the database with `directory` without changing anything. Errors: AppError `migration_changed`, `migration_failed`. */
export async function readSchemaState(database: string, directory: string): Promise<SchemaState> {
  return connected(database, async (client) => {
    const migrations = await readMigrations(directory);
    const { rows } = await client.query<{ books: string | null }>(
      `SELECT to_regclass('_prisma_migrations') AS books`,
    );
    const done = rows[0]?.books ? await readBooks(client) : new Map<string, Entry>();
    for (const migration of migrations) {
      const entry = done.get(migration.name);
      if (entry) {
        checkEntry(migration, entry);
      }
    }
    const names = new Set(migrations.map(({ name }) => name));
    return {
      missing: [...names].filter((name) => !done.has(name)),
      unknown: [...done.keys()].filter((name) => !names.has(name)),
    };
  });
}

/**
 * What every process does at its start. `apply`: brings the database up to date. `check`: refuses an older one with AppError
 * `schema_outdated`, for deployments in which `threadline migrate` runs first. A newer database is fine: migrations only add,
 * and the release before runs beside the new one.
 */
export async function bringUpToDate(
  database: string,
  directory: string,
  { mode, log }: { mode: 'apply' | 'check'; log: Log },
): Promise<void> {
  if (mode === 'apply') {
    const applied = await migrate(database, directory);
    if (applied.length > 0) {
      log.info({ migrations: applied }, 'the database was brought up to date');
    }
  }
  const { missing, unknown } = await readSchemaState(database, directory);
  if (missing.length > 0) {
    throw new AppError({
      code: 'schema_outdated',
      retry: 'person',
      message: `migrations are missing: ${missing.join(', ')}`,
      hint: `The database is older than this version (${missing.length} migrations are missing). Run "threadline migrate" once, then start again.`,
    });
  }
  if (unknown.length > 0) {
    log.warn(
      { migrations: unknown },
      'the database was brought up to date by a newer version: this one works beside it, and should follow soon',
    );
  }
}

async function migrateWith(client: pg.ClientBase, directory: string): Promise<string[]> {
  const migrations = await readMigrations(directory);
  await takeLock(client);
  try {
    const done = await readBooks(client);
    const applied: string[] = [];
    for (const migration of migrations) {
      const entry = done.get(migration.name);
      if (entry) {
        checkEntry(migration, entry);
        continue;
      }
      await apply(client, migration);
      applied.push(migration.name);
    }
    return applied;
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [PRISMA_MIGRATE_LOCK]).catch(() => undefined);
  }
}

/**
 * Asks again and again rather than wait inside a statement: CREATE INDEX CONCURRENTLY waits for every open transaction, so
 * the process that holds the lock and the one that waits for it would stop each other.
 */
async function takeLock(client: pg.ClientBase): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [
      PRISMA_MIGRATE_LOCK,
    ]);
    if (rows[0]?.taken === true) {
      return;
    }
    await pause(LOCK_LOOK_MS);
  }
}

async function readMigrations(directory: string): Promise<Migration[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      // A checkout on Windows may have CRLF: the checksum is that of the file as committed.
      const sql = (await readFile(path.join(directory, name, 'migration.sql'), 'utf8')).replaceAll(
        '\r\n',
        '\n',
      );
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

type Entry = { migration_name: string; checksum: string; finished_at: Date | null };

async function readBooks(client: pg.ClientBase): Promise<Map<string, Entry>> {
  const found = await client.query<{ books: string | null }>(
    `SELECT to_regclass('_prisma_migrations') AS books`,
  );
  if (!found.rows[0]?.books) {
    await client.query(BOOKKEEPING).catch((error: unknown) => {
      throw failed('the table of migrations', 'it could not be made', error);
    });
    return new Map();
  }
  const { rows } = await client.query<Entry>(
    'SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL',
  );
  return new Map(rows.map((row) => [row.migration_name, row]));
}

function checkEntry(migration: Migration, entry: Entry): void {
  if (entry.finished_at === null) {
    throw failed(migration.name, 'an earlier attempt did not finish');
  }
  if (entry.checksum !== migration.checksum) {
    throw new AppError({
      code: 'migration_changed',
      retry: 'person',
      message: `migration ${migration.name} was changed after it had been applied`,
      hint: `The file prisma/migrations/${migration.name}/migration.sql differs from what this database was built with. Restore the file as it was and put the change into a new migration.`,
      where: { file: `prisma/migrations/${migration.name}/migration.sql` },
    });
  }
}

async function apply(client: pg.ClientBase, migration: Migration): Promise<void> {
  // PostgreSQL builds an index CONCURRENTLY only outside a transaction; such a file holds that statement alone.
  if (/\bCONCURRENTLY\b/i.test(migration.sql.replace(/--.*$/gm, ''))) {
    await applyUnprotected(client, migration);
    return;
  }
  await client.query('BEGIN');
  try {
    await client.query(migration.sql);
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, now(), clock_timestamp(), 1)`,
      [randomUUID(), migration.checksum, migration.name],
    );
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw failed(migration.name, 'nothing of it was kept', error);
  }
}

/** The entry comes first: if the statement fails, the unfinished entry makes the next start say so. */
async function applyUnprotected(client: pg.ClientBase, migration: Migration): Promise<void> {
  const id = randomUUID();
  await client.query('INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ($1, $2, $3)', [
    id,
    migration.checksum,
    migration.name,
  ]);
  try {
    await client.query(migration.sql);
  } catch (error) {
    const logs = error instanceof Error ? error.message : String(error);
    await client
      .query('UPDATE _prisma_migrations SET logs = $2 WHERE id = $1', [id, logs])
      .catch(() => undefined);
    throw failed(migration.name, 'it stopped half-way', error);
  }
  await client.query(
    'UPDATE _prisma_migrations SET finished_at = clock_timestamp(), applied_steps_count = 1 WHERE id = $1',
    [id],
  );
}

function failed(name: string, what: string, cause?: unknown): AppError {
  const reason = cause instanceof Error ? `: ${cause.message}` : '';
  return new AppError({
    code: 'migration_failed',
    retry: 'person',
    message: `migration ${name} failed, ${what}${reason}`,
    hint: `The database could not be brought up to date by ${name} (${what})${reason}. Mend the cause and start again; after a half-finished one first run: npx prisma migrate resolve --rolled-back ${name}`,
    where: { file: `prisma/migrations/${name}/migration.sql` },
    cause,
  });
}
