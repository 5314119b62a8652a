import { expect, test } from 'vitest';
import type { ConnectionForm } from '#app/domain/connection-form.ts';
import { checkShop } from '#app/services/check-shop.server.ts';
import { connectionPage } from '#app/queries/connection-page.server.ts';
import { settingsPage } from '#app/queries/settings-page.server.ts';
import { currentShop } from '#app/services/current-shop.server.ts';
import { installShop } from '#app/services/install-shop.server.ts';
import { pauseConnection } from '#app/services/pause-connection.server.ts';
import { removeConnection } from '#app/services/remove-connection.server.ts';
import { saveConnection } from '#app/services/save-connection.server.ts';
import { testConnection } from '#app/services/test-connection.server.ts';
import { customersCsv, people } from '#test/builders/exports.ts';
import { createWorld, SHOP, type World } from '#test/builders/world.ts';

const ACCOUNTS = {
  accounts: [
    { id: 'AU1', name: 'Australia', keys: [{ key: 'pk_local' }, { key: 'pk_second' }] },
    {
      id: 'NZ1',
      name: 'New Zealand',
      keys: [
        { key: 'pk_nz' },
        { key: 'pk_reader', scopes: ['accounts:read', 'profiles:read', 'lists:read'] },
      ],
    },
  ],
};

async function emptyForm(world: World): Promise<ConnectionForm> {
  const page = await connectionPage(world.ctx, world.shopId, 'new');
  if (page === null) {
    throw new Error('there is always a form for a new connection');
  }
  return page.form;
}

async function newZealand(world: World, changes: Partial<ConnectionForm> = {}): Promise<ConnectionForm> {
  const form = await emptyForm(world);
  return { ...form, name: 'Klaviyo NZ', directory: '/pending/nz', apiKey: 'pk_nz', ...changes };
}

function add(world: World, form: ConnectionForm) {
  return saveConnection(world.ctx, world.shopId, { connectionId: null, form, actor: 'Ann' });
}

async function idOf(world: World, name: string): Promise<string> {
  const [row] = await world.ctx.db.sql<{ id: string }>('SELECT id FROM connection WHERE name = $1', [name]);
  return row?.id ?? '';
}

async function formOf(world: World, name: string): Promise<{ connectionId: string; form: ConnectionForm }> {
  const connectionId = await idOf(world, name);
  const page = await connectionPage(world.ctx, world.shopId, connectionId);
  if (page === null) {
    throw new Error(`no connection ${name}`);
  }
  return { connectionId, form: page.form };
}

async function rows(world: World) {
  return world.ctx.db.sql<Record<string, unknown>>('SELECT * FROM connection ORDER BY position, name');
}

test('a new connection is tried, stored sealed with its account, and syncs', async () => {
  await using world = await createWorld({ klaviyo: ACCOUNTS });

  const answer = await add(world, await newZealand(world, { list: 'Shoppers' }));
  world.put('/pending/nz/customers_20260105T200000Z.csv', customersCsv(people(2)));
  await world.sync();

  expect(answer).toEqual({ ok: true, message: 'Connection added' });
  const [, row] = await rows(world);
  expect(row).toMatchObject({
    account_id: 'NZ1',
    account_name: 'New Zealand',
    key_last4: 'k_nz',
    position: 1,
  });
  expect(JSON.stringify(row)).not.toContain('pk_nz');
  expect(world.klaviyo.state().accounts.map((account) => account.profiles.length)).toEqual([0, 2]);
});

test('a key that Klaviyo refuses is told at its field and not stored', async () => {
  await using world = await createWorld({ klaviyo: ACCOUNTS });

  const answer = await add(world, await newZealand(world, { apiKey: 'pk_revoked' }));

  expect(answer).toMatchObject({ ok: false, problems: [{ field: 'apiKey' }] });
  expect(await rows(world)).toHaveLength(1);
});

