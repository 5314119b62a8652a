import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { runCli, runJson, runOk } from '#test/builders/cli.ts';
import { createWorld, SHOP, type World } from '#test/builders/world.ts';

/** A shop.yaml beside the world's other files. */
function shopFile(world: World, yaml: string, name = 'shop.yaml'): string {
  const file = path.join(path.dirname(world.sftpRoot), name);
  writeFileSync(file, yaml);
  return file;
}

const MAPPING = (lines: string) => `mappings:
  - scope: customer
    target: properties.Store
    description: Where the customer joined
    blank: keep
    rules:
${lines}
`;

test('apply creates a shop and prints every setting; again there is nothing to change; --dry-run changes nothing', async () => {
  await using world = await createWorld();
  const yaml = world.yaml.replace(SHOP, 'second.myshopify.com');
  const file = shopFile(world, yaml);
  const { env } = world;
  const shops = async () =>
    (await world.ctx.db.sql<{ domain: string }>('SELECT domain FROM shop ORDER BY 1')).map(
      ({ domain }) => domain,
    );

  const dry = await runOk(['apply', file, '--dry-run'], { env });
  expect(dry).toMatch(/^\+ timezone: .*Australia\/Sydney/m);
  expect(dry).toMatch(/second\.myshopify\.com: \d+ settings would change\./);
  expect(await shops()).toEqual([SHOP]);

  const applied = await runOk(['apply', file], { env });
  expect(applied).toMatch(/^\+ connections\[?.*Klaviyo AU/m);
  expect(applied).toMatch(/second\.myshopify\.com: \d+ settings changed\./);
  expect(await shops()).toEqual(['second.myshopify.com', SHOP]);

  expect(await runOk(['apply', file], { env })).toBe('second.myshopify.com: nothing to change.\n');

  const changed = shopFile(world, yaml.replace('Retail Customers', 'Everybody'));
  const { document } = await runJson<{ shop: string; dryRun: boolean; changes: object[] }>(
    ['apply', changed],
    { env },
  );
  expect(document).toMatchObject({
    shop: 'second.myshopify.com',
    dryRun: false,
    changes: [
      {
        before: expect.stringContaining('Retail Customers') as string,
        after: expect.stringContaining('Everybody') as string,
      },
    ],
  });
});

test('a changed key and password are told without showing them', async () => {
  await using world = await createWorld();
  const env = { ...world.env, SFTP_PASSWORD: 'another-sftp-secret', KLAVIYO_AU_KEY: 'pk_another_key' };

  const stdout = await runOk(['apply', shopFile(world, world.yaml)], { env });

  expect(stdout).toContain('2 settings changed');
  expect(stdout).toMatch(/^~ .*apiKey/m);
  expect(stdout).toMatch(/^~ sftp\.password/m);
  expect(stdout).not.toMatch(/secret-of-sftp|pk_local/);
});

test('export gives a file that applies back without a change and holds no secret', async () => {
  await using world = await createWorld({
    extra: 'translations:\n  stores: { whenMissing: keep, entries: { SYD01: Sydney } }',
  });
  const { env } = world;

  const exported = await runOk(['export', '--shop', SHOP], { env });

  expect(exported).toContain(`shop: ${SHOP}`);
  expect(exported).toMatch(/password: "?\$\{\w+\}/);
  const names = [...exported.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name ?? '');
  expect(names).toHaveLength(2);
  const given = Object.fromEntries(
    names.map((name) => [name, /SFTP/.test(name) ? env.SFTP_PASSWORD : env.KLAVIYO_AU_KEY]),
  );
  expect(await runOk(['apply', shopFile(world, exported)], { env: { ...env, ...given } })).toBe(
    `${SHOP}: nothing to change.\n`,
  );
});

test('bad configuration: one line each with path and remedy, exit 2, nothing changed', async () => {
  await using world = await createWorld();
  const { env, yaml } = world;
  const before = await runOk(['export'], { env });
  const second = `  - name: Klaviyo NZ
    apiKey: \${KLAVIYO_NZ_KEY}
    directory: /pending/au
`;
  const cases: [
    what: string,
    yaml: string,
    lines: RegExp[],
    environment?: Record<string, string | undefined>,
  ][] = [
    [
      'an unknown key',
      `${yaml}    colour: red\n`,
      [/^connections\[0\]\.colour: Unknown key "colour"\. .*(Remove|remove)/],
    ],
    [
      'a key that is nearly right',
      yaml.replace('timezone:', 'timezon:'),
      [/^timezon: .*Did you mean "timezone"\?/],
    ],
    [
      'an unset variable',
      yaml,
      [/^connections\[0\]\.apiKey: .*KLAVIYO_AU_KEY.*\. Set /],
      { KLAVIYO_AU_KEY: undefined },
    ],
    [
      'a bad template',
      yaml + MAPPING("      - template: '{{ STORE_CODE | shout }}'"),
      [/^mappings\[0\]\.rules\[0\]\.template: .*shout.*\. Correct the template\.$/],
    ],
    [
      'an unclosed template',
      yaml + MAPPING("      - template: '{{ STORE_CODE'"),
      [/^mappings\[0\]\.rules\[0\]\.template: .*\. Correct the template\.$/],
    ],
    [
      'an unknown column operator',
      yaml +
        MAPPING(
          "      - when: { all: [ { column: STORE_CODE, is: sounds-like, value: x } ] }\n        template: 'x'",
        ),
      [/^mappings\[0\]\.rules\[0\]\.when\.all\[0\].*sounds-like.*not-empty/],
    ],
    [
      'two connections on one directory',
      yaml + second,
      [/^connections\[1\]\.directory: "\/pending\/au" is already the directory of "Klaviyo AU"\. Give each/],
    ],
    [
      'several at once',
      `${yaml.replace('Australia/Sydney', 'Mars/Base')}    batchSize: many\n${second}mapings: []\n`,
      [
        /^timezone: .*Mars\/Base/,
        /^mapings: .*Did you mean "mappings"/,
        /^connections\[0\]\.batchSize: .*number/,
        /^connections\[1\]\.directory: /,
      ],
    ],
    ['no YAML', `shop: "${SHOP}\n  x: [`, [/^line \d+: The file is not valid YAML.*\. Check indentation/]],
    ['an empty file', '', [/^shop\.yaml|^.*: /]],
  ];

  for (const [what, text, lines, environment] of cases) {
    const file = shopFile(world, text);
    const { code, stdout, stderr } = await runCli(['apply', file], { env: { ...env, ...environment } });
    expect({ what, code, stdout }).toEqual({ what, code: 2, stdout: '' });
    const said = stderr.trimEnd().split('\n');
    for (const line of lines) {
      expect(
        said.filter((one) => line.test(one)),
        `${what}: ${line}\n${stderr}`,
      ).toHaveLength(1);
    }
    if (what !== 'an empty file' && what !== 'no YAML') {
      expect(said, what).toHaveLength(lines.length);
    }
    expect(stderr).not.toMatch(/^ +at /m);
  }

  expect(await runOk(['export'], { env })).toBe(before);
  const { code, document } = await runJson<{ problems: { path: string; message: string; remedy: string }[] }>(
    ['apply', shopFile(world, `${yaml}    colour: red\n`)],
    { env },
  );
  expect(code).toBe(2);
  expect(document.problems).toEqual([
    {
      path: 'connections[0].colour',
      message: expect.any(String) as string,
      remedy: expect.any(String) as string,
    },
  ]);
});

test('a file that cannot be read is wrong use, and says which', async () => {
  await using world = await createWorld();
  const keyFile = world.yaml.replace("password: '${SFTP_PASSWORD}'", 'privateKeyFile: /no/such/key');

  const missing = await runCli(['apply', '/no/such/shop.yaml'], { env: world.env });
  const folder = await runCli(['apply', world.sftpRoot], { env: world.env });
  const key = await runCli(['apply', shopFile(world, keyFile)], { env: world.env });

  expect(missing).toEqual({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('/no/such/shop.yaml cannot be read') as string,
  });
  expect(folder.code).toBe(2);
  expect(key).toEqual({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('/no/such/key cannot be read') as string,
  });
});

test('a database that does not answer is exit 3 and says what to look at', async () => {
  await using world = await createWorld();
  const env = { ...world.env, DATABASE_URL: 'postgresql://nobody:hidden-password@127.0.0.1:9/none' };

  const { code, stdout, stderr } = await runCli(['apply', shopFile(world, world.yaml)], { env });

  expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  expect(stderr).toContain('127.0.0.1:9');
  expect(stderr).not.toMatch(/^ +at /m);
});
