import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readCountry, repairPhone } from '#app/domain/phone.ts';

test.each([
  ['(04) 8375 9586', 'AU', '+61483759586'],
  ['0412 345 678', 'AU', '+61412345678'],
  ['412 345 678', 'AU', '+61412345678'],
  ['0412-345-678', 'AU', '+61412345678'],
  ['021 123 4567', 'NZ', '+64211234567'],
  ['21 123 4567', 'NZ', '+64211234567'],
  ['+61 412 345 678', 'NZ', '+61412345678'],
  ['61412345678', 'AU', '+61412345678'],
  ['0061 412 345 678', 'AU', '+61412345678'],
  ['0011 61 412 345 678', 'AU', '+61412345678'],
  ['+61 (0)412 345 678', 'AU', '+61412345678'],
  ['+610412345678', 'AU', '+61412345678'],
  ['03 9123 4567', 'AU', '+61391234567'],
  ['+1 202 555 0123', 'AU', '+12025550123'],
  ['Mob 0412345678', 'AU', '+61412345678'],
  ['0412 345 678 (home)', 'AU', '+61412345678'],
  ['0412 345 678 / 03 9123 4567', 'AU', '+61412345678'],
  ['none / 0412 345 678'.slice(7), 'AU', '+61412345678'],
  ['12 / 0412 345 678', 'AU', '+61412345678'],
])('%s in %s becomes %s', (text, country, e164) => {
  expect(repairPhone(text, country)).toEqual({ e164 });
  expect(repairPhone(text, country)).toEqual({ e164 });
});

test.each([
  ['', 'has no digits'],
  ['-', 'has no digits'],
  ['x', 'has no digits'],
  ['0412345', 'is too short'],
  ['0000000000', 'is not a number of AU'],
  ['9123 4567', 'is not a number of AU'],
  ['+614123456789', 'is not a number of AU'],
  ['04l2345678', 'is not a number of AU'],
  ['none', 'contains words'],
  ['do not call 0412 345 678', 'contains words'],
  ['4.12E+08', 'was cut by a spreadsheet'],
  ['0'.repeat(100), 'is too long'],
])('%j is no phone number: it %s', (text, problem) => {
  const repaired = repairPhone(text, 'AU');
  expect('problem' in repaired ? repaired.problem : repaired).toContain(problem);
});

test('whatever is repaired is E.164 and stays the same when it is repaired again', () => {
  const written = fc.oneof(fc.string({ maxLength: 20 }), fc.stringMatching(/^\(?0?4\d{2}\)? ?\d{3} ?\d{3}$/));
  fc.assert(
    fc.property(written, fc.constantFrom('AU', 'NZ', 'GB', 'XX'), (text, country) => {
      const repaired = repairPhone(text, country);
      if ('e164' in repaired) {
        expect(repaired.e164).toMatch(/^\+[1-9]\d{6,14}$/);
        expect(repairPhone(repaired.e164, country)).toEqual(repaired);
      } else {
        expect(repaired.problem).not.toBe('');
      }
    }),
  );
});

test.each([
  ['AU', 'AU'],
  [' australia ', 'AU'],
  ['NZL', 'NZ'],
  ['New Zealand', 'NZ'],
  ['uk', 'GB'],
  ['Hong Kong', 'HK'],
  ['', null],
  ['Atlantis', null],
  ['constructor', null],
])('the country %j is %s', (text, code) => {
  expect(readCountry(text)).toBe(code);
});
