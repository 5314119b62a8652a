import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { AppError } from '#app/domain/errors.ts';

const DOOR = fileURLToPath(new URL('../cli/threadline.mjs', import.meta.url));
const PATIENCE_MS = 60_000;

export type LocalProgram = AsyncDisposable & {
  /** What it said when it was ready. */
  greeting: string;
};

/**
 * Starts a command of ours in a process of its own, so that it takes no time from what is measured, and waits for its first
 * line. Ends with the `await using` block. Errors: AppError `bench_failed`.
 */
export async function startProgram(parameters: readonly string[]): Promise<LocalProgram> {
  const child = spawn(process.execPath, [DOOR, ...parameters], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const greeting = await Promise.race([
    once(lines, 'line', { signal: AbortSignal.timeout(PATIENCE_MS) }).then(([line]) => String(line)),
    once(child, 'exit').then(() => null),
  ]).catch(() => null);
  if (greeting === null) {
    await end(child);
    throw new AppError({
      code: 'bench_failed',
      retry: 'never',
      message: `threadline ${parameters.join(' ')} did not start`,
      hint: `Start "threadline ${parameters[0]}" by itself: it says what is wrong.`,
    });
  }
  return { greeting, [Symbol.asyncDispose]: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return;
  }
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}
