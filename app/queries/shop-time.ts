import { DateTime } from 'luxon';

/** A moment as the merchant reads it, in the shop's own time zone: `21 Nov 2026, 16:30`. */
export function shopTime(at: Date, timezone: string): string {
  return DateTime.fromJSDate(at, { zone: timezone }).setLocale('en').toFormat('d LLL yyyy, HH:mm');
}

/** A moment near `now` to the second, `16:30:05`; of another day of the shop as `shopTime` says it. */
export function shopMoment(at: Date, now: Date, timezone: string): string {
  const moment = DateTime.fromJSDate(at, { zone: timezone });
  return moment.hasSame(DateTime.fromJSDate(now, { zone: timezone }), 'day')
    ? moment.toFormat('HH:mm:ss')
    : shopTime(at, timezone);
}
