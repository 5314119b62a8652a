import type { Context } from '../context.ts';
import { isAppError } from '../domain/errors.ts';
import type { Lane } from '../domain/records.ts';
import { foldFigures } from './fold-figures.ts';
import { readStanding, watched, whenFree, withConnection } from './connection-turns.ts';
import { importConnection } from './import-connection.ts';
import { loadConnections, type ConnectionScope } from './load-connections.ts';
import { isUnreachable, problemOf, type Problem } from './problem.ts';
import { isAskedFor } from './push/due-records.ts';
import { pushConnection, type PushReport } from './push/push-connection.ts';
import { raiseAlert, resolveAlerts } from './raise-alert.ts';
import { settleRuns } from './settle-runs.ts';
import { isStopped, NEXT_TURN_MS, WHOLE_PASS, type Turn } from './turn.ts';

export type ConnectionPass = {
  name: string;
  requests: PushReport['requests'];
  sent: PushReport['sent'];
  problems: Problem[];
  /** A service did not answer: exit code 3 of the command line. */
  isUnreachable: boolean;
};

export type PassInput = {
  scope: ConnectionScope;
  /** Which halves of the pass to do; both by default. */
  steps?: { intake: boolean; push: boolean };
  lanes?: Lane[];
  /** Push everything although data sync is off (`threadline send`). Without it only what a person asked for goes then. */
  force?: boolean;
};

/**
 * One complete pass over one connection: files in, records out, balances closed. Alone in its connection, whichever
 * process comes second waits. What fails for this connection is in the report; it never throws for it.
 */
export async function syncConnection(
  ctx: Context,
  shopId: string,
  input: PassInput,
): Promise<ConnectionPass> {
  let { scope } = input;
  const pass = emptyPass(scope.name);
  if (scope.paused) {
    pass.problems.push(pausedProblem(scope));
    return pass;
  }
  for (;;) {
    const halted = await whenFree(ctx, scope, 'sync', () =>
      watched(ctx, scope, {
        who: 'sync',
        turn: WHOLE_PASS,
        heedsDataSync: input.force !== true,
        work: async (turn) => void (await runPass(ctx, shopId, { ...input, scope, turn }, pass)),
      }),
    );
    if (halted !== 'changed') {
      if (halted === 'paused') {
        pass.problems.push(pausedProblem(scope));
      }
      return pass;
    }
    scope = { ...scope, dataSync: !scope.dataSync };
  }
}

export type HalfTurn = {
  /** False: somebody else works on the connection, or nobody may. */
  hasWorked: boolean;
  /** Work is left, to be gone on with after so many ms; null = none, or none that this half may do. */
  againInMs: number | null;
};

/** Who finds somebody else at work looks again so soon, ms. */
const BUSY_MS = 1_000;

/**
 * One turn of a worker at one half of a connection's pass. Never waits: neither for the connection, nor for Klaviyo's jobs
 * or files that must rest first. What is left is for a later turn, of whichever process. Nothing happens for a
 * connection that is paused or removed, or whose shop has uninstalled the app.
 */
export async function takeTurn(
  ctx: Context,
  shopId: string,
  input: { connectionId: string; half: 'intake' | 'push'; halt: AbortSignal; over: AbortSignal },
): Promise<HalfTurn> {
  const { connectionId, half } = input;
  const standing = await readStanding(ctx, { shopId, id: connectionId });
  if (standing === null || standing.paused) {
    return { hasWorked: false, againInMs: null };
  }
  const admission = await withConnection(ctx, { shopId, id: connectionId }, half, async () => {
    const scope = (await loadConnections(ctx, shopId)).find(({ id }) => id === connectionId);
    return scope === undefined || scope.paused ? null : takeTurnIn(ctx, scope, input);
  });
  if (admission.got !== 'done') {
    return { hasWorked: false, againInMs: BUSY_MS };
  }
  return admission.result ?? { hasWorked: false, againInMs: null };
}

async function takeTurnIn(
  ctx: Context,
  scope: ConnectionScope,
  { half, halt, over }: Parameters<typeof takeTurn>[2],
): Promise<HalfTurn> {
  let againInMs: number | null = null;
  const halted = await watched(ctx, scope, {
    who: half,
    heedsDataSync: half === 'push',
    turn: { halt, over, mayWait: false },
    work: async (turn) => {
      const steps = { intake: half === 'intake', push: half === 'push' };
      againInMs = await runPass(ctx, scope.shopId, { scope, steps, turn }, emptyPass(scope.name));
    },
  });
  // Who lets a paused connection go on wakes it; what else was changed may leave something to do.
  const goesOn = halted === null || halted === 'changed';
  return { hasWorked: true, againInMs: goesOn ? againInMs : null };
}

