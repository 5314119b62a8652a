import type { Context } from '../context.ts';

/** Puts the set-up guide away for good. */
export async function dismissGuide(ctx: Context, shopId: string): Promise<void> {
  await ctx.db.sql('UPDATE shop_settings SET guide_dismissed = true WHERE shop_id = $1', [shopId]);
}
