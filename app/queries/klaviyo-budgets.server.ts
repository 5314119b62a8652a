import type { Context } from '../context.ts';

export type BudgetUse = {
  /** Klaviyo's id of the account, or `key:` and a hash where the account is not known. */
  account: string;
  operation: string;
  /** Requests that were let go in the last minute (to within a few: whole minutes are counted). */
  used: number;
  /** Requests that Klaviyo takes in a minute. We stay a little below. */
  limit: number;
  /** Everybody waits until then: Klaviyo asked for it, or the day's requests are used up. Null = nobody. */
  blockedUntil: Date | null;
};

/** A refusal of turns (`turn_count` 0) names the moment from which there are some. */
const UNTIL = 'greatest(b.blocked_until, CASE WHEN b.turn_count = 0 THEN b.turn_at END)';

const USE = `
  b.account, b.operation, b.minute_limit AS "limit",
  CASE WHEN ${UNTIL} > clock_timestamp() THEN ${UNTIL} END AS "blockedUntil",
  (CASE date_trunc('minute', clock_timestamp()) - b.minute_at
     WHEN interval '0' THEN b.minute_count + round(b.minute_before * (60 - extract(second FROM clock_timestamp())) / 60)
     WHEN interval '1 minute' THEN round(b.minute_count * (60 - extract(second FROM clock_timestamp())) / 60)
     ELSE 0 END)::int AS used`;

/** Budgets in use of all accounts, those of the last hour: for the operator's monitoring, never for a page. */
export async function klaviyoBudgets(ctx: Context): Promise<BudgetUse[]> {
  return ctx.db.sql<BudgetUse>(
    `SELECT ${USE} FROM klaviyo_budget b
      WHERE b.asked_at > clock_timestamp() - interval '1 hour' OR ${UNTIL} > clock_timestamp()
      ORDER BY b.account, b.operation`,
  );
}

/**
 * What Klaviyo makes a shop's connections wait for, by connection: enough for "waits for Klaviyo's limit until 10:42". Klaviyo
 * limits every operation by itself, so the connection's other work goes on. Connections whose account is not known are not
 * there.
 */
export async function klaviyoWaits(
  ctx: Context,
  shopId: string,
): Promise<{ connectionId: string; operation: string; until: Date }[]> {
  return ctx.db.sql(
    `SELECT c.id AS "connectionId", b.operation, ${UNTIL} AS until
       FROM connection c JOIN klaviyo_budget b ON b.account = c.account_id
      WHERE c.shop_id = $1 AND c.removed_at IS NULL AND ${UNTIL} > clock_timestamp()
      ORDER BY c.position, until DESC`,
    [shopId],
  );
}
