import type { Context } from '../context.ts';
import type { JsonObject } from '../domain/records.ts';
import { rejectedCells } from '../domain/rejected-row.ts';
import { keysetPage, readTurn, type KeysetPage, type PageTurn } from './keyset.ts';

type Severity = 'error' | 'warning';

/** Rows with one and the same thing wrong. */
export type Cause = {
  severity: Severity;
  code: string;
  /** Up to `MOST_COUNTED`. */
  count: number;
  /** The first such row's words. */
  example: string;
  column: string | null;
};

export type ProblemRow = {
  id: string;
  line: number | null;
  column: string | null;
  /** What stands in the cell; null = the whole row is wrong. */
  value: string | null;
  code: string;
  message: string;
};

export type ProblemsView = { cause: { severity: Severity; code: string } | null; turn: PageTurn };

export type FileProblems = { causes: Cause[]; page: KeysetPage<ProblemRow> };

/** Of rejected rows the balance has the exact number; of a cause people want to know how large it is. */
const MOST_COUNTED = 1_000;
const SIZE = 50;

/** What the address asks for: `?cause=error.missing_key` and a place in the list. */
export function readProblemsView(params: URLSearchParams): ProblemsView {
  const [, severity, code] = /^(error|warning)\.([\w-]{1,80})$/.exec(params.get('cause') ?? '') ?? [];
  return {
    cause: severity === undefined || code === undefined ? null : { severity: severity as Severity, code },
    turn: readTurn(params, (key) => /^\d{1,9}$/.test(key)),
  };
}

/** What is wrong with a file's rows: the causes, and a page of rows in the order of the file. Without a cause chosen: the errors. */
export async function fileProblems(
  ctx: Context,
  shopId: string,
  file: { id: string; header: string[]; warnings: Record<string, number> },
  view: ProblemsView,
): Promise<FileProblems> {
  const [causes, page] = await Promise.all([
    readCauses(ctx, shopId, file),
    readRows(ctx, shopId, file, view),
  ]);
  return { causes, page };
}

/** One jump in the index for each cause, not a scan of the rows. */
async function readCauses(
  ctx: Context,
  shopId: string,
  file: { id: string; warnings: Record<string, number> },
): Promise<Cause[]> {
  const next = `SELECT severity, code FROM record_error
                 WHERE shop_id = $1 AND file_id = $2 AND (severity, code) > (cause.severity, cause.code)
                 ORDER BY file_id, severity, code, line LIMIT 1`;
  const causes = await ctx.db.sql<Cause>(
    `WITH RECURSIVE cause (severity, code) AS (
       SELECT '', ''
       UNION ALL
       SELECT n.severity, n.code FROM cause CROSS JOIN LATERAL (${next}) n)
     SELECT cause.severity, cause.code, counted.count, first.message AS example, first."column"
       FROM cause
      CROSS JOIN LATERAL (
            SELECT message, "column" FROM record_error e
             WHERE e.shop_id = $1 AND e.file_id = $2 AND e.severity = cause.severity AND e.code = cause.code
             ORDER BY e.file_id, e.severity, e.code, e.line LIMIT 1) first
      CROSS JOIN LATERAL (
            SELECT count(*)::int AS count FROM (
              SELECT 1 FROM record_error e
               WHERE e.file_id = $2 AND e.severity = cause.severity AND e.code = cause.code
               ORDER BY e.file_id, e.severity, e.code, e.line LIMIT ${MOST_COUNTED + 1}) c) counted`,
    [shopId, file.id],
  );
  return causes
    .map((cause) =>
      // Of warnings only some rows are kept; the run counted them all.
      cause.severity === 'warning' ? { ...cause, count: file.warnings[cause.code] ?? cause.count } : cause,
    )
    .sort((a, b) => b.count - a.count);
}

type FoundRow = Omit<ProblemRow, 'value'> & {
  key: string;
  value: string | null;
  source: JsonObject | null;
};

async function readRows(
  ctx: Context,
  shopId: string,
  file: { id: string; header: string[] },
  { cause, turn }: ProblemsView,
): Promise<KeysetPage<ProblemRow>> {
  const isBack = turn?.direction === 'before';
  const order = isBack ? 'DESC' : 'ASC';
  const found = await ctx.db.sql<FoundRow>(
    `SELECT id, coalesce(line, 0)::text AS key, line, "column", value, code, message, source FROM record_error
      WHERE shop_id = $1 AND file_id = $2 AND severity = $3 ${cause === null ? '' : 'AND code = $4'}
        ${turn === null ? '' : `AND (line, id) ${isBack ? '<' : '>'} ($${cause === null ? 4 : 5}::int, $${cause === null ? 5 : 6}::uuid)`}
      ORDER BY line ${order}, id ${order} LIMIT ${SIZE + 1}`,
    [
      shopId,
      file.id,
      cause?.severity ?? 'error',
      ...(cause === null ? [] : [cause.code]),
      ...(turn === null ? [] : [Number(turn.cursor.key), turn.cursor.id]),
    ],
  );
  const page = keysetPage(found, turn, SIZE);
  return {
    ...page,
    rows: page.rows.map(({ key: _, source, ...row }) => ({
      ...row,
      value: row.value ?? cellOf(file.header, source, row.column),
    })),
  };
}

/** The cell that a rejected row is about. Its column is named as the settings do, which need not be the header's way. */
function cellOf(header: string[], source: JsonObject | null, column: string | null): string | null {
  if (source === null || column === null) {
    return null;
  }
  const wanted = column.trim().toLowerCase();
  const index = header.findIndex((name) => name.trim().toLowerCase() === wanted);
  return index < 0 ? null : (rejectedCells(header, source)[index] ?? '');
}
