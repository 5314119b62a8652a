import type { FileStatus, Lane, RecordKind, RecordStatus } from '#app/domain/records.ts';

/** Words and tones that the screens use for the product's nouns. Colour never stands alone: the word says the same. */
export type Tone = 'info' | 'success' | 'attention' | 'warning' | 'critical' | undefined;

export const FILE_WORDS: Record<FileStatus, { word: string; tone: Tone }> = {
  discovered: { word: 'Found', tone: 'info' },
  importing: { word: 'Importing', tone: 'attention' },
  imported: { word: 'Imported', tone: 'info' },
  archived: { word: 'Archived', tone: 'success' },
  duplicate: { word: 'Duplicate', tone: undefined },
  held: { word: 'Held', tone: 'critical' },
  previewed: { word: 'Previewed', tone: 'info' },
  'waiting-for-start': { word: 'Waiting', tone: 'attention' },
  unrecognised: { word: 'Unrecognised', tone: 'warning' },
  failed: { word: 'Failed', tone: 'critical' },
  discarded: { word: 'Discarded', tone: undefined },
  gone: { word: 'Gone', tone: undefined },
};

export const RECORD_WORDS: Record<RecordStatus, { word: string; tone: Tone }> = {
  synced: { word: 'synced', tone: 'success' },
  sending: { word: 'sending', tone: 'attention' },
  pending: { word: 'pending', tone: 'info' },
  waiting: { word: 'waiting', tone: 'attention' },
  failed: { word: 'failed', tone: 'critical' },
  skipped: { word: 'skipped', tone: undefined },
  held: { word: 'held', tone: 'warning' },
};

export const KIND_WORDS: Record<RecordKind, string> = {
  customers: 'Customers',
  orders: 'Orders',
  rewards: 'Rewards',
};

export const LANE_WORDS: Record<Lane, string> = { pending: 'Automatic', test: 'Test', bulk: 'Bulk' };

const NUMBERS = new Intl.NumberFormat('en');

/** `1,204` */
export function figure(count: number): string {
  return NUMBERS.format(count);
}
