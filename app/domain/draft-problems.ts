import { mappingProblems } from './compile-rules.ts';
import { problemsOf } from './config-problems.ts';
import type { FieldProblem } from './form-answer.ts';
import { mappingSchema, usableParts } from './mapping-schema.ts';
import type { TemplateSettings } from './template-filters.ts';

/** Mappings that are previewed may not hold more: each condition of a pattern takes its time on every row. */
const MOST_CONDITIONS = 200;

/**
 * Every mistake of a mapping as somebody is typing it, each with the path of its field in the draft (`rules.1.template`). The
 * same checks as shop.yaml's. Templates name line and column.
 */
export function draftProblems(draft: unknown, settings: TemplateSettings): FieldProblem[] {
  const parsed = mappingSchema.safeParse(draft);
  const shape = parsed.success ? [] : problemsOf(parsed.error.issues, mappingSchema);
  const meaning = mappingProblems(usableParts(draft), settings, '');
  const problems = [
    ...shape.map(({ path, message, remedy }) => ({
      field: fieldOf(path),
      message: path === 'target' ? 'Choose what this mapping sets.' : `${message}. ${remedy}.`,
    })),
    ...meaning.map((error) => ({ field: fieldOf(error.where.path ?? ''), message: error.hint })),
  ];
  return conditionCount(draft) > MOST_CONDITIONS
    ? [
        ...problems,
        {
          field: 'rules',
          message: `A mapping may have ${MOST_CONDITIONS} conditions. Use a translation table.`,
        },
      ]
    : problems;
}

/** `.rules[1].when.all[0]` → `rules.1.when.all.0`, as forms name their fields. */
function fieldOf(path: string): string {
  return path.replace(/\[(\d+)\]/g, '.$1').replace(/^\./, '');
}

function conditionCount(value: unknown): number {
  if (value === null || typeof value !== 'object') {
    return 0;
  }
  const members: unknown[] = Object.values(value);
  return (
    ('column' in value ? 1 : 0) + members.reduce<number>((sum, member) => sum + conditionCount(member), 0)
  );
}
