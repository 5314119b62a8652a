import type { Condition, Operator } from './rules.ts';

const WORDS: Record<Operator, string> = {
  empty: 'is blank',
  'not-empty': 'is filled',
  equals: 'is',
  'not-equals': 'is not',
  'one-of': 'is one of',
  contains: 'contains',
  'starts-with': 'starts with',
  matches: 'matches the pattern',
  'greater-than': 'is more than',
  'less-than': 'is less than',
  before: 'is before',
  after: 'is after',
};

/** A condition as people say it: `STORE_CODE is "SYD01" and EMAIL is filled`. No condition: `always`. */
export function conditionWords(condition: Condition | undefined): string {
  return condition === undefined ? 'always' : wordsOf(condition, false);
}

function wordsOf(condition: Condition, isInner: boolean): string {
  if ('column' in condition) {
    const { column, is, value } = condition;
    const values = value === undefined ? [] : Array.isArray(value) ? value : [value];
    return [column, WORDS[is], values.map((one) => `"${String(one)}"`).join(', ')].filter(Boolean).join(' ');
  }
  if ('not' in condition) {
    const inner = condition.not.map((one) => wordsOf(one, true)).join(' or ');
    return `not (${inner})`;
  }
  const [parts, joint, none] =
    'all' in condition ? [condition.all, ' and ', 'always'] : [condition.any, ' or ', 'never'];
  if (parts.length === 0) {
    return none;
  }
  const text = parts.map((one) => wordsOf(one, parts.length > 1)).join(joint);
  return isInner && parts.length > 1 ? `(${text})` : text;
}
