import { randomUUID } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { AppError } from '#app/domain/errors.ts';

/** The operating system's user that the server runs as; PostgreSQL refuses to run as root. */
export type ServerUser = { uid: number; gid: number };

/** Null = as ourselves. As root: the user `postgres`, else `nobody`. */
export function serverUser(): ServerUser | null {
  if (process.getuid?.() !== 0) {
    return null;
  }
  const users = existsSync('/etc/passwd') ? readFileSync('/etc/passwd', 'utf8').split('\n') : [];
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = users.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    if (uid !== undefined && gid !== undefined) {
      return { uid: Number(uid), gid: Number(gid) };
    }
  }
  throw new AppError({
    code: 'embedded_database_failed',
    retry: 'person',
    message: 'running as root without an OS user postgres or nobody',
    hint: 'PostgreSQL does not run as root and there is no user "postgres" or "nobody" to run it as. Run as an ordinary user, or set DATABASE_URL.',
  });
}

/** True when `user` may pass through every directory from the root to this one. */
export function isReachable(directory: string, user: ServerUser): boolean {
  for (let current = path.resolve(directory); ; current = path.dirname(current)) {
    if (!mayPass(current, user)) {
      return false;
    }
    if (current === path.dirname(current)) {
      return true;
    }
  }
}

function mayPass(directory: string, user: ServerUser): boolean {
  const { uid, gid, mode } = statSync(directory);
  if (uid === user.uid) {
    return (mode & 0o100) !== 0;
  }
  return (mode & (gid === user.gid ? 0o010 : 0o001)) !== 0;
}

/** Creates the data directory, private to us; the server's user may pass through it, not look around. */
export function prepareDataDir(dataDir: string, user: ServerUser | null): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const { uid, mode } = statSync(dataDir);
    if (user && uid === 0 && (mode & 0o077) === 0) {
      chownSync(dataDir, 0, user.gid);
      chmodSync(dataDir, 0o710);
    }
  } catch (error) {
    throw notOurs(dataDir, error);
  }
}

/**
 * Where the cluster of this data directory lies: `postgres/` inside it, or, when the server's user cannot reach that
 * (a checkout below root's 0700 home), a directory below /var/lib that `postgres.location` names.
 */
export function clusterDir(dataDir: string, user: ServerUser | null): string {
  const pointer = path.join(dataDir, 'postgres.location');
  if (existsSync(pointer)) {
    return readFileSync(pointer, 'utf8').trim();
  }
  const inside = path.join(dataDir, 'postgres');
  if (!user || isReachable(dataDir, user) || existsSync(path.join(inside, 'PG_VERSION'))) {
    return inside;
  }
  const outside = path.join(commonDir(user), `data-${randomUUID().slice(0, 8)}`, 'postgres');
  mkdirSync(path.dirname(outside), { mode: 0o755 });
  writeFileSync(pointer, `${outside}\n`, { mode: 0o600 });
  return outside;
}

/** A directory of root's that the server's user can reach, outside every checkout. */
export function commonDir(user: ServerUser): string {
  for (const parent of ['/var/lib', '/usr/local/var', os.tmpdir()]) {
    if (!existsSync(parent) || !isReachable(parent, user)) {
      continue;
    }
    const directory = path.join(parent, 'threadline');
    mkdirSync(directory, { recursive: true, mode: 0o755 });
    const { uid, mode } = statSync(directory);
    // Programs run from here: nobody else may have put it there or may write to it.
    if (uid === 0 && (mode & 0o022) === 0 && isReachable(directory, user)) {
      return directory;
    }
  }
  throw new AppError({
    code: 'embedded_database_failed',
    retry: 'person',
    message: 'no directory that the server user can reach',
    hint: "PostgreSQL's own user cannot reach this checkout, and no common directory could be made for it. Set THREADLINE_DATA_DIR to a directory such as /srv/threadline, or set DATABASE_URL.",
  });
}

/** AppError `database_in_use` for a data directory of another OS user; other errors as they are. */
export function notOurs(dataDir: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code !== 'EACCES' && code !== 'EPERM') {
    return error;
  }
  return new AppError({
    code: 'database_in_use',
    retry: 'person',
    message: `the data directory ${dataDir} belongs to another OS user`,
    hint: `The data directory ${dataDir} belongs to another user of this computer. Run the command as that user, or set THREADLINE_DATA_DIR to a directory of your own.`,
    where: { path: dataDir },
    cause: error,
  });
}
