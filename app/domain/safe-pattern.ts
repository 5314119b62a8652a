/** Longest pattern, in characters. */
const LONGEST_PATTERN = 200;
/** A pattern looks at this many characters of a cell; what comes after them is not seen. */
export const SUBJECT_LENGTH = 256;
/** Ways in which a pattern may be tried on one cell before it could hold up a whole file. */
const MOST_WAYS = 2 * SUBJECT_LENGTH ** 3;

/**
 * Compiles a regular expression that a merchant wrote. Case counts unless it starts with `(?i)`.
 * JavaScript's matcher backtracks: a pattern such as `(a+)+$` takes for ever on an innocent cell. So the ways in which a
 * pattern can be tried are counted first, and one that could take too many is refused with a sentence.
 */
export function compilePattern(pattern: string): { test(text: string): boolean } | { problem: string } {
  const ignoresCase = pattern.startsWith('(?i)');
  const source = ignoresCase ? pattern.slice(4) : pattern;
  if (source.length > LONGEST_PATTERN) {
    return { problem: `is longer than ${LONGEST_PATTERN} characters` };
  }
  let expression: RegExp;
  try {
    expression = new RegExp(source, ignoresCase ? 'iu' : 'u');
  } catch (error) {
    return { problem: `is no regular expression (${error instanceof Error ? error.message : 'syntax'})` };
  }
  const problem = dangerOf(source);
  if (problem !== null) {
    return { problem };
  }
  return { test: (text) => expression.test(text.slice(0, SUBJECT_LENGTH)) };
}

function dangerOf(source: string): string | null {
  if (/\\[1-9]|\\k</.test(source.replaceAll('\\\\', ''))) {
    return 'uses a back reference, which can take for ever';
  }
  const scan = scanPattern(source);
  if (scan.hasNestedRepeat) {
    return 'repeats a group that itself repeats or chooses, as in (a+)+, which can take for ever';
  }
  const starts = source.startsWith('^') && !scan.hasTopLevelChoice ? 1 : SUBJECT_LENGTH;
  if (scan.ways * starts > MOST_WAYS) {
    return 'has too many open repeats (*, + or {n,}); start it with ^ or use fewer';
  }
  return null;
}

type Scan = { ways: number; hasNestedRepeat: boolean; hasTopLevelChoice: boolean };
type Level = { ways: number; choices: number };

/** Walks a valid pattern and multiplies the ways of its repeats and choices. An upper bound, not the exact number. */
function scanPattern(source: string): Scan {
  const levels: Level[] = [{ ways: 1, choices: 1 }];
  let hasNestedRepeat = false;
  let hasTopLevelChoice = false;
  let index = 0;
  while (index < source.length) {
    const character = source[index] ?? '';
    const level = levels.at(-1) ?? { ways: 1, choices: 1 };
    let inner = 1;
    if (character === '(') {
      levels.push({ ways: 1, choices: 1 });
      index += groupPrefix(source, index);
      continue;
    }
    if (character === '|') {
      level.choices += 1;
      hasTopLevelChoice ||= levels.length === 1;
      index += 1;
      continue;
    }
    if (character === ')') {
      levels.pop();
      inner = level.ways * level.choices;
      index += 1;
    } else {
      index = atomEnd(source, index);
    }
    const repeat = readRepeat(source, index);
    index = repeat.end;
    const isOpen = repeat.most - repeat.least >= SUBJECT_LENGTH;
    hasNestedRepeat ||= inner > 1 && isOpen;
    const outer = levels.at(-1) ?? { ways: 1, choices: 1 };
    const times = Math.min(repeat.most, SUBJECT_LENGTH);
    outer.ways *=
      Math.min(inner, 1e9) ** Math.max(1, isOpen ? 1 : times) *
      Math.max(1, Math.min(repeat.most - repeat.least, SUBJECT_LENGTH - 1) + 1);
  }
  const [top] = levels;
  return { ways: (top?.ways ?? 1) * (top?.choices ?? 1), hasNestedRepeat, hasTopLevelChoice };
}

/** Length of `(`, `(?:`, `(?=`, `(?<=`, `(?<name>` and the like. */
function groupPrefix(source: string, index: number): number {
  return /^\((\?(?:[:=!]|<[=!]|<[^>]*>))?/.exec(source.slice(index))?.[0].length ?? 1;
}

/** Where the single thing that starts at `index` ends: a character, an escape or a class. */
function atomEnd(source: string, index: number): number {
  if (source[index] === '\\') {
    const escape = /^\\(?:[pPu]\{[^}]*\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|c[A-Za-z]|.)/su.exec(
      source.slice(index),
    );
    return index + (escape?.[0].length ?? 1);
  }
  if (source[index] !== '[') {
    return index + 1;
  }
  let end = index + 1;
  while (end < source.length && source[end] !== ']') {
    end += source[end] === '\\' ? 2 : 1;
  }
  return end + 1;
}

function readRepeat(source: string, index: number): { least: number; most: number; end: number } {
  const [text, sign, least, comma, most] =
    /^(?:([*+?])|\{(\d+)(,)?(\d*)\})\??/.exec(source.slice(index)) ?? [];
  if (text === undefined) {
    return { least: 1, most: 1, end: index };
  }
  const end = index + text.length;
  if (sign !== undefined) {
    return { least: sign === '+' ? 1 : 0, most: sign === '?' ? 1 : Infinity, end };
  }
  const from = Number(least);
  return { least: from, most: comma === undefined ? from : most === '' ? Infinity : Number(most), end };
}
