import type { CompiledRules } from './compile-rules.ts';
import { rulesForRow } from './diff.ts';
import type { RecordKind, SourceRow } from './records.ts';

/** What a record's `source` holds: a row without its blank cells, or the item lines of an order. */
export type StoredSource = Record<string, string> | { lines: Record<string, string>[] };

/** The rows of a stored source, in file order. */
export function storedRows(kind: RecordKind, source: StoredSource): Record<string, string>[] {
  return kind === 'orders'
    ? (source as { lines: Record<string, string>[] }).lines
    : [source as Record<string, string>];
}

/** Gives the cells of stored rows the names that these rules would give them, had the row just been read. */
export function rowNamer(
  compiled: Pick<CompiledRules, 'columnsUsed'>,
): (row: Record<string, string>) => SourceRow {
  const namesOf = new Map<string, string[]>();
  return (row) => {
    const written = Object.keys(row);
    const header = written.join('\n');
    const names = namesOf.get(header) ?? rulesForRow(written, compiled);
    namesOf.set(header, names);
    return Object.fromEntries(names.map((name, index) => [name, row[written[index] ?? ''] ?? '']));
  };
}
