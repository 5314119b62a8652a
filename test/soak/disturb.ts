import { setTimeout as pause } from 'node:timers/promises';
import { seededRandom } from '#workers/local/klaviyo/random.ts';
import type { SoakOptions } from './options.ts';
import type { Plan } from './plan.ts';
import type { Stand } from './stand.ts';
import { together } from './together.ts';
import type { Workers } from './workers.ts';

export type Disturbances = { kills: number; restarts: number; flushes: number };

/** When the one-time events come, as a share of the time in which files arrive. */
const RESTART_AT = 0.35;
const FLUSH_AT = 0.6;

/** While files arrive: a worker is killed every few seconds, PostgreSQL is restarted once, Redis is emptied once. */
export async function disturb(
  stand: Stand,
  workers: Workers,
  input: { options: SoakOptions; signal: AbortSignal; done: Disturbances },
): Promise<void> {
  const { options, done } = input;
  const lastMs = options.arrivalSeconds * 1_000;
  const startedAt = Date.now();
  const until = (share: number, signal: AbortSignal) =>
    pause(Math.max(0, startedAt + share * lastMs - Date.now()), undefined, { signal });

  async function killEveryFewSeconds(signal: AbortSignal): Promise<void> {
    const random = seededRandom(options.seed);
    for (;;) {
      const waitMs = options.killEverySeconds * 1_000 * (0.5 + random());
      if (Date.now() + waitMs - startedAt > options.killUntil * lastMs) {
        return;
      }
      await pause(waitMs, undefined, { signal });
      await workers.killOne(Math.floor(random() * options.workers));
      done.kills += 1;
    }
  }

  async function restartOnce(signal: AbortSignal): Promise<void> {
    await until(RESTART_AT, signal);
    await stand.restartPostgres();
    done.restarts += 1;
  }

  async function emptyOnce(signal: AbortSignal): Promise<void> {
    await until(FLUSH_AT, signal);
    await stand.emptyRedis();
    done.flushes += 1;
  }

  await together(input.signal, [killEveryFewSeconds, restartOnce, emptyOnce]);
}

/** Puts every file on the server when its time has come, and notes in `landed` when that was, ms of the clock. */
export async function landFiles(
  stand: Stand,
  plan: Plan,
  { signal, landed }: { signal: AbortSignal; landed: Map<string, number> },
): Promise<void> {
  const arrivals = plan.connections
    .flatMap((connection) => connection.files.map((file) => ({ connection, file })))
    .sort((a, b) => a.file.atMs - b.file.atMs);
  const startedAt = Date.now();
  for (const { connection, file } of arrivals) {
    const waitMs = startedAt + file.atMs - Date.now();
    if (waitMs > 0) {
      await pause(waitMs, undefined, { signal });
    }
    stand.put(`${connection.directory}/${file.name}`, file.text);
    landed.set(landingName(connection.index, file.name), Date.now());
  }
}

export function landingName(connection: number, file: string): string {
  return `${connection} ${file}`;
}
