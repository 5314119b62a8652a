import type { Context } from '../../context.ts';
import { isAppError } from '../../domain/errors.ts';
import { readStanding, watched, whenFree, withConnection } from '../connection-turns.ts';
import { learnAccount } from '../learn-account.ts';
import { loadConnections, openKlaviyo, type ConnectionScope } from '../load-connections.ts';
import { isUnreachable, problemOf, type Problem } from '../problem.ts';
import { keepCounts } from '../push/push-connection.ts';
import type { Talk } from '../push/push.ts';
import { noteRetirement } from '../push/note-retirement.ts';
import { raiseAlert, resolveAlerts } from '../raise-alert.ts';
import { noteKey, pausedProblem, type HalfTurn } from '../sync-connection.ts';
import { isStopped, NEXT_TURN_MS, WHOLE_PASS, type Turn } from '../turn.ts';
import { lookForLeavings } from './look-for-leavings.ts';
import { consentBackCause, consentLookIsDue } from './look-is-due.ts';
import { recheckLeavings } from './recheck-leavings.ts';
import { writeConsentFiles, type WrittenFile } from './write-consent-files.ts';

/** What came of telling Apparel21 about one connection. */
export type FlowBack = {
  name: string;
  files: WrittenFile[];
  problems: Problem[];
  isUnreachable: boolean;
};

const BUSY_MS = 1_000;

/**
 * A worker's turn at telling Apparel21 who left in Klaviyo: the look, then the file. Nothing happens when it is not due (any
 * more), for a connection that is paused or removed, or while somebody else works on it.
 */
export async function takeConsentTurn(
  ctx: Context,
  shopId: string,
  input: { connectionId: string; halt: AbortSignal; over: AbortSignal },
): Promise<HalfTurn> {
  const { connectionId: id, halt, over } = input;
  const standing = await readStanding(ctx, { shopId, id });
  if (standing === null || standing.paused || !(await isDue(ctx, shopId, id))) {
    return { hasWorked: false, againInMs: null };
  }
  const admission = await withConnection(ctx, { shopId, id }, 'consent-back', async () => {
    const scope = (await loadConnections(ctx, shopId)).find((one) => one.id === id);
    if (scope === undefined || scope.paused || !(await isDue(ctx, shopId, id))) {
      return null;
    }
    return flowBackWatched(ctx, scope, { halt, over, mayWait: false }, emptyReport(scope));
  });
  return admission.got === 'done'
    ? { hasWorked: admission.result !== null, againInMs: admission.result }
    : { hasWorked: false, againInMs: BUSY_MS };
}

/**
 * Looks who left in Klaviyo and writes the file now, in this process, whatever the schedule says: a person asked. Waits for
 * whoever works on the connection. What fails is in the report; it never throws for it.
 */
export async function flowBackNow(ctx: Context, scope: ConnectionScope): Promise<FlowBack> {
  const report = emptyReport(scope);
  if (scope.paused) {
    report.problems.push(pausedProblem(scope));
    return report;
  }
  await whenFree(ctx, scope, 'consent-back', () => flowBackWatched(ctx, scope, WHOLE_PASS, report));
  return report;
}

function emptyReport({ name }: ConnectionScope): FlowBack {
  return { name, files: [], problems: [], isUnreachable: false };
}

async function isDue(ctx: Context, shopId: string, connectionId: string): Promise<boolean> {
  const rows = await ctx.db.sql(
    `SELECT 1 FROM connection c WHERE c.shop_id = $1 AND c.id = $2 AND ${consentLookIsDue('c')}`,
    [shopId, connectionId],
  );
  return rows.length > 0;
}

/** Returns after how many ms there is something to go on with; null = all is done, or it failed and is tried again later. */
async function flowBackWatched(
  ctx: Context,
  scope: ConnectionScope,
  turn: Turn,
  report: FlowBack,
): Promise<number | null> {
  let againInMs: number | null = null;
  const fields = { shopId: scope.shopId, connectionId: scope.id, connection: scope.name };
  const halted = await ctx.log.within(fields, () =>
    watched(ctx, scope, {
      who: 'consent-back',
      turn,
      heedsDataSync: false,
      work: async (inTurn) => {
        againInMs = await guarded(ctx, scope, inTurn, report);
      },
    }),
  );
  if (halted === 'paused') {
    report.problems.push(pausedProblem(scope));
  }
  return halted === null ? againInMs : null;
}

async function guarded(
  ctx: Context,
  scope: ConnectionScope,
  turn: Turn,
  report: FlowBack,
): Promise<number | null> {
  const { shopId, id } = scope;
  try {
    const againInMs = await flowBack(ctx, scope, turn, report);
    await resolveAlerts(ctx, shopId, consentBackCause(id));
    return againInMs;
  } catch (error) {
    if (isStopped(error)) {
      return NEXT_TURN_MS;
    }
    const { code, message } = problemOf(error);
    report.problems.push(problemOf(error, { connection: scope.name }));
    report.isUnreachable ||= isUnreachable(error);
    const log = isAppError(error) ? ctx.log.warn.bind(ctx.log) : ctx.log.error.bind(ctx.log);
    log({ err: error }, 'Apparel21 could not be told who left in Klaviyo');
    if (isAppError(error, 'klaviyo_key_refused')) {
      await noteKey(ctx, shopId, scope, { isRefused: true });
    }
    await raiseAlert(ctx, shopId, {
      connectionId: id,
      cause: consentBackCause(id),
      code,
      message: `Who left in Klaviyo could not be told to Apparel21. ${message}`,
    });
    return null;
  }
}

/** The whole of it; what is done is kept wherever it ends. */
async function flowBack(
  ctx: Context,
  scope: ConnectionScope,
  turn: Turn,
  report: FlowBack,
): Promise<number | null> {
  const [begin] = await ctx.db.sql<{ at: Date }>('SELECT now() AS at');
  await learnAccount(ctx, scope);
  const talk: Talk = {
    scope,
    klaviyo: await openKlaviyo(ctx, scope),
    turn,
    retirement: null,
    againInMs: null,
    isLeaving: false,
  };
  try {
    if (!(await lookForLeavings(ctx, talk)) || !(await recheckLeavings(ctx, talk))) {
      return talk.againInMs ?? NEXT_TURN_MS;
    }
  } catch (error) {
    if (isStopped(error) && talk.againInMs !== null) {
      return talk.againInMs;
    }
    throw error;
  } finally {
    await keepCounts(ctx, talk);
    if (talk.retirement !== null) {
      await noteRetirement(ctx, scope, talk.retirement);
    }
  }
  await writeConsentFiles(ctx, scope, {
    halt: turn.halt,
    onWritten: (file) => report.files.push(file),
  });
  await ctx.db.sql(
    `UPDATE connection
        SET consent_looked_at = $3, consent_wanted_at = CASE WHEN consent_wanted_at > $3 THEN consent_wanted_at END
      WHERE shop_id = $1 AND id = $2`,
    [scope.shopId, scope.id, begin?.at],
  );
  return null;
}
