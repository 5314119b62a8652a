import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { isHolderAlive, parseHolder, thisProcess } from './processes.ts';

/**
 * Runs `work` while this process alone holds the lock file. A lock whose process is gone is taken over.
 * Throws what `whenBusy` makes when it stays taken for `patienceMs`.
 */
export async function withLockFile<Result>(
  file: string,
  { patienceMs, whenBusy }: { patienceMs: number; whenBusy: (holder: string) => Error },
  work: () => Promise<Result>,
): Promise<Result> {
  const mine = JSON.stringify({ ...thisProcess(), nonce: randomUUID() });
  const deadline = Date.now() + patienceMs;
  for (;;) {
    if (await tryCreate(file, mine)) {
      break;
    }
    const text = await readFile(file, 'utf8').catch(() => null);
    if (text !== null && (await isStale(file, text))) {
      await takeAway(file, text);
      continue;
    }
    if (Date.now() > deadline) {
      throw whenBusy(text ?? 'unknown');
    }
    await pause(20);
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

async function tryCreate(file: string, text: string): Promise<boolean> {
  try {
    await writeFile(file, text, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      return false;
    }
    throw error;
  }
}

/** Between its creation and its first write a lock file is empty for an instant: only one that stays so is broken. */
async function isStale(file: string, text: string): Promise<boolean> {
  const holder = parseHolder(text);
  if (holder) {
    return !isHolderAlive(holder);
  }
  await pause(500);
  return (await readFile(file, 'utf8').catch(() => null)) === text;
}

/** Moves the stale lock away and looks again at what was moved: another process may have replaced it in between. */
async function takeAway(file: string, staleText: string): Promise<void> {
  const moved = `${file}.${randomUUID()}`;
  try {
    await rename(file, moved);
  } catch {
    return; // somebody was faster
  }
  const text = await readFile(moved, 'utf8');
  if (text !== staleText) {
    await tryCreate(file, text);
  }
  await rm(moved, { force: true });
}
