import type { Context } from '../context.ts';
import type { ConnectionScope } from './load-connections.ts';
import { stopped, type Turn } from './turn.ts';

/** Who works on a connection, one at a time: the two halves of a worker's pass, a whole pass, mapping anew, the clean-up, consent that flows back. */
export type Worker = 'intake' | 'push' | 'sync' | 'remap' | 'clean-up' | 'consent-back';

/** `after-you`: somebody else came in vain before and is let in first. */
export type Admission<Result> = { got: 'done'; result: Result } | { got: 'busy' } | { got: 'after-you' };

/** Somebody who came in vain and does not come again (a killed process, an emptied queue) is waited for no longer than this. */
const WISH_HOLDS = `interval '30 seconds'`;

/** How long a turn lasts at least before it ends for somebody else who wants the connection, ms. */
const LEAST_TURN_MS = 10_000;

const LOOK_MS = 1_000;

/**
 * Runs `work` alone in its connection: under an advisory lock of PostgreSQL, which falls when a killed process's socket
 * closes. Who finds it taken leaves word and comes next, so that import and push of a busy connection take turns.
 */
export async function withConnection<Result>(
  ctx: Context,
  scope: Pick<ConnectionScope, 'shopId' | 'id'>,
  who: Worker,
  work: () => Promise<Result>,
): Promise<Admission<Result>> {
  const standing = await readStanding(ctx, scope);
  if (standing !== null && isElse(standing.wantedBy, who)) {
    return { got: 'after-you' };
  }
  const done = await ctx.db.withLock(`connection ${scope.id}`, async () => {
    await ctx.db.sql(
      `UPDATE connection SET turn_wanted_by = NULL, turn_wanted_at = NULL
        WHERE shop_id = $1 AND id = $2 AND turn_wanted_by = $3`,
      [scope.shopId, scope.id, who],
    );
    return { result: await work() };
  });
  if (done !== null) {
    return { got: 'done', result: done.result };
  }
  await ctx.db.sql(
    `UPDATE connection SET turn_wanted_by = $3, turn_wanted_at = now()
      WHERE shop_id = $1 AND id = $2
        AND (turn_wanted_by IS NULL OR turn_wanted_by = $3 OR turn_wanted_at < now() - ${WISH_HOLDS})`,
    [scope.shopId, scope.id, who],
  );
  return { got: 'busy' };
}

const LOCK_LOOK_MS = 500;

/** The same for somebody who waits until the connection is free, and says so: the command line. */
export async function whenFree<Result>(
  ctx: Context,
  scope: ConnectionScope,
  who: Worker,
  work: () => Promise<Result>,
): Promise<Result> {
  for (;;) {
    const admission = await withConnection(ctx, scope, who, work);
    if (admission.got === 'done') {
      return admission.result;
    }
    const note = 'another process works on this connection';
    ctx.onProgress({ connection: scope.name, step: 'wait', note });
    await ctx.clock.sleep(LOCK_LOOK_MS);
  }
}

type Standing = { paused: boolean; dataSync: boolean; wantedBy: string | null };

/** Whether a connection may be worked on, and who waits for it. Null: it was removed, or its shop has uninstalled the app. */
export async function readStanding(
  ctx: Context,
  scope: Pick<ConnectionScope, 'shopId' | 'id'>,
): Promise<Standing | null> {
  const [row] = await ctx.db.sql<Standing>(
    `SELECT c.paused, t.data_sync AS "dataSync",
            CASE WHEN c.turn_wanted_at >= now() - ${WISH_HOLDS} THEN c.turn_wanted_by END AS "wantedBy"
       FROM connection c JOIN shop s ON s.id = c.shop_id JOIN shop_settings t ON t.shop_id = c.shop_id
      WHERE c.shop_id = $1 AND c.id = $2 AND c.removed_at IS NULL AND s.uninstalled_at IS NULL`,
    [scope.shopId, scope.id],
  );
  return row ?? null;
}

/** What ended a watched turn from outside; null = nothing did. */
export type Halted = 'paused' | 'gone' | 'changed' | null;

/**
 * Runs `work` and halts it, within a second or two, when its connection is paused or removed, its shop uninstalls the app or
 * data sync is switched (where `heedsDataSync`); a turn that may not wait is over when somebody else wants the connection,
 * after a while. The caller holds the connection.
 */
export async function watched(
  ctx: Context,
  scope: ConnectionScope,
  input: { who: Worker; turn: Turn; heedsDataSync: boolean; work: (turn: Turn) => Promise<void> },
): Promise<Halted> {
  const [halt, over, end] = [new AbortController(), new AbortController(), new AbortController()];
  let halted: Halted = null;
  const unfollow = [follow(over, halt.signal), follow(over, input.turn.over), follow(halt, input.turn.halt)];
  const startedAt = ctx.clock.now().getTime();

  async function look(): Promise<void> {
    const standing = await readStanding(ctx, scope);
    halted = haltedBy(standing, input.heedsDataSync ? scope.dataSync : null);
    if (halted !== null) {
      halt.abort(stopped());
    }
    const isLong = ctx.clock.now().getTime() - startedAt >= LEAST_TURN_MS;
    if (isLong && !input.turn.mayWait && isElse(standing?.wantedBy ?? null, input.who)) {
      over.abort(stopped());
    }
  }

  async function watch(): Promise<void> {
    while (!end.signal.aborted && halted === null) {
      await ctx.clock.sleep(LOOK_MS, end.signal);
      // A database that does not answer is the work's own trouble.
      await look().catch(() => undefined);
    }
  }

  const watching = watch().catch(() => undefined);
  try {
    await input.work({ halt: halt.signal, over: over.signal, mayWait: input.turn.mayWait });
  } finally {
    end.abort();
    await watching;
    unfollow.forEach((leave) => leave());
  }
  return halted;
}

function haltedBy(standing: Standing | null, dataSync: boolean | null): Halted {
  if (standing === null) {
    return 'gone';
  }
  if (standing.paused) {
    return 'paused';
  }
  return dataSync !== null && standing.dataSync !== dataSync ? 'changed' : null;
}

function isElse(wantedBy: string | null, who: Worker): boolean {
  return wantedBy !== null && wantedBy !== who;
}

/** Aborts `controller` with `signal`; returns what ends that, so that a signal of the whole process gathers no listeners. */
function follow(controller: AbortController, signal: AbortSignal): () => void {
  const abort = () => controller.abort(signal.reason);
  if (signal.aborted) {
    abort();
  }
  signal.addEventListener('abort', abort);
  return () => signal.removeEventListener('abort', abort);
}
