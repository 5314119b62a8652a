import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { ShopStatus } from '#app/queries/shop-status.server.ts';
import { runCli, runJson, runOk } from '#test/builders/cli.ts';
import { customersCsv, ordersCsv, people } from '#test/builders/exports.ts';
import { createWorld, type World } from '#test/builders/world.ts';

const CONNECTION = ['--connection', 'Klaviyo AU'];

async function sync(world: World): Promise<{ code: number | null; au: ShopStatus['connections'][number] }> {
  const { code, document } = await runJson<ShopStatus>(['sync'], { env: world.env });
  const [au] = document.connections;
  if (au === undefined) {
    throw new Error('the shop has no connection');
  }
  return { code, au };
}

/** A profile that somebody else made. */
async function createProfile({ klaviyo }: World, email: string): Promise<void> {
  const answer = await fetch(`${klaviyo.url}/api/profiles`, {
    method: 'POST',
    headers: {
      authorization: 'Klaviyo-API-Key pk_local',
      revision: '2026-07-15',
      'content-type': 'application/vnd.api+json',
    },
    body: JSON.stringify({ data: { type: 'profile', attributes: { email } } }),
  });
  expect(answer.status).toBe(201);
}

function filesOf(au: ShopStatus['connections'][number]): string[] {
  return au.files.map((file) => `${file.lane} ${file.name} ${file.status}`);
}

test('orders that come before their customers wait and then go; a repeated file is a duplicate; a wrong name is listed with the reason', async () => {
  await using world = await createWorld();
  world.put(
    '/pending/au/orders_20260105T203000Z.csv',
    ordersCsv([
      { ORDER_ID: '1', PERIDX: '1' },
      { ORDER_ID: '2', PERIDX: '2' },
    ]),
  );

  const early = await sync(world);
  expect(early.code).toBe(0);
  expect(early.au.records.orders).toMatchObject({ total: 2, waiting: 2, synced: 0 });
  expect(early.au.requests.events).toBe(0);

  world.put('/pending/au/customers_20260105T200000Z.csv', customersCsv(people(2)));
  const late = await sync(world);
  expect(late).toMatchObject({
    code: 0,
    au: { records: { orders: { waiting: 0, synced: 2 }, customers: { synced: 2 } } },
  });
  expect(world.klaviyo.state().accounts[0]?.events).toHaveLength(2);

  world.put('/pending/au/customers_20260106T200000Z.csv', customersCsv(people(2)));
  world.put('/pending/au/customers of monday.csv', customersCsv(people(9)));
  const repeated = await sync(world);
  expect(filesOf(repeated.au)).toEqual([
    'pending orders_20260105T203000Z.csv archived',
    'pending customers_20260105T200000Z.csv archived',
    'pending customers of monday.csv unrecognised',
    'pending customers_20260106T200000Z.csv duplicate',
  ]);
  expect(repeated.au.problems).toMatchObject([
    {
      file: 'customers of monday.csv',
      message: expect.stringMatching(/customers_\d{8}T\d{6}Z\.csv/) as string,
    },
  ]);
  expect(repeated.au.requests.profileImport).toBe(0);
  expect(world.klaviyo.account().byId.size).toBe(2);
});

test('a held file is released or discarded by the id that status shows', async () => {
  await using world = await createWorld();
  const { env } = world;
  const first = '/pending/au/customers_20260105T200000Z.csv';
  const second = '/pending/au/customers_20260106T200000Z.csv';
  world.put(first, customersCsv(people(120)));
  await sync(world);
  world.put(second, customersCsv(people(120, 1, (id) => ({ PRIVACY: id <= 40 ? 'Yes' : 'No' }))));
  const held = await sync(world);
  expect(held).toMatchObject({ code: 1, au: { requests: { unsubscribe: 0 } } });
  expect(filesOf(held.au).at(-1)).toMatch(/held$/);

  const status = await runOk(['status'], { env });
  const [, released = ''] = /threadline release ([0-9a-f-]{36}) · threadline discard \1/.exec(status) ?? [];
  expect(await runOk(['release', released], { env })).toBe(
    'customers_20260106T200000Z.csv is released. The next sync of "Klaviyo AU" reads it.\n',
  );
  const after = await sync(world);
  expect(after).toMatchObject({ code: 0, au: { records: { customers: { synced: 120 } } } });
  expect(world.klaviyo.account().received.unsubscribes).toBe(40);

  world.put('/pending/au/customers_20260107T200000Z.csv', customersCsv(people(2)).replace('EMAIL', 'E_MAIL'));
  const bad = await sync(world);
  const discarded = bad.au.files.at(-1)?.id ?? '';
  expect(await runOk(['discard', discarded], { env })).toContain(
    'customers_20260107T200000Z.csv is discarded',
  );
  expect(existsSync(path.join(world.sftpRoot, 'pending/au/customers_20260107T200000Z.csv'))).toBe(false);
  expect(readdirSync(path.join(world.sftpRoot, 'processed/au'))).toContain('customers_20260107T200000Z.csv');
  expect((await sync(world)).code).toBe(0);

  for (const command of ['release', 'discard']) {
    const again = await runCli([command, discarded], { env });
    expect(again).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('is not held; it is discarded') as string,
    });
    const unknown = await runCli([command, 'customers.csv'], { env });
    expect(unknown).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/no file with the id customers\.csv.*threadline status/) as string,
    });
  }
});

