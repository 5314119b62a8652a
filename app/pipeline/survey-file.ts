import type { Context } from '../context.ts';
import { matchHeader, requiredColumns } from '../domain/columns.ts';
import { AppError } from '../domain/errors.ts';
import { createKeyIndex, type KeyIndex } from '../domain/key-index.ts';
import type { CsvFormat } from '../domain/ports/csv.ts';
import type { RecordKind } from '../domain/records.ts';
import type { ConnectionRules } from '../domain/rules.ts';
import { rejectRow } from './reject-row.ts';

/** What one look at the whole file tells, before a single row is staged. */
export type Survey = {
  format: CsvFormat;
  /** Index of the header's cell by configured column name. */
  columns: Map<string, number>;
  keyCell: number;
  keys: KeyIndex;
  totalRows: number;
  /** How many times the file is read so that the rows of unfinished orders stay few. */
  partitions: number;
};

/** Rows of unfinished orders that one pass may hold at once: about 100 MB. */
const OPEN_ROWS = 60_000;

/**
 * Reads a spooled file once: encoding, delimiter, header, quotes to the last byte, and which row is the last of each
 * key. A file that cannot be read whole is refused here, so that nothing of it is ever half-sent.
 * Memory: about 40 MB per million rows.
 * Errors: AppError `missing_column`, `csv_empty`, `csv_encoding`, `csv_quotes` with file, line, column and remedy; the reason of `signal`.
 */
export async function surveyFile(
  ctx: Context,
  input: {
    path: string;
    name: string;
    kind: RecordKind;
    rules: ConnectionRules;
    connection?: string;
    /** Told how the file is written before it is judged: whose columns are missing, a person wants to see which it has. */
    onFormat?: (format: CsvFormat) => Promise<void>;
    signal?: AbortSignal;
  },
): Promise<Survey> {
  const { path, name, kind, rules } = input;
  const format = await ctx.csv.sniff(path, name);
  await input.onFormat?.(format);
  const match = matchHeader(requiredColumns(kind, rules.columns), format.header);
  if (match.missing.length > 0) {
    throw new AppError({
      code: 'missing_column',
      retry: 'person',
      message: `${name}: missing ${match.missing.map((column) => column.name).join(', ')}`,
      hint: `${match.missing.map((column) => column.hint).join('. ')}. Add the column to the export, or choose another one in the column settings.`,
      where: { file: name, line: 1, column: match.missing[0]?.name },
    });
  }
  const keyCell = match.columns.get(rules.columns[kind].primaryKey) ?? 0;
  const keys = createKeyIndex();
  let totalRows = 0;
  await ctx.csv.read(
    path,
    format,
    (rows) => {
      for (const row of rows) {
        if (rejectRow(row, { kind, rules, header: format.header, columns: match.columns }) === null) {
          keys.add((row.cells[keyCell] ?? '').trim(), totalRows);
        }
        totalRows += 1;
      }
      ctx.onProgress({ connection: input.connection, step: 'survey', subject: name, done: totalRows });
    },
    { name, signal: input.signal },
  );
  const partitions = kind === 'orders' ? Math.max(1, Math.ceil(keys.maxOpenRows() / OPEN_ROWS)) : 1;
  return { format, columns: match.columns, keyCell, keys, totalRows, partitions };
}
