import { AsyncLocalStorage } from 'node:async_hooks';
import pg from 'pg';
import type { Log } from '#app/context.ts';
import { AppError } from '#app/domain/errors.ts';
import { translated } from './postgres-errors.server.ts';

type Held = { name: string; lostBecause: unknown; abort: AbortController };

/** The locks that the running piece of work holds, from the outermost in. */
const held = new AsyncLocalStorage<Held[]>();

/** Throws AppError `lock_lost` inside work whose lock is gone: it must not write beside its successor. */
export function assertLocksHeld(): void {
  const lost = held.getStore()?.find((lock) => lock.lostBecause !== undefined);
  if (lost) {
    throw lockLost(lost);
  }
}

/**
 * Runs `work` under PostgreSQL's advisory lock of this name, held by a connection of its own (a pool could run dry of
 * locks that wait for work). Null = somebody else holds it. When that connection breaks, the signal is aborted, every further statement of
 * `work` fails, and once it has stopped AppError `lock_lost` is thrown. No work goes on behind the caller's back.
 */
export async function withAdvisoryLock<Result>(
  config: pg.ClientConfig & { connectionString: string },
  log: Log,
  name: string,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result | null> {
  const client = new pg.Client({ ...config, keepAlive: true, keepAliveInitialDelayMillis: 10_000 });
  const lock: Held = { name, lostBecause: undefined, abort: new AbortController() };
  let isReleased = false;
  const onLoss = (error: unknown) => {
    if (!isReleased && lock.lostBecause === undefined) {
      lock.lostBecause = error;
      log.warn({ lock: name, err: error }, 'the connection that holds the lock is lost');
      lock.abort.abort(lockLost(lock));
    }
  };
  client.on('error', onLoss);
  client.on('end', () => onLoss(new Error('the server closed the connection')));
  try {
    if (!(await tryLock(client, name))) {
      isReleased = true;
      return null;
    }
    const result = await held.run([...(held.getStore() ?? []), lock], () => work(lock.abort.signal));
    if (lock.lostBecause !== undefined) {
      throw lockLost(lock);
    }
    return result;
  } catch (error) {
    throw lock.lostBecause === undefined ? translated(error, config.connectionString) : lockLost(lock, error);
  } finally {
    isReleased = true;
    await release(client, lock);
  }
}

async function tryLock(client: pg.Client, name: string): Promise<boolean> {
  await client.connect();
  const { rows } = await client.query<{ locked: boolean }>(
    'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS locked',
    [name],
  );
  return rows[0]?.locked === true;
}

/** Unlocks before it hangs up: PostgreSQL notices a closed socket only a moment later. */
async function release(client: pg.Client, lock: Held): Promise<void> {
  if (lock.lostBecause === undefined) {
    await client.query('SELECT pg_advisory_unlock_all()').catch(() => undefined);
  }
  await client.end().catch(() => undefined);
}

function lockLost(lock: Held, cause: unknown = lock.lostBecause): AppError {
  return new AppError({
    code: 'lock_lost',
    retry: 'later',
    message: `the connection that held the lock ${lock.name} broke; its work was stopped`,
    hint: 'The connection to the database broke in the middle of the work. Nothing is lost: start it again.',
    cause,
  });
}
