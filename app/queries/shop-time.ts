import { DateTime } from 'luxon';

/** A moment as the merchant reads it, in the shop's own time zone: `21 Nov 2026, 16:30`. */
export function shopTime(at: Date, timezone: string): string {
  return DateTime.fromJSDate(at, { zone: timezone }).setLocale('en').toFormat('d LLL yyyy, HH:mm');
}
