import type { Condition, Mapping, MappingScope, Operator, Rule } from './rules.ts';
import { readTarget, type Target } from './targets.ts';

/** Mappings as sentences: for lists, history and the audit trail. */

export const SCOPE_WORDS: Record<MappingScope, string> = {
  customer: 'Customer',
  order: 'Order',
  item: 'Order item',
  reward: 'Reward',
};

const CORE_WORDS: Record<Extract<Target, { kind: 'core' }>['name'], string> = {
  email: 'E-mail address',
  phone_number: 'Phone number',
  external_id: 'External ID',
  first_name: 'First name',
  last_name: 'Last name',
  organization: 'Organisation',
  title: 'Title',
  image: 'Image address',
  locale: 'Language',
};

const LOCATION_WORDS: Record<Extract<Target, { kind: 'location' }>['name'], string> = {
  address1: 'Address, first line',
  address2: 'Address, second line',
  city: 'City',
  region: 'State or region',
  country: 'Country',
  zip: 'Postcode',
  latitude: 'Latitude',
  longitude: 'Longitude',
  timezone: 'Time zone',
};

const CONSENT_WORDS: Record<Extract<Target, { kind: 'consent' }>['name'], string> = {
  email: 'E-mail consent',
  sms: 'SMS consent',
  source: 'Source of the consent',
  at: 'Time of the consent',
};

const EVENT_WORDS: Record<Extract<Target, { kind: 'event' }>['name'], string> = {
  name: 'Event name',
  time: 'Event time',
  value: 'Event value',
  currency: 'Event currency',
  id: 'Event ID',
};

/** What a mapping sets, in the merchant's words; an unknown target stays as it is typed. */
export function targetInWords(scope: MappingScope, text: string): string {
  const target = readTarget(scope, text);
  if ('problem' in target) {
    return text;
  }
  switch (target.kind) {
    case 'core':
      return CORE_WORDS[target.name];
    case 'location':
      return LOCATION_WORDS[target.name];
    case 'consent':
      return CONSENT_WORDS[target.name];
    case 'event':
      return EVENT_WORDS[target.name];
    case 'list':
      return 'List of new profiles';
    case 'skip':
      return `Leave out the ${SCOPE_WORDS[scope].toLowerCase()}`;
    case 'property':
      return target.name;
    case 'profile':
      return `${target.name}, on the profile`;
  }
}

/** Operators between a column and a value: `CITY is Perth`. */
export const OPERATOR_WORDS: Record<Operator, string> = {
  empty: 'is empty',
  'not-empty': 'is not empty',
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

/** `JOINED_STORE_CODE is not empty and COUNTRY is AU`; what lies deeper stands in brackets. */
export function conditionInWords(condition: Condition): string {
  if ('column' in condition) {
    const { column, is, value } = condition;
    const operands = Array.isArray(value) ? value : value === undefined ? [] : [value];
    const takesNone = is === 'empty' || is === 'not-empty';
    const words = [column, OPERATOR_WORDS[is], ...(takesNone ? [] : [operands.map(String).join(', ')])];
    return words.join(' ');
  }
  if ('not' in condition) {
    return `none of (${condition.not.map(conditionInWords).join('; ')})`;
  }
  const [word, parts] = 'all' in condition ? ['and', condition.all] : ['or', condition.any];
  if (parts.length === 0) {
    return word === 'and' ? 'always' : 'never';
  }
  return parts
    .map((part) => ('column' in part ? conditionInWords(part) : `(${conditionInWords(part)})`))
    .join(` ${word} `);
}

/** What comes before the template of a rule: `When X is not empty, use`, `otherwise, when …, use`, `otherwise`. */
export function ruleLead(rule: Rule, place: number): string {
  if (rule.when === undefined) {
    return place === 0 ? 'Always use' : 'otherwise use';
  }
  return `${place === 0 ? 'When' : 'otherwise, when'} ${conditionInWords(rule.when)}, use`;
}

/** A rule as a sentence: `When JOINED_STORE_CODE is not empty, use {{ JOINED_STORE_CODE }}`. */
export function ruleInWords(rule: Rule, place = 0): string {
  return `${ruleLead(rule, place)} ${rule.template === '' ? '(nothing)' : rule.template}`;
}

/** What a blank result does. */
export function blankInWords(blank: Mapping['blank']): string {
  if (blank === 'keep') {
    return "keep Klaviyo's value";
  }
  return blank === 'clear' ? 'clear it in Klaviyo' : `send "${blank}"`;
}
