import type { CompiledRules } from '../domain/compile-rules.ts';
import { cellOf } from '../domain/condition.ts';
import { rulesForRow } from '../domain/diff.ts';
import type { RecordKind, SourceRow } from '../domain/records.ts';

/** Rows of the file as a page shows them. */
export type SourceTable = {
  /** What the whole record says: filled cells in the order of the file. */
  cells: { column: string; value: string }[];
  /** Columns in which every row is blank. */
  blank: string[];
  /** Orders: what differs from line to line, or what item mappings read; null for other kinds. */
  lines: { columns: string[]; rows: string[][] } | null;
};

/**
 * Sorts the cells of a record's rows into what is said once and what each item line says. `header`: the file's own, for the
 * order of its columns.
 */
export function sourceTable(
  rows: readonly SourceRow[],
  kind: RecordKind,
  { header, compiled }: { header: string[] | null; compiled: CompiledRules | null },
): SourceTable {
  const inFile = header === null || compiled === null ? [] : rulesForRow(header, compiled);
  const columns = [...new Set([...inFile, ...rows.flatMap(Object.keys)])];
  const filled = columns.filter((column) => rows.some((row) => cellOf(row, column) !== ''));
  const blank = columns.filter((column) => !filled.includes(column));
  const [first = {}] = rows;
  if (kind !== 'orders') {
    return { cells: filled.map((column) => ({ column, value: cellOf(first, column) })), blank, lines: null };
  }
  const ofItems = compiled === null ? new Set<string>() : itemColumns(compiled);
  const isOfLine = (column: string) =>
    ofItems.has(column) || rows.some((row) => cellOf(row, column) !== cellOf(first, column));
  const own = filled.filter(isOfLine);
  return {
    cells: filled
      .filter((column) => !isOfLine(column))
      .map((column) => ({ column, value: cellOf(first, column) })),
    blank,
    lines: { columns: own, rows: rows.map((row) => own.map((column) => cellOf(row, column))) },
  };
}

function itemColumns({ rules, columnsOfScope }: CompiledRules): Set<string> {
  const { itemId, quantity, value } = rules.columns.orders;
  const settings = [itemId, quantity, value].filter((column) => column !== undefined);
  return new Set([...columnsOfScope.item, ...settings]);
}
