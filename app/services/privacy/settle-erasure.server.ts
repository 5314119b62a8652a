import type { Context } from '../../context.ts';
import type { KlaviyoParts } from '../../domain/erasure.ts';
import { refusal, type FormAnswer } from '../../domain/form-answer.ts';
import { isUuid } from '../../domain/uuid.ts';
import { writeAudit } from '../write-audit.server.ts';
import { closeErasure } from './erase-in-klaviyo.server.ts';
import { wakeErasures } from './start-erasure.server.ts';

/** What a person may do about an erasure whose part in Klaviyo is open. */
export const ERASURE_ACTS = ['try-again', 'deleted-by-hand'] as const;
export type ErasureAct = (typeof ERASURE_ACTS)[number];

/**
 * `try-again`: Klaviyo is asked once more, now. `deleted-by-hand`: somebody deleted the profiles in Klaviyo, so nothing is
 * left to do. An erasure that is settled, or another shop's, is refused.
 */
export async function settleErasure(
  ctx: Context,
  shopId: string,
  input: { erasureId: string; act: ErasureAct; actor: string },
): Promise<FormAnswer> {
  const { erasureId, act, actor } = input;
  const isChanged = await ctx.db.transaction('settle erasure', async (sql) => {
    const [erasure] = isUuid(erasureId)
      ? await sql<{ klaviyo: KlaviyoParts; label: string }>(
          `SELECT klaviyo, label FROM erasure WHERE shop_id = $1 AND id = $2 AND erased_at IS NOT NULL AND finished_at IS NULL
            FOR UPDATE`,
          [shopId, erasureId],
        )
      : [];
    if (erasure === undefined) {
      return false;
    }
    const parts: KlaviyoParts = Object.fromEntries(
      Object.entries(erasure.klaviyo).map(([id, part]) => [
        id,
        part.state === 'requested'
          ? part
          : { state: act === 'try-again' ? ('wanted' as const) : ('deleted-by-hand' as const) },
      ]),
    );
    await sql(
      `UPDATE erasure SET klaviyo = $3, next_attempt_at = CASE WHEN $4 THEN now() END WHERE shop_id = $1 AND id = $2`,
      [shopId, erasureId, JSON.stringify(parts), act === 'try-again'],
    );
    if (act === 'deleted-by-hand') {
      await writeAudit(sql, shopId, {
        actor,
        action: 'confirm deletion in Klaviyo',
        subject: `a person (${erasure.label})`,
        changes: [],
      });
    }
    return true;
  });
  if (!isChanged) {
    return refusal('Nothing is left to do for this person. Reload the page.');
  }
  if (act === 'try-again') {
    await wakeErasures(ctx);
    return { ok: true, message: 'Klaviyo is asked again' };
  }
  await closeErasure(ctx, shopId, erasureId);
  return { ok: true, message: 'Marked as deleted' };
}
