import type { Context } from '../context.ts';
import { createOrderGrouper } from '../domain/order-groups.ts';
import type { CsvRow } from '../domain/ports/csv.ts';
import type { RecordKind } from '../domain/records.ts';
import type { ConnectionRules } from '../domain/rules.ts';
import { rejectRow, type RejectedRow } from './reject-row.ts';
import type { Survey } from './survey-file.ts';

/** One record as the file has it: a row of customers or rewards, or all item lines of an order. */
export type Unit = {
  key: string;
  /** Rows in file order, without the ones that a later line of the same item supersedes. */
  rows: CsvRow[];
  /** Rows that this record stands for in the balance, superseded ones not counted. */
  rowCount: number;
};

/** A stretch of the file that is staged in one transaction. */
export type Chunk = {
  units: Unit[];
  foldedRows: number;
  rejected: RejectedRow[];
  /** Everything up to here is in this chunk or in an earlier one. */
  checkpoint: { partition: number; row: number };
};

const CHUNK_UNITS = 1_000;
const CHUNK_REJECTED = 1_000;

/**
 * Reads the rows of a surveyed file and hands them on in chunks, in file order, each record once: at its last row.
 * Rows before `from` are read again but not handed on, so that a killed run goes on where it stopped.
 * `onChunk` is awaited: memory stays flat.
 */
export async function readUnits(
  ctx: Context,
  input: {
    path: string;
    name: string;
    kind: RecordKind;
    rules: ConnectionRules;
    survey: Survey;
    from: { partition?: number; row?: number };
    limitRows?: number;
    signal?: AbortSignal;
  },
  onChunk: (chunk: Chunk) => Promise<void>,
): Promise<void> {
  const { survey, kind, rules } = input;
  const start = { partition: input.from.partition ?? 0, row: input.from.row ?? -1 };
  const itemColumn = kind === 'orders' ? rules.columns.orders.itemId : undefined;
  const itemCell = itemColumn === undefined ? undefined : survey.columns.get(itemColumn);
  for (let partition = start.partition; partition < survey.partitions; partition += 1) {
    const doneRow = partition === start.partition ? start.row : -1;
    await readPartition(ctx, input, { partition, doneRow, itemCell }, onChunk);
  }
}

async function readPartition(
  ctx: Context,
  input: Parameters<typeof readUnits>[1],
  place: { partition: number; doneRow: number; itemCell: number | undefined },
  onChunk: (chunk: Chunk) => Promise<void>,
): Promise<void> {
  const { survey, kind } = input;
  const { partition, doneRow, itemCell } = place;
  const grouper = createOrderGrouper<CsvRow>(survey.keys, { partition, partitions: survey.partitions });
  let row = -1;
  let chunk = emptyChunk(partition, doneRow);

  function take(csvRow: CsvRow): void {
    row += 1;
    const isNew = row > doneRow;
    const rejection = rejectRow(csvRow, {
      kind,
      rules: input.rules,
      header: survey.format.header,
      columns: survey.columns,
    });
    if (rejection !== null) {
      if (isNew && partition === 0) {
        chunk.rejected.push(rejection);
      }
      return;
    }
    const key = (csvRow.cells[survey.keyCell] ?? '').trim();
    if (kind !== 'orders') {
      if (!isNew) {
        return;
      }
      if (survey.keys.lastRow(key) === row) {
        chunk.units.push({ key, rows: [csvRow], rowCount: 1 });
      } else {
        chunk.foldedRows += 1;
      }
      return;
    }
    const group = grouper.add(row, key, csvRow);
    if (group !== null && isNew) {
      const rows = withoutSupersededLines(group, itemCell);
      chunk.units.push({ key, rows, rowCount: rows.length });
      chunk.foldedRows += group.length - rows.length;
    }
  }

  async function flush(): Promise<void> {
    chunk.checkpoint = { partition, row };
    const full = chunk;
    chunk = emptyChunk(partition, row);
    await onChunk(full);
  }

  await ctx.csv.read(
    input.path,
    survey.format,
    async (rows) => {
      for (const csvRow of rows) {
        take(csvRow);
        if (chunk.units.length >= CHUNK_UNITS || chunk.rejected.length >= CHUNK_REJECTED) {
          await flush();
        }
      }
    },
    { name: input.name, signal: input.signal },
  );
  await flush();
}

function emptyChunk(partition: number, row: number): Chunk {
  return { units: [], foldedRows: 0, rejected: [], checkpoint: { partition, row } };
}

/** Lines of one order; of two lines with the same item id the later stays, in the place of the later. */
function withoutSupersededLines(rows: CsvRow[], itemCell: number | undefined): CsvRow[] {
  if (itemCell === undefined || rows.length === 1) {
    return rows;
  }
  const lastOf = new Map<string, CsvRow>();
  for (const row of rows) {
    const item = (row.cells[itemCell] ?? '').trim();
    lastOf.set(item === '' ? `#${row.line}` : item, row);
  }
  const kept = new Set(lastOf.values());
  return rows.filter((row) => kept.has(row));
}