test('a text that cannot be a key is told at its field', async () => {
  await using world = await createWorld({ klaviyo: ACCOUNTS });

  const answer = await add(world, await newZealand(world, { apiKey: 'pk with blanks' }));

  expect(answer).toMatchObject({ ok: false, problems: [{ field: 'apiKey' }] });
});

test('where Klaviyo does not answer, a person may save without testing', async () => {
  await using world = await createWorld({ klaviyo: ACCOUNTS });
  await world.klaviyo.close();

  const asked = await add(world, await newZealand(world));
  const saved = await add(world, await newZealand(world, { accepted: ['untested'] }));

  expect(asked).toMatchObject({ ok: false, problems: [{ field: 'accepted.untested' }] });
  expect(saved).toMatchObject({ ok: true });
});

test('a key that lacks scopes is stored only when a person accepts that', async () => {
  await using world = await createWorld({ klaviyo: ACCOUNTS });

  const asked = await add(world, await newZealand(world, { apiKey: 'pk_reader' }));
  const saved = await add(world, await newZealand(world, { apiKey: 'pk_reader', accepted: ['scopes'] }));

  expect(asked).toMatchObject({
    ok: false,
    problems: [{ field: 'accepted.scopes', message: expect.stringContaining('profiles:write') as string }],
  });
  expect(saved).toMatchObject({ ok: true });
});

test('what shop.yaml refuses stands beside its field', async () => {
  await using world = await createWorld({ klaviyo: ACCOUNTS });

  const answer = await add(
    world,
    await newZealand(world, {
      name: ' ',
      apiKey: '',
      directory: '/nz',
      batchSize: 'many',
      notify: { errors: 'ops@example.org, nobody', successes: '' },
      expect: [{ kind: 'orders', every: 'daily', grace: '2h' }],
    }),
  );

  expect(answer?.ok === false && answer.problems.map(({ field }) => field).sort()).toEqual([
    'apiKey',
    'batchSize',
    'directory',
    'expect.0.every',
    'name',
    'notify.errors',
  ]);
});

test('name and directory of another connection are told at their fields', async () => {
  await using world = await createWorld({ klaviyo: ACCOUNTS });

  const answer = await add(world, await newZealand(world, { name: 'Klaviyo AU', directory: '/pending/AU' }));

  expect(answer).toMatchObject({ ok: false, problems: [{ field: 'name' }, { field: 'directory' }] });
});

test('the same new connection sent twice at once is there once', async () => {
  await using world = await createWorld({ klaviyo: ACCOUNTS });
  const form = await newZealand(world);

  const answers = await Promise.all([add(world, form), add(world, form)]);

  expect(answers.map((answer) => answer?.ok).sort()).toEqual([false, true]);
  expect(await rows(world)).toHaveLength(2);
});

test('a change without a new key keeps key, account and event ids, and asks Klaviyo nothing', async () => {
  await using world = await createWorld({ klaviyo: ACCOUNTS });
  const { connectionId, form } = await formOf(world, 'Klaviyo AU');
  const [before] = await rows(world);
  await world.klaviyo.close();

  const answer = await saveConnection(world.ctx, world.shopId, {
    connectionId,
    form: { ...form, name: 'Australia', directory: '/pending/aus', historyBefore: '2026-01-01' },
    actor: 'Ann',
  });

  expect(answer).toEqual({ ok: true, message: 'Connection saved' });
  const [after] = await rows(world);
  expect(after).toMatchObject({ name: 'Australia', directory: '/pending/aus', history_before: '2026-01-01' });
  expect(after).toMatchObject({ sealed_key: before?.['sealed_key'], event_seed: before?.['event_seed'] });
});

