import { startChild, type Child } from './child.ts';
import type { Closers } from './closers.ts';
import { MAIL_DOMAIN } from './people.ts';
import type { Plan } from './plan.ts';
import { SFTP_PASSWORD, type Stand } from './stand.ts';

/** A worker ends within this long when it is asked to, ms. */
const STOP_PATIENCE_MS = 20_000;

export type Workers = {
  /** Kills one with SIGKILL and starts it again. */
  killOne(index: number): Promise<void>;
  /** Asks all to end; how many did by themselves, with 0 and in time. */
  stop(): Promise<number>;
  /** Those that ended without having been told to. */
  crashes(): string[];
  /** How often each warning and error was logged, the most frequent first. */
  complaints(): { text: string; count: number }[];
  /** Lines of the log that hold what no log may hold, with that taken out. */
  leaks(): string[];
};

/** Starts the worker processes and reads their logs. */
export async function startWorkers(
  stand: Stand,
  plan: Plan,
  input: { count: number; closers: Closers },
): Promise<Workers> {
  const complaints = new Map<string, number>();
  const crashes: string[] = [];
  const leaks: string[] = [];
  const told = new WeakSet<Child>();
  const forbidden = [SFTP_PASSWORD, MAIL_DOMAIN, ...plan.connections.map(({ key }) => key)];

  function readLine(name: string, line: string): void {
    const secret = forbidden.find((text) => line.includes(text));
    if (secret !== undefined && leaks.length < 20) {
      leaks.push(`${name}: ${line.replaceAll(secret, '█').slice(0, 300)}`);
    }
    const complaint = complaintIn(line);
    if (complaint !== null) {
      complaints.set(complaint, (complaints.get(complaint) ?? 0) + 1);
    }
  }

  function start(index: number): Child {
    const name = `worker-${index + 1}`;
    const child = startChild(['work'], {
      env: stand.workerEnv(name),
      ready: /Threadline works/,
      onLine: (line) => readLine(name, line),
    });
    child.ended
      .then((how) => {
        if (!told.has(child)) {
          crashes.push(`${name} ended by itself with ${how}`);
        }
      })
      .catch(() => undefined);
    return child;
  }

  const children = Array.from({ length: input.count }, (_, index) => start(index));
  input.closers.add('the workers', async () => {
    children.forEach((child) => told.add(child));
    await Promise.all(children.map((child) => child.kill()));
  });
  await Promise.all(children.map((child) => child.ready));
  return {
    async killOne(index) {
      const child = children[index % children.length];
      if (child !== undefined) {
        told.add(child);
        await child.kill();
        children[index % children.length] = start(index % children.length);
      }
    },
    async stop() {
      children.forEach((child) => told.add(child));
      const ended = await Promise.all(children.map((child) => child.stop(STOP_PATIENCE_MS)));
      return ended.filter(Boolean).length;
    },
    crashes: () => crashes,
    complaints: () =>
      [...complaints].map(([text, count]) => ({ text, count })).sort((a, b) => b.count - a.count),
    leaks: () => leaks,
  };
}

/** Level, message and code of a warning or an error; null for any other line. */
function complaintIn(line: string): string | null {
  if (!line.startsWith('{')) {
    // Whatever is printed beside the log is a warning of Node or a library.
    return line.trim() === '' || line.startsWith('Threadline works')
      ? null
      : `printed: ${line.slice(0, 120)}`;
  }
  try {
    const { level, msg, err } = JSON.parse(line) as {
      level: string;
      msg: string;
      err?: { code?: unknown; message?: string };
    };
    const what = err === undefined ? '' : ` (${String(err.code ?? err.message?.slice(0, 80))})`;
    return level === 'warn' || level === 'error' || level === 'fatal' ? `${level}: ${msg}${what}` : null;
  } catch {
    return `printed: ${line.slice(0, 120)}`;
  }
}
