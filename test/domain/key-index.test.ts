import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createKeyIndex } from '#app/domain/key-index.ts';

test('it tells how often and where each key stands', () => {
  const index = createKeyIndex();
  for (const [row, key] of ['a', 'b', 'a', 'c', 'a'].entries()) {
    index.add(key, row);
  }
  expect([index.count('a'), index.firstRow('a'), index.lastRow('a')]).toEqual([3, 0, 4]);
  expect([index.count('b'), index.firstRow('b'), index.lastRow('b')]).toEqual([1, 1, 1]);
  expect([index.count('x'), index.firstRow('x'), index.lastRow('x')]).toEqual([0, -1, -1]);
  expect(index.size()).toBe(3);
});

test('an empty index knows nothing', () => {
  const index = createKeyIndex(1_000);
  expect([index.size(), index.lastRow(''), index.maxOpenRows()]).toEqual([0, -1, 0]);
});

test('it agrees with a Map over any keys, long, short, empty or not ASCII', () => {
  const key = fc.oneof(
    fc.stringMatching(/^[0-9]{1,3}$/),
    fc.string({ maxLength: 14 }),
    fc.constantFrom('', 'a', 'a\u0000', '\u0000', 'aaaaaaaaaaa', 'aaaaaaaaaaaa', 'é', 'ORDER-2026-0000001'),
  );
  fc.assert(
    fc.property(fc.array(fc.option(key, { nil: null }), { maxLength: 60 }), (keys) => {
      const index = createKeyIndex();
      const model = new Map<string, number[]>();
      for (const [row, one] of keys.entries()) {
        if (one !== null) {
          index.add(one, row);
          model.set(one, [...(model.get(one) ?? []), row]);
        }
      }
      expect(index.size()).toBe(model.size);
      for (const [one, rows] of model) {
        expect([index.count(one), index.firstRow(one), index.lastRow(one)]).toEqual([
          rows.length,
          rows[0],
          rows.at(-1),
        ]);
      }
      // The direct count: a row is held until the last row of its key has come.
      const held = keys.map((_, now) =>
        [...model.values()].reduce(
          (sum, rows) => sum + ((rows.at(-1) ?? 0) > now ? rows.filter((row) => row <= now).length : 0),
          0,
        ),
      );
      const atLastRow = keys.map((one, now) => (held[now - 1] ?? 0) + (one === null ? 0 : 1));
      expect(index.maxOpenRows()).toBeLessThanOrEqual(Math.max(0, ...atLastRow));
      expect(index.maxOpenRows()).toBe(Math.max(0, ...held));
    }),
    { numRuns: 300 },
  );
});

test('it grows past its pages and keeps every key apart', () => {
  const index = createKeyIndex();
  const keys = 100_000;
  for (let row = 0; row < keys; row += 1) {
    index.add(`${row * 7}`, row);
  }
  for (let row = 0; row < keys; row += 1) {
    index.add(`ORDER-${row}`, keys + row);
  }
  expect(index.size()).toBe(2 * keys);
  let wrong = 0;
  for (let row = 0; row < keys; row += 1) {
    wrong += index.lastRow(`${row * 7}`) === row && index.lastRow(`ORDER-${row}`) === keys + row ? 0 : 1;
  }
  expect(wrong).toBe(0);
  expect(index.maxOpenRows()).toBe(0);
});

test('partitions are stable and about even', () => {
  const index = createKeyIndex();
  const counts = [0, 0, 0, 0];
  for (let key = 0; key < 8_000; key += 1) {
    const part = index.partitionOf(String(key), 4);
    expect(index.partitionOf(String(key), 4)).toBe(part);
    counts[part] = (counts[part] ?? 0) + 1;
  }
  expect(Math.min(...counts)).toBeGreaterThan(1_800);
});
