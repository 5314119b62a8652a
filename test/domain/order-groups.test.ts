import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createKeyIndex, type KeyIndex } from '#app/domain/key-index.ts';
import { createOrderGrouper } from '#app/domain/order-groups.ts';

function indexOf(keys: readonly string[]): KeyIndex {
  const index = createKeyIndex();
  for (const [row, key] of keys.entries()) {
    index.add(key, row);
  }
  return index;
}

test('an order comes complete with its last row, also when others lie between', () => {
  const keys = ['a', 'b', 'a', 'c', 'b'];
  const grouper = createOrderGrouper<number>(indexOf(keys));
  expect(keys.map((key, row) => grouper.add(row, key, row))).toEqual([null, null, [0, 2], [3], [1, 4]]);
  expect(grouper.openRows()).toBe(0);
});

test('over all parts every order comes exactly once with all its rows in file order, and no more rows are held than foretold', () => {
  const key = fc.constantFrom('a', 'b', 'c', 'd', 'ORDER-NUMBER-1', 'ORDER-NUMBER-2');
  fc.assert(
    fc.property(fc.array(key, { maxLength: 40 }), fc.integer({ min: 1, max: 4 }), (keys, partitions) => {
      const index = indexOf(keys);
      const groups = new Map<string, number[]>();
      for (let partition = 0; partition < partitions; partition += 1) {
        const grouper = createOrderGrouper<number>(index, { partition, partitions });
        for (const [row, one] of keys.entries()) {
          const group = grouper.add(row, one, row);
          expect(grouper.openRows()).toBeLessThanOrEqual(index.maxOpenRows());
          if (group !== null) {
            expect(groups.has(one)).toBe(false);
            groups.set(one, group);
          }
        }
        expect(grouper.openRows()).toBe(0);
      }
      const expected = new Map<string, number[]>();
      for (const [row, one] of keys.entries()) {
        expected.set(one, [...(expected.get(one) ?? []), row]);
      }
      expect([...groups].sort()).toEqual([...expected].sort());
    }),
    { numRuns: 300 },
  );
});
