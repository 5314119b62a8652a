import type { ConfigChange } from './config-changes.ts';
import type { FieldProblem } from './form-answer.ts';

/** One line of the page that was typed in. `was`: the value that it stood for before; null = a new line. */
export type EntrySetting = { row: string; was: string | null; from: string; to: string };

/** What a person changed in a table: only that, so that two people's changes of different lines both stay. */
export type TranslationEdits = { set: EntrySetting[]; remove: string[] };

/** What to write: `remove` first, then `set`. */
export type TranslationPlan = {
  set: { source: string; target: string }[];
  remove: string[];
  changes: ConfigChange[];
};

/** Far above any list of stores or tiers; a table travels whole with every run. */
export const MOST_ENTRIES = 20_000;
export const LONGEST_SOURCE = 300;
export const LONGEST_TARGET = 1_000;

/** A text as it can be stored: trimmed, without NUL and half characters. */
export function tidy(text: string): string {
  return text
    .replaceAll('\u0000', '')
    .replace(/\p{Surrogate}/gu, '')
    .trim();
}

/**
 * What edits do to a table as it stands (`source → target`), or the problems that stand in the way, each at its field
 * (`<row>.from`). Values are the same when they are the same after trimming, as `translate` compares them; two that
 * differ in case may stand side by side, for `translate` prefers the exact one.
 */
export function planEdits(
  stored: ReadonlyMap<string, string>,
  edits: TranslationEdits,
): { plan: TranslationPlan } | { problems: FieldProblem[] } {
  const bySource = new Map([...stored.keys()].map((source) => [source.trim(), source]));
  const removed = new Set(edits.remove);
  for (const { was, from } of edits.set) {
    if (was !== null && was.trim() !== tidy(from)) {
      removed.add(was);
    }
  }
  const problems: FieldProblem[] = [];
  const seen = new Set<string>();
  const set = new Map<string, string>();
  for (const { row, was, from, to } of edits.set) {
    const value = tidy(from);
    const known = bySource.get(value);
    const isOwn = was !== null && was.trim() === value;
    const problem = sourceProblem(value, { isTwice: seen.has(value) });
    seen.add(value);
    if (problem !== null) {
      problems.push({ field: `${row}.from`, message: problem });
    } else if (known !== undefined && !isOwn && !removed.has(known)) {
      const message = `${value} is in this table already (it becomes ${quoted(stored.get(known) ?? '')}). Change it there.`;
      problems.push({ field: `${row}.from`, message });
    }
    if (to.length > LONGEST_TARGET) {
      problems.push({ field: `${row}.to`, message: `Use ${LONGEST_TARGET} characters at most.` });
    }
    set.set(isOwn ? (known ?? value) : value, tidy(to));
  }
  return problems.length > 0 ? { problems } : { plan: planOf(stored, set, removed) };
}

/** What is wrong with a value to translate, as a sentence; null when nothing is. */
export function sourceProblem(value: string, { isTwice }: { isTwice: boolean }): string | null {
  if (value.trim() === '') {
    return 'Enter the value as it stands in the file.';
  }
  if (value.length > LONGEST_SOURCE) {
    return `Use ${LONGEST_SOURCE} characters at most.`;
  }
  return isTwice ? `${value.trim()} stands here twice. Remove one of the two.` : null;
}

/** Only what differs from the table as it stands, with a line of history for each. */
export function planOf(
  stored: ReadonlyMap<string, string>,
  wanted: ReadonlyMap<string, string>,
  removed: ReadonlySet<string>,
): TranslationPlan {
  const set = [...wanted]
    .filter(([source, target]) => removed.has(source) || stored.get(source)?.trim() !== target)
    .map(([source, target]) => ({ source, target }));
  const remove = [...removed].filter((source) => stored.has(source) && !wanted.has(source));
  return {
    set,
    remove,
    changes: [
      ...set
        .filter(({ source, target }) => stored.get(source) !== target)
        .map(({ source, target }) => ({ path: source, before: stored.get(source) ?? null, after: target })),
      ...remove.map((source) => ({ path: source, before: stored.get(source) ?? null, after: null })),
    ],
  };
}

/** Changes that the audit trail names one by one. */
const CHANGES_NAMED = 50;

/** A list of changes short enough for the audit trail: the first fifty and how many more there were. */
export function shortened(changes: readonly ConfigChange[]): ConfigChange[] {
  const more = changes.length - CHANGES_NAMED;
  return more <= 0
    ? [...changes]
    : [...changes.slice(0, CHANGES_NAMED), { path: `${more} more`, before: null, after: null }];
}

function quoted(text: string): string {
  return text === '' ? 'blank' : `“${text}”`;
}

export type MissingRule = 'keep' | 'blank' | 'text';

/** `whenMissing` of a table as a form has it: one of three rules, and the text of the third. */
export function missingRule(whenMissing: string): { rule: MissingRule; text: string } {
  return whenMissing === 'keep' || whenMissing === 'blank'
    ? { rule: whenMissing, text: '' }
    : { rule: 'text', text: whenMissing };
}

/** The other way round; a problem when the third rule has no text, or one that means another rule. */
export function whenMissingOf(
  rule: MissingRule,
  text: string,
): { whenMissing: string } | { problem: string } {
  if (rule !== 'text') {
    return { whenMissing: rule };
  }
  const wanted = tidy(text);
  if (wanted === '') {
    return { problem: 'Enter the text that is used instead, or choose another rule.' };
  }
  if (wanted === 'keep' || wanted === 'blank') {
    return { problem: `“${wanted}” has a meaning of its own here. Write another text.` };
  }
  return wanted.length > LONGEST_TARGET
    ? { problem: `Use ${LONGEST_TARGET} characters at most.` }
    : { whenMissing: wanted };
}

/** The rule in words, after "A value without a translation …". */
export function missingWords(whenMissing: string): string {
  const { rule, text } = missingRule(whenMissing);
  return { keep: 'stays as it is', blank: 'becomes blank', text: `becomes “${text}”` }[rule];
}
