import type { Sql } from '../../context.ts';
import { readEmail } from '../../domain/email.ts';
import { markOfKey } from '../../domain/person.ts';
import type { Unit } from '../read-units.ts';
import type { ErasedPeople } from './erased-people.ts';
import { cellsOf, wordsWithAddress, type ScreenedFile } from './screened-file.ts';

/**
 * Orders and rewards of somebody who is known may name another person who was erased: who served them, who sent the gift.
 * They are kept, and that address is taken out of their cells; the units come back as the path may read them.
 */
export async function scrubOthers(
  sql: Sql,
  erased: ErasedPeople | null,
  file: ScreenedFile,
  units: Unit[],
): Promise<Unit[]> {
  if (erased === null || file.evaluator.kind === 'customers') {
    return units;
  }
  const words = [
    ...new Set(units.flatMap(({ rows }) => rows.flatMap(({ cells }) => wordsWithAddress(cells)))),
  ];
  const found = await erased.recognise(words.map(markOfWord));
  const theirs = new Set(words.filter((_, index) => found[index] !== null));
  if (theirs.size === 0) {
    return units;
  }
  const named = units.filter(({ rows }) => rows.some(({ cells }) => holds(cells, theirs)));
  const known = await readKnown(sql, erased, file, named);
  return units.map((unit) =>
    named.includes(unit) && keysOf(file, unit).some((key) => known.has(key))
      ? {
          ...unit,
          rows: unit.rows.map((row) => ({ ...row, cells: row.cells.map((cell) => without(cell, theirs)) })),
        }
      : unit,
  );
}

function markOfWord(word: string): string[] {
  const read = readEmail(word);
  return 'email' in read ? [`email ${read.email}`] : [];
}

function holds(cells: readonly string[], words: ReadonlySet<string>): boolean {
  return wordsWithAddress(cells).some((word) => words.has(word));
}

function without(cell: string, words: ReadonlySet<string>): string {
  return wordsWithAddress([cell])
    .filter((word) => words.has(word))
    .reduce((rest, word) => rest.replaceAll(word, ''), cell)
    .trim();
}

function keysOf({ rules, evaluator, survey }: ScreenedFile, unit: Unit): string[] {
  const { kind } = evaluator;
  return kind === 'customers' ? [] : cellsOf(survey, unit.rows, rules.columns[kind].customerReference);
}

/** Keys of customers whom the connection has and nobody erased. */
async function readKnown(
  sql: Sql,
  erased: ErasedPeople,
  file: ScreenedFile,
  units: Unit[],
): Promise<Set<string>> {
  const keys = [...new Set(units.flatMap((unit) => keysOf(file, unit)))];
  const rows = await sql<{ key: string }>(
    `SELECT k.key FROM unnest($2::text[]) AS k(key)
      WHERE EXISTS (SELECT 1 FROM customer WHERE connection_id = $1 AND external_id = k.key)`,
    [file.connectionId, keys],
  );
  const gone = await erased.recognise(rows.map(({ key }) => [markOfKey(file.connectionId, key)]));
  return new Set(rows.flatMap(({ key }, index) => (gone[index] === null ? [key] : [])));
}
