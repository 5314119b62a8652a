import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { bringUpToDate } from '#app/adapters/migrate.server.ts';
import { closedPort, runCli, runJson, startCli } from '#test/builders/cli.ts';
import { createEmptyDatabase, MIGRATIONS } from '#test/builders/database.ts';
import { recordingLog } from '#test/builders/log.ts';
import { createWorld } from '#test/builders/world.ts';

const URL_OF = /http:\/\/localhost:\d+/;
const KEYS = { THREADLINE_ENCRYPTION_KEYS: `test:${Buffer.alloc(32, 7).toString('base64')}` };

test('migrate says what is missing, applies it once and then has nothing to do', async () => {
  await using database = await createEmptyDatabase();
  const env = { ...KEYS, DATABASE_URL: database.url };

  const before = await runJson<{ missing: string[]; unknown: string[] }>(['migrate', '--dry-run'], { env });
  expect(before.code).toBe(1);
  expect(before.document.missing).toContain('20261121000000_initial');

  const first = await runJson<{ applied: string[] }>(['migrate'], { env });
  expect(first).toMatchObject({ code: 0, document: { applied: before.document.missing } });
  const second = await runCli(['migrate'], { env });
  expect(second).toEqual({ code: 0, stdout: 'The schema is up to date.\n', stderr: '' });
  const after = await runJson(['migrate', '--dry-run'], { env });
  expect(after).toMatchObject({ code: 0, document: { missing: [], unknown: [] } });
});

test('with THREADLINE_MIGRATIONS=check a start on an older schema ends with one line and changes nothing', async () => {
  await using database = await createEmptyDatabase();
  const env = { ...KEYS, DATABASE_URL: database.url, THREADLINE_MIGRATIONS: 'check' };

  const refused = await runCli(['work'], { env });

  expect(refused.code).toBe(2);
  expect(refused.stdout).toBe('');
  expect(refused.stderr).toMatch(
    /^threadline: The database is older than this version \(\d+ migrations .*threadline migrate" once.*\n$/,
  );
  const state = await runJson<{ missing: string[] }>(['migrate', '--dry-run'], { env });
  expect(state.document.missing).toContain('20261121000000_initial');
});

test('migrate without a database ends with one line and exit code 3', async () => {
  const port = await closedPort();
  const env = { ...KEYS, DATABASE_URL: `postgresql://u:secret-of-db@127.0.0.1:${port}/x` };

  for (const args of [['migrate'], ['migrate', '--dry-run']]) {
    const ended = await runCli(args, { env });
    expect(ended.code).toBe(3);
    expect(ended.stderr.trimEnd().split('\n')).toHaveLength(1);
  }
});

test('a process that finds the schema of a newer version says so and works beside it', async () => {
  await using database = await createEmptyDatabase();
  const newer = mkdtempSync(path.join(tmpdir(), 'threadline-migrations-'));
  try {
    cpSync(MIGRATIONS, newer, { recursive: true });
    mkdirSync(path.join(newer, '29990101000000_newer'));
    writeFileSync(
      path.join(newer, '29990101000000_newer/migration.sql'),
      'ALTER TABLE shop ADD COLUMN newer text;',
    );
    const { log, lines } = recordingLog();
    await bringUpToDate(database.url, newer, { mode: 'apply', log });

    await bringUpToDate(database.url, MIGRATIONS, { mode: 'check', log });

    expect(lines.at(-1)).toMatchObject({ level: 'warn', migrations: ['29990101000000_newer'] });
  } finally {
    rmSync(newer, { recursive: true, force: true });
  }
});

test('rekey seals the stored secrets with the first key and says how many', async () => {
  await using world = await createWorld();
  const keys = `fresh:${Buffer.alloc(32, 9).toString('base64')},${world.env['THREADLINE_ENCRYPTION_KEYS']}`;
  const env = { ...world.env, THREADLINE_ENCRYPTION_KEYS: keys };

  expect((await runCli(['rekey', '--dry-run'], { env })).stdout).toBe(
    '2 secrets would be sealed with the first key; 0 were already.\n',
  );
  expect(await runJson(['rekey'], { env })).toMatchObject({ code: 0, document: { resealed: 2, current: 0 } });
  expect((await runCli(['rekey'], { env })).stdout).toBe(
    '0 secrets were sealed with the first key; 2 were already.\n',
  );

  // The database knows the third key, and what the first one sealed was not sealed anew before it was taken away.
  const third = `third:${Buffer.alloc(32, 3).toString('base64')}`;
  await runCli(['status'], { env: { ...env, THREADLINE_ENCRYPTION_KEYS: `${third},${keys}` } });
  const lost = await runCli(['rekey'], { env: { ...env, THREADLINE_ENCRYPTION_KEYS: third } });
  expect(lost.code).toBe(1);
  expect(lost.stdout).toContain(
    'FAIL world.myshopify.com: the SFTP password cannot be opened with any key. Enter it again.',
  );
});

test('work answers its probes on a port of its own when it is asked to, and counts the sweeps', async () => {
  await using world = await createWorld();
  const env = { ...world.env, METRICS_PORT: '0' };
  await using worker = await startCli(['work'], URL_OF, { env });
  const [url] = worker.match;

  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ database: 'up', queue: 'up' });
  await expect
    .poll(
      async () => {
        const [mark] = await world.ctx.db.sql(`SELECT name FROM job_mark WHERE name = 'upkeep.sweep'`);
        return mark;
      },
      { timeout: 60_000 },
    )
    .toBeDefined();
  expect(await (await fetch(`${url}/metrics`)).text()).toMatch(
    /threadline_jobs_total\{job="upkeep\.sweep",outcome="done"\} [1-9]/,
  );

  expect(await worker.stop()).toBe(0);
});

test('the health check of the image exits with 0 while the process answers, and with 1 when it does not', async () => {
  await using world = await createWorld();
  await using worker = await startCli(['work', '--port', '0'], URL_OF, { env: world.env });
  const program = path.resolve(import.meta.dirname, '../../workers/operations/healthcheck.mjs');
  const check = (port: string) =>
    spawnSync(process.execPath, [program], { env: { ...process.env, METRICS_PORT: port } }).status;

  expect(check(new URL(worker.match[0]).port)).toBe(0);
  expect(check(String(await closedPort()))).toBe(1);
  expect(await worker.stop()).toBe(0);
});

test('work listens nowhere unless it is asked to', async () => {
  await using world = await createWorld();
  await using worker = await startCli(['work'], /Threadline works\. .*\n/, { env: world.env });
  expect(worker.output.stdout).not.toMatch(/http/);
  expect(await worker.stop()).toBe(0);
});
