import fc from 'fast-check';
import { expect, test } from 'vitest';
import { diffRecord, payloadHash, rulesForRow, rulesHash, sourceHasher } from '#app/domain/diff.ts';
import { buildRules } from './rules-builder.ts';

const columnsUsed = new Set(['EMAIL', 'PERIDX', 'Style ID']);

test.each([
  [
    ['EMAIL', 'CITY'],
    ['EMAIL', 'CITY'],
  ],
  [
    [' email ', 'peridx', 'style id'],
    ['EMAIL', 'PERIDX', 'Style ID'],
  ],
  [
    ['email', 'EMAIL'],
    ['email', 'EMAIL'],
  ],
  [
    ['Email', 'email'],
    ['EMAIL', 'EMAIL (2)'],
  ],
  [
    ['\uFEFFPERIDX', ' City '],
    ['PERIDX', 'City'],
  ],
  [
    ['A', '', 'A', ' '],
    ['A', 'Column 2', 'A (2)', 'Column 4'],
  ],
])('the header %j gives the names %j', (header, names) => {
  expect(rulesForRow(header, { columnsUsed })).toEqual(names);
});

test('the hash of a row does not depend on the order of columns nor on blank ones', () => {
  const a = sourceHasher(['A', 'B', 'C'])(['1', '', '3']);
  expect(a).toMatch(/^[0-9a-f]{32}$/);
  expect(sourceHasher(['C', 'A'])(['3', '1'])).toBe(a);
  expect(sourceHasher(['A', 'C', 'NEW'])(['1', '3'])).toBe(a);
  expect(sourceHasher(['A', 'B', 'C'])(['1', '3', ''])).not.toBe(a);
});

test('two rows have one hash exactly when their filled cells are the same', () => {
  const names = fc.uniqueArray(fc.constantFrom('A', 'B', 'AB', 'A=', '1:A'), { minLength: 2, maxLength: 3 });
  const cells = fc.array(fc.constantFrom('', '1', 'A', '1:A=1:1', 'B=', ':'), { minLength: 3, maxLength: 3 });
  function filled(columns: string[], row: string[]): string {
    return JSON.stringify(
      columns
        .map((name, index) => [name, row[index]])
        .filter(([, cell]) => cell !== '')
        .sort(),
    );
  }
  fc.assert(
    fc.property(names, cells, names, cells, (namesA, cellsA, namesB, cellsB) => {
      const isSame = sourceHasher(namesA)(cellsA) === sourceHasher(namesB)(cellsB);
      expect(isSame).toBe(filled(namesA, cellsA) === filled(namesB, cellsB));
    }),
    { numRuns: 1_000 },
  );
});

test('a changed rule changes the hash of the rules; the order of keys does not', () => {
  const rules = buildRules();
  expect(rulesHash(rules)).toBe(
    rulesHash(Object.fromEntries(Object.entries(rules).reverse()) as typeof rules),
  );
  expect(rulesHash({ ...rules, passThrough: true })).not.toBe(rulesHash(rules));
  expect(payloadHash({ a: 1, b: [1, 2] })).toBe(payloadHash({ b: [1, 2], a: 1 }));
  expect(payloadHash({ b: [2, 1] })).not.toBe(payloadHash({ b: [1, 2] }));
});

test.each([
  [null, 'created'],
  [{ sourceHash: 's', rulesHash: 'r' }, 'same'],
  [{ sourceHash: 'other', rulesHash: 'r' }, 'map'],
  [{ sourceHash: 's', rulesHash: 'other' }, 'map'],
])('a record stored as %j is %s', (stored, outcome) => {
  expect(diffRecord({ stored, sourceHash: 's', rulesHash: 'r' })).toBe(outcome);
});
