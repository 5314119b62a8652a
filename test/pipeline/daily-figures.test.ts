import { expect, test } from 'vitest';
import { dashboard } from '#app/queries/dashboard.server.ts';
import { customersCsv, people } from '#test/builders/exports.ts';
import { createWorld, SHOP } from '#test/builders/world.ts';

test.each(['Pacific/Kiritimati', 'Pacific/Midway'])(
  'what is sent counts on the day that the shop’s clocks show in %s, in the figures and in the chart',
  async (timezone) => {
    await using world = await createWorld();
    const { ctx, shopId } = world;
    await ctx.db.sql('UPDATE shop_settings SET timezone = $1', [timezone]);
    world.put('/pending/au/customers_20260105T200000Z.csv', customersCsv(people(3)));
    await world.sync();
    // These two zones never show the same day.
    const [row] = await ctx.db.sql<{ days: number; is_today: boolean }>(
      `SELECT count(*)::int AS days, bool_and(day IN ((now() AT TIME ZONE $1)::date, ((now() - interval '1 hour') AT TIME ZONE $1)::date)) AS is_today
         FROM daily_figure`,
      [timezone],
    );
    const shop = { id: shopId, domain: SHOP, timezone, phoneCountry: 'AU', currency: 'AUD', dataSync: true };
    const { trend } = await dashboard(ctx, shop, { days: 14 });
    expect(row).toEqual({ days: 1, is_today: true });
    expect(trend.reduce((sum, { synced }) => sum + synced, 0)).toBe(3);
    expect(trend.slice(-2).reduce((sum, { synced }) => sum + synced, 0)).toBe(3);
  },
);
