import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareWorkOrder, parseFileName } from '#app/domain/file-name.ts';
import { RECORD_KINDS } from '#app/domain/records.ts';

test.each([
  ['customers_20230424T201230Z.csv', 'customers', '2023-04-24T20:12:30.000Z'],
  ['Orders_20240229T000000Z.CSV', 'orders', '2024-02-29T00:00:00.000Z'],
  ['REWARDS_20260131t235959z.Csv', 'rewards', '2026-01-31T23:59:59.000Z'],
])('%s is read as %s of %s', (name, kind, stamp) => {
  expect(parseFileName(name)).toEqual({ ok: true, kind, stamp });
});

test.each([
  ['customers_20230424T201230Z.txt', 'ends with ".txt"'],
  ['customers_20230424T201230Z', 'has no extension'],
  ['customers.csv', 'has no "_"'],
  ['client_20230424T201230Z.csv', 'starts with "client"'],
  ['customers_20230231T201230Z.csv', 'has "20230231T201230Z"'],
  ['customers_20230424T251230Z.csv', 'has "20230424T251230Z"'],
  ['customers_20230424T201230.csv', 'has "20230424T201230"'],
  ['customers_2023-04-24.csv', 'has "2023-04-24"'],
  ['customers_20230424T201230Z (1).csv', 'has "20230424T201230Z (1)"'],
  ['.csv', 'has no "_"'],
  ['', 'has no extension'],
])('the name "%s" is refused because it %s', (name, what) => {
  const parsed = parseFileName(name);
  expect(parsed).toMatchObject({ ok: false });
  expect(parsed.ok ? '' : parsed.problem).toContain(what);
  expect(parsed.ok ? '' : parsed.problem).toContain('Example: customers_');
});

test('any time of this century comes back from the name that is made of it', () => {
  const second = fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true });
  fc.assert(
    fc.property(fc.constantFrom(...RECORD_KINDS), second, (kind, date) => {
      const iso = `${date.toISOString().slice(0, 19)}.000Z`;
      const name = `${kind}_${iso.slice(0, 19).replace(/[-:]/g, '')}Z.csv`;
      expect(parseFileName(name)).toEqual({ ok: true, kind, stamp: iso });
    }),
  );
});

test('files are worked by stamp, then customers before orders before rewards, then by name', () => {
  const early = '2026-01-01T00:00:00.000Z';
  const late = '2026-01-02T00:00:00.000Z';
  const files = [
    { stamp: late, kind: 'customers', name: 'e' },
    { stamp: early, kind: 'rewards', name: 'a' },
    { stamp: early, kind: 'orders', name: 'c' },
    { stamp: early, kind: 'orders', name: 'b' },
    { stamp: early, kind: 'customers', name: 'd' },
  ] as const;
  expect([...files].sort(compareWorkOrder).map((file) => file.name)).toEqual(['d', 'b', 'c', 'a', 'e']);
  expect(compareWorkOrder(files[0], files[0])).toBe(0);
});
