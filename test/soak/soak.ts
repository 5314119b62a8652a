import { setTimeout as pause } from 'node:timers/promises';
import { checkAccount, checkOnce } from './accounts.ts';
import { checkBooks, standings, type Standing, type Subject } from './books.ts';
import { createClosers, type Closers } from './closers.ts';
import { disturb, landFiles, type Disturbances } from './disturb.ts';
import { faultsOf } from './faults.ts';
import { figuresOf } from './figures.ts';
import type { SoakOptions } from './options.ts';
import { makePlan, type Plan } from './plan.ts';
import { applyShops, leaveBefore } from './shops.ts';
import { openStand, type Stand } from './stand.ts';
import { together } from './together.ts';
import { startWorkers, type Workers } from './workers.ts';

/** How far everything is, for who watches. */
export type SoakProgress = {
  step: string;
  landed: number;
  imported: number;
  files: number;
  due: number;
  kills: number;
};

export type SoakResult = { problems: string[]; figures: string[] };

/** How often the database is asked how far everything is, ms. */
const LOOK_MS = 1_000;

/**
 * Many shops, several workers, real services and all the trouble there is; then everything is counted. Ends within
 * `limitSeconds` and leaves nothing running, whatever happens. Throws the signal's reason when it is aborted.
 */
export async function runSoak(
  options: SoakOptions,
  {
    onProgress = () => undefined,
    signal,
  }: { onProgress?(progress: SoakProgress): void; signal?: AbortSignal } = {},
): Promise<SoakResult> {
  const startedAt = Date.now();
  const plan = makePlan(options);
  const closers = createClosers();
  const limit = AbortSignal.timeout(options.limitSeconds * 1_000);
  const stop = AbortSignal.any([limit, ...(signal === undefined ? [] : [signal])]);
  let result: SoakResult = { problems: [], figures: [] };
  try {
    const run: Run = await setUp(plan, options, { closers, stop, onProgress, startedAt });
    result = await runAll(run);
  } catch (error) {
    if (signal?.aborted === true) {
      throw error;
    }
    const why = limit.aborted ? `it took longer than ${options.limitSeconds} s` : describe(error);
    result.problems.push(`the soak itself stopped: ${why}`);
  } finally {
    result.problems.push(...(await closers.closeAll()));
  }
  return result;
}

type Run = {
  plan: Plan;
  options: SoakOptions;
  stand: Stand;
  subjects: Subject[];
  workers: Workers;
  landed: Map<string, number>;
  disturbances: Disturbances;
  faults: Map<string, number>;
  stop: AbortSignal;
  startedAt: number;
  /** The wait for the end is given up at this moment, so that there is time to say what is wrong. */
  giveUpAt: number;
  onProgress(progress: SoakProgress): void;
};

async function setUp(
  plan: Plan,
  options: SoakOptions,
  input: { closers: Closers; stop: AbortSignal; startedAt: number; onProgress: Run['onProgress'] },
): Promise<Run> {
  const { closers, stop, startedAt, onProgress } = input;
  onProgress({ step: 'setting up', landed: 0, imported: 0, files: 0, due: 0, kills: 0 });
  const stand = await openStand(plan, options, closers);
  const subjects = await applyShops(stand, plan, options);
  await leaveBefore(stand, plan);
  stop.throwIfAborted();
  const workers = await startWorkers(stand, plan, { count: options.workers, closers });
  const disturbances = { kills: 0, restarts: 0, flushes: 0 };
  const giveUpAt = startedAt + options.limitSeconds * 900;
  return {
    plan,
    options,
    stand,
    subjects,
    workers,
    landed: new Map(),
    disturbances,
    faults: new Map(),
    stop,
    startedAt,
    giveUpAt,
    onProgress,
  };
}

