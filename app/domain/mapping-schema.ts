import { z } from 'zod';
import { nearestName } from './columns.ts';
import type { PartialMapping } from './compile-rules.ts';
import {
  MAPPING_SCOPES,
  OPERATORS,
  type Condition,
  type Mapping,
  type Rule,
  type TranslationTable,
} from './rules.ts';

const WORDS = ['all', 'any', 'not'] as const;
const COMPARISON_KEYS = ['column', 'is', 'value'];

/** A condition, checked by hand: a union's own errors would not tell which alternative was meant. */
const condition = z.custom<Condition>().superRefine((value: unknown, ctx) => checkCondition(value, [], ctx));

const rule: z.ZodType<Rule, z.ZodTypeDef, unknown> = z
  .object({ when: condition.optional(), template: z.preprocess(plainText, z.string()) })
  .strict();

/** A mapping as it stands in a configuration; targets and templates are checked when it is compiled. */
export const mappingSchema: z.ZodType<Mapping, z.ZodTypeDef, unknown> = z
  .object({
    scope: z.enum(MAPPING_SCOPES),
    target: z.string().min(1),
    description: z.string().default(''),
    blank: z.preprocess(plainText, z.string().min(1)).default('keep'),
    rules: z.array(rule).min(1, 'A mapping needs at least one rule'),
  })
  .strict();

export const translationSchema: z.ZodType<TranslationTable, z.ZodTypeDef, unknown> = z
  .object({
    whenMissing: z.preprocess(plainText, z.string()).default('keep'),
    entries: z.record(z.preprocess(plainText, z.string())).default({}),
  })
  .strict();

/** The parts of a mapping that have the right shape, so that one mistake does not hide the others. */
export function usableParts(raw: unknown): PartialMapping {
  const { scope, target, blank, rules } = (raw !== null && typeof raw === 'object' ? raw : {}) as Record<
    string,
    unknown
  >;
  const list: unknown[] = Array.isArray(rules) ? rules : [];
  return {
    scope: MAPPING_SCOPES.find((one) => one === scope),
    target: typeof target === 'string' && target !== '' ? target : undefined,
    blank: typeof blank === 'string' ? blank : undefined,
    // No rules at all is the schema's own problem.
    rules: list.length === 0 ? [{}] : list.map(usableRule),
  };
}

function usableRule(raw: unknown): PartialMapping['rules'][number] {
  const { when, template } = (raw !== null && typeof raw === 'object' ? raw : {}) as Record<string, unknown>;
  const parsed = when === undefined ? undefined : condition.safeParse(when);
  return { when: parsed?.data, template: typeof template === 'string' ? template : undefined };
}

/** YAML reads `template: 5` as a number and `true` as a truth; here they are texts. */
function plainText(value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
}

function checkCondition(value: unknown, path: (string | number)[], ctx: z.RefinementCtx): void {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    addProblem(
      ctx,
      path,
      'A condition is a block of keys',
      'Write { column: NAME, is: not-empty } or { all: [ … ] }',
    );
    return;
  }
  const keys = Object.keys(value);
  const word = WORDS.find((one) => keys.includes(one));
  if (word === undefined) {
    checkComparison(value as Record<string, unknown>, path, ctx);
    return;
  }
  for (const key of keys.filter((one) => one !== word)) {
    addProblem(
      ctx,
      [...path, key],
      `Unknown key "${key}" beside "${word}"`,
      'Put the other conditions into the list',
    );
  }
  const list: unknown = (value as Record<string, unknown>)[word];
  if (!Array.isArray(list)) {
    addProblem(
      ctx,
      [...path, word],
      `"${word}" holds a list of conditions`,
      `Write ${word}: [ { column: NAME, is: not-empty } ]`,
    );
    return;
  }
  for (const [index, entry] of list.entries()) {
    checkCondition(entry, [...path, word, index], ctx);
  }
}

function checkComparison(
  value: Record<string, unknown>,
  path: (string | number)[],
  ctx: z.RefinementCtx,
): void {
  const unknown = Object.keys(value).filter((one) => !COMPARISON_KEYS.includes(one));
  for (const key of unknown) {
    const near = nearestName(key, [...COMPARISON_KEYS, ...WORDS]);
    const remedy = near === null ? 'A condition has column, is and value' : `Did you mean "${near}"?`;
    addProblem(ctx, [...path, key], `Unknown key "${key}"`, remedy);
  }
  if (unknown.length > 0 && value.column === undefined && value.is === undefined) {
    // A misspelt "all" is one mistake, not a comparison without column and operator.
    return;
  }
  if (typeof value.column !== 'string' || value.column === '') {
    addProblem(
      ctx,
      [...path, 'column'],
      'A condition names a column',
      'Write column: and the name of a column',
    );
  }
  if (!OPERATORS.some((operator) => operator === value.is)) {
    addProblem(
      ctx,
      [...path, 'is'],
      `"${String(value.is)}" is no operator`,
      `Write one of ${OPERATORS.join(', ')}`,
    );
  }
  const operands: unknown[] = Array.isArray(value.value)
    ? value.value
    : value.value === undefined
      ? []
      : [value.value];
  if (operands.some((operand) => !['string', 'number', 'boolean'].includes(typeof operand))) {
    addProblem(
      ctx,
      [...path, 'value'],
      'A value is a text, a number, true, false or a list of them',
      'Correct the value',
    );
  }
}

function addProblem(ctx: z.RefinementCtx, path: (string | number)[], message: string, remedy: string): void {
  ctx.addIssue({ code: 'custom', path, message, params: { remedy } });
}
