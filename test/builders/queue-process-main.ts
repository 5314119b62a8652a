import type { QueueAddress } from '#app/adapters/queue-store.server.ts';
import { CATALOGUE } from '#app/adapters/queue-catalogue.server.ts';
import { startWorkers, type JobHandlers } from '#app/adapters/queue-workers.server.ts';
import type { Context } from '#app/context.ts';
import { silentLog } from './log.ts';

/** The process that `startHangingWorker` starts: takes jobs and never comes to an end with one. */
async function main({ lockMs, ...address }: QueueAddress & { lockMs: number }): Promise<void> {
  const hang = () => {
    process.stdout.write('taken\n');
    return new Promise<void>(() => undefined);
  };
  const handlers = Object.fromEntries(Object.keys(CATALOGUE).map((name) => [name, hang]));
  await startWorkers({} as Context, handlers as unknown as JobHandlers, {
    ...address,
    log: silentLog(),
    sweepEveryMs: 0,
    lockMs,
  });
  process.stdout.write('ready\n');
}

await main(JSON.parse(process.argv[2] ?? '') as QueueAddress & { lockMs: number });
