import { expect, test } from 'vitest';
import { AppError } from '#app/domain/errors.ts';
import { GENERATE_FLAGS } from '#workers/local/generate/flags.ts';
import { parseGenerateOptions } from '#workers/local/generate/options.ts';

function hintOf(flags: Record<string, unknown>): string {
  try {
    parseGenerateOptions(flags);
  } catch (error) {
    if (error instanceof AppError && error.code === 'wrong_use') {
      return error.hint;
    }
    throw error;
  }
  return '';
}

test('the flags of a command line become options', () => {
  expect(
    parseGenerateOptions({
      out: 'exports',
      customers: '100000',
      orders: '20,000',
      rewards: '1_000',
      seed: '7',
      change: '0.01',
      new: '12',
      dirty: '.5',
      country: 'nz',
      delimiter: 'semicolon',
      newline: 'crlf',
    }),
  ).toEqual({
    outDir: 'exports',
    customers: 100_000,
    orders: 20_000,
    rewards: 1000,
    seed: 7,
    change: 0.01,
    newCustomers: 12,
    dirtyRate: 0.5,
    country: 'NZ',
    delimiter: ';',
    newline: '\r\n',
  });
});

test('what is left out stays open', () => {
  expect(parseGenerateOptions({ out: 'exports', customers: '5' })).toEqual({
    outDir: 'exports',
    customers: 5,
  });
});

test.each([
  [{ customers: '5' }, '--out'],
  [{ out: 'x', customers: '-5' }, '--customers: a whole number'],
  [{ out: 'x', customers: '1.5' }, '--customers'],
  [{ out: 'x', customers: 'many' }, '--customers'],
  [{ out: 'x', change: '1%' }, '--change: a share between 0 and 1'],
  [{ out: 'x', change: '2' }, '--change'],
  [{ out: 'x', dirty: '9' }, '--dirty'],
  [{ out: 'x', country: 'UK' }, '--country: AU or NZ'],
  [{ out: 'x', delimiter: 'constructor' }, '--delimiter'],
  [{ out: 'x', encoding: 'ebcdic' }, '--encoding'],
])('%o is refused and the flag named', (flags, flag) => {
  expect(hintOf(flags)).toContain(flag);
});

test('every wrong flag is named at once', () => {
  expect(hintOf({ customers: 'x', seed: 'y' }).split('\n')).toHaveLength(3);
});

test('every flag of the command line is understood', () => {
  const understood = Object.keys(
    parseGenerateOptions({
      out: 'x',
      customers: '1',
      orders: '1',
      rewards: '1',
      seed: '1',
      change: '0',
      new: '0',
      day: '1',
      dirty: '1',
      country: 'AU',
      encoding: 'utf-8',
      delimiter: 'comma',
      newline: 'lf',
    }),
  );
  expect(understood).toHaveLength(GENERATE_FLAGS.length);
});
