import { writeFile } from 'node:fs/promises';
import type { Context } from '../context.ts';
import type { CompiledRules } from '../domain/compile-rules.ts';
import { rulesForRow } from '../domain/diff.ts';
import { isAppError } from '../domain/errors.ts';
import type { CsvRow } from '../domain/ports/csv.ts';
import type { PreviewRecord } from '../domain/preview-draft.ts';
import type { RecordKind, SourceRow } from '../domain/records.ts';
import type { Mapping } from '../domain/rules.ts';
import { rowNamer, storedRows } from '../domain/stored-rows.ts';
import { readOrderCustomer } from '../pipeline/order-customers.ts';
import type { ConnectionScope } from '../pipeline/load-connections.ts';
import { recordByKey, type StoredRecord } from '../queries/newest-records.server.ts';

/** Which row a preview is about. */
export type RowChoice =
  { by: 'newest'; offset: number } | { by: 'key'; key: string } | { by: 'paste'; text: string };

/** The row that was found, or why there is none. `header` are the columns of pasted text. */
export type PickedRow = {
  record: PreviewRecord | null;
  label: string;
  header: string[] | null;
  note: string | null;
};

type Place = { connectionId: string; kind: RecordKind };

const ONE: Record<RecordKind, string> = { customers: 'Customer', orders: 'Order', rewards: 'Reward' };

/** Finds the row that a preview is about: one of the newest, one by its key, or one that was pasted; of an order with its customer. */
export async function pickRow(
  ctx: Context,
  shopId: string,
  input: Parameters<typeof chooseRow>[2],
): Promise<PickedRow> {
  const { compiled, place } = input;
  const picked = await chooseRow(ctx, shopId, input);
  if (picked.record === null || place.kind !== 'orders') {
    return picked;
  }
  const { rows } = picked.record;
  const customerRow = await readOrderCustomer(ctx.db.sql, place.connectionId, { compiled, rows });
  return { ...picked, record: { ...picked.record, customerRow } };
}

async function chooseRow(
  ctx: Context,
  shopId: string,
  input: {
    scope: ConnectionScope;
    mapping: Mapping;
    compiled: CompiledRules;
    choice: RowChoice;
    newest: StoredRecord[];
    place: Place;
  },
): Promise<PickedRow> {
  const { scope, compiled, choice, newest, place } = input;
  const one = ONE[place.kind];
  const keyColumn = scope.rules.columns[place.kind].primaryKey;
  switch (choice.by) {
    case 'newest': {
      // After the last comes the first again.
      const record = newest[choice.offset % Math.max(1, newest.length)];
      return record === undefined
        ? nothing(`No ${place.kind} yet in ${scope.name}. Paste a row, or wait for the first file.`)
        : found(input, record);
    }
    case 'key': {
      const key = choice.key.trim();
      const record = await recordByKey(ctx, shopId, { ...place, key });
      return record === null
        ? nothing(
            `There is no ${one.toLowerCase()} "${key}" in ${scope.name}. Type the value of ${keyColumn}.`,
          )
        : found(input, record);
    }
    case 'paste':
      return pasted(ctx, choice.text, { compiled, keyColumn, kind: place.kind });
  }
}

function nothing(note: string): PickedRow {
  return { record: null, label: '', header: null, note };
}

function found(
  { compiled, mapping, place }: { compiled: CompiledRules; mapping: Mapping; place: Place },
  { key, source }: StoredRecord,
): PickedRow {
  const rows = storedRows(place.kind, source).map(rowNamer(compiled));
  const lines = rows.length === 1 ? '1 line' : `${rows.length} lines`;
  const part =
    mapping.scope === 'item' ? `, first of ${lines}` : mapping.scope === 'order' ? `, ${lines}` : '';
  return { record: { key, rows }, label: `${ONE[place.kind]} ${key}${part}`, header: null, note: null };
}

/** Reads pasted text as a file would be read: header, then rows. Of orders all rows of the first one's key. */
async function pasted(
  ctx: Context,
  text: string,
  { compiled, keyColumn, kind }: { compiled: CompiledRules; keyColumn: string; kind: RecordKind },
): Promise<PickedRow> {
  const path = ctx.spool.pathOf(`preview-${ctx.ids.uuid()}`);
  const name = 'The pasted text';
  try {
    await writeFile(path, text.trim(), { mode: 0o600 });
    const format = await ctx.csv.sniff(path, name);
    const read: CsvRow[] = [];
    await ctx.csv.read(path, format, (rows) => void read.push(...rows), { name });
    const names = rulesForRow(format.header, compiled);
    const rows = read.map(({ cells }): SourceRow =>
      Object.fromEntries(names.map((column, index) => [column, cells[index] ?? ''])),
    );
    const [first] = rows;
    if (first === undefined) {
      return nothing('Paste two lines: the header with the names of the columns, and a row below it.');
    }
    const key = (first[keyColumn] ?? '').trim();
    const own = kind === 'orders' ? rows.filter((row) => (row[keyColumn] ?? '').trim() === key) : [first];
    const cells = read[0]?.cells.length ?? 0;
    const note =
      read[0]?.problem === undefined
        ? null
        : `The row has ${cells} cells, the header ${format.header.length}: a file with this row would have it rejected.`;
    return { record: { key, rows: own }, label: 'Pasted row', header: names, note };
  } catch (error) {
    if (!isAppError(error)) {
      throw error;
    }
    return nothing(error.hint);
  } finally {
    await ctx.spool.remove(path);
  }
}
