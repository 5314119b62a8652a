import { recordCount } from './record-change.ts';
import { RECORD_KINDS, type RecordKind, type RecordStatus } from './records.ts';
import type { ScheduleFacts, SomeRecords } from './schedule.ts';

const NUMBERS = new Intl.NumberFormat('en');
const LIST = new Intl.ListFormat('en-GB', { type: 'conjunction' });

/** `1 file`, `1,204 files`. */
export function counted(count: number, noun: string): string {
  return `${NUMBERS.format(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(parts: string[]): string {
  return LIST.format(parts);
}

/** `1,204 customers and 3 orders`; '' = none. */
export function recordsInWords(kinds: Record<RecordKind, number>): string {
  return listed(RECORD_KINDS.filter((kind) => kinds[kind] > 0).map((kind) => recordCount(kind, kinds[kind])));
}

/** Counted as far as somebody looked: `more than 10,000 customers`. */
export function someRecordsInWords(some: SomeRecords): string {
  return `${some.isMore ? 'more than ' : ''}${recordsInWords(some.kinds)}`;
}

export function sumOf(kinds: Record<RecordKind, number>): number {
  return RECORD_KINDS.reduce((sum, kind) => sum + kinds[kind], 0);
}

/** Records of one status, by kind. */
export function ofStatus(facts: ScheduleFacts, status: RecordStatus): Record<RecordKind, number> {
  const { customers, orders, rewards } = facts.records;
  return { customers: customers[status], orders: orders[status], rewards: rewards[status] };
}

/** Pending records that no later time keeps back. */
export function dueRecords(facts: ScheduleFacts): Record<RecordKind, number> {
  const pending = ofStatus(facts, 'pending');
  const { kinds } = facts.later;
  return {
    customers: Math.max(0, pending.customers - kinds.customers),
    orders: Math.max(0, pending.orders - kinds.orders),
    rewards: Math.max(0, pending.rewards - kinds.rewards),
  };
}

/** Seconds as a pace: `30 seconds`, `5 minutes`. */
export function paceInWords(seconds: number): string {
  const isWhole = seconds >= 60 && seconds % 60 === 0;
  return isWhole ? counted(seconds / 60, 'minute') : counted(seconds, 'second');
}

/** `row 41,200 of 96,000`; null as long as nobody knows how many there are. */
export function placeInFile(file: { read: number; total: number }): string | null {
  return file.total === 0 ? null : `row ${NUMBERS.format(file.read)} of ${NUMBERS.format(file.total)}`;
}