test('the bulk lane waits for a person, then creates new profiles only: no consent, no list', async () => {
  await using world = await createWorld();
  const { env } = world;
  await createProfile(world, 'person1@shop.example');
  world.put(
    '/bulk/au/customers_20260106T200000Z.csv',
    customersCsv(people(3, 1, (id) => ({ CITY: 'Bulktown', PRIVACY: id === 2 ? 'Yes' : 'No' }))),
  );

  const waiting = await sync(world);
  expect(waiting.code).toBe(0);
  expect(filesOf(waiting.au).at(-1)).toBe('bulk customers_20260106T200000Z.csv waiting-for-start');
  expect(world.klaviyo.account().byId.size).toBe(1);
  expect(await runOk(['status'], { env })).toContain(
    '1 files of the bulk lane wait: threadline bulk --connection "Klaviyo AU"',
  );

  const { code, document, stderr } = await runJson<ShopStatus>(['bulk', ...CONNECTION], { env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '1 files of the bulk lane started.\n' });
  expect(document.connections[0]?.files.at(-1)).toMatchObject({
    lane: 'bulk',
    status: 'archived',
    rows: { read: 3 },
    balanced: true,
  });
  expect(document.connections[0]?.requests).toMatchObject({ subscribe: 0, unsubscribe: 0 });
  world.klaviyo.settle();
  const profiles = world.klaviyo.state().accounts[0]?.profiles ?? [];
  expect(
    profiles
      .map((one) => [one.email, one.location?.city ?? null, one.consent.email.consent, one.lists])
      .sort(),
  ).toEqual([
    ['person1@shop.example', null, 'NEVER_SUBSCRIBED', []],
    ['person2@shop.example', 'Bulktown', 'NEVER_SUBSCRIBED', []],
    ['person3@shop.example', 'Bulktown', 'NEVER_SUBSCRIBED', []],
  ]);
  expect(document.connections[0]?.records.customers).toMatchObject({ total: 3, synced: 2, skipped: 1 });
});

test('the test lane is previewed and never sent', async () => {
  await using world = await createWorld();
  world.put('/test/au/customers_20260105T200000Z.csv', customersCsv(people(3)));

  const { code, au } = await sync(world);

  expect(code).toBe(0);
  expect(filesOf(au)).toEqual(['test customers_20260105T200000Z.csv previewed']);
  expect(au.files[0]).toMatchObject({ rows: { read: 3, created: 3 }, balanced: true });
  expect(au.records.customers.total).toBe(0);
  expect(world.klaviyo.account().byId.size).toBe(0);
  expect((await sync(world)).au.files).toHaveLength(1);
});

test('with data sync off records wait as pending, and send sends them', async () => {
  await using world = await createWorld({ extra: 'automation: { dataSync: false }' });
  world.put('/pending/au/customers_20260105T200000Z.csv', customersCsv(people(2)));

  const { code, au } = await sync(world);
  expect(code).toBe(0);
  expect(au).toMatchObject({
    files: [{ status: 'archived' }],
    records: { customers: { pending: 2, synced: 0 } },
  });
  expect(world.klaviyo.account().byId.size).toBe(0);

  const sent = await runJson<ShopStatus>(['send', ...CONNECTION], { env: world.env });
  expect(sent).toMatchObject({
    code: 0,
    document: { connections: [{ records: { customers: { pending: 0, synced: 2 } } }] },
  });
  expect(world.klaviyo.account().byId.size).toBe(2);
});
