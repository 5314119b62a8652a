import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Check } from '#app/services/check-shop.server.ts';
import { closedPort, runCli, runJson, startCli } from '#test/builders/cli.ts';
import { SMTP_PASSWORD, startSmtp } from '#test/builders/smtp.ts';
import { createWorld } from '#test/builders/world.ts';

const lines = (stdout: string) => stdout.trimEnd().split('\n');

// The doctor asks the local Klaviyo of the command line: its probes are refused on purpose.
test('doctor checks everything in one line each, and names what is wrong with its remedy', async () => {
  await using world = await createWorld();
  world.put('/pending/au/customers_20260105T200000Z.csv', '');
  const accounts = path.join(path.dirname(world.sftpRoot), 'accounts.json');
  const keys = [
    { key: 'pk_local' },
    { key: 'pk_reader', scopes: ['profiles:read', 'lists:read', 'accounts:read'] },
  ];
  writeFileSync(accounts, JSON.stringify([{ id: 'AU1', name: 'Australia', keys }]));
  await using klaviyo = await startCli(
    ['klaviyo', '--port', '0', '--accounts', accounts],
    /http:\/\/127\.0\.0\.1:\d+/,
  );
  const env = { ...world.env, KLAVIYO_BASE_URL: klaviyo.match[0] };

  const good = await runCli(['doctor'], { env });
  expect(good).toMatchObject({ code: 0, stderr: '' });
  expect(lines(good.stdout)).toEqual([
    expect.stringMatching(/^ok {3}database: answers, PostgreSQL \d+\S*, \d+ MB, schema is up to date$/),
    "ok   clock: agrees with PostgreSQL's",
    'ok   queue: answers, in the database; 0 jobs wait, 0 run, 0 failed of late',
    'ok   encryption keys: open all 2 stored secrets',
    expect.stringMatching(/^ok {3}disk: \S+ GB of \S+ GB free at /),
    'look workers: none has worked here yet. Start one with: threadline work',
    expect.stringMatching(/^ok {3}SFTP: logged in; host key SHA256:/),
    'ok   SFTP /pending/au: 1 files: customers_20260105T200000Z.csv',
    'ok   Klaviyo Klaviyo AU: key works for account Australia AU1, all scopes granted',
  ]);

  await world.apply(world.yaml.replace("'${SFTP_PASSWORD}'", 'wrong-password'));
  const password = await runCli(['doctor'], { env });
  expect(password.code).toBe(1);
  expect(lines(password.stdout)[6]).toMatch(
    /^FAIL SFTP: .*refuses the user apparel21\. Check user name and password/,
  );
  expect(password.stdout).not.toContain('wrong-password');
  await world.apply(world.yaml);

  rmSync(path.join(world.sftpRoot, 'pending/au'), { recursive: true });
  const folder = await runCli(['doctor'], { env });
  expect(folder.code).toBe(1);
  expect(lines(folder.stdout)[7]).toMatch(
    /^FAIL SFTP \/pending\/au: .*no folder \/pending\/au\. Create it there/,
  );

  await world.apply(world.yaml.replace('${KLAVIYO_AU_KEY}', 'pk_revoked'));
  const key = await runJson<{ checks: Check[] }>(['doctor'], { env });
  expect(key.code).toBe(1);
  expect(key.document.checks.at(-1)).toMatchObject({
    subject: 'Klaviyo Klaviyo AU',
    isFine: false,
    message: expect.stringMatching(/refused\. Create a new one in Klaviyo/) as string,
  });

  await world.apply(world.yaml.replace('${KLAVIYO_AU_KEY}', 'pk_reader'));
  const scopes = await runCli(['doctor'], { env });
  expect(scopes.code).toBe(1);
  expect(lines(scopes.stdout).at(-1)).toMatch(
    /^FAIL Klaviyo Klaviyo AU: the key lacks the scopes .*profiles:write.*events:write.*subscriptions:write\. .*create a new one/,
  );
  expect(scopes.stdout).not.toContain('pk_reader');
  expect(await klaviyo.stop()).toBe(0);
});

