import { expect, test } from 'vitest';
import { importConfiguration } from '#app/services/import-configuration.server.ts';
import { issueDownload } from '#app/services/downloads/issue-download.server.ts';
import { openDownload } from '#app/services/downloads/open-download.server.ts';
import { installShop } from '#app/services/install-shop.server.ts';
import { createWorld, SHOP, type World } from '#test/builders/world.ts';

const SECRETS = ['secret-of-sftp', 'pk_local', 'pk_nz'];
const OTHER = 'other.myshopify.com';

async function exported(world: World, shopId = world.shopId): Promise<string> {
  const address = await issueDownload(world.ctx, shopId, { kind: 'shop-file', input: {} });
  const file = await openDownload(world.ctx, address.replace('/downloads/', ''));
  const parts: string[] = [];
  for await (const part of file?.body ?? []) {
    parts.push(String(part));
  }
  expect(file?.filename).toBe('shop.yaml');
  return parts.join('');
}

function check(world: World, text: string, shopId = world.shopId) {
  return importConfiguration(world.ctx, shopId, { text, apply: null });
}

async function apply(world: World, text: string) {
  const checked = await check(world, text);
  const fingerprint = checked.ok ? checked.report.fingerprint : '';
  return importConfiguration(world.ctx, world.shopId, { text, apply: { fingerprint, actor: 'Ann' } });
}

/** Where the answer says that something is to be corrected, and what. */
async function problemsOf(world: World, text: string): Promise<string[]> {
  const answer = await check(world, text);
  const told = answer.ok ? [] : (answer.placed ?? []);
  return told.map(({ path, line, message }) => `${line ?? '-'} ${path}: ${message}`);
}

async function keys(world: World): Promise<Record<string, string>> {
  const rows = await world.ctx.db.sql<{ name: string; key_last4: string }>(
    'SELECT name, key_last4 FROM connection WHERE removed_at IS NULL ORDER BY name',
  );
  return Object.fromEntries(rows.map((row) => [row.name, row.key_last4]));
}

test('an export holds no secret and changes nothing when it is imported', async () => {
  await using world = await createWorld();

  const file = await exported(world);
  const answer = await check(world, file);

  expect(SECRETS.filter((secret) => file.includes(secret))).toEqual([]);
  expect(file).toContain('${SFTP_PASSWORD}');
  expect(answer).toMatchObject({ ok: true, report: { changeCount: 0, removed: [] } });
});

test('a shop without a preset table does not get it back by its own export', async () => {
  await using world = await createWorld();
  await world.ctx.db.sql(`DELETE FROM mapping; `);
  await world.ctx.db.sql(`DELETE FROM translation_table WHERE name = 'stores'`);

  expect(await check(world, await exported(world))).toMatchObject({ ok: true, report: { changeCount: 0 } });
});

test('a check names each change and changes nothing; applying does it under the person’s name', async () => {
  await using world = await createWorld();
  const file = (await exported(world)).replace('pollSeconds: 30', 'pollSeconds: 45');

  const checked = await check(world, file);
  const [before] = await world.ctx.db.sql('SELECT poll_seconds FROM shop_settings');
  const applied = await apply(world, file);

  expect(checked).toMatchObject({
    ok: true,
    report: {
      changeCount: 1,
      changes: [{ path: 'automation.pollSeconds', before: '30', after: '45' }],
    },
  });
  expect(before).toEqual({ poll_seconds: 30 });
  expect(applied).toMatchObject({ ok: true, message: 'Configuration imported' });
  // With all its secrets: a lost one would be a change.
  expect(await check(world, file)).toMatchObject({ ok: true, report: { changeCount: 0 } });
  expect(await world.ctx.db.sql('SELECT poll_seconds FROM shop_settings')).toEqual([{ poll_seconds: 45 }]);
  expect(
    await world.ctx.db.sql(`SELECT subject FROM audit_log WHERE action = 'apply' AND actor = 'Ann'`),
  ).toEqual([{ subject: 'shop.yaml' }]);
  expect(await keys(world)).toEqual({ 'Klaviyo AU': 'ocal' });
});

