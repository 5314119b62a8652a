import { mentions, type Person } from './person.ts';
import type { JsonObject, JsonValue } from './records.ts';

/**
 * A stored preview without the samples of a person: those with one of their keys, those in which an address of theirs stands,
 * and what is said about the same lines. The full numbers behind the samples stay. The same object when nothing is theirs.
 */
export function previewWithout(
  report: JsonObject,
  person: Pick<Person, 'emails' | 'phones'>,
  keys: readonly string[],
): JsonObject {
  const own = new Set(keys);
  const isTheirs = (sample: JsonValue) =>
    (typeof memberOf(sample, 'key') === 'string' && own.has(String(memberOf(sample, 'key')))) ||
    mentions(sample, person);
  const samples = Object.values(report).flatMap((part) => (Array.isArray(part) ? part : []));
  const lines = new Set(samples.filter(isTheirs).map((sample) => memberOf(sample, 'line')));
  if (lines.size === 0) {
    return report;
  }
  return Object.fromEntries(
    Object.entries(report).map(([name, part]) => [
      name,
      Array.isArray(part)
        ? part.filter((sample) => !isTheirs(sample) && !lines.has(memberOf(sample, 'line')))
        : part,
    ]),
  );
}

function memberOf(sample: JsonValue, name: string): JsonValue | undefined {
  return sample !== null && typeof sample === 'object' && !Array.isArray(sample) ? sample[name] : undefined;
}
