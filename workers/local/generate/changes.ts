import { createDraws, createPermutation, placeOf, STREAM, type Draws, type Permutation } from './random.ts';
import type { Plan } from './plan.ts';

/** What happened to a person since day 0. */
export type Evolution = {
  addressVersion: number;
  phoneVersion: number;
  loyaltyVersion: number;
  privacyFlips: number;
  purchases: number;
  spentCents: number;
  /** A number 0..1 that chooses the store of the last purchase; null without one. */
  lastStoreDraw: number | null;
  /** Day and second of the last change. */
  day: number;
  second: number;
};

export type Changes = {
  /** Rows of the customers file of the day, the blank keys included. */
  rowCount: number;
  /** Rows that are new on the day, at the end of the file. */
  newCount: number;
  /** True for rows without a primary key; they never change. */
  isKeyless(index: number): boolean;
  /** The day on which the person entered the file. */
  firstDay(index: number): number;
  /** Null for a person that is as on the first day. */
  evolutionOf(index: number): Evolution | null;
  /** True when the row differs from the day before. */
  isChanged(index: number): boolean;
};

/** One row in so many has no primary key… */
const KEYLESS_PERIOD = 10_000;
/** … in files that have at least so many rows. */
const KEYLESS_FROM = 10_000;
/** Under the fifth at which a whole file is held, whatever share of the rows changes. */
const PRIVACY_SHARE = 0.12;

/** Decides, without a table, which rows of which day are new, changed or without a key. */
export function createChanges(plan: Plan): Changes {
  const draws = createDraws(plan.seed);
  const period =
    plan.dirtyRate === 0 || plan.customers < KEYLESS_FROM ? 0 : Math.round(KEYLESS_PERIOD / plan.dirtyRate);
  const place = period === 0 ? 0 : draws.restart(STREAM.key, 0).below(period);
  const isKeyless = (index: number): boolean => period !== 0 && index % period === place;
  const keylessBefore = (index: number): number =>
    period === 0 ? 0 : Math.floor((index + period - 1 - place) / period);

  /** Rows of the file on day 0, 1, …, `plan.day`. */
  const rowCounts = [plan.customers];
  const chosen: { permutation: Permutation; count: number }[] = [];
  for (const [index, { change, newCustomers }] of plan.days.entries()) {
    const rows = rowCounts[index] ?? 0;
    const keyed = rows - keylessBefore(rows);
    const permutation = createPermutation(draws.restart(STREAM.permutation, index + 1), keyed);
    chosen.push({ permutation, count: Math.min(keyed, Math.round(change * rows)) });
    rowCounts.push(rows + newCustomers);
  }
  const rowCount = rowCounts.at(-1) ?? 0;

  function changesOn(index: number, day: number): boolean {
    const today = chosen[day - 1];
    if (today === undefined || index >= (rowCounts[day - 1] ?? 0) || isKeyless(index)) {
      return false;
    }
    return placeOf(today.permutation, index - keylessBefore(index)) < today.count;
  }
  return {
    rowCount,
    newCount: rowCount - (rowCounts.at(-2) ?? rowCount),
    isKeyless,
    firstDay: (index) =>
      index < plan.customers
        ? 0
        : Math.max(
            0,
            rowCounts.findIndex((rows) => index < rows),
          ),
    isChanged: (index) => changesOn(index, plan.day),
    evolutionOf(index) {
      let evolution: Evolution | null = null;
      for (let day = 1; day <= plan.day; day += 1) {
        if (changesOn(index, day)) {
          evolution = evolve(evolution, draws.restart(STREAM.change, index, day), day);
        }
      }
      return evolution;
    },
  };
}

function evolve(before: Evolution | null, draws: Draws, day: number): Evolution {
  const after: Evolution = before ?? {
    addressVersion: 0,
    phoneVersion: 0,
    loyaltyVersion: 0,
    privacyFlips: 0,
    purchases: 0,
    spentCents: 0,
    lastStoreDraw: null,
    day,
    second: 0,
  };
  after.day = day;
  after.second = 9 * 3600 + draws.below(12 * 3600);
  const kind = draws.next();
  if (kind < PRIVACY_SHARE) {
    after.privacyFlips += 1;
  } else if (kind < 0.4) {
    after.addressVersion += 1;
  } else if (kind < 0.5) {
    after.phoneVersion += 1;
  } else if (kind < 0.55) {
    after.loyaltyVersion += 1;
  } else {
    after.purchases += 1;
    after.spentCents += 1995 + 1000 * draws.below(25);
    after.lastStoreDraw = draws.next();
  }
  return after;
}