test('only what was shown is applied: settings that changed meanwhile are looked at first', async () => {
  await using world = await createWorld();
  const file = (await exported(world)).replace('pollSeconds: 30', 'pollSeconds: 45');
  const checked = await check(world, file);
  await world.ctx.db.sql('UPDATE shop_settings SET retention_days = 99');

  const answer = await importConfiguration(world.ctx, world.shopId, {
    text: file,
    apply: { fingerprint: checked.ok ? checked.report.fingerprint : '', actor: 'Ann' },
  });

  expect(answer).toMatchObject({
    ok: false,
    problems: [{ message: expect.stringMatching(/Check it again/) as string }],
  });
  expect(await world.ctx.db.sql('SELECT poll_seconds FROM shop_settings')).toEqual([{ poll_seconds: 30 }]);
});

test('a placeholder never reads the environment of the server', async () => {
  await using world = await createWorld();
  const file = await exported(world);
  process.env['THREADLINE_TEST_SECRET'] = 'secret-of-the-server';

  const found = [
    ...(await problemsOf(world, file.replace('${KLAVIYO_AU_KEY}', '${THREADLINE_TEST_SECRET}'))),
    ...(await problemsOf(world, file.replace('${KLAVIYO_AU_KEY}', '${constructor}'))),
  ];

  delete process.env['THREADLINE_TEST_SECRET'];
  expect(found).toEqual(
    ['THREADLINE_TEST_SECRET', 'constructor'].map(
      (name) =>
        expect.stringMatching(
          new RegExp(
            `^\\d+ connections\\[0\\]\\.apiKey: Enter the key in place of \\$\\{${name}\\}; the app knows only the secrets that it has stored\\.$`,
          ),
        ) as string,
    ),
  );
});

test.each([
  ['list: Retail Customers', 'list: ${SFTP_PASSWORD}', 'connections[0].list', 'no secret belongs here'],
  ['timezone: Australia/Sydney', 'timezone: ${KLAVIYO_AU_KEY}', 'timezone', 'no secret belongs here'],
  ['${KLAVIYO_AU_KEY}', '${SFTP_PASSWORD}', 'connections[0].apiKey', 'Enter the key in place of'],
  ['${SFTP_PASSWORD}', '${KLAVIYO_AU_KEY}', 'sftp.password', 'Enter the password in place of'],
  ['apiKey: ${KLAVIYO_AU_KEY}', 'apiKey: x${KLAVIYO_AU_KEY}', 'connections[0].apiKey', 'must stand alone'],
])('a stored secret goes only where it belongs: %s as %s', async (from, to, path, message) => {
  await using world = await createWorld();
  const file = (await exported(world)).replace(from, to);

  const answer = await check(world, file);

  expect(answer).toMatchObject({
    ok: false,
    placed: [{ path, message: expect.stringContaining(message) as string }],
  });
  expect(SECRETS.filter((secret) => JSON.stringify(answer).includes(secret))).toEqual([]);
});

test('a stored password goes to no other server', async () => {
  await using world = await createWorld();
  const file = (await exported(world)).replace('host: 127.0.0.1', 'host: sftp.attacker.example');

  const kept = await problemsOf(world, file);
  const typed = await check(world, file.replace('${SFTP_PASSWORD}', 'a-new-password'));

  expect(kept).toEqual([
    expect.stringMatching(/^\d+ sftp\.password: The stored password belongs to 127\.0\.0\.1/) as string,
  ]);
  expect(typed).toMatchObject({ ok: true });
  expect(JSON.stringify(typed)).not.toContain('a-new-password');
});

