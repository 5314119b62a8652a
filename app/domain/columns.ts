import type { RecordKind } from './records.ts';
import type { Columns } from './rules.ts';

/** How the header of a file fits the configured columns. */
export type HeaderMatch = {
  /** Index of the header's cell by configured column name; the first where a name stands twice. */
  columns: Map<string, number>;
  /** Each with a sentence that names the nearest header. */
  missing: { name: string; hint: string }[];
  /** Names that stand in the header more than once, as the header writes them. */
  duplicates: string[];
};

/** Column names that a file of this kind must have: every one that the column settings name. */
export function requiredColumns(kind: RecordKind, columns: Columns): string[] {
  const names = Object.values<string | undefined>(columns[kind]);
  return [...new Set(names.filter((name) => name !== undefined && name !== ''))] as string[];
}

/** Header names are matched exactly first, then without case and surrounding blanks. */
export function matchHeader(required: readonly string[], header: readonly string[]): HeaderMatch {
  const exact = new Map<string, number>();
  const loose = new Map<string, number>();
  const duplicates = new Set<string>();
  for (const [index, name] of header.entries()) {
    if (exact.has(name)) {
      duplicates.add(name);
    } else {
      exact.set(name, index);
    }
    if (!loose.has(looseName(name))) {
      loose.set(looseName(name), index);
    }
  }
  const columns = new Map<string, number>();
  const missing: HeaderMatch['missing'] = [];
  for (const name of new Set(required)) {
    const index = exact.get(name) ?? loose.get(looseName(name));
    if (index === undefined) {
      missing.push({ name, hint: missingHint(name, header) });
    } else {
      columns.set(name, index);
    }
  }
  return { columns, missing, duplicates: [...duplicates] };
}

/** The name by which header cells are compared when case and surrounding blanks do not count. */
export function looseName(name: string): string {
  return name
    .replace(/^\uFEFF/, '')
    .trim()
    .toLowerCase();
}

function missingHint(name: string, header: readonly string[]): string {
  const near = nearestName(name, header);
  return near === null ? `Column ${name} is missing` : `Column ${name} is missing; the file has ${near}`;
}

/** The header name that looks most like the wanted one; null when none looks like it. */
export function nearestName(wanted: string, names: readonly string[]): string | null {
  const bare = bareName(wanted);
  let best: { name: string; distance: number } | null = null;
  for (const name of names) {
    const other = bareName(name);
    const distance = contains(bare, other)
      ? Math.min(1, editDistance(bare, other))
      : editDistance(bare, other);
    if (other !== '' && (best === null || distance < best.distance)) {
      best = { name: name.trim(), distance };
    }
  }
  // More than a third of the letters wrong is another word, not a misspelling.
  return best !== null && best.distance <= Math.ceil(bare.length / 3) ? best.name : null;
}

/** True when one word stands in the other, as EMAIL in EMAIL_ADDRESS. Three letters are needed to say so. */
function contains(a: string, b: string): boolean {
  return Math.min(a.length, b.length) >= 3 && (a.includes(b) || b.includes(a));
}

/** Letters and digits alone: `E_MAIL`, `e-mail` and `EMAIL` are the same word. */
function bareName(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}

/** Levenshtein distance: insertions, deletions and replacements from one text to the other. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** Columns that mappings read and the file does not have: they read as blank, which is worth one warning a file. */
export function unknownColumns(read: Iterable<string>, header: readonly string[]): string[] {
  const present = new Set(header.map(looseName));
  return [...new Set(read)].filter((name) => !present.has(looseName(name)));
}
