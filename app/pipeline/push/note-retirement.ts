import type { Context } from '../../context.ts';
import { KLAVIYO_REVISION, type RetirementNotice } from '../../domain/klaviyo-revision.ts';
import { raiseAlert } from '../raise-alert.ts';
import type { ConnectionScope } from '../load-connections.ts';

/** Causes of these alerts; the account and the revision follow, so that an update of Threadline ends them. */
export const RETIREMENT_CAUSE = 'klaviyo-api:';

/**
 * Tells the merchant and the operator once per Klaviyo account that Klaviyo has announced the end of the revision that we
 * speak. The alert is resolved when Threadline speaks another one.
 */
export async function noteRetirement(
  ctx: Context,
  scope: ConnectionScope,
  { key, endsAt, fault }: RetirementNotice,
): Promise<void> {
  const { shopId, id: connectionId } = scope;
  const [known] = await ctx.db.sql<{ account: string; is_told: boolean }>(
    `SELECT coalesce(c.account_id, c.id::text) AS account,
            EXISTS (SELECT 1 FROM alert a WHERE a.shop_id = c.shop_id AND a.resolved_at IS NULL AND starts_with(a.message, $5)
                       AND a.cause = $3 || coalesce(c.account_id, c.id::text) || ':' || $4) AS is_told
       FROM connection c WHERE c.shop_id = $1 AND c.id = $2`,
    [shopId, connectionId, RETIREMENT_CAUSE, KLAVIYO_REVISION, fault],
  );
  if (known === undefined || known.is_told) {
    return;
  }
  ctx.log.warn(
    {
      shopId,
      connection: connectionId,
      account: known.account,
      revision: KLAVIYO_REVISION,
      notice: key,
      endsAt,
    },
    'Klaviyo has announced the end of the API revision that Threadline speaks: update Threadline',
  );
  await raiseAlert(ctx, shopId, {
    connectionId,
    cause: `${RETIREMENT_CAUSE}${known.account}:${KLAVIYO_REVISION}`,
    code: 'klaviyo_retirement',
    message: `${fault} Ask whoever runs Threadline for an update; until then everything goes on as long as Klaviyo answers.`,
  });
}
