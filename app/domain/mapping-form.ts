import { readNumber } from './number.ts';
import type { FieldProblem } from './form-answer.ts';
import { MAPPING_SCOPES, type Condition, type Mapping, type MappingScope, type Rule } from './rules.ts';

/** A mapping as the editor holds it: flat texts that a field can show. Nothing of a mapping is lost on the way and back. */
export type MappingForm = {
  /** What the page was opened with; null = it is not saved yet. */
  version: string | null;
  scope: MappingScope;
  /** '' = all connections. */
  connectionId: string;
  target: string;
  description: string;
  blankMode: BlankMode;
  blankText: string;
  rules: RuleForm[];
};

export type BlankMode = 'keep' | 'clear' | 'fixed';
export type RuleMode = 'always' | 'all' | 'any' | 'json';

export type RuleForm = {
  /** Stays with the rule while it is moved about. */
  key: string;
  mode: RuleMode;
  conditions: ConditionForm[];
  /** The condition as JSON, for those that lie deeper than one level. */
  json: string;
  template: string;
  /** As it is stored: a rule that nobody changes goes back exactly as it came. */
  source: Rule | null;
};

export type ConditionForm = { key: string; column: string; operator: OperatorChoice; value: string };

/** Operators as the editor offers them: some of shop.yaml's with the type of their value. */
export const OPERATOR_CHOICES = [
  'not-empty',
  'empty',
  'equals',
  'not-equals',
  'one-of',
  'contains',
  'starts-with',
  'greater-than',
  'less-than',
  'equals-number',
  'means',
  'before',
  'after',
  'matches',
] as const;
export type OperatorChoice = (typeof OPERATOR_CHOICES)[number];

type Leaf = Extract<Condition, { column: string }>;

export const isScope = (text: string | null): text is MappingScope =>
  MAPPING_SCOPES.some((scope) => scope === text);

/** A mapping in fields. */
export function toMappingForm(
  mapping: Mapping,
  { version, connectionId }: { version: string | null; connectionId: string | null },
): MappingForm {
  const { scope, target, description, blank, rules } = mapping;
  const blankMode = blank === 'keep' || blank === 'clear' ? blank : 'fixed';
  return {
    version,
    scope,
    connectionId: connectionId ?? '',
    target,
    description,
    blankMode,
    blankText: blankMode === 'fixed' ? blank : '',
    rules: rules.map((rule, index) => toRuleForm(rule, `rule-${index}`)),
  };
}

/** The mapping that fields describe. Where JSON is broken its text stands in for the condition: the checks name it. */
export function fromMappingForm(form: MappingForm): Omit<Mapping, 'rules'> & { rules: unknown[] } {
  const { scope, target, description, blankMode, blankText, rules } = form;
  return {
    scope,
    target: target.trim(),
    description: description.trim(),
    blank: blankMode === 'fixed' ? blankText : blankMode,
    rules: rules.map(fromRuleForm),
  };
}

/** A rule that always applies and gives nothing yet. */
export function newRule(key: string): RuleForm {
  return { key, mode: 'always', conditions: [], json: '', template: '', source: null };
}

export function newCondition(key: string): ConditionForm {
  return { key, column: '', operator: 'not-empty', value: '' };
}

/** Another way to say when a rule applies; what the old way said is carried over as far as the new one can say it. */
export function withMode(rule: RuleForm, mode: RuleMode): RuleForm {
  if (mode === 'json' && rule.json === '') {
    const { when } = fromRuleForm(rule) as Partial<Rule>;
    return { ...rule, mode, json: JSON.stringify(when ?? { all: [] }, null, 2) };
  }
  const isEmptyList = (mode === 'all' || mode === 'any') && rule.conditions.length === 0;
  return {
    ...rule,
    mode,
    conditions: isEmptyList ? [newCondition(`${rule.key}-when-0`)] : rule.conditions,
  };
}

/** Where the checks speak of a condition: `rules.0.when.all.1`. */
export function conditionPath(rule: RuleForm, ruleIndex: number, index: number): string {
  const { when } = fromRuleForm(rule) as { when?: object };
  const isBare = when !== undefined && 'column' in when;
  return `rules.${ruleIndex}.when${isBare ? '' : `.${rule.mode}.${index}`}`;
}

/** What the fields hold that no mapping can say; the checks of the server would not see it. */
export function formProblems({ blankMode, blankText, rules }: MappingForm): FieldProblem[] {
  const blank =
    blankMode === 'fixed' && (blankText === 'keep' || blankText === 'clear')
      ? [{ field: 'blank', message: `"${blankText}" has a meaning of its own here. Write another text.` }]
      : [];
  return [
    ...blank,
    ...rules.flatMap((rule, index) => [
      ...(rule.mode === 'json' && 'problem' in readJson(rule.json)
        ? [{ field: `rules.${index}.when`, message: `This is not JSON yet: ${jsonProblem(rule.json)}.` }]
        : []),
      ...(rule.mode === 'all' || rule.mode === 'any'
        ? rule.conditions.flatMap(({ operator, value }, place) =>
            operator === 'equals-number' && linesOf(value).some((line) => readNumber(line) === null)
              ? [
                  {
                    field: `${conditionPath(rule, index, place)}.value`,
                    message: `"${value}" is not a number. Write one such as 12.5, or choose "is".`,
                  },
                ]
              : [],
          )
        : []),
    ]),
  ];
}

