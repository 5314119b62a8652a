import { recordCount, type RecordChange } from '#app/domain/record-change.ts';
import type { RecordStatus } from '#app/domain/records.ts';
import type { RecordItem, RecordsList } from './records-list.ts';

export type BulkChange = { change: RecordChange; words: string; isPossible: boolean };

/** Statuses that each change is about, as far as the figures tell. */
const CONCERNED: Record<RecordChange, readonly RecordStatus[]> = {
  sync: ['pending', 'failed'],
  retry: ['failed'],
  skip: ['pending', 'waiting', 'failed', 'held'],
};

/**
 * The buttons above a selection, each with how many of the selected it is about: `Sync 23 customers`. `selected` null =
 * everything that matches.
 */
export function bulkChanges(list: RecordsList, selected: RecordItem[] | null): BulkChange[] {
  const counts: Record<RecordChange, number | null> = {
    sync: countOf(list, selected, 'sync', ({ canSync }) => canSync),
    retry: countOf(list, selected, 'retry', ({ canRetry }) => canRetry),
    skip: countOf(list, selected, 'skip', ({ canSkip }) => canSkip),
  };
  function noun(count: number | null): string {
    return count === null ? `all matching ${list.kind}` : recordCount(list.kind, count);
  }
  return [
    { change: 'sync', words: `Sync ${noun(counts.sync)}`, isPossible: counts.sync !== 0 },
    { change: 'retry', words: `Retry ${noun(counts.retry)}`, isPossible: counts.retry !== 0 },
    { change: 'skip', words: `Mark ${noun(counts.skip)} as skipped`, isPossible: counts.skip !== 0 },
  ];
}

function countOf(
  { matching }: RecordsList,
  selected: RecordItem[] | null,
  change: RecordChange,
  can: (row: RecordItem) => boolean,
): number | null {
  if (selected !== null) {
    return selected.filter(can).length;
  }
  return matching === null ? null : CONCERNED[change].reduce((sum, status) => sum + matching[status], 0);
}
