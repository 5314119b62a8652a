/**
 * The soak: `npm run soak [-- --short] [--seed 7] [--shops 50] …`. Fifty shops with two connections each, files that land at
 * random, workers that are killed, Redis emptied, PostgreSQL restarted, a Klaviyo with its real limits and faults and one
 * account that is down. Ends with `soak: passed` and 0, or with what is wrong and 1; 2 = wrong use.
 */
import { findSystemProgram } from '../builders/find-program.ts';
import { readOptions, type SoakOptions } from './options.ts';
import { runSoak, type SoakProgress } from './soak.ts';

const PROBLEMS_SHOWN = 40;
/** Without a terminal a line is printed this often, ms. */
const LINE_EVERY_MS = 15_000;

process.exitCode = await main(process.argv.slice(2));

async function main(parameters: string[]): Promise<number> {
  let options: SoakOptions;
  try {
    options = readOptions(parameters);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
  if (findSystemProgram('redis-server') === null) {
    process.stderr.write('redis-server is not installed: apt-get install redis-server\n');
    return 2;
  }
  const asked = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => asked.abort(new Error(`stopped by ${signal}`)));
  }
  print(
    `soak: ${options.shops} shops with ${options.connectionsPerShop} connections each, ${options.workers} workers, seed ${options.seed}`,
  );
  const view = progressView();
  try {
    const { problems, figures } = await runSoak(options, { onProgress: view.show, signal: asked.signal });
    view.end();
    figures.forEach((line) => print(line));
    problems.slice(0, PROBLEMS_SHOWN).forEach((problem) => print(`WRONG ${problem}`));
    if (problems.length > PROBLEMS_SHOWN) {
      print(`… and ${problems.length - PROBLEMS_SHOWN} more`);
    }
    print(
      problems.length === 0
        ? 'soak: passed'
        : `soak: ${problems.length} things are wrong (seed ${options.seed})`,
    );
    return problems.length === 0 ? 0 : 1;
  } catch (error) {
    view.end();
    if (!asked.signal.aborted) {
      throw error;
    }
    print('soak: stopped, nothing is left running');
    return 130;
  }
}

function progressView(): { show(progress: SoakProgress): void; end(): void } {
  const isTerminal = process.stderr.isTTY === true;
  const startedAt = Date.now();
  let shownAt = 0;
  return {
    show({ step, landed, imported, files, due, kills }) {
      if (!isTerminal && Date.now() - shownAt < LINE_EVERY_MS) {
        return;
      }
      shownAt = Date.now();
      const width = 20;
      const full = files === 0 ? 0 : Math.min(width, Math.round((imported / files) * width));
      const bar = `[${'#'.repeat(full)}${'.'.repeat(width - full)}]`;
      const time = `${Math.round((shownAt - startedAt) / 1_000)} s`;
      const line = `${bar} ${time.padStart(6)}  ${landed} of ${files} files landed, ${imported} done, ${due} records due, ${kills} kills: ${step}`;
      process.stderr.write(
        isTerminal ? `\r\u001B[2K${line.slice(0, (process.stderr.columns || 120) - 1)}` : `${line}\n`,
      );
    },
    end() {
      if (isTerminal) {
        process.stderr.write('\r\u001B[2K');
      }
    },
  };
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