test('a new key ends "key refused" and keeps the lists of the same account', async () => {
  await using world = await createWorld({ klaviyo: ACCOUNTS });
  const { connectionId, form } = await formOf(world, 'Klaviyo AU');
  await testConnection(world.ctx, world.shopId, { connectionId, apiKey: null, directory: null });
  await world.ctx.db.sql(
    `UPDATE connection SET key_refused_at = now(), list_ids = '{"Retail Customers": "L1"}'`,
  );

  await saveConnection(world.ctx, world.shopId, {
    connectionId,
    form: { ...form, apiKey: 'pk_second' },
    actor: 'Ann',
  });

  expect(await rows(world)).toMatchObject([
    { key_refused_at: null, key_last4: 'cond', list_ids: { 'Retail Customers': 'L1' } },
  ]);
});

test('a key of another account has to be accepted, and forgets the lists of the first', async () => {
  await using world = await createWorld({ klaviyo: ACCOUNTS });
  const { connectionId, form } = await formOf(world, 'Klaviyo AU');
  await testConnection(world.ctx, world.shopId, { connectionId, apiKey: null, directory: null });
  await world.ctx.db.sql(`UPDATE connection SET list_ids = '{"Retail Customers": "L1"}'`);
  const save = (accepted: ConnectionForm['accepted']) =>
    saveConnection(world.ctx, world.shopId, {
      connectionId,
      form: { ...form, apiKey: 'pk_nz', accepted },
      actor: 'Ann',
    });

  const asked = await save([]);
  const saved = await save(['account']);

  expect(asked).toMatchObject({ ok: false, problems: [{ field: 'accepted.account' }] });
  expect(saved).toMatchObject({ ok: true });
  expect(await rows(world)).toMatchObject([{ account_id: 'NZ1', list_ids: {} }]);
});

test('a second connection that names people by their numbers in the same account is asked about, and the doctor looks at it', async () => {
  await using world = await createWorld({ klaviyo: ACCOUNTS });
  await testConnection(world.ctx, world.shopId, {
    connectionId: await idOf(world, 'Klaviyo AU'),
    apiKey: null,
    directory: null,
  });
  const second = { name: 'Outlet', directory: '/pending/outlet', apiKey: 'pk_second' };

  const asked = await add(world, await newZealand(world, second));
  const apart = await add(world, await newZealand(world, { ...second, sendExternalId: false }));
  const before = await checkShop(world.ctx, world.shopId);
  const third = { name: 'Concession', directory: '/pending/concession', apiKey: 'pk_second' };
  const together = await add(world, await newZealand(world, { ...third, accepted: ['shared'] }));
  const after = await checkShop(world.ctx, world.shopId);

  expect(asked).toMatchObject({
    problems: [
      {
        field: 'accepted.shared',
        message: expect.stringContaining('"Klaviyo AU" sends to this account, too') as string,
      },
    ],
  });
  expect([apart, together]).toMatchObject([{ ok: true }, { ok: true }]);
  expect(before.filter(({ isWarning }) => isWarning)).toEqual([]);
  expect(after.filter(({ isWarning }) => isWarning)).toMatchObject([
    {
      subject: 'Klaviyo account Australia',
      message: expect.stringMatching(/^Klaviyo AU and Concession send to it: /) as string,
    },
  ]);
});

test('a connection that is removed and added again goes on with its records', async () => {
  await using world = await createWorld({ klaviyo: ACCOUNTS });
  world.put('/pending/au/customers_20260105T200000Z.csv', customersCsv(people(2)));
  await world.sync();
  const connectionId = await idOf(world, 'Klaviyo AU');
  await removeConnection(world.ctx, world.shopId, { connectionId, actor: 'Ann' });

  const form = await newZealand(world, { name: 'Australia', directory: '/pending/au', apiKey: 'pk_local' });
  const answer = await add(world, form);

  expect(answer).toEqual({ ok: true, message: 'Connection restored' });
  expect((await world.status()).connections).toMatchObject([
    { name: 'Australia', records: { customers: { synced: 2 } } },
  ]);
});

