import { RESERVED } from './simple-template.ts';

/** What a template can do with a column, for the editor's list: each example is a test. */
export type FilterExample = {
  /** Its name in the list. */
  name: string;
  /** What is inserted after the column. */
  use: string;
  explains: string;
  /** `cell` through `{{ COLUMN | use }}` gives `gives`. */
  example: { cell: string; gives: string };
};

export const FILTER_GUIDE: readonly FilterExample[] = [
  {
    name: 'translate',
    use: 'translate: "stores"',
    explains: 'Looks the value up in a translation table.',
    example: { cell: 'SYD01', gives: 'Sydney Pitt St' },
  },
  {
    name: 'titlecase_name',
    use: 'titlecase_name',
    explains: 'Puts capitals of a name right.',
    example: { cell: 'ANNA MCDONALD', gives: 'Anna McDonald' },
  },
  {
    name: 'phone',
    use: 'phone',
    explains: 'International form of a phone number, as Klaviyo wants it.',
    example: { cell: '0412 345 678', gives: '+61412345678' },
  },
  {
    name: 'number',
    use: 'number',
    explains: 'A number instead of a text, so that Klaviyo can compare and add up.',
    example: { cell: '1,234.50', gives: '1234.5' },
  },
  {
    name: 'boolean',
    use: 'boolean',
    explains: 'True or false from yes, no, Y, N, 1 or 0.',
    example: { cell: 'Yes', gives: 'true' },
  },
  {
    name: 'date_in_zone',
    use: 'date_in_zone: "yyyy-MM-dd"',
    explains: "A date in your shop's time zone, in the pattern you give.",
    example: { cell: '31/01/2026', gives: '2026-01-31' },
  },
  {
    name: 'default',
    use: 'default: "None"',
    explains: 'Another text when the column is blank.',
    example: { cell: '', gives: 'None' },
  },
  { name: 'upcase', use: 'upcase', explains: 'All capitals.', example: { cell: 'vip', gives: 'VIP' } },
  {
    name: 'downcase',
    use: 'downcase',
    explains: 'No capitals.',
    example: { cell: 'VIP', gives: 'vip' },
  },
  {
    name: 'append',
    use: 'append: " AUD"',
    explains: 'Adds a text at the end.',
    example: { cell: '20', gives: '20 AUD' },
  },
  {
    name: 'replace',
    use: 'replace: "-", " "',
    explains: 'Replaces one text by another.',
    example: { cell: 'T-SHIRT', gives: 'T SHIRT' },
  },
  {
    name: 'split',
    use: 'split: ";" | json',
    explains: 'A list from a text with separators.',
    example: { cell: 'a;b', gives: '["a","b"]' },
  },
  {
    name: 'abs',
    use: 'abs | number',
    explains: 'A number without its sign.',
    example: { cell: '-2', gives: '2' },
  },
  {
    name: 'sha256',
    use: 'sha256',
    explains: 'A fingerprint that does not show the value.',
    example: {
      cell: 'a',
      gives: 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb',
    },
  },
];

/** A column as templates name it: `MOBILE`, or `row["Style ID"]` where the name is no word. */
export function columnReference(column: string): string {
  const isWord = /^[A-Za-z_]\w*$/.test(column) && !RESERVED.has(column);
  const quote = column.includes('"') ? "'" : '"';
  return isWord ? column : `row[${quote}${column}${quote}]`;
}

export type Insertion = { template: string; cursor: number };

/** Puts a column at the cursor: with braces, or bare inside of braces that are there. */
export function insertColumn(template: string, cursor: number, column: string): Insertion {
  const reference = columnReference(column);
  return insertAt(template, cursor, isInside(template, cursor) ? reference : `{{ ${reference} }}`);
}

/** Puts a filter at the cursor inside braces, else at the end of the last braces before the cursor, else of the last of all. */
export function insertFilter(template: string, cursor: number, use: string): Insertion {
  if (isInside(template, cursor)) {
    const before = template.slice(0, cursor).endsWith(' ') ? '' : ' ';
    const after = template.slice(cursor).startsWith(' ') ? '' : ' ';
    return insertAt(template, cursor, `${before}| ${use}${after}`);
  }
  const earlier = template.lastIndexOf('}}', cursor);
  const close = earlier === -1 ? template.lastIndexOf('}}') : earlier;
  if (close === -1) {
    return insertAt(template, cursor, `{{ COLUMN | ${use} }}`);
  }
  const head = template.slice(0, close).trimEnd();
  const gap = template.slice(close, close + 2);
  return {
    template: `${head} | ${use} ${gap}${template.slice(close + 2)}`,
    cursor: head.length + ` | ${use} ${gap}`.length,
  };
}

/** The line and place that a mistake names, `… (line 1, column 9)`, as text with a mark under it; null = it names none. */
export function markMistake(template: string, message: string): { line: string; mark: string } | null {
  const [, lineText, columnText] = /\(line (\d+), column (\d+)\)/.exec(message) ?? [];
  const line = template.split('\n')[Number(lineText) - 1];
  if (line === undefined || columnText === undefined) {
    return null;
  }
  return { line, mark: `${' '.repeat(Math.max(0, Number(columnText) - 1))}^` };
}

function isInside(template: string, cursor: number): boolean {
  const before = template.slice(0, cursor);
  const open = Math.max(before.lastIndexOf('{{'), before.lastIndexOf('{%'));
  const close = Math.max(before.lastIndexOf('}}'), before.lastIndexOf('%}'));
  // Between the two braces of an end is inside, too.
  return open > close && cursor >= open + 2;
}

function insertAt(template: string, cursor: number, text: string): Insertion {
  return {
    template: `${template.slice(0, cursor)}${text}${template.slice(cursor)}`,
    cursor: cursor + text.length,
  };
}
