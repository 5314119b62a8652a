import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openSftp } from '#app/adapters/sftp.server.ts';
import { runCli, startCli } from '#test/builders/cli.ts';
import { customersCsv, people } from '#test/builders/exports.ts';
import { createWorld } from '#test/builders/world.ts';
import { ensureWebBuild } from '#workers/web/build.ts';

const URL_OF = /http:\/\/(127\.0\.0\.1|localhost):\d+/;

test('klaviyo starts on a free port, shows what it holds, forgets it when asked, and stops on SIGTERM', async () => {
  await using klaviyo = await startCli(['klaviyo', '--port', '0', '--limits', 'off'], URL_OF);
  const [url] = klaviyo.match;
  const headers = {
    authorization: 'Klaviyo-API-Key pk_local',
    revision: '2026-07-15',
    'content-type': 'application/vnd.api+json',
  };
  const body = JSON.stringify({ data: { type: 'profile', attributes: { email: 'anna@shop.example' } } });
  expect((await fetch(`${url}/api/profiles`, { method: 'POST', headers, body })).status).toBe(201);
  const state = async () =>
    (await (await fetch(`${url}/_state`)).json()) as { accounts: { profiles: { email: string }[] }[] };

  expect(await state()).toMatchObject({ accounts: [{ profiles: [{ email: 'anna@shop.example' }] }] });
  expect((await fetch(`${url}/_reset`, { method: 'POST' })).status).toBeLessThan(300);
  expect(await state()).toMatchObject({ accounts: [{ profiles: [] }] });

  const taken = await runCli(['klaviyo', '--port', new URL(url).port]);
  expect(taken).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/uses port \d+\. Stop it, or choose another/) as string,
  });
  expect(await klaviyo.stop()).toBe(0);
  expect(klaviyo.output.stderr).toBe('');
  await expect(fetch(`${url}/_state`)).rejects.toThrow();
});

test('sftp serves a folder to who has the password, and stops on SIGTERM', async () => {
  const root = mkdtempSync(path.join(tmpdir(), 'threadline-sftp-'));
  try {
    const args = [
      'sftp',
      '--port',
      '0',
      '--root',
      path.join(root, 'served'),
      '--username',
      'ap',
      '--password',
      'pw',
    ];
    await using sftp = await startCli(args, /127\.0\.0\.1:(\d+).*host key (SHA256:\S+)\./);
    writeFileSync(path.join(root, 'served', 'customers.csv'), 'PERIDX\n');
    const settings = {
      host: '127.0.0.1',
      port: Number(sftp.match[1]),
      username: 'ap',
      hostKey: sftp.match[2] ?? '',
    };

    const session = await openSftp({ ...settings, password: 'pw' });
    expect((await session.list('/')).map(({ name }) => name)).toEqual(['customers.csv']);
    await session.close();
    await expect(openSftp({ ...settings, password: 'guess' })).rejects.toMatchObject({
      code: 'sftp_login_refused',
    });

    expect(await sftp.stop()).toBe(0);
    await expect(openSftp({ ...settings, password: 'pw' }, { connectTries: 1 })).rejects.toMatchObject({
      code: 'sftp_unreachable',
    });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

test('serve answers the probes and stops on SIGTERM; everybody is let in on this machine only', async () => {
  await using world = await createWorld();
  await ensureWebBuild();
  const env = { ...world.env, THREADLINE_INSECURE_LOCAL_LOGIN: 'true' };
  await using web = await startCli(['serve', '--port', '0'], URL_OF, { env });
  const [url] = web.match;

  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  const ready = await fetch(`${url}/readyz`);
  expect({ status: ready.status, said: await ready.json() }).toEqual({
    status: 200,
    said: { database: 'up', queue: 'up' },
  });
  expect(await (await fetch(`${url}/metrics`)).text()).toContain('threadline_records');
  expect(await web.stop()).toBe(0);

  for (const [args, more] of [
    [['serve', '--port', '0'], { HOST: '0.0.0.0' }],
    [['serve', '--port', '0', '--host', '0.0.0.0'], {}],
    [['serve', '--port', '0'], { NODE_ENV: 'production' }],
  ] as const) {
    const refused = await runCli(args, { env: { ...env, ...more } });
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toMatch(/THREADLINE_INSECURE_LOCAL_LOGIN lets everybody in: it is refused/);
  }
  const unset = await runCli(['serve', '--port', '0'], { env: world.env });
  expect(unset).toMatchObject({ code: 2, stderr: expect.stringContaining('SHOPIFY_API_KEY') as string });
});

test('work takes a dropped file to Klaviyo by itself, and a SIGTERM ends it with 0', async () => {
  await using world = await createWorld({ extra: 'automation: { pollSeconds: 10 }' });
  await using worker = await startCli(['work'], /Threadline works/, { env: world.env });
  const file = '/pending/au/customers_20260105T200000Z.csv';
  world.put(file, customersCsv(people(3)));

  const deadline = Date.now() + 45_000;
  while (world.klaviyo.account().received.subscribes < 3 && Date.now() < deadline) {
    await pause(100);
  }

  expect(world.klaviyo.account().received).toMatchObject({ profiles: 3, subscribes: 3 });
  expect(existsSync(path.join(world.sftpRoot, file))).toBe(false);
  expect(await worker.stop()).toBe(0);
  expect(worker.output.stderr).toBe('');
  const { connections } = await world.status();
  expect(connections[0]).toMatchObject({
    files: [{ status: 'archived', balanced: true }],
    records: { customers: { synced: 3 } },
  });
});
