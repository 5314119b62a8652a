import { expect, test } from 'vitest';
import { compileSettings } from '#app/domain/compile-rules.ts';
import { createNotes } from '#app/domain/mapping-notes.ts';
import { compileTemplate } from '#app/domain/template.ts';
import { FILTER_GUIDE, insertColumn, insertFilter, markMistake } from '#app/domain/template-guide.ts';

const settings = compileSettings({
  timezone: 'Australia/Sydney',
  phoneCountry: 'AU',
  translations: { stores: { whenMissing: 'keep', entries: { SYD01: 'Sydney Pitt St' } } },
});

test.each(FILTER_GUIDE.map((entry) => [entry.name, entry] as const))(
  'the example of %s is what it does',
  (_, { use, example }) => {
    const template = compileTemplate(`{{ COLUMN | ${use} }}`, settings, '');
    const value = template.render({ row: { COLUMN: example.cell } }, createNotes());
    expect(typeof value === 'string' ? value : JSON.stringify(value)).toBe(example.gives);
  },
);

test.each([
  ['', 0, 'MOBILE', '{{ MOBILE }}'],
  ['Hi !', 3, 'FIRSTNAME', 'Hi {{ FIRSTNAME }}!'],
  ['{{  }}', 3, 'MOBILE', '{{ MOBILE }}'],
  ['', 0, 'Style ID', '{{ row["Style ID"] }}'],
  ['', 0, 'items', '{{ row["items"] }}'],
  ['', 0, '12" vinyl', `{{ row['12" vinyl'] }}`],
])('a column goes into "%s" at %i', (template, cursor, column, result) => {
  expect(insertColumn(template, cursor, column).template).toBe(result);
});

test.each([
  ['{{ CITY }}', 10, '{{ CITY | upcase }}'],
  ['{{ CITY }}', 8, '{{ CITY | upcase }}'],
  ['{{ A }} and {{ B }}', 7, '{{ A | upcase }} and {{ B }}'],
  ['', 0, '{{ COLUMN | upcase }}'],
])('a function goes into "%s" at %i', (template, cursor, result) => {
  expect(insertFilter(template, cursor, 'upcase').template).toBe(result);
});

test('a mistake is marked under its line', () => {
  expect(markMistake('one\n{% two %}', 'It is wrong (line 2, column 4): two.')).toEqual({
    line: '{% two %}',
    mark: '   ^',
  });
});
