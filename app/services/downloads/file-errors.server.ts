import type { Context } from '../../context.ts';
import { rulesForRow } from '../../domain/diff.ts';
import { compileRules } from '../../domain/mapping.ts';
import type { CsvFormat } from '../../domain/ports/csv.ts';
import type { JsonObject, RecordKind } from '../../domain/records.ts';
import { ERROR_REASON, rejectedCells } from '../../domain/rejected-row.ts';
import type { ConnectionRules } from '../../domain/rules.ts';
import { isUuid } from '../../domain/uuid.ts';
import { RECORD_TABLES } from '../../pipeline/record-tables.ts';
import type { Download } from './download.ts';

/** Rows that are in memory at once. */
const PAGE = 1_000;

const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** Excel takes a file without this mark for Windows-1252; our own reader knows it. */
const BYTE_ORDER_MARK = '\uFEFF';

const TOO_SHORT =
  'Cells are missing in this row. Put every cell into its column, then delete this one: it keeps the row from being read.';

type ErrorFile = {
  id: string;
  name: string;
  kind: RecordKind;
  format: CsvFormat;
  run_id: string;
  rules: ConnectionRules;
};

/**
 * Download: the rows of a file that did not get through, in the file's own columns and delimiter plus `error_reason`, to be
 * corrected and uploaded under a new name. First those that became no record, then those whose record failed since (the
 * mapping or Klaviyo refused it). Input: `{fileId}`.
 *
 * Cells are written as they came, also those that a spreadsheet would take for a formula: an apostrophe before
 * `+61412345678` would come back as part of the number. Only our own column is guarded.
 */
export async function fileErrors(ctx: Context, shopId: string, input: JsonObject): Promise<Download | null> {
  const file = await findFile(ctx, shopId, String(input['fileId']));
  return file === undefined
    ? null
    : {
        filename: file.name.replace(/(\.csv)?$/i, '-errors.csv'),
        contentType: 'text/csv; charset=utf-8',
        body: linesOf(ctx, shopId, file),
      };
}

async function findFile(ctx: Context, shopId: string, fileId: string): Promise<ErrorFile | undefined> {
  const [file] = isUuid(fileId)
    ? await ctx.db.sql<ErrorFile>(
        `SELECT f.id, f.name, f.kind, f.format, r.id AS run_id, r.rules FROM source_file f JOIN import_run r ON r.file_id = f.id
          WHERE f.shop_id = $1 AND f.id = $2 AND f.format IS NOT NULL`,
        [shopId, fileId],
      )
    : [];
  return file;
}

async function* linesOf(ctx: Context, shopId: string, file: ErrorFile): AsyncGenerator<string> {
  const { header, delimiter } = file.format;
  // A file that was corrected once has the column already.
  const own = [...header.keys()].filter((index) => header[index] !== ERROR_REASON);
  function line(cells: readonly string[], reason: string, beyond: readonly string[]): string {
    const guarded = ctx.csv.line([reason], delimiter, { guardFormulas: true });
    const rest = beyond.length === 0 ? [] : [ctx.csv.line(beyond, delimiter)];
    return `${[ctx.csv.line(cells, delimiter), guarded, ...rest].join(delimiter)}\r\n`;
  }
  yield `${BYTE_ORDER_MARK}${ctx.csv.line([...own.map((index) => header[index] ?? ''), ERROR_REASON], delimiter)}\r\n`;
  for await (const { source, message } of rejectedRows(ctx, shopId, file)) {
    const cells = rejectedCells(header, source);
    // A row of the wrong length stays one, so that nobody uploads it again unmended and half of it is read.
    const beyond = cells.length < header.length ? [TOO_SHORT] : cells.slice(header.length);
    yield line(
      own.map((index) => cells[index] ?? ''),
      message,
      beyond,
    );
  }
  const names = rulesForRow(header, compileRules(file.rules));
  for await (const { source, message } of failedRecords(ctx, shopId, file)) {
    for (const row of rowsOf(source)) {
      yield line(
        own.map((index) => String(row[names[index] ?? ''] ?? '')),
        message,
        [],
      );
    }
  }
}

/** The rows of a record as they are stored: an order's lines, or the one row. Blank cells are left out there. */
function rowsOf(source: JsonObject): JsonObject[] {
  return Array.isArray(source['lines']) ? (source['lines'] as JsonObject[]) : [source];
}

type BadRow = { id: string; line: number; source: JsonObject; message: string };

async function* rejectedRows(ctx: Context, shopId: string, file: ErrorFile): AsyncGenerator<BadRow> {
  yield* pages((after) =>
    ctx.db.sql<BadRow>(
      `SELECT id, coalesce(line, 0) AS line, source, message FROM record_error
        WHERE shop_id = $1 AND file_id = $2 AND severity = 'error' AND source IS NOT NULL AND line >= $3 AND (line, id) > ($3, $4::uuid)
        ORDER BY line, id LIMIT $5`,
      [shopId, file.id, after.line, after.id, PAGE],
    ),
  );
}

async function* failedRecords(ctx: Context, shopId: string, file: ErrorFile): AsyncGenerator<BadRow> {
  yield* pages((after) =>
    ctx.db.sql<BadRow>(
      `SELECT id, line, source, coalesce(reason->>'message', 'Klaviyo refused this record.') AS message FROM ${RECORD_TABLES[file.kind]}
        WHERE shop_id = $1 AND run_id = $2 AND status = 'failed' AND (line, id) > ($3, $4::uuid)
        ORDER BY line, id LIMIT $5`,
      [shopId, file.run_id, after.line, after.id, PAGE],
    ),
  );
}

async function* pages(
  read: (after: { line: number; id: string }) => Promise<BadRow[]>,
): AsyncGenerator<BadRow> {
  let after = { line: -1, id: FIRST_ID };
  for (;;) {
    const rows = await read(after);
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) {
      return;
    }
    after = last;
  }
}
