import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { CsvFormat, CsvRow } from '#app/domain/ports/csv.ts';
import { createDecoder } from './csv-decode.server.ts';
import { CsvProblem, csvError } from './csv-problem.server.ts';
import { createRowSplitter } from './csv-rows.server.ts';

export type ReadCsvOptions = {
  /** Name of the file for people; default: the path's last part. */
  name?: string;
  /** Rows per call of `onRows`, at most. Default 1000. */
  chunkRows?: number;
  signal?: AbortSignal;
  /** Bytes read at once. 64 KB was the fastest (128 KB and more fall out of the processor's cache). */
  blockBytes?: number;
};

/**
 * Calls `onRows` with the rows below the header, in order, and waits for it: memory is flat in the file's size. Blank
 * lines are left out but counted in `line`. Rows that have not as many cells as the header come with a `problem`.
 * The strings of a block share one memory: copy what is to outlive the call for every row of a long file.
 * Errors: AppError `csv_quotes`, `csv_encoding` with file, line, column and remedy; whatever `onRows` throws;
 * `signal.reason` after an abort.
 */
export async function readCsv(
  path: string,
  format: CsvFormat,
  onRows: (rows: CsvRow[]) => Promise<void> | void,
  options: ReadCsvOptions = {},
): Promise<void> {
  const chunkRows = options.chunkRows ?? 1_000;
  const columns = format.header.length;
  let waiting: CsvRow[] = [];
  let isHeaderSeen = false;

  async function take(rows: CsvRow[]): Promise<void> {
    for (const row of rows) {
      if (!isHeaderSeen) {
        isHeaderSeen = true;
        continue;
      }
      if (row.cells.length !== columns) {
        row.problem = row.cells.length < columns ? 'too-few-cells' : 'too-many-cells';
        refuseSwallowedRows(row, format);
      }
      waiting.push(row);
      if (waiting.length >= chunkRows) {
        await hand();
      }
    }
  }

  async function hand(): Promise<void> {
    const full = waiting;
    waiting = [];
    await onRows(full);
    options.signal?.throwIfAborted();
  }

  try {
    await readBlocks(path, format, take, options);
    if (waiting.length > 0) {
      await hand();
    }
  } catch (error) {
    throw error instanceof CsvProblem
      ? csvError(error, options.name ?? basename(path), format.header)
      : error;
  }
}

/** Reads the file block by block and splits it; the first row is the header. Errors: `CsvProblem`. */
async function readBlocks(
  path: string,
  format: CsvFormat,
  take: (rows: CsvRow[]) => Promise<void>,
  options: ReadCsvOptions,
): Promise<void> {
  const decoder = createDecoder(format.encoding);
  const splitter = createRowSplitter(format, decoder);
  const block = Buffer.allocUnsafe(Math.max(options.blockBytes ?? 65_536, decoder.unitBytes));
  const file = await open(path, 'r');
  let position = decoder.bomBytes;
  let lastLine = 1;
  try {
    for (;;) {
      options.signal?.throwIfAborted();
      const { bytesRead } = await file.read(block, 0, block.length, position);
      const whole = bytesRead - (bytesRead % decoder.unitBytes);
      position += whole;
      const rows = splitter.push(decoder.textOf(block.subarray(0, whole)), bytesRead === 0);
      lastLine = rows.at(-1)?.line ?? lastLine;
      await take(rows);
      if (bytesRead === 0) {
        return;
      }
      if (whole === 0) {
        throw new CsvProblem('csv_encoding', 'the file ends in the middle of a character', {
          line: lastLine,
          cell: 0,
        });
      }
    }
  } finally {
    await file.close();
  }
}

/**
 * A row of the wrong length with a value that holds a line break and as many delimiters as a whole row: a stray
 * quotation mark joined two rows. As one bad row it would cost the rows inside it silently.
 */
function refuseSwallowedRows(row: CsvRow, format: CsvFormat): void {
  let line = row.line;
  for (const [cell, value] of row.cells.entries()) {
    const breaks = value.split('\n').length - 1;
    if (
      breaks > 0 &&
      format.header.length > 2 &&
      value.split(format.delimiter).length >= format.header.length
    ) {
      const reason = `a quotation mark opens here and is closed ${breaks} line${breaks === 1 ? '' : 's'} further down`;
      throw new CsvProblem('csv_quotes', reason, { line, cell });
    }
    line += breaks;
  }
}
