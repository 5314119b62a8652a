import { expect, test } from 'vitest';
import {
  conditionPath,
  formProblems,
  fromMappingForm,
  newCondition,
  newRule,
  toMappingForm,
  unreachableFrom,
  withMode,
  type RuleForm,
} from '#app/domain/mapping-form.ts';
import { presetMappings } from '#app/domain/presets.ts';
import type { Condition, Mapping, Rule } from '#app/domain/rules.ts';

const SAVED = { version: 'v', connectionId: null };

function mappingWith(...rules: Rule[]): Mapping {
  return { scope: 'customer', target: 'properties.X', description: '', blank: 'keep', rules };
}

function formOf(when: Condition): RuleForm {
  const [rule] = toMappingForm(mappingWith({ when, template: 'x' }), SAVED).rules;
  if (rule === undefined) {
    throw new Error('a mapping without rules');
  }
  return rule;
}

/** The rule's condition after somebody typed something into its template. */
function whenAfterTyping(rule: RuleForm): unknown {
  const form = { ...toMappingForm(mappingWith(), SAVED), rules: [{ ...rule, template: 'typed' }] };
  return (fromMappingForm(form).rules[0] as Rule).when;
}

test('every preset mapping comes back from the form as it went in', () => {
  for (const mapping of presetMappings()) {
    expect(fromMappingForm(toMappingForm(mapping, SAVED))).toEqual(mapping);
  }
});

test.each<[string, Condition]>([
  ['a bare comparison', { column: 'A', is: 'equals', value: 'x' }],
  ['an empty list of conditions', { all: [] }],
  ['a number among texts', { any: [{ column: 'A', is: 'one-of', value: [1, 'x'] }] }],
  ['conditions inside conditions', { all: [{ any: [{ column: 'A', is: 'empty' }] }] }],
  ['not', { not: [{ column: 'A', is: 'empty' }] }],
  ['a value where none is needed', { all: [{ column: 'A', is: 'empty', value: 'x' }] }],
  ['a missing value', { all: [{ column: 'A', is: 'equals' }] }],
])('%s comes back as it went in', (_, when) => {
  const mapping = mappingWith({ when, template: 'x' });
  expect(fromMappingForm(toMappingForm(mapping, SAVED))).toEqual(mapping);
});

test.each<[string, Condition]>([
  ['a text', { all: [{ column: 'A', is: 'equals', value: '5' }] }],
  ['a number', { all: [{ column: 'A', is: 'equals', value: 5 }] }],
  ['a limit', { any: [{ column: 'A', is: 'greater-than', value: 2.5 }] }],
  ['a yes', { all: [{ column: 'A', is: 'equals', value: true }] }],
  ['a list of one', { all: [{ column: 'A', is: 'one-of', value: ['x'] }] }],
  ['several texts', { all: [{ column: 'A', is: 'not-equals', value: ['x', 'y'] }] }],
  ['a pattern that begins with a blank', { all: [{ column: 'A', is: 'matches', value: ' x$' }] }],
])('%s keeps its type when another part of the rule is changed', (_, when) => {
  expect(whenAfterTyping(formOf(when))).toEqual(when);
});

test('what lies deeper than one level is shown as JSON and can be changed there', () => {
  const rule = formOf({ not: [{ column: 'A', is: 'empty' }] });
  expect(rule.mode).toBe('json');
  expect(whenAfterTyping({ ...rule, json: '{"not":[]}' })).toEqual({ not: [] });
});

test('choosing JSON begins with the conditions that stand in the fields', () => {
  const rule = withMode(formOf({ all: [{ column: 'A', is: 'empty' }] }), 'json');
  expect(JSON.parse(rule.json)).toEqual({ all: [{ column: 'A', is: 'empty' }] });
});

test('choosing conditions for a rule that has none gives one to fill in', () => {
  expect(withMode(newRule('rule-0'), 'any').conditions).toEqual([newCondition('rule-0-when-0')]);
});

test('the path of a condition is where the checks look for it', () => {
  expect(conditionPath(formOf({ column: 'A', is: 'empty' }), 2, 0)).toBe('rules.2.when');
  expect(conditionPath(formOf({ any: [{ column: 'A', is: 'empty' }] }), 2, 0)).toBe('rules.2.when.any.0');
});

test('broken JSON, words for numbers and a fixed text that means something else are said before saving', () => {
  const form = toMappingForm(mappingWith(), SAVED);
  const condition = { ...newCondition('c'), operator: 'equals-number' as const, value: 'many' };
  const rules = [
    { ...newRule('rule-0'), mode: 'json' as const, json: '{' },
    { ...newRule('rule-1'), mode: 'all' as const, conditions: [condition] },
  ];

  const problems = formProblems({ ...form, blankMode: 'fixed', blankText: 'keep', rules });

  expect(problems.map(({ field }) => field)).toEqual(['blank', 'rules.0.when', 'rules.1.when.all.0.value']);
});

test('rules after one that always applies are never reached', () => {
  const [always, sometimes] = [{ mode: 'always' as const }, { mode: 'all' as const }];
  expect(unreachableFrom([sometimes, always, sometimes])).toBe(2);
  expect(unreachableFrom([sometimes, always])).toBeNull();
});
