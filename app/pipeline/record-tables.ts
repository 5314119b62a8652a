import type { RecordKind } from '../domain/records.ts';

/** Table of each kind of record, ready for SQL (`order` is a reserved word). Never built from input. */
export const RECORD_TABLES: Record<RecordKind, string> = {
  customers: 'customer',
  orders: '"order"',
  rewards: 'reward',
};
