import type { Context } from '../context.ts';
import { isAppError } from '../domain/errors.ts';
import type { Lane } from '../domain/records.ts';
import { foldFigures } from './fold-figures.ts';
import { importConnection } from './import-connection.ts';
import type { ConnectionScope } from './load-connections.ts';
import { isUnreachable, problemOf, type Problem } from './problem.ts';
import { isAskedFor } from './push/due-records.ts';
import { pushConnection, type PushReport } from './push/push-connection.ts';
import { raiseAlert, resolveAlerts } from './raise-alert.ts';
import { settleRuns } from './settle-runs.ts';

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

const LOCK_LOOK_MS = 500;

/**
 * One complete pass over one connection: files in, records out, balances closed. Alone in its connection, whichever
 * process comes second waits. What fails for this connection is in the report; it never throws for it.
 */
export async function syncConnection(
  ctx: Context,
  shopId: string,
  input: PassInput,
): Promise<ConnectionPass> {
  const pass = emptyPass(input.scope.name);
  if (input.scope.paused) {
    pass.problems.push({
      connection: input.scope.name,
      file: null,
      line: null,
      column: null,
      code: 'paused',
      message: `"${input.scope.name}" is paused: nothing is read and nothing is sent.`,
    });
    return pass;
  }
  for (;;) {
    const done = await ctx.db.withLock(`connection ${input.scope.id}`, async () => {
      const { id, name } = input.scope;
      const fields = { shopId, connectionId: id, connection: name, passId: ctx.ids.uuid() };
      await ctx.log.within(fields, () => runPass(ctx, shopId, input, pass));
      return true;
    });
    if (done !== null) {
      return pass;
    }
    ctx.onProgress({
      connection: input.scope.name,
      step: 'wait',
      note: 'another process is syncing this connection',
    });
    await ctx.clock.sleep(LOCK_LOOK_MS);
  }
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

async function runPass(ctx: Context, shopId: string, input: PassInput, pass: ConnectionPass): Promise<void> {
  const { scope } = input;
  const steps = input.steps ?? { intake: true, push: true };
  if (steps.intake) {
    await guarded(ctx, shopId, scope, 'intake', pass, async () => {
      pass.problems.push(...(await importConnection(ctx, shopId, { scope, lanes: input.lanes })));
    });
  }
  const askedForOnly = !scope.dataSync && input.force !== true;
  if (steps.push && (!askedForOnly || (await isAskedFor(ctx, scope.id)))) {
    await guarded(ctx, shopId, scope, 'push', pass, async () => {
      await pushConnection(ctx, shopId, {
        scope,
        askedForOnly,
        onEnd: (report) => Object.assign(pass, report),
      });
      if (Object.values(pass.requests).some((count) => count > 0)) {
        await noteKey(ctx, shopId, scope, { isRefused: false });
      }
    });
  }
  await settleRuns(ctx, shopId, { connectionId: scope.id });
  await foldFigures(ctx, shopId, { connectionId: scope.id });
}

/** Runs one half of a pass; its failure becomes a problem and an alert of this connection and stops nothing else. */
async function guarded(
  ctx: Context,
  shopId: string,
  scope: ConnectionScope,
  half: 'intake' | 'push',
  pass: ConnectionPass,
  work: () => Promise<void>,
): Promise<void> {
  const cause = `${half}:${scope.id}`;
  try {
    await work();
    await resolveAlerts(ctx, shopId, cause);
  } catch (error) {
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
  }
}

/** The pages say "Key refused" from the moment Klaviyo said so until it takes the key again. */
async function noteKey(
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
