import { sourceProblem, type MissingRule, type TranslationEdits } from '#app/domain/translation-entries.ts';

/** What a person typed in a line; `was` = the value it stood for before, null = a line that is new. */
export type RowEdit = { was: string | null; from: string; to: string; isRemoved?: boolean };
export type RowKey = `row ${string}`;

/** The page's form: the table's own settings, and the lines that were touched, on whichever page of the list they stand. */
export type GridValue = {
  name: string;
  rule: MissingRule;
  text: string;
  [row: RowKey]: RowEdit | undefined;
};

export const entryKey = (from: string): RowKey => `row e ${from}`;
export const missKey = (value: string): RowKey => `row m ${value}`;
export const newKey = (index: number): RowKey => `row n ${index}`;

/** The touched lines of a form, in the order in which they were touched. */
export function editsOf(value: GridValue): [RowKey, RowEdit][] {
  return Object.entries(value).flatMap(([key, edit]): [RowKey, RowEdit][] =>
    isRowKey(key) && typeof edit === 'object' ? [[key, edit]] : [],
  );
}

function isRowKey(key: string): key is RowKey {
  return key.startsWith('row ');
}

/** What the action gets: only what differs from `saved`, so that somebody else's changes stay. */
export function changesOf(
  value: GridValue,
  saved: GridValue,
): TranslationEdits & { name?: string; missing?: { rule: MissingRule; text: string } } {
  const edits = editsOf(value);
  const isSameRule = value.rule === saved.rule && value.text === saved.text;
  return {
    ...(value.name === saved.name ? {} : { name: value.name }),
    ...(isSameRule ? {} : { missing: { rule: value.rule, text: value.text } }),
    set: edits
      .filter(([, edit]) => edit.isRemoved !== true)
      .map(([row, { was, from, to }]) => ({ row, was, from, to })),
    remove: edits.flatMap(([, edit]) => (edit.isRemoved === true && edit.was !== null ? [edit.was] : [])),
  };
}

/** What can be said before saving: blank values, and values that stand twice among the lines that the page knows. */
export function problemsBeforeSaving(
  value: GridValue,
  shown: readonly { from: string }[],
): Map<string, string> {
  const edits = editsOf(value);
  const untouched = shown.filter(({ from }) => value[entryKey(from)] === undefined);
  const taken = new Set(untouched.map(({ from }) => from.trim()));
  const problems = new Map<string, string>();
  for (const [row, { from, isRemoved }] of edits) {
    if (isRemoved === true) {
      continue;
    }
    const problem = sourceProblem(from, { isTwice: taken.has(from.trim()) });
    if (problem !== null) {
      problems.set(`${row}.from`, problem);
    }
    taken.add(from.trim());
  }
  return problems;
}
