import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assembleBody, bodyBytes, cutBySize, groupByKey, splitBySize } from '#app/domain/batch.ts';
import { utf8Bytes } from '#app/domain/wire.ts';

const identity = (bytes: number) => bytes;

test('a batch ends at the count or at the bytes, whichever comes first', () => {
  expect(cutBySize([10, 10, 10], { maxCount: 2, maxBytes: 1_000 }, identity)).toEqual([10, 10]);
  expect(cutBySize([10, 10, 10], { maxCount: 9, maxBytes: 22 }, identity)).toEqual([10, 10]);
  expect(cutBySize([10, 10, 10], { maxCount: 9, maxBytes: 21 }, identity)).toEqual([10]);
  expect(cutBySize([], { maxCount: 9, maxBytes: 9 }, identity)).toEqual([]);
});

test('one item always goes, even when it alone is too large', () => {
  expect(cutBySize([50, 1], { maxCount: 9, maxBytes: 20 }, identity)).toEqual([50]);
});

test('items over their own limit are refused with the reason, the others keep their order', () => {
  const { batches, refused } = splitBySize(
    [5, 200_000, 6],
    { maxCount: 9, maxBytes: 4_600_000, maxItemBytes: 100_000 },
    identity,
  );
  expect(batches).toEqual([[5, 6]]);
  expect(refused).toMatchObject([{ item: 200_000, issue: { code: 'item_too_large', severity: 'error' } }]);
});

test('whatever the sizes: nothing is lost, nothing twice, and every batch fits', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 120 }), { maxLength: 50 });
  fc.assert(
    fc.property(
      sizes,
      fc.integer({ min: 1, max: 7 }),
      fc.integer({ min: 101, max: 300 }),
      (items, maxCount, maxBytes) => {
        const named = items.map((bytes, index) => ({ bytes, index }));
        const { batches, refused } = splitBySize(
          named,
          { maxCount, maxBytes, maxItemBytes: 100 },
          ({ bytes }) => bytes,
        );
        expect(batches.flat()).toEqual(named.filter(({ bytes }) => bytes <= 100));
        expect(refused.map(({ item }) => item)).toEqual(named.filter(({ bytes }) => bytes > 100));
        for (const batch of batches) {
          expect(batch.length).toBeGreaterThan(0);
          expect(batch.length).toBeLessThanOrEqual(maxCount);
          expect(batch.reduce((sum, { bytes }) => sum + bytes + 1, 0)).toBeLessThanOrEqual(maxBytes);
        }
      },
    ),
  );
});

test('items are grouped by key in their order', () => {
  expect([...groupByKey(['a1', 'b1', 'a2'], (text) => text.charAt(0))]).toEqual([
    ['a', ['a1', 'a2']],
    ['b', ['b1']],
  ]);
});

test('a body has exactly the bytes that were counted before', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), (texts) => {
      const items = texts.map((text) => JSON.stringify(text));
      const body = assembleBody('{"data":[', items, ']}');
      expect(JSON.parse(body)).toEqual({ data: texts });
      expect(Buffer.byteLength(body)).toBe(bodyBytes('{"data":[', items.map(utf8Bytes), ']}'));
    }),
  );
});
