import type { Context } from '../context.ts';
import { remedyIn } from '../domain/remedy.ts';

/**
 * Opens an alert, or brings the open one of the same cause up to date: one open alert per cause at most. `message` says what
 * is wrong and what to do; the second half is kept apart as the hint.
 */
export async function raiseAlert(
  ctx: Context,
  shopId: string,
  alert: { connectionId: string | null; cause: string; code: string; message: string },
): Promise<void> {
  await ctx.db.sql(
    `INSERT INTO alert (shop_id, connection_id, cause, code, message, hint) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (shop_id, cause) WHERE resolved_at IS NULL
     DO UPDATE SET code = EXCLUDED.code, message = EXCLUDED.message, hint = EXCLUDED.hint`,
    [shopId, alert.connectionId, alert.cause, alert.code, alert.message, remedyIn(alert.message)],
  );
}

/** Closes the open alert of a cause that is gone. */
export async function resolveAlerts(ctx: Context, shopId: string, cause: string): Promise<void> {
  await ctx.db.sql(
    'UPDATE alert SET resolved_at = now() WHERE shop_id = $1 AND cause = $2 AND resolved_at IS NULL',
    [shopId, cause],
  );
}