/** What a person is told who asks for work on a paused connection. */
export function pausedProblem(scope: ConnectionScope): Problem {
  return {
    connection: scope.name,
    file: null,
    line: null,
    column: null,
    code: 'paused',
    message: `"${scope.name}" is paused: nothing is read and nothing is sent.`,
  };
}

function emptyPass(name: string): ConnectionPass {
  return {
    name,
    requests: { profileImport: 0, events: 0, subscribe: 0, unsubscribe: 0, reads: 0 },
    sent: { profiles: 0, subscribes: 0, unsubscribes: 0, events: 0 },
    problems: [],
    isUnreachable: false,
  };
}

/** Every line of a pass carries whose it is. Returns after how many ms there is something to go on with; null = all is done. */
function runPass(
  ctx: Context,
  shopId: string,
  input: PassInput & { turn: Turn },
  pass: ConnectionPass,
): Promise<number | null> {
  const { id, name } = input.scope;
  const fields = { shopId, connectionId: id, connection: name, passId: ctx.ids.uuid() };
  return ctx.log.within(fields, () => doPass(ctx, shopId, input, pass));
}

async function doPass(
  ctx: Context,
  shopId: string,
  input: PassInput & { turn: Turn },
  pass: ConnectionPass,
): Promise<number | null> {
  const { scope, turn } = input;
  const steps = input.steps ?? { intake: true, push: true };
  let againInMs: number | null = null;
  if (steps.intake) {
    againInMs = await guarded(ctx, shopId, scope, 'intake', pass, async () => {
      const taken = await importConnection(ctx, shopId, { scope, lanes: input.lanes, turn });
      pass.problems.push(...taken.problems);
      return taken.againInMs;
    });
  }
  const askedForOnly = !scope.dataSync && input.force !== true;
  if (steps.push && !turn.halt.aborted && (!askedForOnly || (await isAskedFor(ctx, scope.id)))) {
    againInMs = await guarded(ctx, shopId, scope, 'push', pass, async () => {
      const leftInMs = await pushConnection(ctx, shopId, {
        scope,
        askedForOnly,
        turn,
        onEnd: (report) => Object.assign(pass, report),
      });
      if (Object.values(pass.requests).some((count) => count > 0)) {
        await noteKey(ctx, shopId, scope, { isRefused: false });
      }
      return leftInMs;
    });
  }
  await settleRuns(ctx, shopId, { connectionId: scope.id });
  await foldFigures(ctx, shopId, { connectionId: scope.id });
  return againInMs;
}

/**
 * Runs one half of a pass; its failure becomes a problem and an alert of this connection and stops nothing else. Returns
 * what `work` does: after how many ms it is to go on; what failed waits for the next pass.
 */
async function guarded(
  ctx: Context,
  shopId: string,
  scope: ConnectionScope,
  half: 'intake' | 'push',
  pass: ConnectionPass,
  work: () => Promise<number | null>,
): Promise<number | null> {
  const cause = `${half}:${scope.id}`;
  try {
    const againInMs = await work();
    await resolveAlerts(ctx, shopId, cause);
    return againInMs;
  } catch (error) {
    if (isStopped(error)) {
      return NEXT_TURN_MS;
    }
    const problem = problemOf(error, { connection: scope.name });
    pass.problems.push(problem);
    pass.isUnreachable ||= isUnreachable(error);
    const log = isAppError(error) ? ctx.log.warn.bind(ctx.log) : ctx.log.error.bind(ctx.log);
    log({ half, err: error }, 'a pass over a connection stopped');
    if (isAppError(error, 'klaviyo_key_refused')) {
      await noteKey(ctx, shopId, scope, { isRefused: true });
    }
    await raiseAlert(ctx, shopId, {
      connectionId: scope.id,
      cause,
      code: problem.code,
      message: problem.message,
    });
    return null;
  }
}

/** The pages say "Key refused" from the moment Klaviyo said so until it takes the key again. */
export async function noteKey(
  ctx: Context,
  shopId: string,
  scope: ConnectionScope,
  { isRefused }: { isRefused: boolean },
): Promise<void> {
  await ctx.db.sql(
    `UPDATE connection SET key_refused_at = CASE WHEN $3 THEN now() END
      WHERE shop_id = $1 AND id = $2 AND (key_refused_at IS NOT NULL) <> $3`,
    [shopId, scope.id, isRefused],
  );
}
