import type { Context } from '../context.ts';

/** After this long without a request a budget says nothing any more: the longest window of Klaviyo is a day. */
const IDLE_DAYS = 30;

/** Deletes the budgets of accounts and operations that nobody used for a month. Returns how many. */
export async function forgetBudgets(ctx: Context): Promise<number> {
  const rows = await ctx.db.sql(
    `DELETE FROM klaviyo_budget WHERE asked_at < clock_timestamp() - $1::int * interval '1 day' RETURNING 1`,
    [IDLE_DAYS],
  );
  return rows.length;
}
