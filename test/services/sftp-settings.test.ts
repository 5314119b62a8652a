import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openSftp } from '#app/adapters/sftp.server.ts';
import { readSftpForm } from '#app/domain/read-sftp-form.ts';
import type { SftpForm } from '#app/domain/sftp-form.ts';
import { settingsPage } from '#app/queries/settings-page.server.ts';
import { sftpPage } from '#app/queries/sftp-page.server.ts';
import { currentShop } from '#app/services/current-shop.server.ts';
import { installShop } from '#app/services/install-shop.server.ts';
import { saveSftp } from '#app/services/save-sftp.server.ts';
import { testSftp } from '#app/services/test-sftp.server.ts';
import { closedPort } from '#test/builders/cli.ts';
import { createWorld, SHOP, type World } from '#test/builders/world.ts';
import { createKeyPair } from '#workers/local/sftp/host-key.ts';
import { startLocalSftp, type LocalSftp } from '#workers/local/sftp/server.ts';

const NEW_SHOP = 'fresh.myshopify.com';

async function storedForm(world: World, domain = SHOP): Promise<SftpForm> {
  return (await sftpPage(world.ctx, await currentShop(world.ctx, domain))).form;
}

/** Another server of the merchant's, with folders and keys of its own. */
async function anotherServer(options: { port?: number; publicKey?: string } = {}): Promise<LocalSftp> {
  const folder = mkdtempSync(path.join(tmpdir(), 'threadline-other-sftp-'));
  mkdirSync(path.join(folder, 'pending/nz'), { recursive: true });
  const server = await startLocalSftp({ root: folder, username: 'nz', password: 'secret-of-nz', ...options });
  async function close(): Promise<void> {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
  return { ...server, close, [Symbol.asyncDispose]: close };
}

function typed(server: LocalSftp, form: SftpForm, changes: Partial<SftpForm> = {}): SftpForm {
  const address = { host: '127.0.0.1', port: String(server.port), username: 'nz' };
  return { ...form, ...address, password: 'secret-of-nz', hostKey: '', ...changes };
}

async function account(world: World, shopId = world.shopId) {
  const [row] = await world.ctx.db.sql<Record<string, unknown>>(
    'SELECT * FROM sftp_account WHERE shop_id = $1',
    [shopId],
  );
  return row;
}

const save = (world: World, form: SftpForm, shopId = world.shopId) =>
  saveSftp(world.ctx, shopId, { form, actor: 'Ann' });

test('a shop without an account connects a server: test, confirm the fingerprint, save', async () => {
  await using world = await createWorld();
  await using server = await anotherServer();
  const shopId = await installShop(world.ctx, { domain: NEW_SHOP });
  const form = typed(server, await storedForm(world, NEW_SHOP));

  const seen = await testSftp(world.ctx, shopId, form);
  const unconfirmed = await save(world, form, shopId);
  const before = await account(world, shopId);
  const saved = await save(world, { ...form, hostKey: server.hostKey }, shopId);

  expect(seen).toMatchObject({
    outcome: 'works',
    hostKey: server.hostKey,
    isConfirmed: false,
    connections: [],
    topFolders: ['/pending'],
  });
  expect(unconfirmed).toMatchObject({
    ok: false,
    problems: [{ field: 'hostKey', message: expect.stringContaining(server.hostKey) as string }],
  });
  expect(before).toBeUndefined();
  expect(saved).toEqual({ ok: true, message: 'SFTP account saved' });
  expect(await account(world, shopId)).toMatchObject({
    host: '127.0.0.1',
    port: server.port,
    username: 'nz',
    host_key: server.hostKey,
    host_key_pinned_at: expect.any(Date) as Date,
  });
});

test('a test lists the folders of every connection and says what to do about a missing one', async () => {
  await using world = await createWorld();
  rmSync(path.join(world.sftpRoot, 'pending/au'), { recursive: true });
  world.put('/test/au/customers_20260105T200000Z.csv', 'PERIDX\n');

  const seen = await testSftp(world.ctx, world.shopId, await storedForm(world));

  expect(seen).toMatchObject({
    outcome: 'works',
    isConfirmed: true,
    connections: [
      {
        name: 'Klaviyo AU',
        folders: [
          {
            path: '/pending/au',
            state: 'missing',
            note: expect.stringContaining('Create /pending/au') as string,
          },
          { path: '/test/au', state: 'found', note: '1 file' },
          { path: '/bulk/au', state: 'missing' },
          { path: '/processed/au', state: 'missing' },
        ],
      },
    ],
  });
});

test('a wrong password is told beside the password, without it', async () => {
  await using world = await createWorld();
  const form = { ...(await storedForm(world)), password: 'wrong-password' };

  const seen = await testSftp(world.ctx, world.shopId, form);
  const saved = await save(world, form);

  expect(seen).toMatchObject({ outcome: 'refused', problems: [{ field: 'password' }] });
  expect(saved).toMatchObject({ ok: false, problems: [{ field: 'password' }] });
  expect(JSON.stringify([seen, saved])).not.toContain('wrong-password');
});

test('a private key that cannot be read is told beside it, a good one logs in', async () => {
  await using world = await createWorld();
  const keys = createKeyPair();
  await using server = await anotherServer({ publicKey: keys.public });
  const byKey = { login: 'key' as const, password: null, hostKey: server.hostKey };
  const form = typed(server, await storedForm(world), byKey);

  const unreadable = await testSftp(world.ctx, world.shopId, { ...form, privateKey: 'no key' });
  const saved = await save(world, { ...form, privateKey: keys.private, passphrase: '' });

  expect(unreadable).toMatchObject({ outcome: 'refused', problems: [{ field: 'privateKey' }] });
  expect(saved).toMatchObject({ ok: true });
  expect(await account(world)).toMatchObject({ sealed_password: null, sealed_passphrase: null });
  expect(await testSftp(world.ctx, world.shopId, await storedForm(world))).toMatchObject({
    outcome: 'works',
  });
});

test('a server that shows another fingerprint gets nothing until a person trusts it', async () => {
  await using world = await createWorld();
  const keys = { hostKey: 'SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' };
  const real = (await account(world))?.['host_key'];
  await world.ctx.db.sql('UPDATE sftp_account SET host_key = $1', [keys.hostKey]);
  await world.sync();
  const form = await storedForm(world);

  const page = await sftpPage(world.ctx, await currentShop(world.ctx, SHOP));
  const seen = await testSftp(world.ctx, world.shopId, form);
  const refused = await save(world, { ...form, hostKey: '' });
  const trusted = await save(world, { ...form, hostKey: String(real) });

  expect(page.isHostKeyChanged).toBe(true);
  expect(seen).toEqual({ outcome: 'host-key-changed', shown: real, confirmed: keys.hostKey });
  expect(refused).toMatchObject({ ok: false, problems: [{ field: 'hostKey' }] });
  expect(trusted).toMatchObject({ ok: true });
  expect((await sftpPage(world.ctx, await currentShop(world.ctx, SHOP))).isHostKeyChanged).toBe(false);
});

test('a stored password goes to no other server', async () => {
  await using world = await createWorld();
  await using server = await anotherServer();
  const form = typed(server, await storedForm(world), { password: null });

  const seen = await testSftp(world.ctx, world.shopId, form);
  const saved = await save(world, { ...form, acceptsUntested: true });

  expect(seen).toMatchObject({ outcome: 'refused', problems: [{ field: 'password' }] });
  expect(saved).toMatchObject({ ok: false, problems: [{ field: 'password' }] });
});

test('another server is another fingerprint', async () => {
  await using world = await createWorld();
  await using server = await anotherServer();
  const form = typed(server, await storedForm(world));

  const unconfirmed = await save(world, form);
  const saved = await save(world, { ...form, hostKey: server.hostKey });

  expect(unconfirmed).toMatchObject({ ok: false, problems: [{ field: 'hostKey' }] });
  expect(saved).toMatchObject({ ok: true });
  expect(await account(world)).toMatchObject({ host_key: server.hostKey });
});

test('a server that does not answer may be stored untested, and is pinned at first contact', async () => {
  await using world = await createWorld();
  const port = await closedPort();
  const form = { ...(await storedForm(world)), port: String(port), password: 'secret', hostKey: '' };

  const asked = await save(world, form);
  const saved = await save(world, { ...form, acceptsUntested: true });

  expect(asked).toMatchObject({ ok: false, problems: [{ field: 'acceptsUntested' }] });
  expect(saved).toMatchObject({ ok: true });
  expect(await account(world)).toMatchObject({ port, host_key: null, host_key_pinned_at: null });
});

test.each([
  ['', '22', 'host'],
  ['sftp://sftp.example.com', '22', 'host'],
  ['sftp.example.com/pending', '22', 'host'],
  ['two words', '22', 'host'],
  ['169.254.169.254', '22', 'host'],
  ['metadata.google.internal', '22', 'host'],
  ['[fe80::1]', '22', 'host'],
  ['sftp.example.com', 'ssh', 'port'],
  ['sftp.example.com', '70000', 'port'],
])('the address %s port %s is refused at its field before anybody connects', (host, port, field) => {
  const form: SftpForm = {
    ...{ host, port, username: 'nz', login: 'password', password: 'secret', privateKey: '', passphrase: '' },
    ...{ hostKey: '', acceptsUntested: true },
  };

  const read = readSftpForm(form, null);

  expect(read.ok ? [] : read.problems.map((problem) => problem.field)).toEqual([field]);
});

test('an account of another shop is neither shown, used nor changed', async () => {
  await using world = await createWorld();
  const other = await installShop(world.ctx, { domain: NEW_SHOP });
  const own = await storedForm(world);
  const before = await account(world);

  const page = await sftpPage(world.ctx, await currentShop(world.ctx, NEW_SHOP));
  const seen = await testSftp(world.ctx, other, own);
  const saved = await save(world, own, other);

  expect(page).toMatchObject({ stored: null, connections: [], form: { host: '' } });
  expect(seen).toMatchObject({ outcome: 'refused', problems: [{ field: 'password' }] });
  expect(saved).toMatchObject({ ok: false });
  expect(await account(world)).toEqual(before);
});

test('no page, no answer and no audit line holds a password, sealed or open', async () => {
  await using world = await createWorld();
  const form = await storedForm(world);
  await save(world, { ...form, username: 'apparel21', password: 'secret-of-sftp' });
  const told = JSON.stringify([
    await sftpPage(world.ctx, await currentShop(world.ctx, SHOP)),
    await settingsPage(world.ctx, await currentShop(world.ctx, SHOP)),
    await testSftp(world.ctx, world.shopId, form),
    await world.ctx.db.sql('SELECT * FROM audit_log'),
  ]);

  expect(told).not.toMatch(/secret-of-sftp|v1\.test/);
});

test('a hosted app logs in to no server of a private network: the reason stands beside the address', async () => {
  await using world = await createWorld();
  await using server = await anotherServer();
  world.ctx.sftp.open = (settings) => openSftp(settings, {}, { privateHosts: [] });
  const form = typed(server, await storedForm(world));

  const seen = await testSftp(world.ctx, world.shopId, form);
  const saved = await save(world, form);

  const problems = [
    { field: 'host', message: expect.stringContaining('inside a private network') as string },
  ];
  expect(seen).toEqual({ outcome: 'refused', problems });
  expect(saved).toEqual({ ok: false, problems });
});

test('an address that was stored untested is not connected to by a sync either, and an alert says why', async () => {
  await using world = await createWorld();
  world.ctx.sftp.open = (settings) => openSftp(settings, {}, { privateHosts: [] });

  const { status } = await world.sync();

  expect(status.alerts).toMatchObject([{ code: 'sftp_private_host' }]);
});
