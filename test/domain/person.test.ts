import { expect, test } from 'vitest';
import { grownBy, isThisPerson, mentions, phoneTails, type Person } from '#app/domain/person.ts';
import { previewWithout } from '#app/domain/preview-without.ts';
import type { JsonObject } from '#app/domain/records.ts';

const HER: Person = {
  emails: ['her@shop.example'],
  phones: ['+61412345678'],
  keys: [{ connectionId: 'AU', key: '7' }],
};

test.each([
  ['her e-mail', 'NZ', { key: '1', emails: ['her@shop.example'], phones: [] }, true],
  ['her key in its own connection', 'AU', { key: '7', emails: ['new@shop.example'], phones: [] }, true],
  ['her key in another connection', 'NZ', { key: '7', emails: [], phones: [] }, false],
  ['her phone and no e-mail', 'AU', { key: '2', emails: [], phones: ['+61412345678'] }, true],
  [
    'her phone and another e-mail',
    'AU',
    { key: '3', emails: ['him@shop.example'], phones: ['+61412345678'] },
    false,
  ],
])('a record with %s', (_, connectionId, record, expected) => {
  expect(isThisPerson(HER, connectionId, record)).toBe(expected);
});

test('of somebody without an e-mail the phone number counts whatever else a record says', () => {
  const phoneOnly: Person = { emails: [], phones: ['+61412345678'], keys: [] };

  expect(
    isThisPerson(phoneOnly, 'AU', { key: '3', emails: ['x@shop.example'], phones: ['+61412345678'] }),
  ).toBe(true);
});

test('a record adds what is new, and nothing twice', () => {
  const grown = grownBy(HER, 'NZ', {
    key: '9',
    emails: ['her@shop.example', 'old@shop.example'],
    phones: [],
  });

  expect(grown.emails).toEqual(['her@shop.example', 'old@shop.example']);
  expect(grown.keys).toHaveLength(2);
  expect(grownBy(grown, 'NZ', { key: '9', emails: ['old@shop.example'], phones: [] })).toBe(grown);
});

test.each([
  ['E-mail "HER@shop.example" is shared', true],
  ['0412 345 678', true],
  ['(04) 1234-5678', true],
  ['other@shop.example', false],
  ['her@shop.example.org', false],
  ["'her@shop.example'.", true],
  ['12345', false],
])('%s mentions her: %s', (text, expected) => {
  expect(mentions({ cells: [text] }, HER)).toBe(expected);
});

test('digits of two cells make no phone number, and a short one tells nobody apart', () => {
  expect(mentions({ a: '4123', b: '45678' }, HER)).toBe(false);
  expect(phoneTails(['+1234'])).toEqual([]);
});

test('a preview loses her samples and what is said about the same lines, and keeps its numbers', () => {
  const report: JsonObject & { creates: JsonObject[]; warnings: JsonObject[] } = {
    kind: 'customers',
    rows: { read: 3 },
    creates: [
      { key: '7', line: 2, payload: {} },
      { key: '8', line: 3, payload: { email: 'him@shop.example' } },
    ],
    warnings: [
      { line: 2, code: 'bad_date', message: 'no date' },
      { line: 3, code: 'bad_date', message: 'no date' },
    ],
  };

  expect(previewWithout(report, HER, ['7'])).toEqual({
    kind: 'customers',
    rows: { read: 3 },
    creates: report.creates.slice(1),
    warnings: report.warnings.slice(1),
  });
  expect(previewWithout(report, { emails: ['nobody@shop.example'], phones: [] }, [])).toBe(report);
});
