import type { RecordSort, RecordTab, SinceDays } from '#app/domain/record-filter.ts';
import type { RecordKind, RecordStatus } from '#app/domain/records.ts';
import { RECORD_WORDS } from '../words.ts';

/** Words of the lists of records. */
export const TAB_WORDS: Record<RecordTab, string> = {
  all: 'All',
  pending: 'Pending',
  waiting: 'Waiting',
  failed: 'Failed',
  synced: 'Synced',
  skipped: 'Skipped',
  held: 'Held',
};

export const SINCE_WORDS: Record<SinceDays, string> = {
  1: 'Last 24 hours',
  7: 'Last 7 days',
  30: 'Last 30 days',
};

export const SORT_WORDS: Record<RecordSort, { label: string; directionLabel: string }> = {
  'changed-desc': { label: 'Last change', directionLabel: 'Newest first' },
  'changed-asc': { label: 'Last change', directionLabel: 'Oldest first' },
  'placed-desc': { label: 'Placed at', directionLabel: 'Newest first' },
  'placed-asc': { label: 'Placed at', directionLabel: 'Oldest first' },
};

/** What a search looks through and at. Tabs are out of sight while somebody searches, so it names the tab. */
export function searchWords(kind: RecordKind, tab: RecordTab): string {
  const among = tab === 'all' ? kind : `${TAB_WORDS[tab].toLowerCase()} ${kind}`;
  return `Search ${among} by id, or how the ${kind === 'customers' ? 'e-mail' : 'number'} begins`;
}

/** A status on a badge: one word, with its colour. */
export function statusBadge(status: RecordStatus): {
  word: string;
  tone: (typeof RECORD_WORDS)[RecordStatus]['tone'];
} {
  const { word, tone } = RECORD_WORDS[status];
  return { word: word.charAt(0).toUpperCase() + word.slice(1), tone };
}

/** A cause as a title: `identity_conflict` → `Identity conflict`. */
export function causeTitle(code: string): string {
  const words = code.replace(/[_-]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
