import type { Context } from '../../context.ts';
import { findBatches, withdrawBatch } from './batch-items.ts';
import type { Push } from './push.ts';
import { resolveUncertainConsent } from './send-consent.ts';

/**
 * Settles what a killed process left. The caller holds the connection's lock, so nobody is sending:
 * - planned: taken back and planned anew (consent decisions want a fresh look at Klaviyo)
 * - sending profiles: taken back; an upsert may be repeated
 * - sending events: nobody knows → replayed one by one with their own ids, where a repeat is harmless
 * - sending consent: nobody knows → Klaviyo's state tells
 */
export async function recoverBatches(ctx: Context, push: Push): Promise<void> {
  for (const batch of await findBatches(ctx, push, ['planned', 'sending'])) {
    const isConsent = batch.kind === 'subscribe' || batch.kind === 'unsubscribe';
    const mayHaveLeft = batch.status === 'sending' && batch.sentAt !== null;
    if (mayHaveLeft && isConsent) {
      await ctx.db.sql(`UPDATE push_batch SET status = 'uncertain' WHERE id = $1`, [batch.id]);
    } else if (batch.kind === 'event-single' || (mayHaveLeft && batch.kind === 'events')) {
      await ctx.db.sql(`UPDATE push_batch SET kind = 'event-single', status = 'planned' WHERE id = $1`, [
        batch.id,
      ]);
    } else {
      await ctx.db.transaction('take back batch', (sql) => withdrawBatch(sql, batch));
    }
  }
  await resolveUncertainConsent(ctx, push);
}
