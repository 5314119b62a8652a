import type { Context } from '../context.ts';

/** Opens an alert, or brings the open one of the same cause up to date: one open alert per cause at most. */
export async function raiseAlert(
  ctx: Context,
  shopId: string,
  alert: { connectionId: string | null; cause: string; code: string; message: string },
): Promise<void> {
  await ctx.db.sql(
    `INSERT INTO alert (shop_id, connection_id, cause, code, message, hint) VALUES ($1, $2, $3, $4, $5, '')
     ON CONFLICT (shop_id, cause) WHERE resolved_at IS NULL
     DO UPDATE SET code = EXCLUDED.code, message = EXCLUDED.message`,
    [shopId, alert.connectionId, alert.cause, alert.code, alert.message],
  );
}

/** Closes the open alert of a cause that is gone. */
export async function resolveAlerts(ctx: Context, shopId: string, cause: string): Promise<void> {
  await ctx.db.sql(
    'UPDATE alert SET resolved_at = now() WHERE shop_id = $1 AND cause = $2 AND resolved_at IS NULL',
    [shopId, cause],
  );
}
