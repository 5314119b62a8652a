import { DateTime, IANAZone } from 'luxon';

/** An instant as the shop's clocks show it. */
export type ZonedTime = {
  /** ISO-8601 with offset, seconds precision: `2026-01-31T10:15:00+11:00`. */
  iso: string;
  /** Milliseconds since 1970 UTC, whole seconds. */
  ms: number;
};

/** Reads and writes times of one zone. Made once per zone: it remembers offsets. */
export type TimeReader = {
  zone: string;
  /** Null when the text is no time. Blank is no time. */
  read(text: string): ZonedTime | null;
  /** Text of an instant in this zone, by Luxon tokens (`yyyy-MM-dd`). English month and day names. */
  format(ms: number, pattern: string): string;
};

const DAY_MS = 86_400_000;
const OFFSETS_KEPT = 50_000;

// Year first with - or /, an optional time after T or blanks, optional fraction and offset.
const YEAR_FIRST =
  /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:(?:T|\s+)(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(AM|PM)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i;
// Day first, as Apparel21 shows dates of Australia and New Zealand: 20/03/2012 10:39:55 AM.
const DAY_FIRST =
  /^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?:(?:T|,?\s+)(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(AM|PM)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i;
// Oracle's own way: 20-MAR-2012 10:39:55.
const MONTH_NAME =
  /^(\d{1,2})[- ]([A-Z]{3})[A-Z]*[- ](\d{4})(?:\s+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(AM|PM)?)?$/i;
const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const STAMP = /^(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2}))?(Z)?$/i;

/** True for a zone of the IANA database (`Australia/Sydney`). */
export function isTimeZone(zone: string): boolean {
  return zone.includes('/') || zone === 'UTC' ? IANAZone.isValidZone(zone) : false;
}

/**
 * A reader for one IANA zone. Understands `YYYY-MM-DDTHH:MM:SS`, `YYYY-MM-DD HH:MM[:SS]`, `YYYY-MM-DD` (midnight),
 * `D/M/YYYY[ H:MM[:SS][ AM|PM]]` (day first, never month first), `D-MON-YYYY[ H:MM[:SS]]` and
 * `YYYYMMDD[HHMMSS]`; where an offset or `Z` follows, it counts.
 * A time without offset is the zone's. One that the clocks skip (start of daylight saving) moves forward by the gap;
 * one that they show twice (end of daylight saving) is the first of the two.
 */
export function createTimeReader(zone: string): TimeReader {
  const offsetAt = createOffsets(zone);

  function toZoned(ms: number): ZonedTime {
    const offset = offsetAt(ms);
    return { iso: `${localText(ms + offset * 60_000)}${offsetText(offset)}`, ms };
  }

  function fromLocal(localMs: number): ZonedTime {
    // The offsets of a day earlier and later enclose at most one change of the clocks.
    const before = offsetAt(localMs - DAY_MS);
    const after = offsetAt(localMs + DAY_MS);
    const first = localMs - before * 60_000;
    if (before === after || offsetAt(first) === before) {
      return toZoned(first);
    }
    const second = localMs - after * 60_000;
    return offsetAt(second) === after ? toZoned(second) : toZoned(first);
  }

  return {
    zone,
    read(text) {
      const parts = readParts(text.trim());
      if (parts === null) {
        return null;
      }
      return parts.offset === null
        ? fromLocal(parts.localMs)
        : toZoned(parts.localMs - parts.offset * 60_000);
    },
    format(ms, pattern) {
      if (pattern === 'yyyy-MM-dd') {
        return localText(ms + offsetAt(ms) * 60_000).slice(0, 10);
      }
      return DateTime.fromMillis(ms, { zone, locale: 'en' }).toFormat(pattern);
    },
  };
}

