import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { ConnectionForm } from '#app/domain/connection-form.ts';
import { connectionPage } from '#app/queries/connection-page.server.ts';
import { removeConnection } from '#app/services/remove-connection.server.ts';
import { saveConnection } from '#app/services/save-connection.server.ts';
import { claimDuePushes } from '#app/pipeline/upkeep/due-work.ts';
import { customersCsv, ordersCsv, people } from '#test/builders/exports.ts';
import { shown } from '#test/builders/shown.ts';
import { createWorld, type World } from '#test/builders/world.ts';

const ACCOUNTS = [
  { id: 'AU1', name: 'Australia', keys: [{ key: 'pk_local' }] },
  { id: 'NZ1', name: 'New Zealand', keys: [{ key: 'pk_nz' }] },
];

const BOTH = `    batchSize: 5
  - name: Klaviyo NZ
    apiKey: \${KLAVIYO_NZ_KEY}
    directory: /pending/nz
`;

function file(kind: string, day: string, folder = 'au'): string {
  return `/pending/${folder}/${kind}_202601${day}T200000Z.csv`;
}

function fill(world: World): void {
  for (const folder of ['au', 'nz']) {
    world.put(file('customers', '05', folder), customersCsv(people(40)));
    world.put(
      file('orders', '06', folder),
      ordersCsv(people(40).map(({ PERIDX = '' }) => ({ ORDER_ID: `O${PERIDX}`, PERIDX }))),
    );
  }
}

async function idOf(world: World, name: string): Promise<string> {
  const [row] = await world.ctx.db.sql<{ id: string }>('SELECT id FROM connection WHERE name = $1', [name]);
  return row?.id ?? '';
}

function remove(world: World, connectionId: string): Promise<boolean> {
  return removeConnection(world.ctx, world.shopId, { connectionId, actor: 'Ann' });
}

async function formOfNew(world: World, changes: Partial<ConnectionForm>): Promise<ConnectionForm> {
  const page = await connectionPage(world.ctx, world.shopId, 'new');
  return { ...(page?.form ?? expect.fail('no form')), directory: '/pending/au', ...changes };
}

function account(world: World, id: string) {
  world.klaviyo.settle();
  return (
    world.klaviyo.state().accounts.find((one) => one.id === id) ?? expect.fail(`there is no account ${id}`)
  );
}

test('a connection that is removed in the middle of a push sends nothing more, its records say so, and the other goes on', async () => {
  await using world = await createWorld({
    connection: BOTH,
    klaviyo: { accounts: ACCOUNTS, latencyMs: 150, jobDurationMs: 3_000 },
  });
  fill(world);
  const connectionId = await idOf(world, 'Klaviyo AU');
  const pass = world.sync();
  while (world.klaviyo.account('AU1').received.profiles === 0) {
    await pause(20);
  }
  expect(await remove(world, connectionId)).toBe(true);
  await pass;
  const sent = account(world, 'AU1').received;

  await world.sync();

  expect(account(world, 'AU1').received).toEqual(sent);
  expect(sent).toMatchObject({ events: 0, subscribes: 0 });
  expect(account(world, 'NZ1').received).toMatchObject({ profiles: 40, subscribes: 40, events: 40 });
  expect((await world.status()).connections.map(({ name }) => name)).toEqual(['Klaviyo NZ']);
  expect(await claimDuePushes(world.ctx)).toEqual([]);
  // What Klaviyo has accepted is remembered, in case the connection comes back; nothing is planned or half sent.
  const open = await world.ctx.db.sql<{ status: string }>(
    `SELECT DISTINCT status FROM push_batch WHERE connection_id = $1 AND status NOT IN ('done', 'withdrawn')`,
    [connectionId],
  );
  expect(open).toEqual([{ status: 'accepted' }]);
  const rows = await world.ctx.db.sql<{ key: string; status: string }>(
    `SELECT DISTINCT ON (status) external_id AS key, status FROM customer WHERE connection_id = $1 ORDER BY status`,
    [connectionId],
  );
  const words = await Promise.all(
    rows.map(async ({ key, status }) => {
      const { json, page } = await shown(world, 'customers', key);
      expect(json.standing).toBe(page.standing);
      expect(page.isLive && status === 'pending').toBe(false);
      return [status, page.standing];
    }),
  );
  expect(words).toEqual([
    ['pending', 'Its connection was removed: nothing is sent any more.'],
    [
      'sending',
      'It was on its way to Klaviyo when its connection was removed: nothing more is sent, and nobody asks whether it arrived. When the same connection is added again, that is found out first.',
    ],
  ]);
});