/** The first rule that is never reached, because the one before it always applies; null = all are. */
export function unreachableFrom(rules: readonly Pick<RuleForm, 'mode'>[]): number | null {
  const always = rules.findIndex(({ mode }) => mode === 'always');
  return always === -1 || always === rules.length - 1 ? null : always + 1;
}

function toRuleForm(rule: Rule, key: string): RuleForm {
  const { when, template } = rule;
  const base = { key, conditions: [], json: '', template, source: rule };
  if (when === undefined) {
    return { ...base, mode: 'always' };
  }
  const [mode, parts] =
    'column' in when
      ? (['all', [when]] as const)
      : 'all' in when
        ? (['all', when.all] as const)
        : 'any' in when
          ? (['any', when.any] as const)
          : (['json', []] as const);
  const conditions = parts.map((part, index) =>
    'column' in part ? toConditionForm(part, `${key}-when-${index}`) : null,
  );
  if (mode === 'json' || conditions.length === 0 || conditions.some((one) => one === null)) {
    return { ...base, mode: 'json', json: JSON.stringify(inReadingOrder(when), null, 2) };
  }
  return { ...base, mode, conditions: conditions.filter((one) => one !== null) };
}

/** The database keeps keys in its own order; people read column, comparison, value. */
function inReadingOrder(condition: Condition): Condition {
  if ('column' in condition) {
    const { column, is, ...value } = condition;
    return { column, is, ...value };
  }
  if ('not' in condition) {
    return { not: condition.not.map(inReadingOrder) };
  }
  return 'all' in condition
    ? { all: condition.all.map(inReadingOrder) }
    : { any: condition.any.map(inReadingOrder) };
}

/** Null for what the fields cannot show without losing something. */
function toConditionForm({ column, is, value }: Leaf, key: string): ConditionForm | null {
  if (is === 'empty' || is === 'not-empty') {
    return { key, column, operator: is, value: '' };
  }
  const operands = Array.isArray(value) ? value : value === undefined ? [] : [value];
  const types = new Set(operands.map((operand) => typeof operand));
  if (types.size > 1 || operands.some((operand) => String(operand).includes('\n'))) {
    return null;
  }
  const text = operands.map(String).join('\n');
  if (is === 'equals' || is === 'not-equals' || is === 'one-of') {
    if (types.has('boolean')) {
      return is !== 'not-equals' && operands.length === 1
        ? { key, column, operator: 'means', value: operands[0] === true ? 'yes' : 'no' }
        : null;
    }
    if (types.has('number')) {
      return is === 'not-equals' ? null : { key, column, operator: 'equals-number', value: text };
    }
  }
  return { key, column, operator: is, value: text };
}

function fromRuleForm(rule: RuleForm): unknown {
  const { source, template } = rule;
  if (source !== null && isSame(toRuleForm(source, rule.key), rule)) {
    return source;
  }
  if (rule.mode === 'always') {
    return { template };
  }
  if (rule.mode === 'json') {
    const read = readJson(rule.json);
    return { when: 'value' in read ? read.value : rule.json, template };
  }
  return { when: { [rule.mode]: rule.conditions.map(fromConditionForm) }, template };
}

/** What a hidden field still holds from another mode does not count. */
function isSame(one: RuleForm, other: RuleForm): boolean {
  const parts = ({ mode, conditions, json, template }: RuleForm) =>
    JSON.stringify([
      mode,
      mode === 'all' || mode === 'any'
        ? conditions.map(({ column, operator, value }) => [column, operator, value])
        : [],
      mode === 'json' ? json : '',
      template,
    ]);
  return parts(one) === parts(other);
}

function fromConditionForm({ column, operator, value }: ConditionForm): unknown {
  const name = column.trim();
  if (operator === 'empty' || operator === 'not-empty') {
    return { column: name, is: operator };
  }
  if (operator === 'means') {
    return { column: name, is: 'equals', value: value !== 'no' };
  }
  // A pattern may begin with a blank; everywhere else blanks at the ends do not count.
  const lines = operator === 'matches' ? value.split('\n').filter((line) => line !== '') : linesOf(value);
  const operands = lines.map((line) =>
    operator === 'equals-number' || operator === 'greater-than' || operator === 'less-than'
      ? (readNumber(line) ?? line)
      : line,
  );
  const is = operator === 'equals-number' ? 'equals' : operator;
  const isList = operands.length > 1 || (is === 'one-of' && operands.length > 0);
  const operand = isList ? operands : operands[0];
  return operand === undefined ? { column: name, is } : { column: name, is, value: operand };
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function readJson(text: string): { value: unknown } | { problem: string } {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : 'it cannot be read' };
  }
}

function jsonProblem(text: string): string {
  const read = readJson(text);
  return 'problem' in read ? read.problem : '';
}
