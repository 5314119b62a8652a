import type { RecordCursor, RecordFilter, RecordTab } from '#app/domain/record-filter.ts';
import type { RecordKind, RecordStatus } from '#app/domain/records.ts';

/** One record in a list; times are texts in the shop's zone. */
export type RecordItem = {
  id: string;
  name: string;
  externalId: string;
  status: RecordStatus;
  reason: string | null;
  connection: string;
  changedAt: string;
  placedAt: string | null;
  canSync: boolean;
  canRetry: boolean;
  canSkip: boolean;
};

export type RecordTask = {
  id: string;
  status: 'waiting' | 'running' | 'done' | 'failed';
  done: number;
  total: number | null;
  outcome: string | null;
};

/** A page of customers, orders or rewards. */
export type RecordsList = {
  kind: RecordKind;
  filter: RecordFilter;
  connections: { id: string; name: string }[];
  tabs: { tab: RecordTab; count: number | null }[];
  matching: Record<RecordStatus | 'total', number> | null;
  rows: RecordItem[];
  previous: RecordCursor;
  next: RecordCursor;
  causes: { code: string; example: string }[];
  file: string | null;
  isEmpty: boolean;
  isLive: boolean;
  tasks: RecordTask[];
};
