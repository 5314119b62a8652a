import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cellOf, compileCondition } from '#app/domain/condition.ts';
import { isAppError } from '#app/domain/errors.ts';
import type { Condition, Operator } from '#app/domain/rules.ts';
import { createTimeReader } from '#app/domain/time.ts';

const sydney = createTimeReader('Australia/Sydney');

function holds(cell: string, is: Operator, value?: Extract<Condition, { column: string }>['value']): boolean {
  return compileCondition({ column: 'A', is, value }, sydney, 'when').holds({ A: cell });
}

test.each([
  ['', 'empty', undefined, true],
  ['  ', 'empty', undefined, true],
  ['x', 'empty', undefined, false],
  ['x', 'not-empty', undefined, true],
  [' ', 'not-empty', undefined, false],
  [' Gold ', 'equals', 'gold', true],
  ['gold', 'equals', 'golden', false],
  ['1,000.0', 'equals', 1000, true],
  ['1000', 'equals', '1,000', false],
  ['Y', 'equals', true, true],
  ['no', 'equals', false, true],
  ['', 'equals', false, false],
  ['GOLD', 'not-equals', 'gold', false],
  ['', 'not-equals', 'gold', true],
  ['silver', 'not-equals', ['gold', 'bronze'], true],
  ['silver', 'not-equals', ['gold', 'Silver'], false],
  ['Silver', 'one-of', ['gold', 'silver'], true],
  ['2', 'one-of', ['a', 2], true],
  ['x', 'one-of', ['gold'], false],
  ['x', 'one-of', 'X', true],
  ['VIP Gold', 'contains', 'gold', true],
  ['VIP', 'contains', 'gold', false],
  ['GOLD VIP', 'starts-with', 'gold', true],
  ['VIP GOLD', 'starts-with', 'gold', false],
  ['AB12', 'matches', '^[A-Z]+\\d+$', true],
  ['ab12', 'matches', '^[A-Z]+\\d+$', false],
  ['ab12', 'matches', '(?i)^[A-Z]+\\d+$', true],
  ['1,234.50', 'greater-than', 1000, true],
  ['1000', 'greater-than', 1000, false],
  ['abc', 'greater-than', 1, false],
  ['', 'less-than', 1, false],
  ['-5', 'less-than', '0', true],
  ['2026-01-30T23:59:59', 'before', '2026-01-31', true],
  ['2026-01-31', 'before', '2026-01-31', false],
  ['30/01/2026 11:00:00 PM', 'before', '2026-01-31', true],
  ['2026-01-30T13:00:01Z', 'after', '2026-01-31', true],
  ['', 'before', '2026-01-31', false],
  ['soon', 'after', '2026-01-31', false],
] as const)('%j %s %j: %s', (cell, is, value, expected) => {
  expect(holds(cell, is, Array.isArray(value) ? [...value] : (value as string | undefined))).toBe(expected);
});

test('a column that the row does not have is blank, whatever its name', () => {
  expect(compileCondition({ column: 'constructor', is: 'empty' }, sydney, 'when').holds({})).toBe(true);
  expect(cellOf({ A: 'x' }, 'toString')).toBe('');
});

test('all needs every condition, any needs one, not needs none', () => {
  const a: Condition = { column: 'A', is: 'not-empty' };
  const b: Condition = { column: 'B', is: 'not-empty' };
  const rows = [{}, { A: 'x' }, { A: 'x', B: 'x' }];
  function table(condition: Condition): boolean[] {
    return rows.map((row) =>
      compileCondition(condition, sydney, 'when').holds(row as Record<string, string>),
    );
  }
  expect(table({ all: [a, b] })).toEqual([false, false, true]);
  expect(table({ any: [a, b] })).toEqual([false, true, true]);
  expect(table({ not: [a, b] })).toEqual([true, false, false]);
  expect(table({ all: [{ not: [b] }, a] })).toEqual([false, true, false]);
  expect(table({ all: [] })).toEqual([true, true, true]);
  expect(table({ any: [] })).toEqual([false, false, false]);
});

test('a condition names the columns that it reads', () => {
  const condition: Condition = {
    any: [{ column: 'A', is: 'empty' }, { not: [{ column: 'B', is: 'empty' }] }],
  };
  expect(compileCondition(condition, sydney, 'when').columns).toEqual(['A', 'B']);
});

test.each([
  [{ column: 'A', is: 'equals' }, 'when', 'needs a value'],
  [{ column: 'A', is: 'one-of', value: [] }, 'when', 'needs a value'],
  [{ column: 'A', is: 'is' as Operator, value: 'x' }, 'when.is', 'no operator'],
  [{ all: [{ column: 'A', is: 'greater-than', value: 'many' }] }, 'when.all[0].value', 'needs a number'],
  [{ any: [{ column: 'A', is: 'greater-than', value: true }] }, 'when.any[0].value', 'needs a number'],
  [{ not: [{ column: 'A', is: 'before', value: 'soon' }] }, 'when.not[0].value', 'needs a date'],
  [{ column: 'A', is: 'matches', value: '(' }, 'when.value', 'no regular expression'],
  [{ column: 'A', is: 'matches', value: '(a+)+$' }, 'when.value', 'can take for ever'],
] as const)('%j is refused at %s because it %s', (condition, path, what) => {
  try {
    compileCondition(condition as unknown as Condition, sydney, 'when');
    expect.unreachable();
  } catch (error) {
    expect(isAppError(error, 'bad_condition') && error.where.path).toBe(path);
    expect(isAppError(error) && error.hint).toContain(what);
  }
});

test('conditions inside conditions without end are refused', () => {
  let condition: Condition = { column: 'A', is: 'empty' };
  for (let level = 0; level < 20; level += 1) {
    condition = { not: [condition] };
  }
  expect(() => compileCondition(condition, sydney, 'when')).toThrow('more than 10 levels');
});

test('not is the opposite of any, over any row', () => {
  const leaf = fc.record({
    column: fc.constantFrom('A', 'B'),
    is: fc.constantFrom('empty' as const, 'equals' as const, 'contains' as const),
    value: fc.constantFrom('x', 'xy'),
  });
  const row = fc.record({ A: fc.constantFrom('', 'x', 'XY'), B: fc.constantFrom('', 'y x') });
  fc.assert(
    fc.property(fc.array(leaf, { maxLength: 4 }), row, (conditions, one) => {
      const any = compileCondition({ any: conditions }, sydney, 'when').holds(one);
      expect(compileCondition({ not: conditions }, sydney, 'when').holds(one)).toBe(!any);
      expect(any).toBe(
        conditions.some((condition) => compileCondition(condition, sydney, 'when').holds(one)),
      );
    }),
  );
});
