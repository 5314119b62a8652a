import { expect, test } from 'vitest';
import { isAppError } from '#app/domain/errors.ts';
import { compileRules } from '#app/domain/mapping.ts';
import type { ConnectionRules, Mapping } from '#app/domain/rules.ts';
import { readTarget } from '#app/domain/targets.ts';
import { buildMapping, buildRules, presetRules } from './rules-builder.ts';

function refusal(own: Partial<ConnectionRules>): { code: string; path?: string; hint: string } {
  try {
    compileRules(buildRules(own));
  } catch (error) {
    if (isAppError(error)) {
      return { code: error.code, path: error.where.path, hint: error.hint };
    }
    throw error;
  }
  throw new Error('the rules were accepted');
}

test.each([
  ['customer', 'emial', 'is no target'],
  ['customer', 'event.name', 'cannot be set by customer mappings'],
  ['customer', 'consent.post', 'is no target'],
  ['customer', 'location.planet', 'is no target'],
  ['customer', 'properties.', 'is no target'],
  ['customer', 'properties.$email', 'starts with "$"'],
  ['order', 'email', 'cannot be set by order mappings'],
  ['order', 'profile.$id', 'starts with "$"'],
  ['item', 'event.value', 'cannot be set by item mappings'],
  ['reward', 'list', 'cannot be set by reward mappings'],
] as const)('%s mappings may not set %s: it %s', (scope, target, what) => {
  const found = refusal({ mappings: [buildMapping(scope, target, 'x')] });
  expect(found).toMatchObject({ code: 'bad_target', path: 'mappings[0].target' });
  expect(found.hint).toContain(what);
});

test.each([
  ['customer', 'phone_number', { kind: 'core', name: 'phone_number' }],
  ['customer', 'location.zip', { kind: 'location', name: 'zip' }],
  ['customer', 'properties.Joined Store', { kind: 'property', name: 'Joined Store' }],
  ['customer', 'properties.a.b', { kind: 'property', name: 'a.b' }],
  ['customer', 'consent.at', { kind: 'consent', name: 'at' }],
  ['customer', 'skip', { kind: 'skip' }],
  ['order', 'event.id', { kind: 'event', name: 'id' }],
  ['reward', 'profile.Tier', { kind: 'profile', name: 'Tier' }],
] as const)('%s mappings may set %s', (scope, text, target) => {
  expect(readTarget(scope, text)).toEqual(target);
});

test.each([
  ['consent.email', 'clear', 'no opinion'],
  ['consent.sms', 'yes', 'no opinion'],
  ['email', 'clear', 'cannot be cleared'],
  ['external_id', 'clear', 'cannot be cleared'],
])('a blank %s cannot be "%s": %s', (target, blank, what) => {
  const found = refusal({ mappings: [buildMapping('customer', target, '{{ A }}', { blank })] });
  expect(found).toMatchObject({ code: 'bad_rules', path: 'mappings[0].blank' });
  expect(found.hint).toContain(what);
});

test('mistakes in templates and conditions are told with their path', () => {
  const good = buildMapping('customer', 'first_name', 'x');
  expect(
    refusal({ mappings: [good, buildMapping('customer', 'last_name', '{{ A | nope }}')] }),
  ).toMatchObject({
    code: 'bad_template',
    path: 'mappings[1].rules[0].template',
  });
  const rules: Mapping['rules'] = [
    { template: 'x' },
    { when: { all: [{ column: 'A', is: 'greater-than', value: 'x' }] }, template: 'y' },
  ];
  expect(refusal({ mappings: [buildMapping('customer', 'last_name', rules)] })).toMatchObject({
    code: 'bad_condition',
    path: 'mappings[0].rules[1].when.all[0].value',
  });
  expect(refusal({ mappings: [buildMapping('customer', 'last_name', [])] })).toMatchObject({
    path: 'mappings[0].rules',
  });
  expect(refusal({ timezone: 'Sydney' })).toMatchObject({ code: 'bad_rules', path: 'timezone' });
});

test('compiled rules know every column that anything reads', () => {
  const mapping = buildMapping('order', 'properties.Store', [
    { when: { column: 'STORE_NAME', is: 'not-empty' }, template: '{{ STORE_CODE | translate: "stores" }}' },
  ]);
  const { columnsUsed, columnsOfScope } = compileRules(buildRules({ mappings: [mapping] }));
  expect([...columnsOfScope.order]).toEqual(['STORE_NAME', 'STORE_CODE']);
  expect([...columnsUsed].sort()).toEqual(
    ['EVENT_DATE', 'ORDER_DATE', 'ORDER_ID', 'PERIDX', 'REWARD_ID', 'STORE_CODE', 'STORE_NAME'].sort(),
  );
});

test('the presets compile', () => {
  expect(() => compileRules(presetRules())).not.toThrow();
});
