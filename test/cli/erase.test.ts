import { expect, test } from 'vitest';
import { runCli, runJson, runOk } from '#test/builders/cli.ts';
import { letThingsLand, tracesOf } from '#test/builders/erasure.ts';
import { customersCsv, ordersCsv, people } from '#test/builders/exports.ts';
import { createWorld, SHOP, type World } from '#test/builders/world.ts';

async function syncedWorld(options: Parameters<typeof createWorld>[0] = {}): Promise<World> {
  const world = await createWorld(options);
  world.put(
    '/pending/au/customers_20260105T200000Z.csv',
    customersCsv(people(3, 1, (id) => ({ MOBILE: `041234567${id}` }))),
  );
  world.put(
    '/pending/au/orders_20260105T203000Z.csv',
    ordersCsv([
      { ORDER_ID: 'A', PERIDX: '1' },
      { ORDER_ID: 'B', PERIDX: '2' },
    ]),
  );
  await world.sync();
  await letThingsLand(world);
  return world;
}

async function keysOf(world: World): Promise<string[]> {
  const rows = await world.ctx.db.sql<{ key: string }>(
    'SELECT external_id AS key FROM customer ORDER BY key',
  );
  return rows.map(({ key }) => key);
}

test('a dry run says what would be removed and removes nothing', async () => {
  await using world = await syncedWorld();

  const text = await runOk(['erase', 'person1@shop.example', '--shop', SHOP, '--dry-run'], {
    env: world.env,
  });

  expect(text).toContain('Klaviyo AU: would remove 1 customers, 1 orders, 0 rewards');
  expect(await keysOf(world)).toEqual(['1', '2', '3']);
  expect(await world.ctx.db.sql('SELECT 1 FROM suppression')).toEqual([]);
});

test.each([
  ['an e-mail', ['Person1@shop.example']],
  ['a phone number', ['+61 412 345 671']],
  ['a key of a connection', ['1', '--connection', 'Klaviyo AU']],
])('somebody is erased by %s, in Klaviyo, too', async (_, words) => {
  await using world = await syncedWorld();

  const text = await runOk(['erase', ...words, '--shop', SHOP, '--klaviyo'], { env: world.env });

  expect(text).toContain('Klaviyo was asked to delete the profile.');
  expect(await keysOf(world)).toEqual(['2', '3']);
  expect(await tracesOf(world.ctx, ['person1@shop.example', '12345671'])).toEqual([]);
  world.klaviyo.settle();
  expect(
    world.klaviyo
      .state()
      .accounts[0]?.profiles.map(({ email }) => email)
      .sort(),
  ).toEqual(['person2@shop.example', 'person3@shop.example']);
});

test('a key that may not delete leaves Klaviyo’s part to a person: exit code 1, and the reason', async () => {
  await using world = await syncedWorld({
    klaviyo: {
      accounts: [
        {
          id: 'AU1',
          name: 'Narrow',
          keys: [
            {
              key: 'pk_local',
              scopes: [
                ...['profiles:read', 'profiles:write', 'lists:read', 'lists:write', 'events:write'],
                ...['subscriptions:write', 'subscriptions:read', 'accounts:read', 'metrics:read'],
              ],
            },
          ],
        },
      ],
    },
  });

  const { code, document } = await runJson<{
    outcome: string;
    klaviyo: { state: string; problem: string }[];
  }>(['erase', 'person1@shop.example', '--shop', SHOP, '--klaviyo'], { env: world.env });

  expect(code).toBe(1);
  expect(document.klaviyo).toEqual([
    { state: 'by-hand', problem: expect.stringContaining('data-privacy:write') as string },
  ]);
  expect(await keysOf(world)).toEqual(['2', '3']);
});

test('what names nobody is refused with the way to say it', async () => {
  await using world = await syncedWorld();

  const vague = await runCli(['erase', '1', '--shop', SHOP], { env: world.env });
  const unknown = await runCli(['erase', '99', '--shop', SHOP, '--connection', 'Klaviyo AU'], {
    env: world.env,
  });

  expect(vague.code).toBe(2);
  expect(vague.stderr).toContain('--connection NAME');
  expect(unknown.code).toBe(1);
  expect(unknown.stderr).toContain('no customer with this key');
});

test('somebody who was erased comes back once they are restored', async () => {
  await using world = await syncedWorld();
  await runOk(['erase', 'person1@shop.example', '--shop', SHOP], { env: world.env });

  const wrong = await runCli(['restore-person', 'nobody@shop.example', '--shop', SHOP], { env: world.env });
  const right = await runOk(['restore-person', 'person1@shop.example', '--shop', SHOP], { env: world.env });
  world.put('/pending/au/customers_20260106T200000Z.csv', customersCsv(people(4)));
  await world.sync();

  expect(wrong.code).toBe(1);
  expect(right).toContain('comes back with the next file');
  expect(await keysOf(world)).toEqual(['1', '2', '3', '4']);
});
