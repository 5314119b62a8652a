import fc from 'fast-check';
import { DateTime } from 'luxon';
import { expect, test } from 'vitest';
import { createTimeReader, isTimeZone } from '#app/domain/time.ts';

const sydney = createTimeReader('Australia/Sydney');

test.each([
  ['2026-01-31T10:15:00', '2026-01-31T10:15:00+11:00'],
  ['2026-06-30 08:05:09', '2026-06-30T08:05:09+10:00'],
  ['2026-06-30 08:05', '2026-06-30T08:05:00+10:00'],
  ['2026-01-31', '2026-01-31T00:00:00+11:00'],
  ['2026/01/31', '2026-01-31T00:00:00+11:00'],
  ['20/03/2012 10:39:55 AM', '2012-03-20T10:39:55+11:00'],
  ['20/03/2012 12:39:55 AM', '2012-03-20T00:39:55+11:00'],
  ['20/03/2012 12:00:00 pm', '2012-03-20T12:00:00+11:00'],
  ['20/03/2012 13:00 PM', '2012-03-20T13:00:00+11:00'],
  ['1/2/2026', '2026-02-01T00:00:00+11:00'],
  ['01.02.2026 07:00', '2026-02-01T07:00:00+11:00'],
  ['20-MAR-2012', '2012-03-20T00:00:00+11:00'],
  ['20 March 2012 9:00', '2012-03-20T09:00:00+11:00'],
  ['20260131T201500Z', '2026-02-01T07:15:00+11:00'],
  ['20260131', '2026-01-31T00:00:00+11:00'],
  ['2026-01-01T00:00:00Z', '2026-01-01T11:00:00+11:00'],
  ['2026-01-01T00:00:00.123456+05:30', '2026-01-01T05:30:00+11:00'],
  ['2026-01-01T00:00:00+0530', '2026-01-01T05:30:00+11:00'],
  ['2024-02-29', '2024-02-29T00:00:00+11:00'],
  ['  2026-01-31  ', '2026-01-31T00:00:00+11:00'],
])('%s is %s in Sydney', (text, iso) => {
  expect(sydney.read(text)?.iso).toBe(iso);
});

test.each([
  '',
  'yesterday',
  '0000-00-00',
  '2026-13-01',
  '31/02/2026',
  '2023-02-29',
  '3/20/2012',
  '2026-01-01T24:00:00',
  '2026-01-01T10:60:00',
  '20/03/2012 0:10 AM',
  '20-XXX-2012',
  '12:00',
  '1',
  '2026-01-01T10:00:00 Sydney',
])('%j is no time', (text) => {
  expect(sydney.read(text)).toBeNull();
});

test('a time that the clocks skip moves forward by the gap', () => {
  expect(sydney.read('2026-10-04T01:59:59')?.iso).toBe('2026-10-04T01:59:59+10:00');
  expect(sydney.read('2026-10-04T02:30:00')?.iso).toBe('2026-10-04T03:30:00+11:00');
  expect(sydney.read('2026-10-04T03:00:00')?.iso).toBe('2026-10-04T03:00:00+11:00');
});

test('a time that the clocks show twice is the first of the two', () => {
  expect(sydney.read('2026-04-05T02:30:00')?.iso).toBe('2026-04-05T02:30:00+11:00');
  expect(sydney.read('2026-04-05T03:00:00')?.iso).toBe('2026-04-05T03:00:00+10:00');
  expect(sydney.read('2026-04-05T02:30:00+10:00')?.iso).toBe('2026-04-05T02:30:00+10:00');
});

test('zones whose offsets are not whole hours are read to the minute', () => {
  expect(createTimeReader('Australia/Lord_Howe').read('2026-04-05T01:45:00')?.iso).toBe(
    '2026-04-05T01:45:00+11:00',
  );
  expect(createTimeReader('Asia/Kathmandu').read('2026-01-01')?.iso).toBe('2026-01-01T00:00:00+05:45');
  expect(createTimeReader('America/St_Johns').read('2026-07-01T12:00:00')?.iso).toBe(
    '2026-07-01T12:00:00-02:30',
  );
});

test('text and instant always agree, in every zone, around every change of the clocks', () => {
  const zones = [
    'Australia/Sydney',
    'Pacific/Auckland',
    'Europe/Berlin',
    'America/New_York',
    'UTC',
    'Asia/Kolkata',
  ];
  const readers = new Map(zones.map((zone) => [zone, createTimeReader(zone)]));
  const seconds = fc.integer({ min: Date.UTC(1970, 0, 1) / 1000, max: Date.UTC(2037, 0, 1) / 1000 });
  fc.assert(
    fc.property(fc.constantFrom(...zones), seconds, (zone, second) => {
      const local = DateTime.fromMillis(second * 1000, { zone });
      const reader = readers.get(zone) ?? createTimeReader(zone);
      const withOffset = reader.read(local.toISO({ suppressMilliseconds: true }) ?? '');
      expect(withOffset?.ms).toBe(second * 1000);
      expect(Date.parse(withOffset?.iso ?? '')).toBe(second * 1000);
      // Without offset it is the same instant, or the earlier one of an hour that is shown twice.
      const plain = reader.read(local.toFormat("yyyy-MM-dd'T'HH:mm:ss"));
      expect(plain?.iso.slice(0, 19)).toBe(local.toFormat("yyyy-MM-dd'T'HH:mm:ss"));
      expect(Date.parse(plain?.iso ?? '')).toBe(plain?.ms);
      expect([0, 3_600_000]).toContain(second * 1000 - (plain?.ms ?? 0));
    }),
    { numRuns: 2_000 },
  );
});

test('times are formatted as the shop shows them', () => {
  const { ms = 0 } = sydney.read('2026-01-31T00:30:00') ?? {};
  expect(sydney.format(ms, 'yyyy-MM-dd')).toBe('2026-01-31');
  expect(sydney.format(ms, 'd MMMM yyyy')).toBe('31 January 2026');
});

test('only zones of the IANA database are zones', () => {
  expect(['Australia/Sydney', 'UTC'].every(isTimeZone)).toBe(true);
  expect(['Sydney', 'AEST', '', '+10:00', 'Australia/Sidney'].some(isTimeZone)).toBe(false);
});
