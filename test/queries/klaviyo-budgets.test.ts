import { expect, test } from 'vitest';
import { openKlaviyoBudget } from '#app/adapters/klaviyo-budget.server.ts';
import { klaviyoLimits } from '#app/adapters/klaviyo-limits.server.ts';
import { paceOf } from '#app/adapters/klaviyo-pace.server.ts';
import type { KlaviyoOperation } from '#app/domain/ports/klaviyo.ts';
import { forgetBudgets } from '#app/pipeline/forget-budgets.ts';
import { klaviyoBudgets, klaviyoWaits } from '#app/queries/klaviyo-budgets.server.ts';
import { createTestDatabase, type TestDatabase } from '#test/builders/database.ts';
import { createShop } from '#test/builders/shops.ts';
import { webContext } from '#test/builders/web.ts';

async function use(database: TestDatabase, account: string, operation: KlaviyoOperation, count: number) {
  const limits = klaviyoLimits[operation];
  const pace = { ...paceOf(limits), intervalMs: 0, apartMs: 0 };
  await openKlaviyoBudget(database.db.sql).take(
    { account, operation },
    { count, pace, limits, patienceMs: 120_000 },
  );
}

function block(database: TestDatabase, account: string, operation: KlaviyoOperation, ms: number) {
  const pace = paceOf(klaviyoLimits[operation]);
  return openKlaviyoBudget(database.db.sql).block({ account, operation }, ms, 'retry-after', pace);
}

test('tells how much of each limit went in the last minute, by account and operation', async () => {
  await using database = await createTestDatabase();
  await use(database, 'AU1', 'importProfiles', 7);
  await use(database, 'AU1', 'importProfiles', 5);
  await use(database, 'AU1', 'createEvent', 40);
  await use(database, 'NZ1', 'importProfiles', 3);
  // Whatever the time: the clock's minute began just now, and the one before it was quiet.
  await database.db.sql(
    `UPDATE klaviyo_budget SET minute_at = date_trunc('minute', clock_timestamp()),
            minute_count = minute_count + minute_before, minute_before = 0`,
  );
  const budgets = await klaviyoBudgets(webContext(database.db));
  expect(budgets).toEqual([
    { account: 'AU1', operation: 'createEvent', used: 40, limit: 3_500, blockedUntil: null },
    { account: 'AU1', operation: 'importProfiles', used: 12, limit: 150, blockedUntil: null },
    { account: 'NZ1', operation: 'importProfiles', used: 3, limit: 150, blockedUntil: null },
  ]);
});

test('what was used minutes ago is over, and budgets that are not in use do not show', async () => {
  await using database = await createTestDatabase();
  await use(database, 'AU1', 'importProfiles', 9);
  await use(database, 'NZ1', 'importProfiles', 9);
  await database.db.sql(
    `UPDATE klaviyo_budget SET minute_at = minute_at - interval '2 minutes',
            asked_at = CASE WHEN account = 'NZ1' THEN asked_at - interval '2 hours' ELSE asked_at END`,
  );
  expect(await klaviyoBudgets(webContext(database.db))).toMatchObject([{ account: 'AU1', used: 0 }]);
});

test('a shop sees what its own connections wait for, and no other shop', async () => {
  await using database = await createTestDatabase();
  const ctx = webContext(database.db);
  const mine = await createShop(database.db, 'mine.myshopify.com');
  const other = await createShop(database.db, 'other.myshopify.com');
  await database.db.sql(
    `UPDATE connection SET account_id = CASE WHEN shop_id = $1 THEN 'AU1' ELSE 'NZ1' END`,
    [mine.shopId],
  );
  await use(database, 'AU1', 'importProfiles', 1);
  await use(database, 'AU1', 'createEvents', 1);
  await block(database, 'AU1', 'importProfiles', 60_000);
  expect(await klaviyoWaits(ctx, mine.shopId)).toEqual([
    { connectionId: mine.connectionId, operation: 'importProfiles', until: expect.any(Date) },
  ]);
  expect(await klaviyoWaits(ctx, other.shopId)).toEqual([]);
});

test('a day without lists left shows as a wait, too', async () => {
  await using database = await createTestDatabase();
  for (let made = 0; made < 146; made += 1) {
    await use(database, 'AU1', 'createList', 1);
  }
  const [budget] = await klaviyoBudgets(webContext(database.db));
  expect(budget?.blockedUntil).toBeInstanceOf(Date);
});

test('budgets that nobody used for a month are forgotten', async () => {
  await using database = await createTestDatabase();
  await use(database, 'AU1', 'importProfiles', 1);
  await use(database, 'NZ1', 'importProfiles', 1);
  await database.db.sql(
    `UPDATE klaviyo_budget SET asked_at = asked_at - interval '31 days' WHERE account = 'NZ1'`,
  );
  expect(await forgetBudgets(webContext(database.db))).toBe(1);
  expect(await forgetBudgets(webContext(database.db))).toBe(0);
  expect(await database.db.sql('SELECT account FROM klaviyo_budget')).toEqual([{ account: 'AU1' }]);
});