test('a key that stands in the file itself is used, and shown nowhere', async () => {
  await using world = await createWorld();
  const file = `${(await exported(world)).replace('${KLAVIYO_AU_KEY}', 'pk_nz')}`;

  const checked = await check(world, file);
  const applied = await apply(world, file);

  expect(checked).toMatchObject({
    report: { changes: [{ path: 'connections[Klaviyo AU].apiKey', before: '(secret)', after: '(secret)' }] },
  });
  expect(SECRETS.filter((secret) => JSON.stringify([checked, applied]).includes(secret))).toEqual([]);
  expect(await keys(world)).toEqual({ 'Klaviyo AU': 'k_nz' });
  expect(JSON.stringify(await world.ctx.db.sql('SELECT changes FROM audit_log'))).not.toContain('pk_nz');
});

test('a file of the server, another shop and a machine’s own address are refused at their lines', async () => {
  await using world = await createWorld();
  const file = await exported(world);

  const found = [
    ...(await problemsOf(
      world,
      file.replace('password: ${SFTP_PASSWORD}', 'privateKeyFile: /etc/ssl/private/key.pem'),
    )),
    ...(await problemsOf(world, file.replace(`shop: ${SHOP}`, `shop: ${OTHER}`))),
    ...(await problemsOf(
      world,
      file.replace('host: 127.0.0.1', 'host: 169.254.169.254').replace('${SFTP_PASSWORD}', 'typed'),
    )),
  ];

  expect(found.map((one) => one.slice(0, one.indexOf(':')))).toEqual([
    expect.stringMatching(/^\d+ sftp\.privateKeyFile$/) as string,
    '2 shop',
    expect.stringMatching(/^\d+ sftp\.host$/) as string,
  ]);
});

test.each([
  ['no YAML', 'shop: [', /^1 : The file is not valid YAML/],
  ['nothing', '', /: It must be a block of keys/],
  ['an alias that holds itself', 'shop: &a [ *a ]', /holds itself/],
  ['a character that is none', 'shop: "\\0"', /1 shop: It holds a character that is none/],
  [
    'an unknown setting',
    'shop: a.b\ncolour: red\nsftp: { host: a, username: b, password: c }',
    /^2 colour: /,
  ],
])('%s is a problem in words', async (_, text, told) => {
  await using world = await createWorld();

  const found = await problemsOf(world, text);

  expect(found).toContainEqual(expect.stringMatching(told));
});

test('a connection that the file leaves out is named before it is removed; a renamed one is not', async () => {
  await using world = await createWorld();
  const two = world.yaml.replace(
    'connections:',
    "connections:\n  - { name: Klaviyo NZ, apiKey: '${KLAVIYO_NZ_KEY}', directory: /pending/nz }",
  );
  await world.apply(two);
  const file = await exported(world);
  const without = `${file.slice(0, file.indexOf('  - name: Klaviyo NZ'))}${file.slice(file.indexOf('  - name: Klaviyo AU'))}`;

  const renamed = await check(world, file.replace('name: Klaviyo NZ', 'name: New Zealand'));
  const removed = await check(world, without);

  expect(renamed).toMatchObject({ ok: true, report: { removed: [] } });
  expect(removed).toMatchObject({ ok: true, report: { removed: ['Klaviyo NZ'] } });
});

test('a shop keeps no secret of another shop and changes nothing of it', async () => {
  await using world = await createWorld();
  const other = await installShop(world.ctx, { domain: OTHER });
  const file = await exported(world);

  const asTheirs = await check(world, file, other);
  const asOwn = await check(world, file.replace(`shop: ${SHOP}`, `shop: ${OTHER}`), other);
  const own = await exported(world, other);

  expect(asTheirs).toMatchObject({ ok: false });
  expect(asOwn).toMatchObject({
    ok: false,
    placed: [{ path: 'sftp.password' }, { path: 'connections[0].apiKey' }],
  });
  expect(SECRETS.filter((secret) => JSON.stringify([asTheirs, asOwn, own]).includes(secret))).toEqual([]);
  expect(own).toContain(`shop: ${OTHER}`);
});
