import { spawn, spawnSync } from 'node:child_process';
import {
  chownSync,
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
} from 'node:fs';
import { readFileSync, readSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { AppError } from '#app/domain/errors.ts';
import type { Binaries } from './binaries.ts';
import type { ServerUser } from './place.ts';
import { readPostmaster } from './postmaster.ts';

/** Superuser and database of the embedded server. */
export const NAME = 'threadline';

const MAX_LOG_BYTES = 5_000_000;
const START_PATIENCE_MS = 10_000;

/** Another program took the port between our look and the bind; or children of a killed server are still going. */
const WORTH_ANOTHER_TRY = /could not bind|could not create any TCP|shared memory block .* still in use/i;

export type Cluster = {
  directory: string;
  binaries: Binaries;
  user: ServerUser | null;
  password: string;
  logFile: string;
  /** Settings on top of ours, e.g. `fsync: off` for tests. */
  settings: Record<string, string>;
  answerPatienceMs: number;
};

/** Makes the files of a new cluster. They appear under their name only when they are complete. */
export function createCluster({ directory, binaries, user, password }: Cluster): void {
  const temporary = `${directory}.new`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { mode: 0o700 });
  const secrets = mkdtempSync(path.join(os.tmpdir(), 'threadline-'));
  const passwordFile = path.join(secrets, 'password');
  try {
    writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
    if (user) {
      for (const file of [temporary, secrets, passwordFile]) {
        chownSync(file, user.uid, user.gid);
      }
    }
    // The builtin locale orders by code point on every system; the system's own locales differ and change.
    const locale = ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--encoding=UTF8'];
    const run = spawnSync(
      binaries.initdb,
      [
        '-D',
        temporary,
        '-U',
        NAME,
        '-A',
        'scram-sha-256',
        `--pwfile=${passwordFile}`,
        '--no-instructions',
        ...locale,
      ],
      { ...runAs(user), encoding: 'utf8' },
    );
    if (run.status !== 0) {
      throw startFailed('initdb failed', `${run.stderr ?? ''}${run.error?.message ?? ''}`);
    }
    renameSync(temporary, directory);
  } finally {
    rmSync(secrets, { recursive: true, force: true });
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** AppError `database_version` when the files were made by another major version of PostgreSQL. */
export function checkVersion({ directory, binaries }: Cluster): void {
  const version = Number(readFileSync(path.join(directory, 'PG_VERSION'), 'utf8'));
  if (version === binaries.majorVersion) {
    return;
  }
  throw new AppError({
    code: 'database_version',
    retry: 'person',
    message: `the embedded database is of PostgreSQL ${version}, the programs are ${binaries.majorVersion}`,
    hint: `The embedded database in ${directory} was made by PostgreSQL ${version}; this installation brings ${binaries.majorVersion}. Use the older installation, or move that directory away to start empty.`,
    where: { path: directory },
  });
}

/** Starts the server and returns when it accepts connections. It outlives this process until somebody stops it. */
export async function startServer(cluster: Cluster): Promise<void> {
  const deadline = Date.now() + START_PATIENCE_MS;
  for (;;) {
    const said = await tryStart(cluster, await freePort());
    if (said === null) {
      return;
    }
    if (Date.now() > deadline || !WORTH_ANOTHER_TRY.test(said)) {
      throw startFailed('the server did not start', said);
    }
    await pause(100);
  }
}

/** Null = it runs; else the end of what it wrote to its log. */
async function tryStart(cluster: Cluster, port: number): Promise<string | null> {
  const { directory, binaries, user, logFile } = cluster;
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '100',
    shared_buffers: '128MB',
    max_wal_size: '2GB',
    wal_level: 'minimal',
    max_wal_senders: '0',
    log_checkpoints: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...cluster.settings,
  };
  const log = openSync(logFile, 'a+', 0o600);
  try {
    if (fstatSync(log).size > MAX_LOG_BYTES) {
      ftruncateSync(log);
    }
    const from = fstatSync(log).size;
    const child = spawn(
      binaries.postgres,
      [
        '-D',
        directory,
        '-p',
        String(port),
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      // A session of its own: Ctrl-C on the terminal must not stop the database under the work that it ends.
      { ...runAs(user), detached: true, stdio: ['ignore', log, log] },
    );
    let failure: string | null = null;
    child.once('error', (error) => (failure = error.message));
    child.once('exit', (code, signal) => (failure ??= `exit ${code ?? signal}`));
    child.unref();
    while (failure === null) {
      const postmaster = readPostmaster(directory);
      if (postmaster?.pid === child.pid && postmaster?.status === 'ready') {
        return null;
      }
      await pause(15);
    }
    return `${failure}\n${readFrom(log, from)}`;
  } finally {
    closeSync(log);
  }
}

function readFrom(file: number, from: number): string {
  const buffer = Buffer.alloc(8_000);
  return buffer.toString('utf8', 0, readSync(file, buffer, 0, buffer.length, from));
}

/** Nothing of our environment goes along: it may hold keys. (Windows programs do not start without theirs.) */
function runAs(user: ServerUser | null) {
  const env = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/local/bin:/usr/bin:/bin' };
  return {
    ...(user ?? {}),
    ...(process.platform === 'win32' ? {} : { env: env as unknown as NodeJS.ProcessEnv }),
    cwd: path.parse(os.tmpdir()).root,
  };
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** True when a cluster has been made here. */
export function isCluster(directory: string): boolean {
  return existsSync(path.join(directory, 'PG_VERSION'));
}

function startFailed(what: string, said: string): AppError {
  const text = said.trim().split('\n').slice(-8).join('\n');
  return new AppError({
    code: 'embedded_database_failed',
    retry: 'person',
    message: `embedded PostgreSQL: ${what}: ${text}`,
    hint: `The embedded database could not be started (${what}). It said: ${text}\nMend that, or set DATABASE_URL to a PostgreSQL server of your own.`,
  });
}
