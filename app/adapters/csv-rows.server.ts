import Papa from 'papaparse';
import type { CsvFormat, CsvRow } from '#app/domain/ports/csv.ts';
import type { CsvDecoder } from './csv-decode.server.ts';
import { CsvProblem } from './csv-problem.server.ts';

/** A longer value does not exist in an export; it is the sign of a quotation mark that nobody closed. Characters. */
const LONGEST_CELL = 1_000_000;
/** An unquoted line of this length is no CSV. Characters. */
const LONGEST_ROW = 16_000_000;
const QUOTE = 34;

/** What papaparse's Parser hands to `step` and returns (its types say `any`). */
type ParserResult = {
  data: string[][];
  errors: { code: string; index?: number }[];
  meta: { cursor: number };
};

/** Cuts text into rows, block by block. */
export type RowSplitter = {
  /** Rows that are complete with this text; blank lines are left out but counted. Errors: `CsvProblem`. */
  push(text: string, isLast: boolean): CsvRow[];
};

/**
 * A splitter over papaparse's own Parser, which is what its streams use inside: unlike the streams it lets the caller
 * wait, tells where each row ends, and cannot lose an error. Rows end at `\n` for `\n` and `\r\n` files alike; the `\r`
 * before it is taken off, so that a file glued together from both kinds is read rightly.
 * `limit` ends the work after so many rows.
 */
export function createRowSplitter(
  format: Pick<CsvFormat, 'delimiter' | 'newline'>,
  decoder: CsvDecoder,
  limit = Number.POSITIVE_INFINITY,
): RowSplitter {
  const newline = format.newline === '\r' ? '\r' : '\n';
  const { suspect, cellOf, invalid } = decoder;
  let rows: CsvRow[] = [];
  let partial = '';
  let text = '';
  let line = 1;
  let start = 0;
  let nextBreak = 0;
  let nextSuspect = 0;

  const parser = new Papa.Parser({
    delimiter: format.delimiter,
    newline,
    step: (result) => takeRow(result as unknown as ParserResult),
  });

  function takeRow(result: ParserResult): void {
    const end = result.meta.cursor;
    const problem = result.errors[0];
    if (problem !== undefined) {
      throw quoteProblem(problem.index ?? start);
    }
    const cells = result.data[0] ?? [];
    const firstLine = line;
    while (nextBreak !== -1 && nextBreak < end) {
      line += 1;
      nextBreak = text.indexOf(newline, nextBreak + 1);
    }
    if (newline === '\n') {
      dropCarriageReturn(cells, end);
    }
    if (nextSuspect !== -1 && nextSuspect < end) {
      decodeCells(cells, firstLine, end);
    }
    if (end - start > LONGEST_CELL) {
      refuseLongCell(cells, firstLine);
    }
    start = end;
    if (cells.length === 1 && (cells[0] ?? '').trim() === '') {
      return;
    }
    rows.push({ line: firstLine, cells });
    if (rows.length >= limit) {
      parser.abort();
    }
  }

  /** An unquoted last cell ends in the `\r` of `\r\n`; after a closing quote papaparse has dropped it already. */
  function dropCarriageReturn(cells: string[], end: number): void {
    const last = cells.length - 1;
    const cell = cells[last] ?? '';
    if (!cell.endsWith('\r')) {
      return;
    }
    const cellStart = (text.charAt(end - 1) === '\n' ? end - 1 : end) - cell.length;
    const isBare = cellStart === start || text.charAt(cellStart - 1) === format.delimiter;
    if (isBare && text.startsWith(cell, cellStart)) {
      cells[last] = cell.slice(0, -1);
    }
  }

  /**
   * Decodes the cells that hold suspect characters. Where a cell stands in the text follows from the lengths before it,
   * so that the other cells need no look; spaces after a closing quote break the reckoning, then every cell is looked at.
   */
  function decodeCells(cells: string[], firstLine: number, end: number): void {
    let at = start;
    for (let index = 0; index < cells.length && nextSuspect !== -1 && nextSuspect < end; index += 1) {
      const cell = cells[index] ?? '';
      const quotes = text.charCodeAt(at) === QUOTE ? 2 + countOf(cell, '"') : 0;
      const cellEnd = at + cell.length + quotes;
      if (index < cells.length - 1 && text.charAt(cellEnd) !== format.delimiter) {
        decodeEach(cells, index, firstLine);
        break;
      }
      if (nextSuspect < cellEnd) {
        decodeCell(cells, index, firstLine);
        nextSuspect = findSuspect(cellEnd);
      }
      at = cellEnd + 1;
    }
    if (nextSuspect !== -1 && nextSuspect < end) {
      nextSuspect = findSuspect(end);
    }
  }

  function decodeEach(cells: string[], from: number, firstLine: number): void {
    for (let index = from; index < cells.length; index += 1) {
      suspect.lastIndex = 0;
      if (suspect.test(cells[index] ?? '')) {
        decodeCell(cells, index, firstLine);
      }
    }
  }

  function decodeCell(cells: string[], index: number, firstLine: number): void {
    const meant = cellOf(cells[index] ?? '');
    if (meant === null) {
      const place = { line: firstLine + breaksBefore(cells, index), cell: index };
      throw new CsvProblem('csv_encoding', invalid, place);
    }
    cells[index] = meant;
  }

  function findSuspect(from: number): number {
    suspect.lastIndex = from;
    return suspect.exec(text)?.index ?? -1;
  }

  function breaksBefore(cells: string[], cell: number): number {
    return cells.slice(0, cell).reduce((sum, value) => sum + countOf(value, newline), 0);
  }

  function refuseLongCell(cells: string[], firstLine: number): void {
    const cell = cells.findIndex((value) => value.length > LONGEST_CELL);
    if (cell !== -1) {
      const place = { line: firstLine + breaksBefore(cells, cell), cell };
      throw new CsvProblem(
        'csv_quotes',
        'a quotation mark opens here and is not closed for more than 1 MB',
        place,
      );
    }
  }

  /** `index` is the place after the opening quotation mark. */
  function quoteProblem(index: number): CsvProblem {
    const before = text.slice(start, Math.max(start, index - 1));
    const plain = new Papa.Parser({ delimiter: format.delimiter, newline });
    const [row] = (plain.parse(before, 0, false) as ParserResult).data;
    const place = { line: line + countOf(before, newline), cell: Math.max(0, (row?.length ?? 1) - 1) };
    return new CsvProblem(
      'csv_quotes',
      'the quotation mark that opens this value is not closed properly',
      place,
    );
  }

  function refuseRunawayQuote(): void {
    const plain = new Papa.Parser({ delimiter: format.delimiter, newline });
    const result = plain.parse(partial, 0, false) as ParserResult;
    const open = result.errors.find((error) => error.code === 'MissingQuotes');
    const index = result.errors[0]?.index ?? 0;
    if ((open !== undefined && partial.length - index > LONGEST_CELL) || partial.length > LONGEST_ROW) {
      text = partial;
      start = 0;
      throw quoteProblem(index);
    }
  }

  function push(block: string, isLast: boolean): CsvRow[] {
    text = partial === '' ? block : partial + block;
    rows = [];
    start = 0;
    nextBreak = text.indexOf(newline);
    nextSuspect = findSuspect(0);
    const result = parser.parse(text, 0, !isLast) as ParserResult;
    partial = text.slice(result.meta.cursor);
    if (partial.length > LONGEST_CELL) {
      refuseRunawayQuote();
    }
    return rows;
  }

  return { push };
}

function countOf(text: string, part: string): number {
  let count = 0;
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + 1)) {
    count += 1;
  }
  return count;
}
