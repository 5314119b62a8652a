import type { ConnectionPass } from '#app/pipeline/sync-connection.ts';
import { table } from '#workers/cli/output.ts';
import type { KlaviyoTraffic } from './klaviyo-traffic.ts';

/** One export through the path: taken in, then sent under Klaviyo's limits. Times in seconds. */
export type DayFigures = {
  /** Rows of all its files; item lines in an orders file. */
  rows: number;
  /** Rows that made or changed a record. */
  news: number;
  intakeSeconds: number;
  sendSeconds: number;
  requests: number;
  throttled: number;
  sent: ConnectionPass['sent'];
};

export type BenchReport = {
  customers: number;
  orders: number;
  rewards: number;
  change: number;
  machine: { node: string; cores: number; load: number };
  /** The customers file read and split by the CSV reader alone, the better of two. */
  readingSeconds: number;
  readingRows: number;
  first: DayFigures;
  /** The same customers the day after, of whom `change` changed, and as many new orders and rewards. */
  second: DayFigures;
  /** The fullest that a window of Klaviyo's limits ever was, by operation, with the share of it that was used. */
  windows: KlaviyoTraffic['windows'];
  memoryMb: number;
  /** Every balance closes and Klaviyo holds what the records say. */
  problems: string[];
};

/** The figures that may be compared between machines: both sides of each were measured in this run. */
export function ratiosOf({ first, second, readingSeconds, readingRows, windows }: BenchReport) {
  const perRow = (seconds: number, rows: number) => seconds / Math.max(1, rows);
  return {
    /** Taking a row in, in readings of a row. */
    intakeToReading: perRow(first.intakeSeconds, first.rows) / perRow(readingSeconds, readingRows),
    /** A row of the next export, in rows of the first. */
    nextIntakeToFirst: perRow(second.intakeSeconds, second.rows) / perRow(first.intakeSeconds, first.rows),
    /** Sending the next export, in sendings of the first. */
    nextSendToFirst: second.sendSeconds / Math.max(0.001, first.sendSeconds),
    newsPerRequest: first.news / Math.max(1, first.requests),
    /** Of operations that were called more than once; 1 = the limit itself. */
    fullestWindow: Math.max(
      0,
      ...windows.filter(({ requests }) => requests > 1).map(({ fullest, allowed }) => fullest / allowed),
    ),
  };
}

/** The report for people. */
export function benchText(report: BenchReport): string {
  const { first, second, machine } = report;
  const ratios = ratiosOf(report);
  const day = (name: string, one: DayFigures) => [
    name,
    one.rows,
    one.news,
    one.intakeSeconds.toFixed(1),
    Math.round(one.rows / Math.max(0.001, one.intakeSeconds)),
    one.sendSeconds.toFixed(1),
    one.sent.profiles,
    one.sent.subscribes + one.sent.unsubscribes,
    one.sent.events,
    one.requests,
    one.throttled,
  ];
  const header = [
    'export',
    'rows',
    'news',
    'intake s',
    'rows/s',
    'sending s',
    'profiles',
    'consent',
    'events',
    'requests',
    'throttled',
  ];
  return [
    `Node ${machine.node}, ${machine.cores} cores, load ${machine.load.toFixed(1)} at the start, ${report.memoryMb.toLocaleString('en')} MB at most.`,
    '',
    table(header, [day('first', first), day('next day', second)]),
    '',
    table(
      ['ratio, both sides of this run', ''],
      [
        ['taking a row in : the CSV reader alone', `${ratios.intakeToReading.toFixed(1)} x`],
        ['a row of the next export : a row of the first, intake', `${ratios.nextIntakeToFirst.toFixed(2)} x`],
        ['the next export : the first, sending', `${ratios.nextSendToFirst.toFixed(2)} x`],
        ['changed rows : requests to Klaviyo', ratios.newsPerRequest.toFixed(0)],
        ['the fullest window of a limit : that limit', `${(100 * ratios.fullestWindow).toFixed(0)} %`],
      ],
    ),
    '',
    table(
      ['operation of Klaviyo', 'requests', 'fullest window', 'allowed'],
      report.windows.map(({ operation, requests, seconds, allowed, fullest }) => [
        operation,
        requests.toLocaleString('en'),
        `${fullest} in ${seconds} s`,
        String(allowed),
      ]),
    ),
    ...report.problems.map((problem) => `! ${problem}`),
  ].join('\n');
}
