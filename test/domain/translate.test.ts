import { expect, test } from 'vitest';
import { compileTranslation } from '#app/domain/translate.ts';

const entries = { SYD01: 'Sydney Pitt St', ' mel02 ': 'Melbourne' };

test('values are found trimmed, exactly first, then without case', () => {
  const table = compileTranslation('stores', {
    whenMissing: 'keep',
    entries: { ...entries, syd01: 'small' },
  });
  expect(table.translate(' SYD01 ')).toEqual({ text: 'Sydney Pitt St', isMissing: false });
  expect(table.translate('syd01')).toEqual({ text: 'small', isMissing: false });
  expect(table.translate('Syd01')).toEqual({ text: 'Sydney Pitt St', isMissing: false });
  expect(table.translate('MEL02')).toEqual({ text: 'Melbourne', isMissing: false });
});

test.each([
  ['keep', 'PER03'],
  ['blank', ''],
  ['Other store', 'Other store'],
])('an unknown value under "%s" becomes "%s" and is missing', (whenMissing, text) => {
  const table = compileTranslation('stores', { whenMissing, entries });
  expect(table.translate(' PER03 ')).toEqual({ text, isMissing: true });
});

test('a blank value stays blank and is never missing', () => {
  const table = compileTranslation('stores', { whenMissing: 'Other store', entries });
  expect(table.translate('  ')).toEqual({ text: '', isMissing: false });
});

test('names that every object has are unknown values like any other', () => {
  const table = compileTranslation('stores', { whenMissing: 'blank', entries });
  expect(table.translate('constructor')).toEqual({ text: '', isMissing: true });
  expect(table.translate('__proto__')).toEqual({ text: '', isMissing: true });
});
