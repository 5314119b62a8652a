import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Log } from '#app/context.ts';
import { AppError } from '#app/domain/errors.ts';
import { connectWhenReady, ensureDatabase } from './answers.ts';
import { findBinaries } from './binaries.ts';
import { enlist, isAnyoneLeft, leaveList, stopOnExit } from './clients.ts';
import { checkVersion, createCluster, isCluster, NAME, startServer, type Cluster } from './cluster.ts';
import { withLockFile } from './lock-file.ts';
import { clusterDir, notOurs, prepareDataDir, serverUser } from './place.ts';
import { disown, hasEnded, isRunning, readPostmaster, stopServer } from './postmaster.ts';

export type EmbeddedPostgres = {
  /** Connection string with the password: not for logs. */
  url: string;
  /** True when this call started the server. */
  isOwner: boolean;
  dataDir: string;
  /** Says that this process needs it no more; the last one stops the server. May be called twice. */
  leave(): Promise<void>;
};

export type JoinOptions = {
  log?: Log;
  /** Settings of the server if this call starts it, e.g. `fsync: off` for tests. */
  settings?: Record<string, string>;
  /** How long a server that says it is ready may take to answer. */
  answerPatienceMs?: number;
};

const LOCK_PATIENCE_MS = 60_000;
const ANSWER_PATIENCE_MS = 10_000;

/**
 * Real PostgreSQL in `<dataDir>/postgres`, shared by every process that joins it: the first starts it, the last stops it, and one
 * that outlived a kill is joined again. Listens on 127.0.0.1 with a generated password.
 * Errors: AppError `database_in_use`, `database_version`, `embedded_database_failed`.
 */
export async function joinEmbeddedPostgres(
  dataDir: string,
  options: JoinOptions = {},
): Promise<EmbeddedPostgres> {
  const directory = path.resolve(dataDir);
  const user = serverUser();
  prepareDataDir(directory, user);
  try {
    return await exclusively(directory, async () => {
      const place = clusterDir(directory, user);
      const cluster: Cluster = {
        directory: place,
        binaries: findBinaries(user),
        user,
        password: passwordOf(directory, place),
        logFile: path.join(directory, 'postgres.log'),
        settings: options.settings ?? {},
        answerPatienceMs: options.answerPatienceMs ?? ANSWER_PATIENCE_MS,
      };
      return join(directory, cluster, options.log);
    });
  } catch (error) {
    throw notOurs(directory, error);
  }
}

async function join(dataDir: string, cluster: Cluster, log: Log | undefined): Promise<EmbeddedPostgres> {
  const client = enlist(dataDir);
  try {
    const isOwner = !(await isServing(dataDir, cluster));
    if (isOwner) {
      await start(dataDir, cluster, log);
    }
    const url = urlOf(cluster);
    await ensureDatabase(url, NAME);
    const forget = stopOnExit(dataDir, cluster.directory, client);
    let leaving: Promise<void> | undefined;
    return {
      url,
      isOwner,
      dataDir,
      leave() {
        leaving ??= leave(dataDir, cluster.directory, client).finally(forget);
        return leaving;
      },
    };
  } catch (error) {
    leaveList(client);
    throw error;
  }
}

/** True when the cluster's server runs and answers; false when there is none. */
async function isServing(dataDir: string, cluster: Cluster): Promise<boolean> {
  const { directory } = cluster;
  const postmaster = isCluster(directory) ? readPostmaster(directory) : null;
  if (!postmaster) {
    return false;
  }
  const isHere = isRunning(postmaster, directory);
  if (isHere && postmaster.status === 'stopping' && (await hasEnded(postmaster.pid, directory, 30_000))) {
    return false;
  }
  if (isHere && (await connectWhenReady(urlOf(cluster), directory, cluster.answerPatienceMs))) {
    return true;
  }
  const host = hostOf(dataDir);
  if (host !== os.hostname()) {
    const why = `it was last started on the computer "${host}" and not stopped there`;
    throw inUse(dataDir, why, path.join(directory, 'postmaster.pid'));
  }
  if (isHere) {
    throw inUse(
      dataDir,
      `the PostgreSQL server with process number ${postmaster.pid} holds it and does not answer`,
    );
  }
  disown(directory);
  return false;
}

async function start(dataDir: string, cluster: Cluster, log: Log | undefined): Promise<void> {
  const { directory } = cluster;
  if (!isCluster(directory)) {
    if (existsSync(directory)) {
      throw inUse(dataDir, `${directory} exists and is no database`, directory);
    }
    log?.info({ directory }, 'making the embedded database');
    createCluster(cluster);
  }
  checkOwner(dataDir, cluster);
  checkVersion(cluster);
  writeFileSync(path.join(dataDir, 'postgres.host'), os.hostname(), { mode: 0o600 });
  await startServer(cluster);
  log?.debug({ directory }, 'embedded database started');
}

async function leave(dataDir: string, directory: string, client: string): Promise<void> {
  await exclusively(dataDir, async () => {
    leaveList(client);
    if (!isAnyoneLeft(dataDir)) {
      await stopServer(directory);
    }
  });
}

function exclusively<Result>(dataDir: string, work: () => Promise<Result>): Promise<Result> {
  const file = path.join(dataDir, 'postgres.lock');
  const whenBusy = (holder: string) =>
    inUse(dataDir, `another process has been starting or stopping it for a minute (${holder})`, file);
  return withLockFile(file, { patienceMs: LOCK_PATIENCE_MS, whenBusy }, work);
}

/** The server runs as the owner of its files. */
function checkOwner(dataDir: string, { directory, user }: Cluster): void {
  const { uid } = statSync(directory);
  const expected = user?.uid ?? process.getuid?.() ?? uid;
  if (uid !== expected) {
    throw notOurs(
      dataDir,
      Object.assign(new Error(`${directory} belongs to user ${uid}, not ${expected}`), { code: 'EPERM' }),
    );
  }
}

function passwordOf(dataDir: string, directory: string): string {
  const file = path.join(dataDir, 'postgres.password');
  if (!existsSync(file)) {
    if (isCluster(directory)) {
      throw new AppError({
        code: 'embedded_database_failed',
        retry: 'person',
        message: `${file} is missing: nobody can log in to the embedded database`,
        hint: `The file ${file} is missing, without it nobody can log in to the embedded database. Restore it, or move ${directory} away to start empty.`,
        where: { path: file },
      });
    }
    writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600, flag: 'wx' });
  }
  return readFileSync(file, 'utf8').trim();
}

function hostOf(dataDir: string): string {
  const file = path.join(dataDir, 'postgres.host');
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : os.hostname();
}

function urlOf({ directory, password }: Cluster): string {
  return `postgresql://${NAME}:${password}@127.0.0.1:${readPostmaster(directory)?.port ?? 0}/${NAME}`;
}

function inUse(dataDir: string, why: string, file?: string): AppError {
  const remedy = file
    ? ` If you are sure that it does not run any more, remove ${file} and try again.`
    : ' Stop that server, then try again.';
  return new AppError({
    code: 'database_in_use',
    retry: 'person',
    message: `the embedded database in ${dataDir} is in use: ${why}`,
    hint: `The embedded database in ${dataDir} is in use: ${why}.${remedy} Or set THREADLINE_DATA_DIR to another directory.`,
    where: { path: file ?? dataDir },
  });
}
