import type { JsonValue } from './records.ts';

/** One line of pretty-printed JSON. `path` is the JSON pointer of what it shows; closing brackets have none. */
export type JsonLine = {
  depth: number;
  path: string | null;
  /** `"email": `, with its quotes; '' where there is no name. */
  name: string;
  /** The value, or the bracket that opens or closes. */
  text: string;
  isValue: boolean;
};

/** The JSON pointer of a member or entry: https://www.rfc-editor.org/rfc/rfc6901 */
export function pointerTo(parent: string, ...names: (string | number)[]): string {
  return names.reduce<string>(
    (path, name) => `${path}/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`,
    parent,
  );
}

/** JSON as `JSON.stringify(value, null, 2)` prints it, a line each, every line knowing what it shows. */
export function jsonLines(value: JsonValue): JsonLine[] {
  return linesOf(value, { depth: 0, path: '', name: '', comma: '' });
}

type Place = { depth: number; path: string; name: string; comma: string };

function linesOf(value: JsonValue, { depth, path, name, comma }: Place): JsonLine[] {
  if (value === null || typeof value !== 'object') {
    return [{ depth, path, name, text: `${JSON.stringify(value)}${comma}`, isValue: true }];
  }
  const isList = Array.isArray(value);
  const [open, close] = isList ? ['[', ']'] : ['{', '}'];
  const members = Object.entries(value);
  if (members.length === 0) {
    return [{ depth, path, name, text: `${open}${close}${comma}`, isValue: true }];
  }
  return [
    { depth, path, name, text: open, isValue: false },
    ...members.flatMap(([key, member], index) =>
      linesOf(member, {
        depth: depth + 1,
        path: pointerTo(path, key),
        name: isList ? '' : `${JSON.stringify(key)}: `,
        comma: index === members.length - 1 ? '' : ',',
      }),
    ),
    { depth, path: null, name: '', text: `${close}${comma}`, isValue: false },
  ];
}

/** Every single value of JSON by its pointer, printed. */
export function jsonValues(value: JsonValue): Map<string, string> {
  return new Map(
    jsonLines(value)
      .filter((line) => line.isValue)
      .map((line) => [line.path ?? '', line.text.replace(/,$/, '')]),
  );
}

/** What is kept for a pointer itself or for the nearest thing that holds it. */
export function nearestOf<Kept>(kept: Readonly<Record<string, Kept>>, path: string): Kept | undefined {
  for (let at = path; ; at = at.slice(0, at.lastIndexOf('/'))) {
    if (Object.hasOwn(kept, at)) {
      return kept[at];
    }
    if (at === '') {
      return undefined;
    }
  }
}
