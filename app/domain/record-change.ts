import type { RecordKind } from './records.ts';

/**
 * What a person may do to many records:
 * - `sync`: what failed goes again, and what is pending goes now, also while data sync is off. What a person had marked as
 *   skipped comes back.
 * - `retry`: what failed is pending again
 * - `skip`: is not sent until a file changes it
 */
export const RECORD_CHANGES = ['sync', 'retry', 'skip'] as const;
export type RecordChange = (typeof RECORD_CHANGES)[number];

/** What a toast says about a change that was made. `isPaused`: nothing goes before somebody resumes the connection. */
export function changeMessage(
  change: RecordChange,
  how: { kind: RecordKind; count: number | null; dataSync: boolean; isPaused: boolean },
): string {
  if (change === 'skip') {
    return how.count === null ? 'Skipping started' : `${recordCount(how.kind, how.count)} skipped`;
  }
  if (how.isPaused) {
    return 'Waits: connection paused';
  }
  if (change === 'sync') {
    return 'Sync started';
  }
  return how.dataSync ? 'Retry started' : 'Marked as pending';
}

/** `1 customer`, `1,204 customers`. */
export function recordCount(kind: RecordKind, count: number): string {
  return `${new Intl.NumberFormat('en').format(count)} ${count === 1 ? kind.slice(0, -1) : kind}`;
}
