import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  NO_FILTER,
  orderOf,
  parseRecordCursor,
  parseRecordFilter,
  RECORD_SORTS,
  RECORD_TABS,
  recordFilterParameters,
  recordPath,
  recordsPath,
  SINCE_DAYS,
  sortsOf,
  statusesOf,
  type RecordFilter,
} from '#app/domain/record-filter.ts';
import { RECORD_KINDS, RECORD_STATUSES } from '#app/domain/records.ts';

const ID = '8f14e45f-ceea-467f-a8d0-1c2b3d4e5f60';

function read(query: string): RecordFilter {
  return parseRecordFilter('orders', new URLSearchParams(query));
}

test('an address without parameters shows everything, the last change first', () => {
  expect(read('')).toEqual(NO_FILTER);
});

test('a filter reads back from its own address', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...RECORD_KINDS),
      fc.record({
        status: fc.constantFrom(...RECORD_TABS),
        q: fc.string(),
        connection: fc.uuid(),
        since: fc.constantFrom(...SINCE_DAYS.map(String), 'x'),
        code: fc.string(),
        run: fc.oneof(fc.uuid(), fc.constant('')),
        sort: fc.constantFrom(...RECORD_SORTS, 'x'),
      }),
      (kind, parameters) => {
        const filter = parseRecordFilter(kind, new URLSearchParams(parameters));
        expect(parseRecordFilter(kind, recordFilterParameters(filter))).toEqual(filter);
      },
    ),
  );
});

test('what an address says wrongly is left out', () => {
  expect(read('status=lost&connection=1&since=99&run=x&sort=name')).toEqual(NO_FILTER);
});

test('what travels just now is on the tab of the pending', () => {
  expect(read('status=sending').tab).toBe('pending');
  expect(statusesOf('pending')).toEqual(['pending', 'sending']);
});

test('every status has a tab', () => {
  const shown = RECORD_TABS.filter((tab) => tab !== 'all').flatMap((tab) => statusesOf(tab));
  expect(shown.sort()).toEqual([...RECORD_STATUSES].sort());
});

test('a cause belongs to failed records only', () => {
  expect(read('status=failed&code=no_identity').code).toBe('no_identity');
  expect(read('status=synced&code=no_identity').code).toBeNull();
});

test('a run is read in the order of its file, whatever sort the address says', () => {
  const filter = read(`run=${ID}&sort=placed-asc&since=7`);
  expect(orderOf(filter)).toEqual({ by: 'line', isDescending: false });
  expect(filter.since).toBeNull();
});

test('customers have no time of placing to sort by', () => {
  expect(sortsOf('customers', NO_FILTER)).toEqual(['changed-desc', 'changed-asc']);
  expect(sortsOf('orders', NO_FILTER)).toEqual(RECORD_SORTS);
});

test('control characters, which PostgreSQL would refuse, are no part of a search', () => {
  expect(read('q=%00anna%07').search).toBe('anna');
});

test('a page of a list has an address that reads back as its cursor', () => {
  const cursor = {
    direction: 'after',
    place: { segment: 1, key: '2026-01-01 10:00:00.123+00', id: ID },
  } as const;
  const url = new URL(recordsPath('orders', NO_FILTER, cursor), 'https://x.test');
  expect(parseRecordCursor(url.searchParams)).toEqual(cursor);
});

test('a cursor that makes no sense is the first page', () => {
  expect(parseRecordCursor(new URLSearchParams('after=0~nobody~x'))).toBeNull();
});

test('a record carries the filter along that it was found by', () => {
  expect(recordPath('orders', ID, { ...NO_FILTER, tab: 'failed' })).toBe(
    `/app/records/orders/${ID}?status=failed`,
  );
});