async function runAll(run: Run): Promise<SoakResult> {
  const { plan, options, stand, subjects, workers, landed, disturbances, stop } = run;
  const firstAt = Date.now();
  const watching = new AbortController();
  const watch = watchProgress(run, AbortSignal.any([stop, watching.signal]));
  try {
    await together(stop, [
      (signal) => landFiles(stand, plan, { signal, landed }),
      (signal) => disturb(stand, workers, { options, signal, done: disturbances }),
    ]);
  } finally {
    watching.abort();
    await watch;
  }
  // The dead account is still dead: whoever waited for it would not get ready now.
  const problems = await untilSettled(
    run,
    'the healthy connections',
    subjects.filter(({ account }) => !account.isDown),
  );
  const busyMs = Date.now() - firstAt;
  problems.push(...(await checkDown(run)));
  if (problems.length === 0) {
    await countFaults(run);
    await stand.klaviyo.post('/_faults', faultsOf(options, []));
    const revived = subjects.map((subject) => ({
      ...subject,
      account: { ...subject.account, isDown: false },
    }));
    problems.push(...(await untilSettled(run, 'the dead account is back', revived)));
    run.subjects = revived;
  }
  const stoppedInTime = await workers.stop();
  problems.push(...(await checkAll(run, problems.length === 0)));
  await countFaults(run);
  const state = await stand.klaviyo.state();
  const elapsedMs = Date.now() - run.startedAt;
  const figures = await figuresOf(stand, {
    subjects,
    state,
    disturbances,
    faults: run.faults,
    workers,
    landed,
    elapsedMs,
    busyMs,
  });
  figures.push(`${stoppedInTime} of ${options.workers} workers ended by themselves when they were asked to`);
  return { problems, figures };
}

/** Klaviyo's own count begins anew when faults are set. */
async function countFaults({ stand, faults }: Run): Promise<void> {
  for (const { kind, struck } of (await stand.klaviyo.summary()).faults) {
    if (struck > 0) {
      faults.set(kind, (faults.get(kind) ?? 0) + struck);
    }
  }
}

async function watchProgress(run: Run, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await look(run, 'files arrive');
    await pause(LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Null = the database does not answer at the moment. */
async function look(run: Run, step: string): Promise<Map<number, Standing> | null> {
  const known = await standings(run.stand, run.subjects).catch(() => null);
  if (known !== null) {
    const all = [...known.values()];
    run.onProgress({
      step,
      landed: run.landed.size,
      imported: all.reduce((sum, { imported }) => sum + imported, 0),
      files: run.plan.connections.reduce((sum, { files }) => sum + files.length, 0),
      due: all.reduce((sum, { due }) => sum + due, 0),
      kills: run.disturbances.kills,
    });
  }
  return known;
}

/** Waits until nothing is left to do for these connections; what is left when the time is over is a problem. */
async function untilSettled(run: Run, step: string, subjects: readonly Subject[]): Promise<string[]> {
  let open: string[] = [];
  let told = step;
  do {
    const known = await look(run, told);
    open = subjects.flatMap(({ index, shop, name }) => {
      const standing = known?.get(index);
      return standing?.isSettled === true
        ? []
        : [`${shop} ${name}: ${standing?.waitsFor ?? 'the database does not answer'}`];
    });
    if (open.length === 0) {
      return [];
    }
    told = `${step}: ${open[0]}${open.length > 1 ? ` and ${open.length - 1} more` : ''}`;
    await pause(LOOK_MS, undefined, { signal: run.stop });
  } while (Date.now() < run.giveUpAt);
  return open.map((text) => `did not come to rest: ${text}`);
}

/** Of the dead account: nothing reached it, and all that is meant for it is kept. */
async function checkDown({ stand, plan, subjects }: Run): Promise<string[]> {
  const { accounts } = await stand.klaviyo.summary();
  const reached = plan.accounts
    .filter(({ id, isDown }) => {
      const received = accounts.find((account) => account.id === id)?.received;
      return isDown && Object.values(received ?? {}).some((count) => count > 0);
    })
    .map(({ id }) => `the dead account ${id} got something: the soak does not test what it says`);
  const known = await standings(stand, subjects);
  const lost = subjects
    .filter(({ account, index }) => {
      const standing = known.get(index);
      return account.isDown && standing?.isImported === true && standing.due === 0;
    })
    .map(({ shop, name }) => `${shop} ${name}: its account is down and nothing waits for it`);
  return [...reached, ...lost];
}

async function checkAll(run: Run, isAtRest: boolean): Promise<string[]> {
  const { stand, plan, subjects, workers } = run;
  const state = await stand.klaviyo.state();
  const problems = [
    ...workers.crashes(),
    ...workers.leaks().map((line) => `the log holds what it must not: ${line}`),
  ];
  for (const account of state.accounts) {
    const own = subjects.filter((subject) => subject.account.id === account.id);
    problems.push(...checkOnce(account, own));
    // Of what is not ready, single differences say nothing.
    if (isAtRest) {
      problems.push(...checkAccount(account, own));
    }
  }
  return isAtRest ? [...problems, ...(await checkBooks(stand, plan, subjects))] : problems;
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
