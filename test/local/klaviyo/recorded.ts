import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export type RecordedAnswer = { status: number; headers?: Record<string, string>; body?: unknown };

export type RecordedExchange = {
  name: string;
  revision: string;
  needs: string[];
  request: { method: string; path: string; body: unknown; authorization?: string };
  response: RecordedAnswer;
};

export const NOT_THERE = 'neither KLAVIYO_RECORDED nor KLAVIYO_OPENAPI names a place with recordings';

/** Request and answer pairs of the real Klaviyo; null when this machine has none. */
export function recordedExchanges(): RecordedExchange[] | null {
  const file = recordingsFile('recorded-exchanges.json');
  return file === null ? null : (readJson(file) as { exchanges: RecordedExchange[] }).exchanges;
}

/** Single answers of the real Klaviyo by name; null when this machine has none. */
export function recordedAnswers(): Record<string, RecordedAnswer> | null {
  const file = recordingsFile('recorded-responses.json');
  return file === null ? null : (readJson(file) as Record<string, RecordedAnswer>);
}

/** Where two answers differ, in words; an empty list when they agree. Values of success answers are not compared. */
export function differences(
  recorded: RecordedAnswer,
  given: { status: number; headers: Headers; body: unknown },
): string[] {
  return [
    ...(recorded.status === given.status ? [] : [`status ${given.status} instead of ${recorded.status}`]),
    ...Object.entries(recorded.headers ?? {}).flatMap(([name, value]) =>
      headerDifference(name, value, given.headers.get(name)),
    ),
    ...shapeDifferences(recorded.body ?? null, given.body, ''),
  ];
}

/** Where the members of two JSON values differ. Error codes, titles, details and pointers must be equal. */
export function shapeDifferences(recorded: unknown, given: unknown, path: string): string[] {
  if (Array.isArray(recorded) && Array.isArray(given)) {
    const isShort = given.length < recorded.length ? [`${path}: ${given.length} items`] : [];
    return [
      ...isShort,
      ...recorded.flatMap((item, index) => shapeDifferences(item, given[index], `${path}/${index}`)),
    ];
  }
  if (isObject(recorded) && isObject(given)) {
    const isOpen = path.endsWith('/properties') || path.endsWith('/original_payload');
    const extra = Object.keys(given).filter(
      (key) => !isOpen && !(key in recorded) && key !== 'links' && key !== 'meta',
    );
    return [
      ...extra.map((key) => `${path}/${key} is too much`),
      ...Object.entries(recorded).flatMap(([key, value]) =>
        key in given ? shapeDifferences(value, given[key], `${path}/${key}`) : [`${path}/${key} is missing`],
      ),
    ];
  }
  if (recorded === null || given === null || recorded === undefined) {
    const isBodyless = path === '' && (recorded ?? null) !== given;
    return isBodyless ? ['one has a body and the other has none'] : [];
  }
  if (typeof recorded !== typeof given) {
    return [`${path} is a ${typeof given} instead of a ${typeof recorded}`];
  }
  const isFixed = /^\/errors\/\d+\/(code|title|detail|status|source\/pointer)$/.test(path);
  return isFixed && recorded !== given ? [`${path} is ${String(given)} instead of ${String(recorded)}`] : [];
}

/** The 60-second limit of the large tier was 700 before 2026, and old answers described the steady window. */
function headerDifference(name: string, recorded: string, given: string | null): string[] {
  const isOldForm =
    recorded.startsWith('700,') || recorded === '699' || recorded === '698' || recorded === '10';
  const wanted = recorded.replace('700;w=60', '750;w=60');
  if (given !== null && (isOldForm ? given !== '' : given === wanted || name === 'content-type')) {
    return name === 'content-type' && given !== recorded ? [`${name}: ${given} instead of ${recorded}`] : [];
  }
  return [`${name}: ${given} instead of ${wanted}`];
}

function recordingsFile(name: string): string | null {
  const named = process.env.KLAVIYO_RECORDED ?? process.env.KLAVIYO_OPENAPI;
  const file = named === undefined ? null : join(dirname(named), name);
  return file !== null && existsSync(file) ? file : null;
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
