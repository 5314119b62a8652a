import type { CompiledRules } from './compile-rules.ts';
import { cellOf } from './condition.ts';
import type { Notes } from './mapping-notes.ts';
import { readNumber } from './number.ts';
import type { SourceRow } from './records.ts';

/** One item line of an order. */
export type OrderLine = {
  row: SourceRow;
  /** Item id, or `#3` for the third line of an order whose lines have none. */
  itemId: string;
  isReturn: boolean;
  /** Row total; null when the row gives none. */
  value: number | null;
};

/** Reads the lines of an order; of two with one item id the later stays. `folded` are the indexes of the others. */
export function readOrderLines(
  compiled: CompiledRules,
  rows: readonly SourceRow[],
  notes: Notes,
): { lines: OrderLine[]; folded: number[] } {
  const { itemId: itemColumn } = compiled.rules.columns.orders;
  const ids = rows.map((row) => (itemColumn === undefined ? '' : cellOf(row, itemColumn).trim()));
  const lastOf = new Map(ids.map((id, index) => [id, index]));
  const lines: OrderLine[] = [];
  const folded: number[] = [];
  for (const [index, row] of rows.entries()) {
    const id = ids[index] ?? '';
    if (id !== '' && lastOf.get(id) !== index) {
      folded.push(index);
    } else {
      lines.push(readLine(compiled, row, id === '' ? `#${lines.length + 1}` : id, notes));
    }
  }
  return { lines, folded };
}

function readLine(compiled: CompiledRules, row: SourceRow, itemId: string, notes: Notes): OrderLine {
  const { quantity: quantityColumn, value: valueColumn } = compiled.rules.columns.orders;
  const quantity = readCell(row, quantityColumn, notes);
  const value = readCell(row, valueColumn, notes);
  // A line without a usable quantity is a return when its value says so.
  const sign = quantity === null || quantity === 0 ? (value ?? 0) : quantity;
  return { row, itemId, isReturn: sign < 0, value };
}

function readCell(row: SourceRow, column: string | undefined, notes: Notes): number | null {
  const text = column === undefined ? '' : cellOf(row, column).trim();
  if (text === '') {
    return null;
  }
  const number = readNumber(text);
  if (number === null) {
    notes.about('event.value', column);
    notes.warn('not_a_number', `${column} "${text}" is not a number; the line counts without it.`, text);
  }
  return number;
}
