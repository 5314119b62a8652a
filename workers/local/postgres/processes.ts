import { readFileSync } from 'node:fs';
import os from 'node:os';

/** Who holds something: a process, so exactly that a later one with the same number is not mistaken for it. */
export type Holder = { pid: number; startedAt: string | null; host: string };

/** This process as others will recognise it. */
export function thisProcess(): Holder {
  return { pid: process.pid, startedAt: startOf(process.pid), host: os.hostname() };
}

/** True while the process exists and has not ended (a zombie has ended, its parent just did not look). */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it exists and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return statOf(pid)?.state !== 'Z';
}

/** True while this very holder lives. On another host nobody can tell: true. */
export function isHolderAlive(holder: Holder): boolean {
  if (holder.host !== os.hostname()) {
    return true;
  }
  return isAlive(holder.pid) && (holder.startedAt === null || holder.startedAt === startOf(holder.pid));
}

/** Program and parameters of a process; null where the system does not say (no /proc). */
export function commandOf(pid: number): string[] | null {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return null;
  }
}

/** Reads a holder that `JSON.stringify` wrote; null when the text is something else (a write cut short by a crash). */
export function parseHolder(text: string): Holder | null {
  try {
    const value = JSON.parse(text) as Partial<Holder>;
    return typeof value.pid === 'number' && typeof value.host === 'string'
      ? { pid: value.pid, startedAt: value.startedAt ?? null, host: value.host }
      : null;
  } catch {
    return null;
  }
}

function startOf(pid: number): string | null {
  return statOf(pid)?.startedAt ?? null;
}

/** Fields 3 and 22 of /proc/<pid>/stat; the command before them may itself hold blanks and parentheses. */
function statOf(pid: number): { state: string; startedAt: string } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [state, startedAt] = [fields[0], fields[19]];
    return state !== undefined && startedAt !== undefined ? { state, startedAt } : null;
  } catch {
    return null;
  }
}
