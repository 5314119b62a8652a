import type { Context } from '../context.ts';

export type Readiness = { isReady: boolean; database: 'up' | 'down'; queue: 'up' | 'down' };

const PATIENCE_MS = 2_000;

/** Whether the services that every request needs answer within two seconds. Never throws. */
export async function readiness(ctx: Context): Promise<Readiness> {
  const [database, queue] = await Promise.all([
    answers(ctx, 'database', async () => {
      await ctx.db.sql('SELECT 1');
      return true;
    }),
    answers(ctx, 'queue', () => ctx.queue.isReady()),
  ]);
  return { isReady: database && queue, database: database ? 'up' : 'down', queue: queue ? 'up' : 'down' };
}

async function answers(ctx: Context, service: string, ask: () => Promise<boolean>): Promise<boolean> {
  const done = new AbortController();
  const late = ctx.clock.sleep(PATIENCE_MS, done.signal).then(
    () => false,
    () => false,
  );
  try {
    return await Promise.race([ask(), late]);
  } catch (error) {
    ctx.log.warn({ service, err: error }, 'a service does not answer');
    return false;
  } finally {
    done.abort();
  }
}
