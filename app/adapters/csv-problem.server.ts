import { AppError } from '#app/domain/errors.ts';

/** Why the bytes cannot be read on, with the place; `csvError` makes it an `AppError` once file and columns are known. */
export class CsvProblem extends Error {
  readonly kind: 'csv_quotes' | 'csv_encoding';
  /** Physical line, 1-based. */
  readonly line: number;
  /** Index of the cell in its row. */
  readonly cell: number;

  constructor(kind: CsvProblem['kind'], reason: string, place: { line: number; cell: number }) {
    super(reason);
    this.name = 'CsvProblem';
    this.kind = kind;
    this.line = place.line;
    this.cell = place.cell;
  }
}

/** The header's name of a cell, or its number where the header has none. */
function columnName(header: string[], cell: number): string {
  const name = header[cell]?.trim() ?? '';
  return name === '' ? `column ${cell + 1}` : name;
}

/** `csv_quotes` or `csv_encoding` with file, line, column and remedy. */
export function csvError(problem: CsvProblem, file: string, header: string[]): AppError {
  const column = columnName(header, problem.cell);
  const place = `${file}, line ${problem.line}, column ${column}`;
  const remedy =
    problem.kind === 'csv_quotes'
      ? 'Write every quotation mark inside a value twice ("") in the export and deliver the file again.'
      : 'Export the file as UTF-8 (or Windows-1252) from beginning to end and deliver it again.';
  return new AppError({
    code: problem.kind,
    retry: 'person',
    message: `${place}: ${problem.message}`,
    hint: `${place}: ${problem.message}. ${remedy} Nothing of this file was sent.`,
    where: { file, line: problem.line, column },
    cause: problem,
  });
}

/** `csv_empty`: there is not even a header. */
export function csvEmpty(file: string): AppError {
  return new AppError({
    code: 'csv_empty',
    retry: 'person',
    message: `${file}: no header line`,
    hint: `${file} is empty: it has not even a line of column names. Check the export in Apparel21 and deliver the file again.`,
    where: { file, line: 1 },
  });
}

/** `csv_encoding` for a file that is no CSV text at all, or text that we cannot know how to read. */
export function csvNotText(file: string, reason: string, remedy: string): AppError {
  return new AppError({
    code: 'csv_encoding',
    retry: 'person',
    message: `${file}: ${reason}`,
    hint: `${file}: ${reason}. ${remedy} Nothing of this file was sent.`,
    where: { file, line: 1 },
  });
}

/** `csv_header`: the first line names no column. */
export function csvHeader(file: string, line: number, reason: string): AppError {
  return new AppError({
    code: 'csv_header',
    retry: 'person',
    message: `${file}, line ${line}: ${reason}`,
    hint: `${file}: ${reason}. The first line of a file must hold the column names; check the export and deliver the file again.`,
    where: { file, line },
  });
}
