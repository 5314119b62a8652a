import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sourceHasher } from '#app/domain/diff.ts';
import { rejectedCells, rejectedSource } from '#app/domain/rejected-row.ts';

const cell = fc.string({ maxLength: 4 });

test('a rejected row comes back cell by cell, whatever the header and however many cells it has', () => {
  fc.assert(
    fc.property(fc.array(cell, { maxLength: 6 }), fc.array(cell, { maxLength: 9 }), (header, cells) => {
      const named = header.map((name) => name.replace(/^#/, ''));

      const kept = JSON.parse(JSON.stringify(rejectedSource(named, cells))) as ReturnType<
        typeof rejectedSource
      >;

      expect(rejectedCells(named, kept)).toEqual(cells);
    }),
  );
});

test('the reason that a download of errors adds makes a row neither new nor changed', () => {
  const plain = sourceHasher(['PERIDX', 'CITY'])(['1', 'Perth']);

  expect(sourceHasher(['PERIDX', 'CITY', 'error_reason'])(['1', 'Perth', 'EMAIL is blank'])).toBe(plain);
});
