import type { Context } from '#app/context.ts';
import {
  claimDueConsentLooks,
  claimDuePolls,
  claimDuePushes,
  openTasks,
} from '#app/pipeline/upkeep/due-work.ts';
import { claimDueShops, claimDueSteps } from '#app/pipeline/upkeep/schedule.ts';
import { sweepSpool } from '#app/pipeline/upkeep/sweep-spool.ts';
import { workPrivacyRequests } from '#app/services/privacy/work-privacy-requests.server.ts';
import { shopsToRedact } from '#app/services/redact-shop.server.ts';

/**
 * Asks PostgreSQL for everything that is due and adds a job for it. PostgreSQL hands each thing out once in a while and a job
 * that waits is not added twice, so sweeps may be frequent and many. A queue that was emptied is filled again by this alone.
 */
export async function sweep(ctx: Context): Promise<void> {
  const { queue } = ctx;
  for (const connection of await claimDuePolls(ctx)) {
    await queue.add('intake.connection', connection);
  }
  for (const connection of await claimDuePushes(ctx)) {
    await queue.add('push.connection', connection);
  }
  for (const connection of await claimDueConsentLooks(ctx)) {
    await queue.add('push.consent-back', connection);
  }
  for (const task of await openTasks(ctx)) {
    await queue.add('upkeep.task', task);
  }
  for (const step of await claimDueSteps(ctx)) {
    await queue.add(`upkeep.${step}`, {});
  }
  for (const { shopId, name } of await claimDueShops(ctx)) {
    await queue.add(`upkeep.${name}`, { shopId });
  }
  for (const shopId of await shopsToRedact(ctx)) {
    await queue.add('upkeep.redact-shop', { shopId });
  }
  await workPrivacyRequests(ctx);
  await queue.add('upkeep.mail', {});
  await sweepSpool(ctx);
}