test('its files stay on the server untouched, and nothing of them is read', async () => {
  await using world = await createWorld({ connection: BOTH, klaviyo: { accounts: ACCOUNTS } });
  fill(world);
  await remove(world, await idOf(world, 'Klaviyo AU'));

  await world.sync();

  expect(existsSync(path.join(world.sftpRoot, file('customers', '05')))).toBe(true);
  expect(existsSync(path.join(world.sftpRoot, file('customers', '05', 'nz')))).toBe(false);
  expect(account(world, 'AU1').received).toMatchObject({ profiles: 0, events: 0 });
});

test('removing twice, also at the same time, is one removal', async () => {
  await using world = await createWorld({ connection: BOTH, klaviyo: { accounts: ACCOUNTS } });
  const connectionId = await idOf(world, 'Klaviyo AU');

  const answers = await Promise.all([remove(world, connectionId), remove(world, connectionId)]);

  expect([...answers, await remove(world, connectionId)].sort()).toEqual([false, false, true]);
  const trail = await world.ctx.db.sql(`SELECT subject FROM audit_log WHERE action = 'remove connection'`);
  expect(trail).toEqual([{ subject: 'Klaviyo AU' }]);
});

test('added anew with the same account it goes on where it was: what was open goes, and nothing goes twice', async () => {
  await using world = await createWorld({
    connection: BOTH,
    klaviyo: { accounts: ACCOUNTS, latencyMs: 100, jobDurationMs: 500 },
  });
  fill(world);
  const connectionId = await idOf(world, 'Klaviyo AU');
  const pass = world.sync();
  while (world.klaviyo.account('AU1').received.profiles < 10) {
    await pause(20);
  }
  await remove(world, connectionId);
  await pass;
  const form = await formOfNew(world, { name: 'Klaviyo AU', apiKey: 'pk_local' });

  const answer = await saveConnection(world.ctx, world.shopId, { connectionId: null, form, actor: 'Ann' });
  await world.sync();

  expect(answer).toEqual({ ok: true, message: 'Connection restored' });
  expect(await idOf(world, 'Klaviyo AU')).toBe(connectionId);
  const au = account(world, 'AU1');
  expect(au.profiles).toHaveLength(40);
  expect(au.events).toHaveLength(40);
  expect(au.duplicateEvents).toBe(0);
  expect(au.consentCalls).toHaveLength(40);
});

test('under another name and directory it is a new one, and Klaviyo keeps each event once all the same where the directory is the same again', async () => {
  await using world = await createWorld({ connection: BOTH, klaviyo: { accounts: ACCOUNTS } });
  fill(world);
  await world.sync();
  const first = account(world, 'AU1')
    .events.map((event) => event.unique_id)
    .sort();
  const connectionId = await idOf(world, 'Klaviyo AU');
  await remove(world, connectionId);
  // Nobody knows any more that it was the same one: another key of the account, and its place was given away meanwhile.
  await world.ctx.db.sql(
    `UPDATE connection SET account_id = NULL, key_last4 = 'gone', name = name || ' old' WHERE id = $1`,
    [connectionId],
  );
  const form = await formOfNew(world, { name: 'Klaviyo AU', apiKey: 'pk_local' });
  await saveConnection(world.ctx, world.shopId, { connectionId: null, form, actor: 'Ann' });
  world.put(file('customers', '07'), customersCsv(people(40)));
  world.put(
    file('orders', '08'),
    ordersCsv(people(40).map(({ PERIDX = '' }) => ({ ORDER_ID: `O${PERIDX}`, PERIDX }))),
  );

  await world.sync();

  expect(await idOf(world, 'Klaviyo AU')).not.toBe(connectionId);
  const au = account(world, 'AU1');
  expect(au.events.map((event) => event.unique_id).sort()).toEqual(first);
  expect(au.profiles).toHaveLength(40);
  // Everybody is subscribed there already: nobody is asked to be subscribed again.
  expect(au.received.subscribes).toBe(40);
});
