import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readNumber, sumOf } from '#app/domain/number.ts';

test.each([
  ['5', 5],
  ['0', 0],
  ['-0', 0],
  ['007', 7],
  ['12.50', 12.5],
  ['.5', 0.5],
  ['5.', 5],
  ['+3', 3],
  ['-3', -3],
  ['1,234', 1234],
  ['1,234,567.89', 1234567.89],
  ['12,5', 12.5],
  ['1234,56', 1234.56],
  ['1.234,50', 1234.5],
  ['1.234.567', 1234567],
  ['1 234,50', 1234.5],
  ['1\u00a0234.50', 1234.5],
  ["1'234.50", 1234.5],
  ['$1,234.50', 1234.5],
  ['A$12.00', 12],
  ['AUD 12', 12],
  ['-$5', -5],
  ['$-5', -5],
  ['(12.50)', -12.5],
  ['($12.50)', -12.5],
  ['12.50-', -12.5],
  ['1.5E+03', 1500],
])('%j is %d', (text, number) => {
  expect(readNumber(text)).toBe(number);
});

test.each([
  '',
  ' ',
  'abc',
  '1,23,4',
  '1.2.3',
  '12%',
  '--5',
  '-5-',
  '(5',
  '5)',
  '(-5)',
  '1e999',
  'NaN',
  'Infinity',
  '0x10',
  '$',
  '-',
  '1,2345.6',
])('%j is no number', (text) => {
  expect(readNumber(text)).toBeNull();
});

test('a number is read back from the ways in which it is written', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e12, max: 1e12 }), (cents) => {
      const number = cents / 100;
      const grouped = number.toLocaleString('en-US', { minimumFractionDigits: 2, useGrouping: true });
      expect(readNumber(String(number))).toBe(number === 0 ? 0 : number);
      expect(readNumber(grouped)).toBe(number === 0 ? 0 : number);
      expect(readNumber(`$${grouped}`.replace('$-', '-$'))).toBe(number === 0 ? 0 : number);
    }),
  );
});

test('any text is a finite number or none', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const number = readNumber(text);
      expect(number === null || Number.isFinite(number)).toBe(true);
    }),
  );
});

test('sums have no dust of binary fractions', () => {
  expect(sumOf([0.1, 0.2])).toBe(0.3);
  expect(sumOf([10.1, 20.2])).toBe(30.3);
  expect(sumOf([5, -5])).toBe(0);
  expect(Object.is(sumOf([-0.00001]), 0)).toBe(true);
  expect(sumOf([])).toBe(0);
});
