import { spawn } from 'node:child_process';
import { mkdir, open, readFile, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '#app/domain/errors.ts';
import { SERVER_FILE } from './pages.ts';

const ROOT = join(import.meta.dirname, '../..');
const LOCK_FILE = join(ROOT, '.cache/web-build.lock');
// Pages reach no adapter, so a change there makes no build stale.
const ROOMS = ['components', 'domain', 'pipeline', 'queries', 'routes', 'services'].map((room) =>
  join(ROOT, 'app', room),
);
const FILES = ['public', 'remix.config.js', 'vite.config.ts', 'package-lock.json'].map((name) =>
  join(ROOT, name),
);

/**
 * Compiles the pages when they are missing or older than their sources (about six seconds). Several processes may call
 * it at once: one builds, the others wait. For the demo and the tests; production runs `npm run build`.
 */
export async function ensureWebBuild(): Promise<void> {
  while (await isStale()) {
    const release = await lock();
    if (release === null) {
      await sleep(200);
      continue;
    }
    try {
      if (await isStale()) {
        await runCompiler();
      }
      return;
    } finally {
      await release();
    }
  }
}

async function isStale(): Promise<boolean> {
  const frame = (await readdir(join(ROOT, 'app'), { withFileTypes: true })).filter((entry) => entry.isFile());
  const sources = [...ROOMS, ...FILES, ...frame.map((entry) => join(ROOT, 'app', entry.name))];
  const [builtAt, ...times] = await Promise.all([changedAt(SERVER_FILE), ...sources.map(newestIn)]);
  return builtAt <= Math.max(...times);
}

async function newestIn(path: string): Promise<number> {
  const entry = await stat(path).catch(() => null);
  if (entry === null || !entry.isDirectory()) {
    return entry?.mtimeMs ?? 0;
  }
  const names = await readdir(path, { recursive: true });
  const times = await Promise.all(names.map((name) => changedAt(join(path, name))));
  return Math.max(0, entry.mtimeMs, ...times);
}

async function changedAt(path: string): Promise<number> {
  const entry = await stat(path).catch(() => null);
  return entry?.mtimeMs ?? 0;
}

/** Null when another living process holds the lock; a lock that a dead process left behind is removed. */
async function lock(): Promise<(() => Promise<void>) | null> {
  await mkdir(join(ROOT, '.cache'), { recursive: true });
  try {
    const file = await open(LOCK_FILE, 'wx');
    await file.writeFile(String(process.pid));
    await file.close();
    return () => rm(LOCK_FILE, { force: true });
  } catch {
    const owner = Number(await readFile(LOCK_FILE, 'utf8').catch(() => ''));
    const lockedAt = await changedAt(LOCK_FILE);
    const isAbandoned = owner > 0 ? !isAlive(owner) : lockedAt > 0 && Date.now() - lockedAt > 5_000;
    if (isAbandoned) {
      await rm(LOCK_FILE, { force: true });
    }
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function runCompiler(): Promise<void> {
  const cli = join(ROOT, 'node_modules/@remix-run/dev/dist/cli.js');
  return new Promise((resolve, reject) => {
    const compiler = spawn(process.execPath, [cli, 'vite:build', '--logLevel', 'warn'], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    const keep = (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4_000);
    };
    compiler.stdout.on('data', keep);
    compiler.stderr.on('data', keep);
    compiler.on('error', reject);
    compiler.on('close', (code) => {
      if (code === 0) {
        resolve();
        return;
      }
      reject(
        new AppError({
          code: 'web_build_failed',
          retry: 'person',
          message: `the compiler ended with ${code}: ${said}`,
          hint: 'The pages could not be built. Run `npm run build` to see why.',
        }),
      );
    });
  });
}
