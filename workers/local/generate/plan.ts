import { AppError } from '#app/domain/errors.ts';
import type { CsvFormat } from '#app/domain/ports/csv.ts';
import type { RecordKind } from '#app/domain/records.ts';
import { latestDay } from './days.ts';
import type { GeneratedDay, Memory } from './memory.ts';
import type { Country } from './places.ts';

export type GenerateProgress = { kind: RecordKind; done: number; total: number };

export type GenerateOptions = {
  outDir: string;
  /** Customers in the first full export. */
  customers?: number;
  /** Orders of the day, not rows. */
  orders?: number;
  rewards?: number;
  /** Whole number; usual: 1. */
  seed?: number;
  /** Given: the next day's export, in which this share (0..1) of the customers differs from the day before. */
  change?: number;
  /** Customers that join on that day, at the end of the file; usual: 0. */
  newCustomers?: number;
  /** Usual: 0, and with `change` the day after the last one in the folder. */
  day?: number;
  /** 1 = the shares that `people.ts` states, 0 = a clean file, at most 4. */
  dirtyRate?: number;
  country?: Country;
  encoding?: CsvFormat['encoding'];
  delimiter?: CsvFormat['delimiter'];
  newline?: '\n' | '\r\n';
  onProgress?: (progress: GenerateProgress) => void;
};

/** Everything that decides the bytes of one day's files. `days` tells what happened on day 1, 2, … up to `day`. */
export type Plan = Memory & { day: number };

/** Choices that the days of one folder share: another value would make another shop. */
const LASTING = ['seed', 'country', 'dirtyRate', 'customers'] as const;
const FLAGS: Record<(typeof LASTING)[number], string> = {
  seed: '--seed',
  country: '--country',
  dirtyRate: '--dirty',
  customers: '--customers',
};

/**
 * Completes the options: a first day from the usual values, a next day from what the folder's earlier days were made of.
 * Where the folder remembers nothing, every earlier day is taken to have had the same share of changes as this one.
 * Errors: AppError `wrong_use` when nothing is wanted or the options contradict the earlier days.
 */
export function makePlan(options: GenerateOptions, memory: Memory | null, names: readonly string[]): Plan {
  const isNextDay = options.change !== undefined || (options.day ?? 0) > 0;
  const before = isNextDay ? memory : null;
  if (before !== null) {
    refuseContradiction(options, before);
  }
  const seed = options.seed ?? before?.seed ?? 1;
  const plan: Plan = {
    seed,
    country: options.country ?? before?.country ?? 'AU',
    dirtyRate: options.dirtyRate ?? before?.dirtyRate ?? 1,
    customers: options.customers ?? before?.customers ?? 0,
    orders: options.orders ?? before?.orders ?? 0,
    rewards: options.rewards ?? before?.rewards ?? 0,
    encoding: options.encoding ?? before?.encoding ?? 'utf-8',
    delimiter: options.delimiter ?? before?.delimiter ?? ',',
    newline: options.newline ?? before?.newline ?? '\n',
    day: options.day ?? (isNextDay ? nextDay(seed, before, names) : 0),
    days: [],
  };
  if (plan.customers + plan.orders + plan.rewards === 0) {
    throw wrongUse('Say how many rows you want, for example: --customers 1000 --orders 300 --rewards 100');
  }
  const today: GeneratedDay = { change: options.change ?? 0, newCustomers: options.newCustomers ?? 0 };
  plan.days = Array.from({ length: plan.day }, (_, index) =>
    index + 1 === plan.day ? today : (before?.days[index] ?? today),
  );
  return plan;
}

function nextDay(seed: number, before: Memory | null, names: readonly string[]): number {
  return Math.max(before?.days.length ?? 0, latestDay(seed, names) ?? 0) + 1;
}

function refuseContradiction(options: GenerateOptions, before: Memory): void {
  const changed = LASTING.find((name) => options[name] !== undefined && options[name] !== before[name]);
  if (changed !== undefined) {
    throw wrongUse(
      `The earlier files in ${options.outDir} were made with ${FLAGS[changed]} ${before[changed]}. ` +
        `Leave ${FLAGS[changed]} out, or generate the first day anew without --change.`,
    );
  }
}

function wrongUse(hint: string): AppError {
  return new AppError({ code: 'wrong_use', retry: 'person', message: `generate: ${hint}`, hint });
}
