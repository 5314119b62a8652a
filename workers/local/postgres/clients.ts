import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isHolderAlive, parseHolder, thisProcess } from './processes.ts';
import { readPostmaster } from './postmaster.ts';

/** Puts this process on the list of those that need the server; returns its file. */
export function enlist(dataDir: string): string {
  const directory = path.join(dataDir, 'postgres.clients');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = path.join(directory, `${process.pid}-${randomUUID().slice(0, 8)}.json`);
  writeFileSync(file, JSON.stringify(thisProcess()), { mode: 0o600 });
  return file;
}

export function leaveList(file: string): void {
  rmSync(file, { force: true });
}

/** True while a living process is on the list; entries of killed ones are struck off. */
export function isAnyoneLeft(dataDir: string): boolean {
  const directory = path.join(dataDir, 'postgres.clients');
  let isLeft = false;
  for (const name of readdirSync(directory)) {
    const file = path.join(directory, name);
    const client = parseHolder(readFileSync(file, 'utf8'));
    if (client && client.host === os.hostname() && isHolderAlive(client)) {
      isLeft = true;
    } else {
      rmSync(file, { force: true });
    }
  }
  return isLeft;
}

/**
 * For a process that ends without leaving (process.exit, an uncaught error): asks the server to stop if nobody else is
 * on the list. Only what works at once is possible here; a joiner enlists before it looks, so it is seen. Returns the undo.
 */
export function stopOnExit(dataDir: string, clusterDirectory: string, client: string): () => void {
  const onExit = () => {
    try {
      leaveList(client);
      const postmaster = isAnyoneLeft(dataDir) ? null : readPostmaster(clusterDirectory);
      if (postmaster) {
        process.kill(postmaster.pid, 'SIGINT');
      }
    } catch {
      // Whoever joins next finds the server and stops it.
    }
  };
  process.once('exit', onExit);
  return () => process.removeListener('exit', onExit);
}
