import type { Context } from '../context.ts';
import { ACCOUNT_REQUEST, readAccount } from '../domain/klaviyo-account.ts';
import { keyPlace, type ConnectionScope } from './load-connections.ts';

/** The push waits for the answer; without one it goes on. */
const PATIENCE_MS = 10_000;

/**
 * Asks Klaviyo whose the connection's key is, when nobody knows: connections of one account share its limits only when they
 * know that they do. A key that may not say (no `accounts:read`) is asked again after a day; without an answer the next pass
 * asks. Safe to repeat; a key that is replaced meanwhile is not touched.
 */
export async function learnAccount(ctx: Context, scope: ConnectionScope): Promise<void> {
  const [row] = await ctx.db.sql<{ sealed_key: string }>(
    `SELECT sealed_key FROM connection
      WHERE shop_id = $1 AND id = $2 AND account_id IS NULL
        AND coalesce(account_asked_at, '-infinity') < now() - interval '1 day'`,
    [scope.shopId, scope.id],
  );
  if (row === undefined) {
    return;
  }
  const key = ctx.vault.open(row.sealed_key, keyPlace(scope.shopId, scope.id));
  const answer = await ctx.klaviyo.connect(key).send(ACCOUNT_REQUEST, AbortSignal.timeout(PATIENCE_MS));
  if (answer.outcome !== 'answered') {
    return;
  }
  const account = answer.status === 200 ? readAccount(answer.body) : null;
  await ctx.db.sql(
    `UPDATE connection SET account_asked_at = now(), account_id = $4, account_name = coalesce($5, account_name)
      WHERE shop_id = $1 AND id = $2 AND sealed_key = $3 AND account_id IS NULL`,
    [scope.shopId, scope.id, row.sealed_key, account?.id ?? null, account?.name ?? null],
  );
}
