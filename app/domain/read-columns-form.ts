import { COLUMN_FIELDS } from './column-fields.ts';
import { fieldProblemsOf, textProblems } from './field-problems.ts';
import type { FieldProblem } from './form-answer.ts';
import type { RecordKind } from './records.ts';
import { columnSchemas } from './shop-file-schema.ts';

/** The columns of one kind as a form has them: every field of `COLUMN_FIELDS`, a blank one = no column. */
export type ColumnsForm = Record<string, string>;

/**
 * What was typed, by the rules of shop.yaml, without the blank fields; or what is wrong beside each field. Columns of a single
 * connection may all be blank: the shop's stand in.
 */
export function readColumnsForm(
  kind: RecordKind,
  form: ColumnsForm,
  { isOwn }: { isOwn: boolean },
): { ok: true; columns: ColumnsForm } | { ok: false; problems: FieldProblem[] } {
  const typed = Object.fromEntries(
    COLUMN_FIELDS[kind].flatMap(({ field }) => {
      const name = (form[field] ?? '').trim();
      return name === '' ? [] : [[field, name]];
    }),
  );
  const parsed = columnSchemas[kind].safeParse(typed);
  const problems = [
    ...(parsed.success ? [] : fieldProblemsOf(parsed.error.issues, columnSchemas[kind])),
    ...textProblems(typed),
    ...(isOwn ? [] : missingProblems(kind, typed)),
    ...(isOwn && Object.keys(typed).length === 0 ? [NOTHING_OWN] : []),
  ];
  return problems.length === 0 ? { ok: true, columns: typed } : { ok: false, problems };
}

const NOTHING_OWN: FieldProblem = {
  field: '',
  message:
    'No column of its own is named. Name one at least, or leave it as it is: the connection uses the shop’s columns.',
};

function missingProblems(kind: RecordKind, typed: ColumnsForm): FieldProblem[] {
  return COLUMN_FIELDS[kind].flatMap(({ field, label, isRequired }) =>
    isRequired && typed[field] === undefined
      ? [{ field, message: `Name the column that holds the ${label.toLowerCase().replace(/\bid$/, 'ID')}.` }]
      : [],
  );
}

/** Stored columns as the form has them. */
export function toColumnsForm(kind: RecordKind, columns: Readonly<Record<string, string>>): ColumnsForm {
  return Object.fromEntries(COLUMN_FIELDS[kind].map(({ field }) => [field, columns[field] ?? '']));
}
