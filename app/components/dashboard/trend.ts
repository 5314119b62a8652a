import { figure } from '../words.ts';

/** One day of the shop's calendar: `YYYY-MM-DD`. */
export type TrendDay = { day: string; synced: number; failed: number };

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `2026-11-21` → `21 Nov` */
export function dayInWords(day: string): string {
  const [, month, date] = day.split('-').map(Number);
  return `${date} ${MONTHS[(month ?? 1) - 1]}`;
}

/** The chart in a sentence. */
export function summary(trend: TrendDay[]): string {
  const synced = trend.reduce((sum, day) => sum + day.synced, 0);
  const failed = trend.reduce((sum, day) => sum + day.failed, 0);
  if (synced + failed === 0) {
    return `Nothing was sent in the last ${trend.length} days.`;
  }
  const busiest = trend.reduce((best, day) => (day.synced > best.synced ? day : best));
  const peak =
    busiest.synced > 0
      ? ` The busiest day was ${dayInWords(busiest.day)} with ${figure(busiest.synced)}.`
      : '';
  return `In the last ${trend.length} days ${figure(synced)} records were synced and ${figure(failed)} failed.${peak}`;
}

/** A scale from zero to a round number above the highest bar, with three lines: `0`, `5k`, `10k`. */
export function scaleOf(trend: TrendDay[]): { top: number; ticks: { value: number; label: string }[] } {
  const highest = Math.max(2, ...trend.map((day) => day.synced + day.failed));
  const magnitude = 10 ** Math.floor(Math.log10(highest));
  const top =
    [1, 2, 4, 6, 8, 10].map((step) => step * magnitude).find((round) => round >= highest) ?? highest;
  return { top, ticks: [0, top / 2, top].map((value) => ({ value, label: short(value) })) };
}

function short(count: number): string {
  if (count >= 1_000_000) {
    return `${count / 1_000_000}m`;
  }
  return count >= 1_000 ? `${count / 1_000}k` : String(count);
}
