import { looseName } from './columns.ts';
import { LONGEST_TARGET, sourceProblem, tidy } from './translation-entries.ts';

/** A line of a CSV file that people exchange translations in. */
export type CsvLine = { line: number; cells: readonly string[] };
export type LineProblem = { line: number; message: string };

/** Names of the two columns: our own, those of other tools, and Apparel21's. */
const FROM_NAMES = ['from', 'source', 'code', 'value'];
const TO_NAMES = ['to', 'target', 'name', 'translation'];

/**
 * The entries of a file by value, and the lines that cannot be used, with reasons. The first line may name the columns
 * (in any order and among others); without names there are two columns, from and to.
 */
export function readTranslationLines(lines: readonly CsvLine[]): {
  entries: Map<string, string>;
  problems: LineProblem[];
} {
  const [first, ...rest] = lines;
  const named = first === undefined ? null : columnsNamed(first.cells);
  const entries = new Map<string, string>();
  const lineOf = new Map<string, number>();
  const problems: LineProblem[] = [];
  for (const { line, cells } of named === null ? lines : rest) {
    if (cells.length !== (named?.count ?? 2)) {
      problems.push({ line, message: cellsProblem(cells.length, named?.count ?? 2) });
      continue;
    }
    const from = tidy(unguarded(cells[named?.from ?? 0] ?? ''));
    const to = tidy(unguarded(cells[named?.to ?? 1] ?? ''));
    const problem = lineProblem(from, to);
    if (problem !== null) {
      problems.push({ line, message: problem });
    } else if (entries.get(from) === undefined) {
      entries.set(from, to);
      lineOf.set(from, line);
    } else if (entries.get(from) !== to) {
      const message = `${from} stands in line ${lineOf.get(from) ?? 1} already, with another text. That line is used.`;
      problems.push({ line, message });
    }
  }
  return { entries, problems };
}

function columnsNamed(cells: readonly string[]): { from: number; to: number; count: number } | null {
  const names = cells.map(looseName);
  const from = names.findIndex((name) => FROM_NAMES.includes(name));
  const to = names.findIndex((name) => TO_NAMES.includes(name));
  return from < 0 || to < 0 ? null : { from, to, count: cells.length };
}

function cellsProblem(count: number, wanted: number): string {
  const has = count === 1 ? 'The line has one cell' : `The line has ${count} cells`;
  return `${has} instead of ${wanted}. Put a text that has the separator in it between quotation marks.`;
}

function lineProblem(from: string, to: string): string | null {
  if (from === '') {
    return 'The value to translate is blank.';
  }
  if (to.length > LONGEST_TARGET) {
    return `The translation has more than ${LONGEST_TARGET} characters.`;
  }
  return sourceProblem(from, { isTwice: false });
}

/**
 * A cell for a file that people open in a spreadsheet: what would run as a formula gets an apostrophe in front
 * (https://owasp.org/www-community/attacks/CSV_Injection). So does what looks as if it had got one: `unguarded` gives every
 * text back.
 */
export function guarded(cell: string): string {
  return /^'*[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
}

function unguarded(cell: string): string {
  return /^'+[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell;
}