/** Offset from UTC in minutes at an instant. Asking the zone database per row would cost more than the mapping. */
function createOffsets(zone: string): (ms: number) => number {
  const database = IANAZone.create(zone);
  // Before the railways clocks were seconds off: whole minutes keep text and instant the same.
  const rules = { offset: (ms: number) => Math.round(database.offset(ms)) };
  const known = new Map<number, number>();
  return (ms) => {
    const day = Math.floor(ms / DAY_MS);
    const kept = known.get(day);
    if (kept !== undefined) {
      return Number.isNaN(kept) ? rules.offset(ms) : kept;
    }
    if (known.size >= OFFSETS_KEPT) {
      known.clear();
    }
    const start = rules.offset(day * DAY_MS);
    const isSteady = start === rules.offset((day + 1) * DAY_MS - 1);
    // NaN marks a day on which the clocks change: its few instants are looked up exactly.
    known.set(day, isSteady ? start : Number.NaN);
    return isSteady ? start : rules.offset(ms);
  };
}

type Parts = { localMs: number; offset: number | null };

function readParts(text: string): Parts | null {
  const yearFirst = YEAR_FIRST.exec(text) ?? STAMP.exec(text);
  if (yearFirst !== null) {
    const [, year, month, day, hour, minute, second, seventh, eighth] = yearFirst;
    const isStamp = yearFirst.length < 9;
    return build(
      [year, month, day, hour, minute, second],
      isStamp ? undefined : seventh,
      isStamp ? seventh : eighth,
    );
  }
  const dayFirst = DAY_FIRST.exec(text) ?? MONTH_NAME.exec(text);
  if (dayFirst === null) {
    return null;
  }
  const [, day, month = '', year, hour, minute, second, half, offset] = dayFirst;
  const number = /^\d/.test(month) ? month : String(MONTHS.indexOf(month.toLowerCase()) + 1);
  return build([year, number, day, hour, minute, second], half, offset);
}

function build(
  texts: (string | undefined)[],
  half: string | undefined,
  offset: string | undefined,
): Parts | null {
  const [year = 0, month = 0, day = 0, writtenHour = 0, minute = 0, second = 0] = texts.map((text) =>
    Number(text ?? 0),
  );
  const hour = half === undefined ? writtenHour : hourOfHalf(writtenHour, half);
  if (hour === null || hour > 23 || minute > 59 || second > 59) {
    return null;
  }
  if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month) || year < 100) {
    return null;
  }
  const localMs = Date.UTC(year, month - 1, day, hour, minute, second);
  return { localMs, offset: readOffset(offset) };
}

function daysOf(year: number, month: number): number {
  if (month === 2) {
    return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  }
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function hourOfHalf(hour: number, half: string): number | null {
  if (hour < 1 || hour > 12) {
    // 13:05 PM is seen in exports: the hour says it all.
    return half.toUpperCase() === 'PM' && hour > 12 ? hour : null;
  }
  return (hour % 12) + (half.toUpperCase() === 'PM' ? 12 : 0);
}

function readOffset(text: string | undefined): number | null {
  if (text === undefined) {
    return null;
  }
  if (text.toUpperCase() === 'Z') {
    return 0;
  }
  const sign = text.startsWith('-') ? -1 : 1;
  const digits = text.slice(1).replace(':', '').padEnd(4, '0');
  return sign * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2)));
}

const TWO_DIGITS = Array.from({ length: 100 }, (_, number) => String(number).padStart(2, '0'));

/** `2026-01-31T10:15:00`; toISOString is the slowest step of a row otherwise. */
function localText(localMs: number): string {
  const date = new Date(localMs);
  const day = `${TWO_DIGITS[date.getUTCMonth() + 1]}-${TWO_DIGITS[date.getUTCDate()]}`;
  const time = `${TWO_DIGITS[date.getUTCHours()]}:${TWO_DIGITS[date.getUTCMinutes()]}:${TWO_DIGITS[date.getUTCSeconds()]}`;
  return `${String(date.getUTCFullYear()).padStart(4, '0')}-${day}T${time}`;
}

function offsetText(minutes: number): string {
  const size = Math.abs(Math.trunc(minutes));
  const hours = String(Math.floor(size / 60)).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${hours}:${String(size % 60).padStart(2, '0')}`;
}
