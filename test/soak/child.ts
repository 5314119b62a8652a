import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

const CLI = path.resolve(import.meta.dirname, '../../workers/cli/threadline.mjs');

/** How long a process may take until it says that it is ready. */
const READY_PATIENCE_MS = 60_000;

export type Child = {
  /** What its line of readiness says. */
  ready: Promise<RegExpExecArray>;
  /** Its exit code or the signal that ended it. */
  ended: Promise<string>;
  /** kill -9. */
  kill(): Promise<void>;
  /** SIGTERM, and SIGKILL when that takes too long. True = it ended by itself with 0. */
  stop(patienceMs: number): Promise<boolean>;
};

/** `threadline …` as a process of its own. `onLine` gets every line it prints. */
export function startChild(
  args: readonly string[],
  options: { env: Record<string, string>; ready: RegExp; onLine(line: string): void },
): Child {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { ...process.env, TZ: 'UTC', ...options.env },
    // A group of its own: Ctrl-C on the terminal reaches the soak alone, which ends its processes in its own order.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit').then(
    ([code, signal]: unknown[]) => String(code ?? signal),
    (error: unknown) => String(error),
  );
  const ready = readyLine(child, args.join(' '), options);
  ready.catch(() => undefined); // who waits for it sees it
  const isAlive = () => child.exitCode === null && child.signalCode === null && child.pid !== undefined;

  async function kill(): Promise<void> {
    if (isAlive()) {
      child.kill('SIGKILL');
      await ended;
    }
  }

  return {
    ready,
    ended,
    kill,
    async stop(patienceMs) {
      if (!isAlive()) {
        return false;
      }
      const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
      child.kill('SIGTERM');
      await ended;
      clearTimeout(timer);
      return child.exitCode === 0;
    },
  };
}

function readyLine(
  child: ChildProcess,
  name: string,
  { ready, onLine }: { ready: RegExp; onLine(line: string): void },
): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    const last: string[] = [];
    const timer = setTimeout(
      () => reject(new Error(`threadline ${name} did not get ready:\n${last.join('\n')}`)),
      READY_PATIENCE_MS,
    );
    timer.unref();
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null) {
        createInterface({ input: stream }).on('line', (line) => {
          last.push(line);
          last.splice(0, last.length - 20);
          const match = ready.exec(line);
          if (match !== null) {
            clearTimeout(timer);
            resolve(match);
          }
          onLine(line);
        });
      }
    }
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      reject(new Error(`threadline ${name} ended with ${code ?? signal}:\n${last.join('\n')}`));
    });
  });
}
