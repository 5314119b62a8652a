/** What `JSON.stringify` writes for half a character (a lone surrogate) or NUL, or an escaped backslash before such letters. */
const ESCAPES = /\\\\|\\u(?:d[89a-f][0-9a-f]{2}|0000)/g;

/**
 * JSON that PostgreSQL takes as jsonb. It refuses half characters, which are left where a text was cut, and NUL; one such
 * value would stop the whole file. They are left out.
 */
export function storedJson(value: unknown): string {
  const json = JSON.stringify(value);
  return json.includes('\\u') ? json.replace(ESCAPES, (escape) => (escape === '\\\\' ? escape : '')) : json;
}
