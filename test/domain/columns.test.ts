import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  editDistance,
  matchHeader,
  nearestName,
  requiredColumns,
  unknownColumns,
} from '#app/domain/columns.ts';
import { presetColumns } from '#app/domain/presets.ts';

test('every column that the settings name is required, each once', () => {
  expect(requiredColumns('customers', presetColumns)).toEqual([
    'PERIDX',
    'EMAIL',
    'MOBILE',
    'FIRSTNAME',
    'SURNAME',
    'LAST_UPDATED',
  ]);
  expect(requiredColumns('rewards', presetColumns)).toEqual(['REWARD_ID', 'PERIDX', 'EVENT_DATE']);
});

test('headers are matched exactly first, then without case and surrounding blanks', () => {
  const match = matchHeader(['EMAIL', 'PERIDX'], ['email', ' peridx ', 'EMAIL']);
  expect([...match.columns]).toEqual([
    ['EMAIL', 2],
    ['PERIDX', 1],
  ]);
  expect(match.missing).toEqual([]);
});

test('a byte order mark before the first header does not hide it', () => {
  expect(matchHeader(['PERIDX'], ['\uFEFFPERIDX']).columns.get('PERIDX')).toBe(0);
});

test.each([
  ['EMAIL', ['PERIDX', 'E_MAIL'], 'Column EMAIL is missing; the file has E_MAIL'],
  ['EMAIL', ['EMIAL', 'PERIDX'], 'Column EMAIL is missing; the file has EMIAL'],
  ['EMAIL', ['EMAIL_ADDRESS', 'PERIDX'], 'Column EMAIL is missing; the file has EMAIL_ADDRESS'],
  ['EMAIL', ['SURNAME', 'CITY'], 'Column EMAIL is missing'],
  ['PERIDX', [], 'Column PERIDX is missing'],
])('a missing %s among %j says: %s', (name, header, hint) => {
  expect(matchHeader([name], header).missing).toEqual([{ name, hint }]);
});

test('a header that stands twice is told, and the first counts', () => {
  const match = matchHeader(['EMAIL'], ['EMAIL', 'CITY', 'EMAIL']);
  expect(match.columns.get('EMAIL')).toBe(0);
  expect(match.duplicates).toEqual(['EMAIL']);
});

test('columns that mappings read and the file lacks are listed once', () => {
  expect(unknownColumns(['CITY', 'City', 'DOB', 'DOB'], ['city', 'EMAIL'])).toEqual(['DOB']);
});

test('every header finds itself, in any case and with blanks around it', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.stringMatching(/^[A-Z][A-Z_]{0,8}$/), { minLength: 1 }), (names) => {
      const header = names.map((name, index) => (index % 2 === 0 ? ` ${name.toLowerCase()} ` : name));
      const { columns, missing } = matchHeader(names, header);
      expect(missing).toEqual([]);
      expect([...columns.values()]).toEqual(names.map((_, index) => index));
    }),
  );
});

test('the edit distance is a metric: symmetric, zero only for equal texts', () => {
  const word = fc.stringMatching(/^[abc]{0,6}$/);
  fc.assert(
    fc.property(word, word, word, (a, b, c) => {
      expect(editDistance(a, b)).toBe(editDistance(b, a));
      expect(editDistance(a, b) === 0).toBe(a === b);
      expect(editDistance(a, c)).toBeLessThanOrEqual(editDistance(a, b) + editDistance(b, c));
    }),
  );
});

test('a word that is nothing like any name has no nearest name', () => {
  expect(nearestName('QUANTITY', ['EMAIL', ''])).toBeNull();
});
