import { z } from 'zod';
import type { Context } from '../../context.ts';
import type { JsonObject } from '../../domain/records.ts';
import { guarded } from '../../domain/translation-csv.ts';
import type { Download } from './download.ts';

const inputSchema = z.object({ table: z.string() });

const NEWLINE = '\r\n';
/** Spreadsheets take a file without it for Windows-1252. */
const BYTE_ORDER_MARK = '\uFEFF';

/** A translation table as the CSV file that `importTranslations` reads back. Null: the shop has no such table. */
export async function translationsDownload(
  ctx: Context,
  shopId: string,
  input: JsonObject,
): Promise<Download | null> {
  const { table: name } = inputSchema.parse(input);
  const [table] = await ctx.db.sql<{ id: string }>(
    'SELECT id FROM translation_table WHERE shop_id = $1 AND name = $2',
    [shopId, name],
  );
  if (table === undefined) {
    return null;
  }
  return {
    filename: `translations-${name}.csv`,
    contentType: 'text/csv; charset=utf-8',
    body: lines(ctx, table.id),
  };
}

async function* lines(ctx: Context, tableId: string): AsyncGenerator<string> {
  const entries = await ctx.db.sql<{ source: string; target: string }>(
    'SELECT source, target FROM translation_entry WHERE table_id = $1 ORDER BY source',
    [tableId],
  );
  yield BYTE_ORDER_MARK + ctx.csv.line(['from', 'to']) + NEWLINE;
  for (const { source, target } of entries) {
    yield ctx.csv.line([guarded(source), guarded(target)]) + NEWLINE;
  }
}
