import type { Context } from '../../context.ts';
import { PROBLEM_KINDS, QUALITY_WORDS } from '../../domain/data-quality.ts';
import type { JsonObject } from '../../domain/records.ts';
import {
  nextSharing,
  nextUnknown,
  nextWithProblem,
  type QualityRow,
  type SharedCursor,
} from '../../queries/quality-rows.server.ts';
import { openQuality, readCombinations, type QualityScope } from '../../queries/quality-scope.server.ts';
import type { Download } from './download.ts';

/** People that are in memory at once. */
const PAGE = 500;

const NEWLINE = '\r\n';
/** Excel takes a file without this mark for Windows-1252. */
const BYTE_ORDER_MARK = '\uFEFF';

/**
 * Download: the data-quality report of a connection, a line for each problem, for a person to work off in Apparel21: people who
 * share an e-mail, then every kind of problem of a row, then values without a translation. Cells that a spreadsheet would run as a
 * formula are guarded. It is read page by page: who is corrected meanwhile may stand in it or not. Input: `{connectionId}`.
 */
export async function qualityDownload(
  ctx: Context,
  shopId: string,
  input: JsonObject,
): Promise<Download | null> {
  const scope = await openQuality(ctx, shopId, String(input['connectionId']));
  return scope === null
    ? null
    : {
        filename: `data-quality-${scope.connection.name}.csv`,
        contentType: 'text/csv; charset=utf-8',
        body: linesOf(ctx, scope),
      };
}

async function* linesOf(ctx: Context, scope: QualityScope): AsyncGenerator<string> {
  const line = (cells: string[]) => ctx.csv.line(cells, ',', { guardFormulas: true }) + NEWLINE;
  const { primaryKey } = scope.connection.rules.columns.customers;
  yield (
    BYTE_ORDER_MARK +
    line([
      'problem',
      'what_to_do',
      primaryKey,
      'PERSON_CODE',
      'name',
      'column',
      'value',
      'profile_shows',
      'times_seen',
    ])
  );
  for await (const rows of pagesOf(ctx, scope)) {
    yield rows.map((row) => line(cellsOf(row))).join('');
  }
}

function cellsOf({ kind, person, column, value, profileShows, seen }: QualityRow): string[] {
  const { title, fix } = QUALITY_WORDS[kind];
  return [
    title,
    fix,
    person?.key ?? '',
    person?.code ?? '',
    person?.name ?? '',
    column,
    value,
    profileShows ?? '',
    seen === null ? '' : String(seen.times),
  ];
}

async function* pagesOf(ctx: Context, scope: QualityScope): AsyncGenerator<QualityRow[]> {
  yield* pages((after: SharedCursor | null) => nextSharing(ctx, scope, { after, limit: PAGE }));
  const combinations = await readCombinations(ctx, scope, { most: 1 });
  for (const kind of PROBLEM_KINDS) {
    for (const { issues } of combinations.filter(({ kinds }) => kinds.includes(kind))) {
      yield* pages((after: string | null) =>
        nextWithProblem(ctx, scope, { issues, kind, after, limit: PAGE }),
      );
    }
  }
  for (const table of scope.tables) {
    yield* pages((after: string | null) => nextUnknown(ctx, scope, { table, after, limit: PAGE }));
  }
}

async function* pages<Cursor>(
  read: (after: Cursor | null) => Promise<{ rows: QualityRow[]; after: Cursor | null }>,
): AsyncGenerator<QualityRow[]> {
  let after: Cursor | null = null;
  do {
    const page: Awaited<ReturnType<typeof read>> = await read(after);
    yield page.rows;
    after = page.after;
  } while (after !== null);
}
