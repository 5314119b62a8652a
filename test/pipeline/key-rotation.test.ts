import { expect, test } from 'vitest';
import type { ConnectionForm } from '#app/domain/connection-form.ts';
import { connectionPage } from '#app/queries/connection-page.server.ts';
import { saveConnection } from '#app/services/save-connection.server.ts';
import { expectWholeAndOnce, fill } from '#test/builders/whole-and-once.ts';
import { customersCsv, people } from '#test/builders/exports.ts';
import { shown } from '#test/builders/shown.ts';
import { createWorld, type World } from '#test/builders/world.ts';

const ACCOUNTS = [
  { id: 'AU1', name: 'Australia', keys: [{ key: 'pk_local' }, { key: 'pk_second' }] },
  { id: 'NZ1', name: 'New Zealand', keys: [{ key: 'pk_nz' }] },
];

function customers(day: string): string {
  return `/pending/au/customers_202601${day}T200000Z.csv`;
}

async function post(world: World, path: string, body: unknown): Promise<void> {
  const answer = await fetch(`${world.klaviyo.url}/_${path}`, { method: 'POST', body: JSON.stringify(body) });
  expect(answer.status).toBe(200);
}

async function save(world: World, apiKey: string, accepted: ConnectionForm['accepted'] = []) {
  const [row] = await world.ctx.db.sql<{ id: string }>('SELECT id FROM connection WHERE removed_at IS NULL');
  const connectionId = row?.id ?? '';
  const page = await connectionPage(world.ctx, world.shopId, connectionId);
  const form = { ...(page?.form ?? expect.fail('no form')), apiKey, accepted };
  return saveConnection(world.ctx, world.shopId, { connectionId, form, actor: 'Ann' });
}

function received(world: World, id: string) {
  return world.klaviyo.account(id).received;
}

test('a key that is revoked while a pass is under way: with the new one nothing is lost, nothing goes twice, and the alert closes', async () => {
  let requests = 0;
  const revoke: { now: () => void } = { now: () => undefined };
  await using world = await createWorld({
    connection: '    list: Retail Customers\n    batchSize: 7',
    klaviyo: {
      accounts: ACCOUNTS,
      onRequest: ({ path }) => {
        requests += path.startsWith('/api/profile-subscription') ? 1 : 0;
        if (requests === 1) {
          revoke.now();
        }
      },
    },
  });
  revoke.now = () => {
    revoke.now = () => undefined;
    void post(world, 'keys', { account: 'AU1', key: 'pk_local', revoke: true });
  };
  fill(world);
  const refused = await world.sync();
  const [pending] = await world.ctx.db.sql<{ key: string; kind: string }>(
    `SELECT external_id AS key, 'customers' AS kind FROM customer WHERE status = 'pending'
      UNION ALL SELECT external_id, 'orders' FROM "order" WHERE status = 'pending' LIMIT 1`,
  );
  const held = await shown(world, pending?.kind === 'customers' ? 'customers' : 'orders', pending?.key ?? '');

  const saved = await save(world, 'pk_second');
  const { status } = await world.sync();

  expect(refused.passes[0]?.problems).toMatchObject([{ code: 'klaviyo_key_refused' }]);
  expect(refused.status.alerts).toMatchObject([{ code: 'klaviyo_key_refused' }]);
  expect(held.page.standing).toBe(
    'Waits: Klaviyo refuses the private key of "Klaviyo AU". Enter a new key in Settings.',
  );
  expect(held.json.standing).toBe(held.page.standing);
  expect(saved).toEqual({ ok: true, message: 'Connection saved' });
  expect(status.alerts).toEqual([]);
  await expectWholeAndOnce(world);
});

test('a key of another account by mistake is warned about before it is stored, and the old key goes on', async () => {
  await using world = await createWorld({ klaviyo: { accounts: ACCOUNTS } });
  world.put(customers('05'), customersCsv(people(3)));
  await world.sync();

  const answer = await save(world, 'pk_nz');
  world.put(customers('06'), customersCsv(people(4)));
  await world.sync();

  expect(answer).toEqual({
    ok: false,
    problems: [
      {
        field: 'accepted.account',
        message:
          'This key belongs to the account New Zealand; until now this connection sent to Australia. What was sent there is not sent again. To fill the other account, add a new connection for it.',
      },
    ],
  });
  expect(received(world, 'AU1').profiles).toBe(4);
  expect(received(world, 'NZ1').profiles).toBe(0);
});

