import { rmSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { ShopStatus } from '#app/queries/shop-status.server.ts';
import { closedPort, runCli, runJson } from '#test/builders/cli.ts';
import { customersCsv, ordersCsv, people } from '#test/builders/exports.ts';
import { createWorld, SHOP, type World } from '#test/builders/world.ts';

const CUSTOMERS = '/pending/au/customers_20260105T200000Z.csv';
const ORDERS = '/pending/au/orders_20260105T203000Z.csv';

const sync = (world: World, args: string[] = [], env: Record<string, string> = {}) =>
  runJson<ShopStatus>(['sync', '--shop', SHOP, ...args], { env: { ...world.env, ...env } });

test('sync --json prints one document with the keys of the contract; logs stay on stderr', async () => {
  await using world = await createWorld();
  world.put(CUSTOMERS, customersCsv(people(3)));
  world.put(
    ORDERS,
    ordersCsv([
      { ORDER_ID: '1', PERIDX: '1', LINE_ID: 'a' },
      { ORDER_ID: '1', PERIDX: '1', LINE_ID: 'b' },
    ]),
  );

  const { code, document, stderr } = await sync(world, [], { LOG_LEVEL: 'debug' });

  expect(code).toBe(0);
  expect(document).toMatchObject({
    shop: SHOP,
    connections: [
      {
        name: 'Klaviyo AU',
        files: [
          {
            id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
            name: 'customers_20260105T200000Z.csv',
            lane: 'pending',
            kind: 'customers',
            status: 'archived',
            rows: { read: 3, created: 3, changed: 0, unchanged: 0, folded: 0, rejected: 0 },
            balanced: true,
            problem: null,
          },
          { kind: 'orders', rows: { read: 2, created: 2 }, balanced: true },
        ],
        records: {
          customers: {
            total: 3,
            synced: 3,
            pending: 0,
            sending: 0,
            waiting: 0,
            failed: 0,
            skipped: 0,
            held: 0,
          },
          orders: { total: 1, synced: 1, waiting: 0 },
          rewards: { total: 0 },
        },
        requests: { profileImport: 1, events: 1, subscribe: 1, unsubscribe: 0 },
        problems: [],
      },
    ],
  });
  expect(document.connections[0]?.requests.reads).toBeGreaterThan(0);
  // Every line of the log is one JSON object, and none of them reached stdout.
  const lines = stderr.trim().split('\n');
  expect(lines.length).toBeGreaterThan(3);
  expect(lines.every((line) => 'msg' in (JSON.parse(line) as object))).toBe(true);

  const again = await sync(world);
  expect(again).toMatchObject({ code: 0, stderr: '' });
  expect(again.document.connections[0]?.requests).toMatchObject({
    profileImport: 0,
    events: 0,
    subscribe: 0,
    unsubscribe: 0,
  });
});

test('without --json a person reads the balance sheet', async () => {
  await using world = await createWorld();
  world.put(CUSTOMERS, customersCsv(people(2)));

  const { code, stdout } = await runCli(['sync'], { env: world.env });

  expect(code).toBe(0);
  expect(stdout).toMatch(/read = +created \+ +changed \+ +unchanged \+ +folded \+ +rejected/);
  expect(stdout).toMatch(/customers_20260105T200000Z\.csv +pending +archived +2 +2 +0 +0 +0 +0 +closes/);
  expect(stdout).toMatch(/Sent: 2 profiles, 2 subscribed, 0 unsubscribed, 0 events/);
});

test('a held file and failed records are exit 1, each with its place and reason; retry sends the failed ones again', async () => {
  await using world = await createWorld();
  world.put(CUSTOMERS, customersCsv(people(2)).replace('EMAIL', 'E_MAIL'));
  const held = await sync(world);
  expect(held.code).toBe(1);
  expect(held.document.connections[0]?.files).toMatchObject([
    { status: 'held', problem: { code: 'missing_column' } },
  ]);
  expect(held.document.connections[0]?.problems).toEqual([
    {
      file: 'customers_20260105T200000Z.csv',
      line: 1,
      column: 'EMAIL',
      code: 'missing_column',
      message: expect.stringContaining('E_MAIL') as string,
    },
  ]);
  rmSync(path.join(world.sftpRoot, CUSTOMERS));

  // Klaviyo gives up every import job that it accepted.
  world.klaviyo.setFaults([{ match: { path: '/api/profile-bulk-import-jobs' }, kind: 'cancel-job' }]);
  world.put('/pending/au/customers_20260106T200000Z.csv', customersCsv(people(2)));
  const failed = await sync(world, [], { THREADLINE_MAX_ATTEMPTS: '2' });
  expect(failed.code).toBe(1);
  expect(failed.document.connections[0]?.records.customers).toMatchObject({ total: 2, failed: 2 });
  expect(failed.document.connections[0]?.problems).toMatchObject([
    {
      file: 'customers_20260106T200000Z.csv',
      line: 2,
      message: expect.stringMatching(/^customer 1: .{20}/) as string,
    },
    { file: 'customers_20260106T200000Z.csv', line: 3 },
  ]);

  world.klaviyo.setFaults([]);
  const retried = await runJson<ShopStatus>(
    ['retry', '--run', failed.document.connections[0]?.files.at(-1)?.run ?? ''],
    {
      env: world.env,
    },
  );
  expect(retried).toMatchObject({
    code: 0,
    stderr: '2 failed records go again.\n',
    document: { connections: [{ records: { customers: { synced: 2, failed: 0 } }, problems: [] }] },
  });
  const nonsense = await runCli(['retry', '--run', 'yesterday'], { env: world.env });
  expect(nonsense).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('no run with the id yesterday') as string,
  });
});