test('another account takes over name and directory of a removed connection, and gets everything', async () => {
  await using world = await createWorld({ klaviyo: ACCOUNTS });
  world.put('/pending/au/customers_20260105T200000Z.csv', customersCsv(people(2)));
  await world.sync();
  const connectionId = await idOf(world, 'Klaviyo AU');
  await removeConnection(world.ctx, world.shopId, { connectionId, actor: 'Ann' });

  const form = await newZealand(world, { name: 'Klaviyo AU', directory: '/pending/au' });
  const answer = await add(world, form);

  expect(answer).toEqual({ ok: true, message: 'Connection added' });
  expect((await world.status()).connections).toMatchObject([{ records: { customers: { total: 0 } } }]);
});

test('removing closes the alerts of the connection and keeps its records', async () => {
  await using world = await createWorld({ klaviyo: ACCOUNTS });
  await world.apply(world.yaml.replace('${KLAVIYO_AU_KEY}', 'pk_revoked'));
  world.put('/pending/au/customers_20260105T200000Z.csv', customersCsv(people(2)));
  await world.sync();
  const connectionId = await idOf(world, 'Klaviyo AU');

  const isRemoved = await removeConnection(world.ctx, world.shopId, { connectionId, actor: 'Ann' });

  expect(isRemoved).toBe(true);
  expect((await world.status()).alerts).toEqual([]);
  expect(await world.ctx.db.sql('SELECT 1 FROM customer')).toHaveLength(2);
  expect(await removeConnection(world.ctx, world.shopId, { connectionId, actor: 'Ann' })).toBe(false);
});

test('a paused connection reads nothing until it is resumed', async () => {
  await using world = await createWorld({ klaviyo: ACCOUNTS });
  const connectionId = await idOf(world, 'Klaviyo AU');
  world.put('/pending/au/customers_20260105T200000Z.csv', customersCsv(people(2)));
  const pause = (isPaused: boolean) =>
    pauseConnection(world.ctx, world.shopId, { connectionId, isPaused, actor: 'Ann' });

  await pause(true);
  const paused = await world.sync();
  await pause(true);
  await pause(false);
  const resumed = await world.sync();

  expect(paused.status.connections).toMatchObject([{ records: { customers: { total: 0 } } }]);
  expect(resumed.status.connections).toMatchObject([{ records: { customers: { synced: 2 } } }]);
  const trail = await world.ctx.db.sql(
    `SELECT action FROM audit_log WHERE actor = 'Ann' ORDER BY created_at, action`,
  );
  expect(trail).toEqual([{ action: 'pause connection' }, { action: 'resume connection' }]);
});

test('a test tells account, scopes and folders, and notes whose key it is', async () => {
  await using world = await createWorld({ klaviyo: ACCOUNTS });
  const connectionId = await idOf(world, 'Klaviyo AU');

  const found = await testConnection(world.ctx, world.shopId, {
    connectionId,
    apiKey: null,
    directory: null,
  });

  expect(found?.klaviyo).toMatchObject({ outcome: 'works', account: { id: 'AU1', name: 'Australia' } });
  expect(found?.klaviyo.outcome === 'works' && found.klaviyo.scopes.map(({ state }) => state)).toEqual(
    Array.from({ length: 6 }, () => 'granted'),
  );
  expect(found?.folders).toMatchObject({
    outcome: 'listed',
    folders: [
      { path: '/pending/au', state: 'found', note: '0 files' },
      { path: '/test/au', state: 'missing' },
      { path: '/bulk/au', state: 'missing' },
      { path: '/processed/au', state: 'missing' },
    ],
  });
  expect(await rows(world)).toMatchObject([{ account_id: 'AU1', account_name: 'Australia' }]);
});

