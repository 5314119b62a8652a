import type { ConnectionRules } from '../../domain/rules.ts';
import type { Evaluator } from '../evaluate-units.ts';
import type { Survey } from '../survey-file.ts';

/** A file in whose rows erased people are looked for. */
export type ScreenedFile = {
  connectionId: string;
  rules: ConnectionRules;
  evaluator: Evaluator;
  survey: Survey;
};

export type CellsOfRows = readonly { cells: readonly string[] }[];

/** What stands in a column of these rows, without blanks; a column that the file lacks holds nothing. */
export function cellsOf(survey: Survey, rows: CellsOfRows, column: string | undefined): string[] {
  const index = column === undefined ? undefined : survey.columns.get(column);
  return index === undefined
    ? []
    : rows.map((row) => (row.cells[index] ?? '').trim()).filter((cell) => cell !== '');
}

/** The words of cells that could be e-mail addresses, as they are written there. */
export function wordsWithAddress(cells: readonly string[]): string[] {
  return cells
    .filter((cell) => cell.includes('@'))
    .flatMap((cell) => cell.split(/[\s,;<>()]+/).filter((word) => word.includes('@')));
}