/** Two accounts on two directories. */
async function twoAccounts(): Promise<World> {
  return createWorld({
    yaml: ({ sftpPort, hostKey }) => `shop: ${SHOP}
timezone: Australia/Sydney
phoneCountry: AU
currency: AUD
sftp: { host: 127.0.0.1, port: ${sftpPort}, username: apparel21, password: '\${SFTP_PASSWORD}', hostKey: '${hostKey}' }
connections:
  - { name: Klaviyo AU, apiKey: '\${KLAVIYO_AU_KEY}', directory: /pending/au, list: Retail }
  - { name: Klaviyo NZ, apiKey: '\${KLAVIYO_NZ_KEY}', directory: /pending/nz, list: Retail NZ }
`,
    klaviyo: {
      accounts: [
        { id: 'AU1', name: 'Australia', keys: [{ key: 'pk_local' }] },
        { id: 'NZ1', name: 'New Zealand', keys: [{ key: 'pk_of_somebody_else' }] },
      ],
    },
  });
}

test('one refused key: exit 1 with the connection and the remedy, and the other connection completes', async () => {
  await using world = await twoAccounts();
  world.put(CUSTOMERS, customersCsv(people(2)));
  world.put(CUSTOMERS.replace('/au/', '/nz/'), customersCsv(people(3, 100)));

  const { code, document } = await sync(world);

  expect(code).toBe(1);
  const [au, nz] = document.connections;
  expect(au).toMatchObject({ records: { customers: { total: 2, synced: 2 } }, problems: [] });
  expect(nz).toMatchObject({ records: { customers: { total: 3, synced: 0, pending: 3 } } });
  expect(nz?.problems).toMatchObject([{ file: null, code: 'klaviyo_key_refused' }]);
  expect(nz?.problems[0]?.message).toMatch(/"Klaviyo NZ".*Create a new key/);
  expect(world.klaviyo.account('AU1').byId.size).toBe(2);
  expect(world.klaviyo.account('NZ1').byId.size).toBe(0);

  const only = await sync(world, ['--connection', 'Klaviyo AU']);
  expect(only).toMatchObject({ code: 0, document: { connections: [{ name: 'Klaviyo AU' }] } });
});

test('a missing folder is for a person: exit 1, and the message names the folder', async () => {
  await using world = await createWorld();
  rmSync(path.join(world.sftpRoot, 'pending/au'), { recursive: true });

  const { code, document } = await sync(world);

  expect(code).toBe(1);
  expect(document.connections[0]?.problems).toMatchObject([
    { code: 'sftp_folder_missing', message: expect.stringMatching(/\/pending\/au.*Create it/) as string },
  ]);
});

test('SFTP that does not answer is exit 3: nothing is lost, and the next sync goes on', async () => {
  await using world = await createWorld();
  world.put(CUSTOMERS, customersCsv(people(2)));
  await world.apply(world.yaml.replace(/port: \d+/, `port: ${await closedPort()}`));

  const { code, document } = await sync(world);

  expect(code).toBe(3);
  expect(document.connections[0]?.problems).toMatchObject([{ file: null, code: 'sftp_unreachable' }]);
  await world.apply(world.yaml);
  expect(await sync(world)).toMatchObject({
    code: 0,
    document: { alerts: [], connections: [{ records: { customers: { synced: 2 } } }] },
  });
});

test('Klaviyo that does not answer is exit 3: the records wait, and the next sync sends them', async () => {
  await using world = await createWorld();
  world.put(CUSTOMERS, customersCsv(people(2)));

  const down = { KLAVIYO_BASE_URL: `http://127.0.0.1:${await closedPort()}`, THREADLINE_MAX_ATTEMPTS: '2' };
  const { code, document } = await sync(world, [], down);

  expect(code).toBe(3);
  expect(document.connections[0]).toMatchObject({
    files: [{ status: 'archived', balanced: true }],
    records: { customers: { total: 2, pending: 2, sending: 0 } },
    problems: [
      { file: null, code: 'klaviyo_unreachable', message: expect.stringContaining('Klaviyo AU') as string },
    ],
  });
  expect(await sync(world)).toMatchObject({
    code: 0,
    document: { connections: [{ records: { customers: { synced: 2 } }, problems: [] }] },
  });
});

test('an unknown shop and an unknown connection are exit 2, with what there is instead', async () => {
  await using world = await createWorld();
  const { env } = world;

  for (const command of [['sync'], ['send'], ['retry'], ['status'], ['bulk', '--connection', 'Klaviyo AU']]) {
    const { code, stdout, stderr } = await runCli([...command, '--shop', 'none.myshopify.com'], { env });
    expect({ command, code, stdout }).toEqual({ command, code: 2, stdout: '' });
    expect(stderr).toMatch(/There is no shop none\.myshopify\.com\. Create it with: threadline apply/);
  }
  for (const command of [['sync'], ['send'], ['retry'], ['status'], ['bulk'], ['record', 'customers', '1']]) {
    const { code, stdout, stderr } = await runCli([...command, '--connection', 'Klaviyo UK'], { env });
    expect({ command, code, stdout }).toEqual({ command, code: 2, stdout: '' });
    expect(stderr).toMatch(/There is no connection named "Klaviyo UK"\. This shop has: Klaviyo AU\./);
  }
});
