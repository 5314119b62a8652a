import fc from 'fast-check';
import Papa from 'papaparse';
import { expect, test } from 'vitest';
import { csvLine } from '#app/adapters/csv-write.server.ts';

test('cells are quoted only where they must be', () => {
  expect(csvLine(['1', 'plain', '', 'a,b', 'a;b', 'say "hi"', 'two\nlines', ' edge'])).toBe(
    '1,plain,,"a,b",a;b,"say ""hi""","two\nlines"," edge"',
  );
  expect(csvLine(['a,b', 'a;b'], ';')).toBe('a,b;"a;b"');
});

test('cells that a spreadsheet would run get an apostrophe when people open the file, and only then', () => {
  const cells = ['=1+1', '+61412345678', '-5', '@sum', 'a=b', '2'];

  expect(csvLine(cells, ',', { guardFormulas: true })).toBe("'=1+1,'+61412345678,'-5,'@sum,a=b,2");
  expect(csvLine(cells)).toBe(cells.join(','));
});

test('any line reads back the same', () => {
  const cell = fc.array(fc.constantFrom('"', ',', ';', '\t', '|', '\n', '\r', ' ', 'a', 'é', "'", '='), {
    maxLength: 5,
  });
  const line = fc.array(
    cell.map((parts) => parts.join('')),
    { minLength: 1, maxLength: 5 },
  );
  fc.assert(
    fc.property(line, fc.constantFrom(',', ';', '\t', '|'), (cells, delimiter) => {
      const read = Papa.parse<string[]>(`${csvLine(cells, delimiter)}\r\n`, { delimiter, newline: '\r\n' });

      expect(read.errors).toEqual([]);
      expect(read.data[0]).toEqual(cells);
    }),
  );
});
