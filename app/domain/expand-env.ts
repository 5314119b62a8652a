import type { ConfigProblem } from './config-problems.ts';
import { pathText } from './config-problems.ts';

/** `${NAME}` is replaced; with more than one `$` the text stands for itself with one `$` less. */
const PLACEHOLDER = /\$+\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** The same document with `${NAME}` replaced from the environment, and a problem for each place of an unset one. */
export function expandEnv(
  document: unknown,
  env: Record<string, string | undefined>,
): { document: unknown; problems: ConfigProblem[] } {
  const problems: ConfigProblem[] = [];

  function expand(value: unknown, path: (string | number)[]): unknown {
    if (typeof value === 'string') {
      return value.replace(PLACEHOLDER, (whole: string, name: string) => {
        if (whole.startsWith('$$')) {
          return whole.slice(1);
        }
        const found = env[name];
        if (found === undefined) {
          problems.push({
            path: pathText(path),
            message: `The environment variable ${name} is not set`,
            remedy: `Set ${name} and run the command again`,
          });
        }
        // Something that is not blank, so that a missing variable is not reported as an empty value, too.
        return found ?? whole;
      });
    }
    if (Array.isArray(value)) {
      return value.map((entry: unknown, index) => expand(entry, [...path, index]));
    }
    if (value !== null && typeof value === 'object') {
      return Object.fromEntries(
        Object.entries(value).map(([key, member]) => [key, expand(member, [...path, key])]),
      );
    }
    return value;
  }

  return { document: expand(document, []), problems };
}

/** The names of the placeholders in a text, escaped ones left out. */
export function placeholdersIn(text: string): string[] {
  return [...text.matchAll(PLACEHOLDER)].flatMap(([whole, name = '']) =>
    whole.startsWith('$$') ? [] : [name],
  );
}

/** The text as it has to stand in the file so that it comes back as it is. */
export function escapePlaceholders(text: string): string {
  return text.replace(PLACEHOLDER, (whole) => `$${whole}`);
}
