import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';

/**
 * Tells in which line of a YAML text a path (`connections[0].name`, see `pathText`) stands; of a path that is not there,
 * the line of what would hold it. Null: nothing of it is there.
 */
export function lineFinder(text: string): (path: string) => number | null {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, uniqueKeys: false, logLevel: 'error' });
  return (path) => {
    let node: unknown = document.contents;
    let start: number | null = null;
    for (const part of partsOf(path)) {
      const next = memberOf(node, part);
      if (next === null) {
        break;
      }
      start = next.start ?? start;
      node = next.node;
    }
    return start === null ? null : counter.linePos(start).line;
  };
}

function memberOf(node: unknown, part: string | number): { start: number | null; node: unknown } | null {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => String(isScalar(key) ? key.value : key) === String(part));
    return pair === undefined ? null : { start: startOf(pair.key), node: pair.value };
  }
  if (isSeq(node) && typeof part === 'number') {
    const item = node.items[part];
    return item === undefined ? null : { start: startOf(item), node: item };
  }
  return null;
}

function startOf(node: unknown): number | null {
  return isNode(node) ? (node.range?.[0] ?? null) : null;
}

/** `connections[0].name` → `['connections', 0, 'name']`. */
function partsOf(path: string): (string | number)[] {
  return [...path.matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([^.[\]]+)/g)].map(
    ([, index, quoted, word]) => {
      if (index !== undefined) {
        return Number(index);
      }
      return quoted === undefined ? (word ?? '') : (JSON.parse(quoted) as string);
    },
  );
}