test('doctor exits with 3 when the only trouble is a service that does not answer', async () => {
  await using world = await createWorld();
  const { env } = world;
  const port = await closedPort();

  const klaviyo = await runCli(['doctor'], { env: { ...env, KLAVIYO_BASE_URL: `http://127.0.0.1:${port}` } });
  expect(klaviyo.code).toBe(3);
  expect(lines(klaviyo.stdout).at(-1)).toMatch(
    /^FAIL Klaviyo Klaviyo AU: Klaviyo does not answer \(connection refused.*KLAVIYO_BASE_URL/,
  );

  const queue = await runCli(['doctor', '--shop', 'none.myshopify.com'], {
    env: { ...env, REDIS_URL: `redis://127.0.0.1:${port}` },
  });
  expect(queue.code).toBe(1);
  expect(lines(queue.stdout).filter((line) => line.startsWith('FAIL'))).toEqual([
    expect.stringMatching(/^FAIL queue: does not answer\. Check REDIS_URL/),
    expect.stringMatching(/^FAIL none\.myshopify\.com: there is no such shop\. Create it/),
  ]);

  const database = await runCli(['doctor'], {
    env: { ...env, DATABASE_URL: `postgresql://x:y-secret@127.0.0.1:${port}/none` },
  });
  expect(database.code).toBe(3);
  expect(lines(database.stdout)).toEqual([expect.stringMatching(/^FAIL database: .*127\.0\.0\.1/)]);
});

test('doctor logs in to the mail server when there is one', async () => {
  await using world = await createWorld();
  await using smtp = await startSmtp();
  const mailLine = async (url: string) => {
    const { document } = await runJson<{ checks: Check[] }>(['doctor'], {
      env: { ...world.env, SMTP_URL: url },
    });
    return document.checks.find(({ subject }) => subject === 'e-mail');
  };

  const good = await mailLine(smtp.url);
  const wrong = await mailLine(smtp.url.replace(SMTP_PASSWORD, 'not-the-password'));
  const gone = await mailLine(`smtp://127.0.0.1:${await closedPort()}`);

  expect(good).toMatchObject({ isFine: true, message: `127.0.0.1:${smtp.port} lets Threadline in` });
  expect(wrong).toMatchObject({ isFine: false, isUnreachable: false });
  expect(wrong?.message).toMatch(/refuses the log-in .*Check user and password in SMTP_URL/);
  expect(wrong?.message).not.toContain('not-the-password');
  expect(gone).toMatchObject({ isFine: false, isUnreachable: true });
});

test('doctor names the secrets that no key opens, whose they are, and what older keys still seal', async () => {
  await using world = await createWorld();
  const secret = (byte: number) => Buffer.alloc(32, byte).toString('base64');

  // The other key is known to the database, and what the first one sealed was not sealed anew.
  const both = `other:${secret(8)},test:${secret(7)}`;
  await runCli(['status'], { env: { ...world.env, THREADLINE_ENCRYPTION_KEYS: both } });

  const lost = await runCli(['doctor', '--shop', 'world.myshopify.com'], {
    env: { ...world.env, THREADLINE_ENCRYPTION_KEYS: `other:${secret(8)}` },
  });
  expect(lost.code).toBe(1);
  expect(lost.stdout).toMatch(
    /^FAIL encryption keys: 2 stored secrets cannot be opened \(world\.myshopify\.com: Klaviyo key of "Klaviyo AU"; world\.myshopify\.com: SFTP password\)\. Put the key/m,
  );

  const older = await runCli(['doctor'], {
    env: { ...world.env, THREADLINE_ENCRYPTION_KEYS: both },
  });
  expect(older.stdout).toMatch(
    /^look encryption keys: open all 2 .* 2 of them with an older key.*threadline rekey$/m,
  );
});

test('doctor says when the workers have stopped, and fails for it in production', async () => {
  await using world = await createWorld();
  await world.ctx.db.sql(
    `INSERT INTO job_mark (name, done_at) VALUES ('upkeep.sweep', now() - interval '3 hours')`,
  );

  const { document } = await runJson<{ checks: Check[] }>(['doctor'], {
    env: { ...world.env, NODE_ENV: 'production' },
  });

  expect(document.checks.find(({ subject }) => subject === 'workers')).toMatchObject({
    isFine: false,
    message: expect.stringMatching(/^the last sweep ended 3 hours ago: no worker runs/) as string,
  });
});
