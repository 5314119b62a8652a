import type { Context } from '../../context.ts';
import { forgetMails } from './forget-mails.server.ts';
import { queueDigests } from './queue-digests.server.ts';
import { queueFileMails } from './queue-file-mails.server.ts';
import { queueProblemMails } from './queue-problem-mails.server.ts';
import { sendMails } from './send-mails.server.ts';

/**
 * One turn of everything about e-mail: writes what is due into the outbox, sends it, forgets what is old. It finds what there
 * is to tell in the tables of the pipeline, which knows nothing of mails and cannot fail because of one. Safe to run twice,
 * at once and after a kill. A step that fails stops no other.
 */
export async function mailUpkeep(ctx: Context, signal: AbortSignal): Promise<void> {
  const steps = [queueProblemMails, queueFileMails, queueDigests, sendMails, forgetMails];
  for (const step of steps) {
    if (signal.aborted) {
      return;
    }
    try {
      await step(ctx, signal);
    } catch (error) {
      ctx.log.error({ step: step.name, err: error }, 'a step of the e-mails failed and comes again');
    }
  }
}
