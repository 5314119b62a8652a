import { isNode, isScalar, LineCounter, parseDocument, visit, type Document, type YAMLMap } from 'yaml';
import type { ConfigProblem } from './config-problems.ts';

/** Reads YAML: its values, or the first mistake (what follows it is mostly its echo). */
export function readYaml(text: string): { document: unknown } | { problems: ConfigProblem[] } {
  const lines = new LineCounter();
  // The library compares each key with every other: a table of thousands of translations would take it seconds.
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, logLevel: 'error' });
  const [first] = document.errors;
  if (first !== undefined) {
    const what = (first.message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '');
    const number = first.linePos?.[0].line;
    const line = text.split('\n')[(number ?? 0) - 1] ?? '';
    const isBareVariable = /[{[].*[^"']\$\{/.test(line);
    const remedy = isBareVariable
      ? 'Inside { } and [ ] write variables in quotes: "${NAME}"'
      : 'Check indentation and quotes there';
    const path = number === undefined ? '' : `line ${number}`;
    return { problems: [{ path, message: `The file is not valid YAML: ${what}`, remedy }] };
  }
  const twice = keyTwice(document);
  if (twice !== null) {
    const { line } = lines.linePos(twice.offset);
    const message = `The file is not valid YAML: the key "${twice.key}" stands twice in one block`;
    return { problems: [{ path: `line ${line}`, message, remedy: 'Keep one of the two' }] };
  }
  try {
    return { document: document.toJS() as unknown };
  } catch (error) {
    // An alias that repeats itself too often: the library refuses to unfold it.
    const message = `The file is not valid YAML: ${error instanceof Error ? error.message : 'it cannot be read'}`;
    return { problems: [{ path: '', message, remedy: 'Write the block out instead of an alias' }] };
  }
}

/** The first key that stands a second time in its block. */
function keyTwice(document: Document): { key: string; offset: number } | null {
  let found: { key: string; offset: number } | null = null;
  visit(document, {
    Map(_, { items }: YAMLMap) {
      const seen = new Set<string>();
      for (const { key } of items) {
        const name = isScalar(key) ? String(key.value) : null;
        if (name !== null && seen.has(name)) {
          found = { key: name, offset: isNode(key) ? (key.range?.[0] ?? 0) : 0 };
          return visit.BREAK;
        }
        if (name !== null) {
          seen.add(name);
        }
      }
      return undefined;
    },
  });
  return found;
}
