import { setTimeout as pause } from 'node:timers/promises';
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from '@prisma/client';
import pg from 'pg';
import type { Database, Log, Sql } from '#app/context.ts';
import { AppError, isAppError } from '#app/domain/errors.ts';
import {
  codeOf,
  describeDatabase,
  isConnectionError,
  isDatabaseError,
  isWorthRepeating,
  translated,
  unreachable,
} from './postgres-errors.server.ts';
import { assertLocksHeld, withAdvisoryLock } from './postgres-lock.server.ts';
import { readAs, writeAs } from './postgres-types.server.ts';

const OLDEST_VERSION = 14;
const MAX_REPEATS = 3;

export type OpenDatabaseOptions = {
  /** Connections of this process at most, besides one per held lock. */
  poolSize?: number;
  log: Log;
};

/**
 * Connects to PostgreSQL: one pool for Prisma and for plain SQL.
 * Errors: AppError `database_unreachable`, `database_too_old`; later ones of a lost connection also as `database_unreachable`.
 */
export async function openDatabase(
  url: string,
  { poolSize = 10, log }: OpenDatabaseOptions,
): Promise<Database & { close(): Promise<void> }> {
  const config = {
    connectionString: url,
    application_name: 'threadline',
    connectionTimeoutMillis: 10_000,
    // Prisma's adapter drops the offset of a timestamptz, and days are cut in the session's zone: both need UTC.
    options: '-c TimeZone=UTC',
    types: readAs,
  };
  const pool = openPool(config, poolSize, log);
  try {
    await checkServer(pool);
  } catch (error) {
    await pool.end();
    throw error instanceof AppError ? error : unreachable(url, error);
  }
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool), log: [] });

  const sql = sqlOf(pool, url);
  const transaction = <Result>(name: string, work: (sql: Sql) => Promise<Result>) =>
    runTransaction(pool, url, log, name, work);
  return {
    prisma,
    sql,
    transaction,
    withLock: (name, work) => withAdvisoryLock(config, log, name, work),
    async close() {
      await prisma.$disconnect();
      await pool.end();
    },
  };
}

function openPool(config: pg.PoolConfig & { connectionString: string }, poolSize: number, log: Log): pg.Pool {
  let pool: pg.Pool;
  try {
    pool = new pg.Pool({ ...config, max: poolSize, keepAlive: true, idleTimeoutMillis: 30_000 });
  } catch (error) {
    throw unreachable(config.connectionString, error);
  }
  pool.on('error', (error) => {
    if (pool.ending) {
      return; // the pool counts a connection as closed before its socket is, and the server may stop in between
    }
    log.warn({ err: error, database: describeDatabase(config.connectionString) }, 'an idle connection broke');
  });
  return pool;
}

async function checkServer(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ server_version_num: string }>('SHOW server_version_num');
  const version = Math.floor(Number(rows[0]?.server_version_num) / 10_000);
  if (version < OLDEST_VERSION) {
    throw new AppError({
      code: 'database_too_old',
      retry: 'person',
      message: `PostgreSQL ${version} is older than ${OLDEST_VERSION}`,
      hint: `This PostgreSQL is version ${version}; version ${OLDEST_VERSION} or newer is needed.`,
    });
  }
}

function sqlOf(source: pg.Pool | pg.PoolClient, url: string): Sql {
  return async <Row extends object>(text: string, parameters: readonly unknown[] = []) => {
    assertLocksHeld();
    try {
      const values = parameters.length > 0 ? writeAs(parameters) : undefined;
      const result = await (source as pg.PoolClient).query<Row & pg.QueryResultRow>(text, values);
      return lastOf(result).rows;
    } catch (error) {
      throw translated(error, url);
    }
  };
}

/** A text without parameters may hold several statements; pg then answers with an array. */
function lastOf<Result>(results: Result | Result[]): Result {
  return Array.isArray(results) ? (results.at(-1) as Result) : results;
}

async function runTransaction<Result>(
  pool: pg.Pool,
  url: string,
  log: Log,
  name: string,
  work: (sql: Sql) => Promise<Result>,
): Promise<Result> {
  for (let repeat = 0; ; repeat += 1) {
    try {
      return await tryTransaction(pool, url, work);
    } catch (error) {
      if (isWorthRepeating(error) && repeat < MAX_REPEATS) {
        log.debug({ transaction: name, code: codeOf(error), repeat }, 'transaction runs again');
        await pause(2 ** repeat * 10 + Math.random() * 20);
        continue;
      }
      logFailure(log, name, error);
      throw translated(error, url);
    }
  }
}

/** Without `detail`, which quotes values of the row. What the work itself decided (an AppError) is its caller's to log. */
function logFailure(log: Log, name: string, error: unknown): void {
  if (isDatabaseError(error)) {
    const { code, message, table, constraint } = error;
    log.error({ transaction: name, code, table, constraint }, `transaction failed: ${name}: ${message}`);
    return;
  }
  if (isConnectionError(error) || isAppError(error, 'database_unreachable')) {
    log.error(
      { transaction: name, code: codeOf(error) },
      `transaction failed: ${name}: the connection was lost`,
    );
  }
}

async function tryTransaction<Result>(
  pool: pg.Pool,
  url: string,
  work: (sql: Sql) => Promise<Result>,
): Promise<Result> {
  assertLocksHeld();
  const client = await pool.connect();
  let broken: Error | undefined;
  const onError = (error: Error) => {
    broken = error;
  };
  client.on('error', onError); // a client that is checked out has nobody else listening
  try {
    await client.query('BEGIN');
    const result = await work(sqlOf(client, url));
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch((failure: Error) => {
      broken = failure;
    });
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}
