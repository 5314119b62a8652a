import { expect, test } from 'vitest';
import { fieldInWords, mappingChanges, type MappingState } from '#app/domain/mapping-changes.ts';
import { conditionInWords, ruleInWords, targetInWords } from '#app/domain/mapping-words.ts';

const STATE: MappingState = {
  scope: 'customer',
  target: 'properties.City',
  description: '',
  blank: 'keep',
  rules: [{ template: '{{ CITY }}' }],
  connection: null,
  enabled: true,
};

test('a rule is a sentence', () => {
  const when = { all: [{ column: 'JOINED_STORE_CODE', is: 'not-empty' as const }] };
  expect(ruleInWords({ when, template: '{{ X }}' })).toBe('When JOINED_STORE_CODE is not empty, use {{ X }}');
  expect(ruleInWords({ template: 'Online' }, 1)).toBe('otherwise use Online');
});

test('conditions inside conditions stand in brackets', () => {
  expect(
    conditionInWords({
      all: [
        { column: 'A', is: 'one-of', value: ['x', 'y'] },
        { any: [{ column: 'B', is: 'empty' }, { not: [{ column: 'C', is: 'equals', value: 1 }] }] },
      ],
    }),
  ).toBe('A is one of x, y and (B is empty or (none of (C is 1)))');
});

test('targets have plain names, and what is no target stays as it is typed', () => {
  expect(targetInWords('customer', 'consent.sms')).toBe('SMS consent');
  expect(targetInWords('reward', 'profile.Reward Tier')).toBe('Reward Tier, on the profile');
  expect(targetInWords('item', 'skip')).toBe('Leave out the order item');
  expect(targetInWords('item', 'email')).toBe('email');
});

test('changes name the field with what it was and is, in words', () => {
  const after = {
    ...STATE,
    enabled: false,
    rules: [...STATE.rules, { when: { column: 'A', is: 'empty' as const }, template: 'x' }],
  };
  expect(
    mappingChanges(STATE, after).map(({ path, ...change }) => ({ field: fieldInWords(path), ...change })),
  ).toEqual([
    { field: 'Switched', before: 'on', after: 'off' },
    { field: 'Rule 2, when', before: null, after: 'A is empty' },
    { field: 'Rule 2, template', before: null, after: 'x' },
  ]);
});
