/** A template that is one column through a chain of filters: read without the engine, ten times as fast. */
export type SimpleTemplate = { column: string; filters: { name: string; args: SimpleArgument[] }[] };
export type SimpleArgument = { text: string } | { number: number } | { column: string };

/** Words that Liquid or the scope of a template keeps for itself: a column of that name is reached by `row["…"]`. */
export const RESERVED = new Set([
  'true',
  'false',
  'nil',
  'null',
  'empty',
  'blank',
  'row',
  'items',
  'customer',
  'forloop',
]);

const WHOLE = /^\s*\{\{-?((?:[^"'{}]|"[^"]*"|'[^']*')*?)-?\}\}\s*$/;
const IDENTIFIER = /^[A-Za-z_]\w*$/;
const ROW_ACCESS = /^row\s*\[\s*(?:"([^"]*)"|'([^']*)')\s*\]$/;

/** Null when the template is anything more than that. */
export function readSimpleTemplate(source: string): SimpleTemplate | null {
  const body = WHOLE.exec(source)?.[1];
  if (body === undefined) {
    return null;
  }
  const [first = '', ...rest] = splitOutsideQuotes(body, '|');
  const column = readColumn(first.trim());
  const filters = rest.map(readFilter);
  if (column === null || filters.some((filter) => filter === null)) {
    return null;
  }
  return { column, filters: filters.filter((filter) => filter !== null) };
}

function readColumn(text: string): string | null {
  const access = ROW_ACCESS.exec(text);
  if (access !== null) {
    return access[1] ?? access[2] ?? null;
  }
  return IDENTIFIER.test(text) && !RESERVED.has(text) ? text : null;
}

function readFilter(text: string): SimpleTemplate['filters'][number] | null {
  const colon = text.indexOf(':');
  const name = (colon < 0 ? text : text.slice(0, colon)).trim();
  if (!IDENTIFIER.test(name)) {
    return null;
  }
  if (colon < 0) {
    return { name, args: [] };
  }
  const args = splitOutsideQuotes(text.slice(colon + 1), ',').map((part) => readArgument(part.trim()));
  return args.some((arg) => arg === null) ? null : { name, args: args.filter((arg) => arg !== null) };
}

function readArgument(text: string): SimpleArgument | null {
  const quoted = /^"([^"\\]*)"$|^'([^'\\]*)'$/.exec(text);
  if (quoted !== null) {
    return { text: quoted[1] ?? quoted[2] ?? '' };
  }
  if (/^-?\d+(\.\d+)?$/.test(text)) {
    return { number: Number(text) };
  }
  const column = readColumn(text);
  return column === null ? null : { column };
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts: string[] = [];
  let quote = '';
  let start = 0;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index] ?? '';
    if (quote !== '') {
      quote = character === quote ? '' : quote;
    } else if (character === '"' || character === "'") {
      quote = character;
    } else if (character === separator) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  return [...parts, text.slice(start)];
}