test('a key of another account that came with shop.yaml sends nothing and says so, until a person has confirmed it', async () => {
  await using world = await createWorld({ klaviyo: { accounts: ACCOUNTS } });
  world.put(customers('05'), customersCsv(people(3)));
  await world.sync();
  const mistaken = world.yaml.replace('${KLAVIYO_AU_KEY}', '${KLAVIYO_NZ_KEY}');
  await world.apply(mistaken);
  world.put(customers('06'), customersCsv(people(5)));

  const stopped = await world.sync();
  await world.apply(`${mistaken}\n`.replace('phoneCountry: AU', 'phoneCountry: NZ'));
  await world.sync();
  const whileWrong = received(world, 'NZ1').profiles;
  await world.apply(world.yaml);
  const { status } = await world.sync();

  expect(stopped.status.alerts).toMatchObject([{ code: 'klaviyo_other_account' }]);
  expect(stopped.passes[0]?.problems[0]?.message).toMatch(
    /^The private key of "Klaviyo AU" belongs to the account New Zealand; until now this connection sent to Australia\. Nothing is sent/,
  );
  expect(whileWrong).toBe(0);
  expect(status.alerts).toEqual([]);
  expect(received(world, 'AU1').profiles).toBe(5);
  expect(received(world, 'NZ1').profiles).toBe(0);

  // Wanted all the same: a person confirms it, and what is still to be sent goes there.
  await save(world, 'pk_nz', ['account']);
  world.put(customers('07'), customersCsv(people(6)));
  expect((await world.sync()).status.alerts).toEqual([]);
  expect(received(world, 'NZ1').profiles).toBe(1);
});

test('a new key of the same account that comes with shop.yaml keeps the list, also one that was renamed in Klaviyo', async () => {
  await using world = await createWorld({ klaviyo: { accounts: ACCOUNTS } });
  world.put(customers('05'), customersCsv(people(1)));
  await world.sync();
  const [list] = world.klaviyo.account('AU1').lists.values();
  Object.assign(list ?? {}, { name: 'Shoppers' });
  await world.apply(world.yaml.replace('${KLAVIYO_AU_KEY}', 'pk_second'));
  world.put(customers('06'), customersCsv(people(2)));

  const { status } = await world.sync();

  expect(status.connections[0]?.records.customers).toMatchObject({ total: 2, synced: 2 });
  expect([...world.klaviyo.account('AU1').lists.values()].map(({ name }) => name)).toEqual(['Shoppers']);
});

test('of an account to which nothing went yet the next key forgets the lists', async () => {
  await using world = await createWorld({ klaviyo: { accounts: ACCOUNTS } });
  await world.sync();
  await world.ctx.db.sql(`UPDATE connection SET list_ids = '{"Retail Customers": "of AU"}'`);
  await world.apply(world.yaml.replace('${KLAVIYO_AU_KEY}', '${KLAVIYO_NZ_KEY}'));

  await world.sync();

  expect(await world.ctx.db.sql('SELECT account_id, list_ids FROM connection')).toEqual([
    { account_id: 'NZ1', list_ids: {} },
  ]);
});

test.each(['503', '429'])(
  'a new key sends nothing as long as Klaviyo does not say whose it is (%s)',
  async (kind) => {
    await using world = await createWorld({ klaviyo: { accounts: ACCOUNTS } });
    world.put(customers('05'), customersCsv(people(3)));
    await world.sync();
    await world.apply(world.yaml.replace('${KLAVIYO_AU_KEY}', '${KLAVIYO_NZ_KEY}'));
    await post(world, 'faults', [{ match: { path: '/api/accounts' }, kind }]);
    world.put(customers('06'), customersCsv(people(5)));

    const unanswered = await world.sync();
    await post(world, 'faults', []);
    const answered = await world.sync();

    expect(received(world, 'NZ1').profiles).toBe(0);
    expect(unanswered.passes[0]?.problems).toMatchObject([
      {
        code: 'klaviyo_unreachable',
        message: expect.stringContaining('Nothing is sent before that is known'),
      },
    ]);
    expect(unanswered.passes[0]?.isUnreachable).toBe(true);
    expect(answered.status.alerts).toMatchObject([{ code: 'klaviyo_other_account' }]);
  },
);

test('nothing was sent yet: another account is simply taken on', async () => {
  await using world = await createWorld({ klaviyo: { accounts: ACCOUNTS } });
  await world.sync();
  await world.apply(world.yaml.replace('${KLAVIYO_AU_KEY}', '${KLAVIYO_NZ_KEY}'));
  world.put(customers('05'), customersCsv(people(2)));

  const { status } = await world.sync();

  expect(status.alerts).toEqual([]);
  expect(received(world, 'NZ1').profiles).toBe(2);
});
