import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('./embedded-process-main.ts', import.meta.url));

export type EmbeddedProcess = {
  /** What the process said about its join: an AppError's code and hint, or where the server is. */
  said: { url: string; isOwner: boolean } | { code: string; hint: string };
  pid: number;
  /** Leaves in order and ends. */
  leave(): Promise<void>;
  /** Ends without leaving, by process.exit. */
  exit(): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
} & AsyncDisposable;

/** Another process that joins the embedded database of this directory, optionally as another OS user (when we are root). */
export async function startEmbeddedProcess(
  dataDir: string,
  user: { uid: number; gid: number } | null = null,
): Promise<EmbeddedProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, dataDir], {
    ...(user ?? {}),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const said = await firstLine(child);
  const end = async (how: () => void) => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      how();
      await ended;
    }
  };
  const kill = () => end(() => child.kill('SIGKILL'));
  return {
    said: JSON.parse(said) as EmbeddedProcess['said'],
    pid: child.pid ?? 0,
    leave: () => end(() => child.stdin?.end('leave\n')),
    exit: () => end(() => child.stdin?.end('exit\n')),
    kill,
    [Symbol.asyncDispose]: kill,
  };
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout) {
    for await (const line of createInterface({ input: child.stdout })) {
      return line;
    }
  }
  throw new Error('the process ended without a word');
}
