import fc from 'fast-check';
import { expect, test } from 'vitest';
import { propertyName, titlecaseName } from '#app/domain/person-name.ts';

test.each([
  ['JANE', 'Jane'],
  ['MARY-JANE', 'Mary-Jane'],
  ["O'BRIEN", "O'Brien"],
  ['MCDONALD', 'McDonald'],
  ['VAN DER BERG', 'Van Der Berg'],
  ['ÉLODIE', 'Élodie'],
  ["JANE'S", "Jane's"],
  ['Jane', 'Jane'],
  ['jane', 'jane'],
  ['McDonald', 'McDonald'],
  ['J', 'J'],
  ['李明', '李明'],
  ['', ''],
])('the name %j is written %j', (text, name) => {
  expect(titlecaseName(text)).toBe(name);
});

test('a name keeps its letters and is settled after one turn', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[A-Z' -]{0,20}$/), (text) => {
      expect(titlecaseName(text).toUpperCase()).toBe(text);
      expect(titlecaseName(titlecaseName(text)).toUpperCase()).toBe(text);
    }),
  );
});

test.each([
  ['JOINED_STORE_ID', 'Joined Store ID'],
  ['REF1_CODE', 'Ref1 Code'],
  ['loyalty code', 'Loyalty Code'],
  ['Style ID', 'Style ID'],
  ['iPhoneUser', 'iPhoneUser'],
  ['SKU_IDX', 'SKU Idx'],
  ['__', ''],
])('the column %j becomes the property %j', (column, name) => {
  expect(propertyName(column)).toBe(name);
});
