import { looseName } from './columns.ts';
import type { CompiledRules } from './compile-rules.ts';
import { hashOf, rowDigest } from './hash.ts';
import { ERROR_REASON } from './rejected-row.ts';
import type { ConnectionRules } from './rules.ts';

/** Raised when the code maps the same row and rules to something else: every record is then mapped anew. */
const MAPPING_VERSION = 1;

/**
 * Name of each cell of a row: the name that rules use where the header writes it with other case or blanks, else the
 * header's own. A name that stands twice gets a number (`EMAIL (2)`), a blank one its place (`Column 7`).
 */
export function rulesForRow(
  header: readonly string[],
  compiled: Pick<CompiledRules, 'columnsUsed'>,
): string[] {
  const present = new Set(header);
  const byLooseName = new Map<string, string>();
  for (const name of compiled.columnsUsed) {
    if (!present.has(name) && !byLooseName.has(looseName(name))) {
      byLooseName.set(looseName(name), name);
    }
  }
  const taken = new Set<string>();
  return header.map((written, index) => {
    const own = written.replace(/^\uFEFF/, '').trim();
    const isUsed = compiled.columnsUsed.has(written);
    const name = isUsed
      ? written
      : (byLooseName.get(looseName(written)) ?? (own === '' ? `Column ${index + 1}` : own));
    let unique = name;
    for (let copy = 2; taken.has(unique); copy += 1) {
      unique = `${name} (${copy})`;
    }
    taken.add(unique);
    return unique;
  });
}

/**
 * A function that hashes the cells of a row to 32 hex characters. The order of columns does not count, nor do columns
 * in which the row is blank: a new, still empty column changes nothing.
 */
export function sourceHasher(names: readonly string[]): (cells: readonly string[]) => string {
  const order = [...names.keys()]
    .filter((index) => names[index] !== ERROR_REASON)
    .sort((a, b) => ((names[a] ?? '') < (names[b] ?? '') ? -1 : 1));
  // Lengths stand before names and cells, so that no two rows make the same text.
  const labels = names.map((name) => `${name.length}:${name}=`);
  return (cells) => {
    let text = '';
    for (const index of order) {
      const cell = cells[index];
      if (cell !== undefined && cell !== '') {
        text += `${labels[index]}${cell.length}:${cell}`;
      }
    }
    return rowDigest(text);
  };
}

/** Equal exactly when two sets of rules are, under the same version of the mapping. */
export function rulesHash(rules: ConnectionRules): string {
  return hashOf({ version: MAPPING_VERSION, rules });
}

/** Equal exactly when Klaviyo would get the same. */
export function payloadHash(payload: object): string {
  return hashOf(payload);
}

/** `created`: new. `same`: row and rules are as they were, nothing to map. `map`: map it and compare payload hashes. */
export function diffRecord(input: {
  stored: { sourceHash: string; rulesHash: string } | null;
  sourceHash: string;
  rulesHash: string;
}): 'created' | 'same' | 'map' {
  const { stored, sourceHash, rulesHash: wantedRules } = input;
  if (stored === null) {
    return 'created';
  }
  return stored.sourceHash === sourceHash && stored.rulesHash === wantedRules ? 'same' : 'map';
}
