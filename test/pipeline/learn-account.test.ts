import { expect, test } from 'vitest';
import { customersCsv, people } from '#test/builders/exports.ts';
import { createWorld, type World, type WorldOptions } from '#test/builders/world.ts';

const TWO_CONNECTIONS = `    list: Retail Customers
  - name: Klaviyo NZ
    apiKey: \${KLAVIYO_NZ_KEY}
    directory: /pending/nz
`;

function worldOf(nzScopes: string[], seen: string[] = []): Promise<World> {
  const klaviyo: WorldOptions['klaviyo'] = {
    accounts: [{ id: 'SHARED', keys: [{ key: 'pk_local' }, { key: 'pk_nz', scopes: nzScopes }] }],
    onRequest: ({ path }) => void seen.push(path),
  };
  return createWorld({ connection: TWO_CONNECTIONS, klaviyo });
}

function accountsOf(world: World): Promise<object[]> {
  return world.ctx.db.sql(
    'SELECT name, account_id, account_name, account_asked_at IS NOT NULL AS asked FROM connection ORDER BY position',
  );
}

test('two connections of one account draw on one budget, though nobody ever tested their keys', async () => {
  const seen: string[] = [];
  await using world = await worldOf(['*'], seen);
  world.put('/pending/au/customers_20260101T200000Z.csv', customersCsv(people(3)));
  world.put('/pending/nz/customers_20260101T200000Z.csv', customersCsv(people(3)));
  await world.sync();
  await world.sync();
  expect(await accountsOf(world)).toEqual([
    { name: 'Klaviyo AU', account_id: 'SHARED', account_name: 'Local account', asked: true },
    { name: 'Klaviyo NZ', account_id: 'SHARED', account_name: 'Local account', asked: true },
  ]);
  const budgets = await world.ctx.db.sql(
    `SELECT account FROM klaviyo_budget WHERE operation = 'importProfiles'`,
  );
  expect(budgets).toEqual([{ account: 'SHARED' }]);
  // Asked once each, not at every pass.
  expect(seen.filter((path) => path.startsWith('/api/accounts'))).toHaveLength(2);
});

test('a key that may not say whose it is works on under its own budget and is asked again a day later', async () => {
  const seen: string[] = [];
  await using world = await worldOf(
    ['profiles:read', 'profiles:write', 'lists:read', 'lists:write', 'events:write', 'subscriptions:write'],
    seen,
  );
  world.put('/pending/nz/customers_20260101T200000Z.csv', customersCsv(people(3)));
  await world.sync();
  await world.sync();
  expect((await accountsOf(world))[1]).toEqual({
    name: 'Klaviyo NZ',
    account_id: null,
    account_name: null,
    asked: true,
  });
  const [budget] = await world.ctx.db.sql<{ account: string }>(
    `SELECT account FROM klaviyo_budget WHERE operation = 'importProfiles'`,
  );
  expect(budget?.account).toMatch(/^key:[0-9a-f]{64}$/);
  expect(seen.filter((path) => path.startsWith('/api/accounts'))).toHaveLength(2);

  await world.ctx.db.sql(`UPDATE connection SET account_asked_at = account_asked_at - interval '25 hours'`);
  await world.sync();
  expect(seen.filter((path) => path.startsWith('/api/accounts'))).toHaveLength(3);
});
