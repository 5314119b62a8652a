import { createInterface } from 'node:readline';
import { isAppError } from '#app/domain/errors.ts';
import { joinEmbeddedPostgres } from '#workers/local/postgres/embedded.ts';

/** The process that `startEmbeddedProcess` starts: joins, says how it went, and does as it is told on stdin. */
async function main(dataDir: string): Promise<void> {
  try {
    const embedded = await joinEmbeddedPostgres(dataDir);
    say({ url: embedded.url, isOwner: embedded.isOwner });
    for await (const order of createInterface({ input: process.stdin })) {
      if (order === 'exit') {
        process.exit(0);
      }
      await embedded.leave();
      break;
    }
  } catch (error) {
    if (!isAppError(error)) {
      throw error;
    }
    say({ code: error.code, hint: error.hint });
  }
}

function say(answer: object): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

await main(process.argv[2] ?? '');
