import { expect, test } from 'vitest';
import { customersCsv, people } from '#test/builders/exports.ts';
import { createWorld, type World } from '#test/builders/world.ts';

const AU = (directory: string) =>
  `  - { name: Klaviyo AU, apiKey: '\${KLAVIYO_AU_KEY}', directory: ${directory} }\n`;
const NZ = (directory: string) =>
  `  - { name: Klaviyo NZ, apiKey: '\${KLAVIYO_NZ_KEY}', directory: ${directory} }\n`;

/** The world's shop.yaml with other connections. */
function withConnections(yaml: string, connections: string): string {
  return `${yaml.slice(0, yaml.indexOf('connections:'))}connections:\n${connections}`;
}

async function places(world: World): Promise<string[][]> {
  return (await world.status()).connections.map(({ name, directory }) => [name, directory]);
}

test('a connection takes over the directory of one that is removed with the same file', async () => {
  await using world = await createWorld();
  await world.apply(withConnections(world.yaml, AU('/pending/au') + NZ('/pending/nz')));

  await world.apply(withConnections(world.yaml, AU('/pending/nz')));

  expect(await places(world)).toEqual([['Klaviyo AU', '/pending/nz']]);
});

test('a name and a directory that two removed connections had may come back together', async () => {
  await using world = await createWorld();
  await world.apply(withConnections(world.yaml, AU('/pending/au') + NZ('/pending/nz')));
  await world.apply(
    withConnections(
      world.yaml,
      "  - { name: Third, apiKey: '${KLAVIYO_AU_KEY}', directory: /pending/third }\n",
    ),
  );

  await world.apply(withConnections(world.yaml, AU('/pending/nz')));

  expect(await places(world)).toEqual([['Klaviyo AU', '/pending/nz']]);
});

test('the alert of a connection goes with the connection', async () => {
  await using world = await createWorld();
  await world.apply(withConnections(world.yaml, AU('/pending/au') + NZ('/pending/nz')));
  world.put('/pending/nz/customers_20260105T200000Z.csv', customersCsv(people(1)));
  const refused = await world.sync();

  await world.apply(withConnections(world.yaml, AU('/pending/au')));

  expect(refused.status.alerts).toMatchObject([{ code: 'klaviyo_key_refused' }]);
  expect((await world.status()).alerts).toEqual([]);
});

test('another account in the directory of a removed connection gets everything', async () => {
  await using world = await createWorld({
    klaviyo: {
      accounts: [
        { id: 'AU1', name: 'AU', keys: [{ key: 'pk_local', scopes: ['*'] }] },
        { id: 'NZ1', name: 'NZ', keys: [{ key: 'pk_nz', scopes: ['*'] }] },
      ],
    },
  });
  world.put('/pending/au/customers_20260105T200000Z.csv', customersCsv(people(2)));
  await world.sync();
  await world.apply(withConnections(world.yaml, NZ('/pending/au')));
  world.put('/pending/au/customers_20260106T200000Z.csv', customersCsv(people(2)));

  await world.sync();

  expect(world.klaviyo.state().accounts.map((account) => account.profiles.length)).toEqual([2, 2]);
});

test('a renamed connection keeps its records', async () => {
  await using world = await createWorld();
  world.put('/pending/au/customers_20260105T200000Z.csv', customersCsv(people(2)));
  await world.sync();

  await world.apply(world.yaml.replace('name: Klaviyo AU', 'name: Australia'));

  expect((await world.status()).connections).toMatchObject([
    { name: 'Australia', records: { customers: { synced: 2 } } },
  ]);
});

test('a pinned host key belongs to its server: another server is pinned anew', async () => {
  await using world = await createWorld();
  const withoutKey = world.yaml.replace(/, hostKey: '[^']*'/, '');
  await world.apply(withoutKey);
  const pinned = await world.ctx.db.sql('SELECT host_key FROM sftp_account');

  await world.apply(withoutKey.replace('host: 127.0.0.1', 'host: localhost'));

  expect(pinned).toEqual([{ host_key: expect.stringMatching(/^SHA256:/) as string }]);
  expect(await world.ctx.db.sql('SELECT host_key FROM sftp_account')).toEqual([{ host_key: null }]);
});
