import type { JobHandlers } from '#app/adapters/queue-workers.server.ts';
import { mailUpkeep } from '#app/services/mails/mail-upkeep.server.ts';
import { takeConsentTurn } from '#app/pipeline/consent-back/flow-back.ts';
import { cleanFiles } from '#app/pipeline/upkeep/clean-files.ts';
import { deleteExpired } from '#app/pipeline/upkeep/delete-expired.ts';
import { runStep } from '#app/pipeline/upkeep/schedule.ts';
import { warnOfRevisionEnd, watch } from '#app/pipeline/upkeep/watch.ts';
import { redactShop } from '#app/services/redact-shop.server.ts';
import { runTask } from '#app/services/tasks/run-task.server.ts';
import { connectionTurn } from './connection-turn.ts';
import { sweep } from './sweep.ts';

/** A long task lets other upkeep through after this long, ms. */
const TURN_MS = 10_000;

/** Every turn of a clean-up opens the shop's SFTP server. */
const BETWEEN_CLEANINGS_MS = 5_000;

/** Upkeep that has more to do makes room for others in between. */
const BETWEEN_TURNS_MS = 1_000;

/**
 * One job → one pipeline function. Jobs carry ids only and may run twice: the connection's lock and the states in
 * PostgreSQL decide. A pass that meets a passing fault is taken up again by the sweep.
 */
export const jobHandlers: JobHandlers = {
  'intake.connection': connectionTurn('intake'),
  'push.connection': connectionTurn('push'),
  'push.consent-back': async (ctx, { shopId, connectionId }, halt, over) => {
    const { againInMs } = await takeConsentTurn(ctx, shopId, { connectionId, halt, over });
    return againInMs === null ? undefined : { againInMs };
  },
  'upkeep.task': async (ctx, { shopId, taskId }, signal) => {
    const isOver = await runTask(ctx, shopId, { taskId, signal: turnOf(signal) });
    return isOver ? undefined : { againInMs: 100 };
  },
  'upkeep.sweep': sweep,
  'upkeep.mail': (ctx, _, signal) => mailUpkeep(ctx, signal),
  'upkeep.watch': async (ctx) => {
    await runStep(ctx, 'watch', async () => {
      await watch(ctx);
      return true;
    });
  },
  'upkeep.retention': async (ctx, _, signal) => {
    const { isOver } = await runStep(ctx, 'retention', async () => {
      warnOfRevisionEnd(ctx);
      return deleteExpired(ctx, { signal: turnOf(signal) });
    });
    return again(isOver);
  },
  'upkeep.clean-files': async (ctx, { shopId }, signal) => {
    const { isOver } = await cleanFiles(ctx, shopId, { signal: turnOf(signal) });
    return isOver ? undefined : { againInMs: BETWEEN_CLEANINGS_MS };
  },
  'upkeep.redact-shop': async (ctx, { shopId }, signal) =>
    again(await redactShop(ctx, shopId, { signal: turnOf(signal) })),
};

function turnOf(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(TURN_MS)]);
}

function again(isOver: boolean): { againInMs: number } | undefined {
  return isOver ? undefined : { againInMs: BETWEEN_TURNS_MS };
}
