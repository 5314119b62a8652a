import { startChild, type Child } from './child.ts';
import type { Closers } from './closers.ts';
import { MAIL_DOMAIN } from './people.ts';
import type { Plan } from './plan.ts';
import { SFTP_PASSWORD, type Stand } from './stand.ts';

/** A worker ends within this long when it is asked to, ms. */
const STOP_PATIENCE_MS = 20_000;

/** Exit code of a command that reaches no database or no queue. */
const UNREACHABLE = '3';
/** A supervisor's pause before it starts a worker again, ms. */
const RESTART_MS = 1_000;
/** More starts in vain are no restart of the database any more. */
const STARTS_IN_VAIN = 30;

export type Workers = {
  /** Kills one with SIGKILL and starts it again. */
  killOne(index: number): Promise<void>;
  /** Asks all to end; how many did by themselves, with 0 and in time. */
  stop(): Promise<number>;
  /** Those that ended without having been told to; not the ones that found no database when they started. */
  crashes(): string[];
  startsInVain(): number;
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
  let startsInVain = 0;
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

  /** As a supervisor does: what ends by itself is started again. Only one that finds no database at its start may. */
  function start(index: number): Child {
    const name = `worker-${index + 1}`;
    const child = startChild(['work'], {
      env: stand.workerEnv(name),
      ready: /Threadline works/,
      onLine: (line) => readLine(name, line),
    });
    let isReady = false;
    const whenReady = child.ready.then(
      () => (isReady = true),
      () => false,
    );
    void Promise.all([child.ended, whenReady]).then(([how]) => {
      if (told.has(child)) {
        return;
      }
      if (isReady || how !== UNREACHABLE) {
        crashes.push(`${name} ended by itself with ${how}`);
      }
      startsInVain += 1;
      if (startsInVain <= STARTS_IN_VAIN) {
        setTimeout(() => {
          if (children[index] === child && !told.has(child)) {
            children[index] = start(index);
          }
        }, RESTART_MS);
      }
    });
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
    startsInVain: () => startsInVain,
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
