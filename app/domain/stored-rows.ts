import type { CompiledRules } from './compile-rules.ts';
import { rulesForRow } from './diff.ts';
import type { RecordKind, SourceRow } from './records.ts';

/**
 * What a record's `source` holds: a row without its blank cells, or the item lines of an order. `returned`: returned lines of earlier
 * files that events were made of, where the newest lines do not tell.
 */
export type StoredSource =
  Record<string, string> | { lines: Record<string, string>[]; returned?: Record<string, string>[] };

/** The returned lines of an order that its newest lines do not tell of; null = they do. */
export function storedReturned(source: StoredSource): Record<string, string>[] | null {
  const { returned } = source as { returned?: Record<string, string>[] };
  return Array.isArray(returned) ? returned : null;
}

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
  /** By what a row's cells are called; null = these rules call them the same. */
  const namesOf = new Map<string, string[] | null>();
  return (row) => {
    const written = Object.keys(row);
    const header = written.join('\n');
    let names = namesOf.get(header);
    if (names === undefined) {
      const wanted = rulesForRow(written, compiled);
      names = wanted.every((name, index) => name === written[index]) ? null : wanted;
      namesOf.set(header, names);
    }
    return names === null
      ? row
      : Object.fromEntries(names.map((name, index) => [name, row[written[index] ?? ''] ?? '']));
  };
}