test('a test names exactly the scopes that a typed key lacks', async () => {
  await using world = await createWorld({
    klaviyo: {
      accounts: [
        {
          id: 'AU1',
          keys: [
            { key: 'pk_local' },
            {
              key: 'pk_nolist',
              scopes: ['accounts:*', 'profiles:*', 'events:*', 'subscriptions:*', 'lists:read'],
            },
          ],
        },
      ],
    },
  });

  const found = await testConnection(world.ctx, world.shopId, {
    connectionId: null,
    apiKey: 'pk_nolist',
    directory: '/pending/nowhere',
  });

  const klaviyo = found?.klaviyo;
  const missing =
    klaviyo?.outcome === 'works' ? klaviyo.scopes.filter(({ state }) => state !== 'granted') : [];
  expect(missing.map(({ scope }) => scope)).toContain('lists:write');
  expect(missing.map(({ scope }) => scope)).not.toContain('profiles:write');
  expect(found?.folders).toMatchObject({
    folders: [
      { path: '/pending/nowhere', state: 'missing', note: expect.stringContaining('Create') as string },
      {},
      {},
      {},
    ],
  });
});

test('a stored key that Klaviyo has begun to refuse shows as such', async () => {
  await using world = await createWorld({ klaviyo: ACCOUNTS });
  await world.apply(world.yaml.replace('${KLAVIYO_AU_KEY}', 'pk_revoked'));
  const connectionId = await idOf(world, 'Klaviyo AU');

  const found = await testConnection(world.ctx, world.shopId, {
    connectionId,
    apiKey: null,
    directory: null,
  });

  expect(found?.klaviyo).toMatchObject({ outcome: 'refused' });
  const page = await settingsPage(world.ctx, await currentShop(world.ctx, SHOP));
  expect(page.connections).toMatchObject([{ state: 'refused' }]);
});

test('another shop sees, tests, changes, pauses and removes nothing', async () => {
  await using world = await createWorld({ klaviyo: ACCOUNTS });
  const other = await installShop(world.ctx, { domain: 'other.myshopify.com' });
  const { connectionId, form } = await formOf(world, 'Klaviyo AU');
  const before = await rows(world);
  const { ctx } = world;

  expect(await connectionPage(ctx, other, connectionId)).toBeNull();
  expect(await testConnection(ctx, other, { connectionId, apiKey: null, directory: null })).toBeNull();
  expect(await saveConnection(ctx, other, { connectionId, form, actor: 'Eve' })).toBeNull();
  expect(await pauseConnection(ctx, other, { connectionId, isPaused: true, actor: 'Eve' })).toBe(false);
  expect(await removeConnection(ctx, other, { connectionId, actor: 'Eve' })).toBe(false);
  const page = await settingsPage(ctx, await currentShop(ctx, 'other.myshopify.com'));
  expect(page).toMatchObject({ connections: [], sftp: null });
  expect(await rows(world)).toEqual(before);
});

test('an id that is none is not found', async () => {
  await using world = await createWorld({ klaviyo: ACCOUNTS });
  const { ctx, shopId } = world;

  expect(await connectionPage(ctx, shopId, 'nonsense')).toBeNull();
  expect(await removeConnection(ctx, shopId, { connectionId: 'nonsense', actor: 'Ann' })).toBe(false);
});

test('no page and no audit line holds a key, sealed or open', async () => {
  await using world = await createWorld({ klaviyo: ACCOUNTS });
  await add(world, await newZealand(world));
  const { connectionId, form } = await formOf(world, 'Klaviyo NZ');
  await saveConnection(world.ctx, world.shopId, {
    connectionId,
    form: { ...form, apiKey: 'pk_local', accepted: ['account'] },
    actor: 'Ann',
  });

  const told = JSON.stringify([
    await settingsPage(world.ctx, await currentShop(world.ctx, SHOP)),
    await connectionPage(world.ctx, world.shopId, connectionId),
    await testConnection(world.ctx, world.shopId, { connectionId, apiKey: null, directory: null }),
    await world.ctx.db.sql(`SELECT * FROM audit_log`),
  ]);

  expect(told).not.toMatch(/pk_nz|pk_local|v1\.test/);
  expect(told).toContain('(secret)');
});
