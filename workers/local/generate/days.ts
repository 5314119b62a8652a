import type { RecordKind } from '#app/domain/records.ts';
import { createDraws, STREAM } from './random.ts';

const DAY_MS = 86_400_000;

/** Day 0 of every generated shop, as days since 1970: fixed, so that no clock decides what a file holds. */
export const FIRST_DATE = Date.UTC(2026, 0, 1) / DAY_MS;

/** Apparel21 exports the customers first, the orders half an hour later, the rewards after another half. */
const EXPORT_DELAY_S: Record<RecordKind, number> = { customers: 0, orders: 1800, rewards: 3600 };
const FIRST_EXPORT_S = 20 * 3600;

/** `customers_20260101T201230Z.csv`: the name of a day's export. The time of day belongs to the seed. */
export function fileNameOf(seed: number, kind: RecordKind, day: number): string {
  const startS = FIRST_EXPORT_S + createDraws(seed).restart(STREAM.clock, 0).below(1800);
  const at = new Date((FIRST_DATE + day) * DAY_MS + (startS + EXPORT_DELAY_S[kind]) * 1000);
  return `${kind}_${at.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z.csv`;
}

/** The latest day whose customers, orders or rewards file of that seed is among the names; null when none is. */
export function latestDay(seed: number, names: readonly string[]): number | null {
  let latest: number | null = null;
  for (const name of names) {
    const found = /^(customers|orders|rewards)_(\d{4})(\d\d)(\d\d)T\d{6}Z\.csv$/.exec(name);
    if (found === null) {
      continue;
    }
    const day = Date.UTC(Number(found[2]), Number(found[3]) - 1, Number(found[4])) / DAY_MS - FIRST_DATE;
    const isOurs = day >= 0 && name === fileNameOf(seed, found[1] as RecordKind, day);
    if (isOurs && (latest === null || day > latest)) {
      latest = day;
    }
  }
  return latest;
}

/** Texts of the days from 1920 on; a full array, because keys below zero or far apart would make it a slow table. */
const OLDEST_TEXT = Date.UTC(1920, 0, 1) / DAY_MS;
const dates = Array.from({ length: 45_000 }, () => '');
const TWO_DIGITS = Array.from({ length: 100 }, (_, number) => String(number).padStart(2, '0'));

/** `2026-01-01` of days since 1970. */
export function dateText(date: number): string {
  const place = date - OLDEST_TEXT;
  const known = dates[place];
  if (known) {
    return known;
  }
  const text = new Date(date * DAY_MS).toISOString().slice(0, 10);
  if (known === '') {
    dates[place] = text;
  }
  return text;
}

/** `2026-01-01T09:30:00`, Apparel21's usual form: the shop's time, without a zone. */
export function timeText(date: number, second: number): string {
  return `${dateText(date)}T${twoDigits(second / 3600)}:${twoDigits((second / 60) % 60)}:${twoDigits(second % 60)}`;
}

/** `20/03/2012 10:39:55 AM`: the form in which some Apparel21 columns come. */
export function slashText(date: number, second: number): string {
  const [year, month, dayOfMonth] = dateText(date).split('-');
  const hour = Math.floor(second / 3600);
  const clock = `${twoDigits(hour % 12 === 0 ? 12 : hour % 12)}:${twoDigits((second / 60) % 60)}:${twoDigits(second % 60)}`;
  return `${dayOfMonth}/${month}/${year} ${clock} ${hour < 12 ? 'AM' : 'PM'}`;
}

function twoDigits(number: number): string {
  return TWO_DIGITS[Math.floor(number)] ?? '00';
}
