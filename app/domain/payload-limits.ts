import type { Notes } from './mapping-notes.ts';
import type { JsonObject, JsonValue } from './records.ts';
import { utf8Bytes } from './wire.ts';

/** Klaviyo's limits of revision 2026-07-15 (bulk import and events guides). Counts and bytes as it counts them. */
export const LONGEST_EXTERNAL_ID = 255;
export const LONGEST_UNIQUE_ID = 255;
/** "Fewer than 128 characters". */
export const LONGEST_METRIC_NAME = 127;
export const PROFILE_BYTES = 100_000;
const TEXT_BYTES = 100_000;
const EVENT_PROPERTIES = 400;
const LIST_ENTRIES = 4_000;
const DEEPEST_NESTING = 10;
const LARGEST_INTEGER = 2 ** 63;

/** A value that Klaviyo takes, or `undefined` after a warning. Lists are cut, the rest is left out whole. */
export function fittingValue(name: string, value: JsonValue, notes: Notes): JsonValue | undefined {
  if (typeof value === 'string') {
    // Three bytes is the most that a UTF-16 unit takes: most texts need no counting.
    if (value.length * 3 > TEXT_BYTES && utf8Bytes(value) > TEXT_BYTES) {
      notes.warn(
        'text_too_long',
        `"${name}" is longer than the 100 KB that Klaviyo takes; it is left out.`,
        value,
      );
      return undefined;
    }
    return value;
  }
  if (typeof value === 'number') {
    if (Number.isInteger(value) && Math.abs(value) >= LARGEST_INTEGER) {
      notes.warn(
        'number_too_large',
        `"${name}" is a larger number than Klaviyo takes; it is left out.`,
        String(value),
      );
      return undefined;
    }
    return value;
  }
  if (value === null || typeof value !== 'object') {
    return value ?? undefined;
  }
  if (depthOf(value) > DEEPEST_NESTING) {
    notes.warn(
      'nested_too_deep',
      `"${name}" is nested more than ${DEEPEST_NESTING} levels deep; it is left out.`,
      '',
    );
    return undefined;
  }
  if (Array.isArray(value) && value.length > LIST_ENTRIES) {
    notes.warn('list_too_long', `"${name}" has more than ${LIST_ENTRIES} entries; the rest is left out.`, '');
    return value.slice(0, LIST_ENTRIES);
  }
  return value;
}

/** The properties of an event within Klaviyo's number of them; what is left out is warned about. */
export function fittingEventProperties(properties: JsonObject, notes: Notes): JsonObject {
  const names = Object.keys(properties);
  if (names.length <= EVENT_PROPERTIES) {
    return properties;
  }
  notes.warn(
    'too_many_properties',
    `The event has ${names.length} properties; Klaviyo takes ${EVENT_PROPERTIES}, the rest is left out.`,
    names.slice(EVENT_PROPERTIES).join(', '),
  );
  return Object.fromEntries(Object.entries(properties).slice(0, EVENT_PROPERTIES));
}

function depthOf(value: JsonValue): number {
  if (value === null || typeof value !== 'object') {
    return 0;
  }
  const members = Array.isArray(value) ? value : Object.values(value);
  return 1 + members.reduce<number>((deepest, member) => Math.max(deepest, depthOf(member)), 0);
}
