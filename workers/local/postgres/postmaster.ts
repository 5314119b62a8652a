import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { commandOf, isAlive } from './processes.ts';

/** What postmaster.pid says: https://www.postgresql.org/docs/current/storage-file-layout.html */
export type Postmaster = { pid: number; port: number; status: 'starting' | 'ready' | 'stopping' | 'unknown' };

/** The server of this cluster, alive or not; null when there is no postmaster.pid. */
export function readPostmaster(directory: string): Postmaster | null {
  let lines: string[];
  try {
    lines = readFileSync(path.join(directory, 'postmaster.pid'), 'utf8').split('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return null;
    }
    throw error;
  }
  const status = lines[7]?.trim();
  return {
    pid: Math.abs(Number(lines[0])),
    port: Number(lines[3]),
    status: status === 'starting' || status === 'ready' || status === 'stopping' ? status : 'unknown',
  };
}

/** True while the process of that number runs and is this cluster's server, not a stranger after a restart of the machine. */
export function isRunning(postmaster: Postmaster, directory: string): boolean {
  if (!isAlive(postmaster.pid)) {
    return false;
  }
  const command = commandOf(postmaster.pid);
  return command === null || clusterIn(command) === realpathSync(directory);
}

/** What a server was started on; undefined for a program that is none. */
function clusterIn(command: string[]): string | undefined {
  const parameter = command[command.indexOf('-D') + 1];
  try {
    return command.includes('-D') && parameter ? realpathSync(parameter) : undefined;
  } catch {
    return undefined;
  }
}

/** No process has this number: it is above what every system gives out. */
const NOBODYS_PID = 2_000_000_000;

/**
 * Says in the pid file of a dead server that it is dead. PostgreSQL itself only looks whether a process of that number
 * exists, and takes a stranger after a restart of the machine, or a zombie, for the server. The rest of the file stays:
 * it tells PostgreSQL which shared memory to look for, so that it waits for children which are still going.
 */
export function disown(directory: string): void {
  const file = path.join(directory, 'postmaster.pid');
  const [, ...rest] = readFileSync(file, 'utf8').split('\n');
  writeFileSync(file, [NOBODYS_PID, ...rest].join('\n'));
}

/** Fast shutdown: open transactions are rolled back, what is committed is kept. Returns when the server has ended. */
export async function stopServer(directory: string): Promise<void> {
  const postmaster = readPostmaster(directory);
  if (!postmaster || !isRunning(postmaster, directory)) {
    return;
  }
  signal(postmaster.pid, 'SIGINT');
  if (!(await hasEnded(postmaster.pid, directory, 30_000))) {
    signal(postmaster.pid, 'SIGQUIT');
    await hasEnded(postmaster.pid, directory, 10_000);
  }
}

/** Waits until the server has removed its pid file (the last thing it does) or is gone. */
export async function hasEnded(pid: number, directory: string, patienceMs: number): Promise<boolean> {
  const deadline = Date.now() + patienceMs;
  while (Date.now() < deadline) {
    if (!isAlive(pid) || readPostmaster(directory)?.pid !== pid) {
      return true;
    }
    await pause(15);
  }
  return false;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') {
      throw error;
    }
  }
}
