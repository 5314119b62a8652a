import type { CsvRow } from '../domain/ports/csv.ts';
import type { RecordKind } from '../domain/records.ts';
import type { ConnectionRules } from '../domain/rules.ts';

export type RejectedRow = {
  line: number;
  column: string | null;
  code: string;
  message: string;
  /** What stood in the row; null = nothing of it may be kept. */
  cells: string[] | null;
};

/** What Klaviyo takes as an id (klaviyo guides: external_id and unique_id), and far below what an index of PostgreSQL holds. */
const LONGEST_KEY = 255;

/** Why a row cannot become a record at all; null when it can. Pure: the survey and the import must agree. */
export function rejectRow(
  row: CsvRow,
  file: { kind: RecordKind; rules: ConnectionRules; header: string[]; columns: Map<string, number> },
): RejectedRow | null {
  const { kind, rules, header, columns } = file;
  function cell(column: string): string {
    const index = columns.get(column);
    return index === undefined ? '' : (row.cells[index] ?? '').trim();
  }
  function reject(column: string | null, code: string, message: string): RejectedRow {
    return { line: row.line, column, code, message, cells: row.cells };
  }
  function tooLong(column: string): RejectedRow {
    return reject(
      column,
      'key_too_long',
      `${column} has ${cell(column).length} characters; a key has at most ${LONGEST_KEY}. Look for a missing quote or delimiter.`,
    );
  }
  if (row.problem !== undefined) {
    return reject(
      null,
      row.problem,
      `The row has ${row.cells.length} cells, the header ${header.length}. Look for a missing cell or an unquoted delimiter.`,
    );
  }
  const keyColumn = rules.columns[kind].primaryKey;
  if (cell(keyColumn) === '') {
    return reject(
      keyColumn,
      'missing_key',
      `${keyColumn} is blank: without it the row cannot be told from others.`,
    );
  }
  if (cell(keyColumn).length > LONGEST_KEY) {
    return tooLong(keyColumn);
  }
  if (kind === 'customers') {
    return null;
  }
  const reference = rules.columns[kind].customerReference;
  if (cell(reference) === '') {
    const what = kind === 'orders' ? 'order' : 'reward';
    return reject(
      reference,
      'missing_customer',
      `${reference} is blank: nobody can tell whose ${what} this is.`,
    );
  }
  return cell(reference).length > LONGEST_KEY ? tooLong(reference) : null;
}
