import type { CompiledRules, TargetGroup } from './compile-rules.ts';
import { cellOf } from './condition.ts';
import { evaluateTarget, textResult } from './evaluate-target.ts';
import { sha256 } from './hash.ts';
import type { Notes } from './mapping-notes.ts';
import { readNumber } from './number.ts';
import { fittingValue, LONGEST_METRIC_NAME, LONGEST_UNIQUE_ID } from './payload-limits.ts';
import type { Issue, JsonObject, JsonValue, SourceRow } from './records.ts';
import type { EventTarget } from './targets.ts';
import type { RenderScope } from './template.ts';
import type { ZonedTime } from './time.ts';

/** What the mappings of an order, an item line or a reward say: blank ones are absent. */
export type EventResults = {
  event: { [Name in EventTarget]?: JsonValue };
  properties: JsonObject;
  profile: JsonObject;
};

/** Klaviyo takes events after 1990 only. A year too far ahead needs a clock, which rules do not have. */
const EARLIEST_MS = Date.UTC(1990, 0, 2);
/** ISO 4217, also codes of the past: old orders have them. */
const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));
/** The column that tells an order's currency where no mapping does. */
const CURRENCY_COLUMN = 'CURRENCY';

/** Asks all targets but `skip`. On an event there is nothing to clear: a blank value is left out. */
export function evaluateEventTargets(
  groups: readonly TargetGroup[],
  scope: RenderScope,
  notes: Notes,
): EventResults {
  const results: EventResults = { event: {}, properties: {}, profile: {} };
  for (const group of groups) {
    const { target } = group;
    if (target.kind !== 'event' && target.kind !== 'property' && target.kind !== 'profile') {
      continue;
    }
    const result = evaluateTarget(group, scope, notes);
    if (result.outcome !== 'value') {
      continue;
    }
    notes.about(group.text, result.by.column);
    const value = fittingValue(target.name, result.value, notes);
    if (value === undefined) {
      continue;
    }
    if (target.kind === 'event') {
      results.event[target.name] = value;
    } else {
      results[target.kind === 'property' ? 'properties' : 'profile'][target.name] = value;
    }
  }
  return results;
}

/** Name of the event: the mapping's, else the connection's; or why it cannot be. */
export function eventName(mapped: JsonValue | undefined, standard: string): string | Issue {
  const name = (mapped === undefined ? null : textResult(mapped)) ?? standard;
  if (name.length <= LONGEST_METRIC_NAME) {
    return name;
  }
  const message = `The event name "${name.slice(0, 60)}…" has ${name.length} characters; Klaviyo takes ${LONGEST_METRIC_NAME}.`;
  return { code: 'event_name_too_long', severity: 'error', message, target: 'event.name' };
}

/** When it happened: the mapping's time, else the time column's; or why it cannot be told. */
export function eventTime(
  compiled: CompiledRules,
  row: SourceRow,
  input: { mapped: JsonValue | undefined; column: string },
): ZonedTime | Issue {
  const fromMapping = input.mapped === undefined ? '' : (textResult(input.mapped) ?? '');
  const text = fromMapping === '' ? cellOf(row, input.column).trim() : fromMapping;
  const time = compiled.settings.time.read(text);
  const issue = { severity: 'error', column: input.column, target: 'event.time', value: text } as const;
  if (time === null) {
    const message =
      text === ''
        ? `${input.column} is blank: nobody can tell when it happened.`
        : `${input.column} "${text}" is not a date that we can read. Export it as YYYY-MM-DDTHH:MM:SS.`;
    return { ...issue, code: text === '' ? 'missing_time' : 'bad_time', message };
  }
  if (time.ms < EARLIEST_MS) {
    return {
      ...issue,
      code: 'time_too_early',
      message: `${input.column} "${text}" lies before 1990, which Klaviyo refuses.`,
    };
  }
  return time;
}

/** The mapped value of an event; a warning when it is no number. */
export function eventValue(mapped: JsonValue | undefined, notes: Notes): number | undefined {
  if (mapped === undefined || typeof mapped === 'number') {
    return mapped;
  }
  const text = textResult(mapped) ?? '';
  const value = readNumber(text);
  if (value === null) {
    notes.about('event.value', undefined);
    notes.warn('not_a_number', `"${text}" is not a number; the event goes without this value.`, text);
  }
  return value ?? undefined;
}

/** ISO-4217 code: the mapping's, else the row's CURRENCY, else the connection's. */
export function eventCurrency(
  compiled: CompiledRules,
  row: SourceRow,
  mapped: JsonValue | undefined,
  notes: Notes,
): string {
  const text = (mapped === undefined ? null : textResult(mapped)) ?? cellOf(row, CURRENCY_COLUMN).trim();
  const code = text.toUpperCase();
  if (CURRENCIES.has(code)) {
    return code;
  }
  if (text !== '') {
    const { currency } = compiled.rules;
    notes.about('event.currency', CURRENCY_COLUMN);
    notes.warn('bad_currency', `"${text}" is no currency code such as AUD; ${currency} is sent.`, text);
  }
  return compiled.rules.currency;
}

/**
 * Stable id of an event: `tl-<seed>-<part>-<key>[-<detail>]`. The seed survives renames of the connection. A key's own
 * dashes are escaped where a detail follows, so that no two records share an id; one over 255 characters is hashed.
 */
export function uniqueId(compiled: CompiledRules, part: string, key: string, detail?: string): string {
  const prefix = `tl-${compiled.rules.eventSeed}-${part}`;
  const tail =
    detail === undefined
      ? key
      : `${key.replace(/[%-]/g, (mark) => (mark === '%' ? '%25' : '%2D'))}-${detail}`;
  return fittingId(`${prefix}-${tail}`, prefix);
}

/** A mapped id as it is, hashed when Klaviyo would find it too long. */
export function mappedId(mapped: JsonValue | undefined): string | null {
  const text = mapped === undefined ? '' : (textResult(mapped) ?? '');
  return text === '' ? null : fittingId(text, 'tl');
}

function fittingId(id: string, prefix: string): string {
  return id.length <= LONGEST_UNIQUE_ID ? id : `${prefix}-${sha256(id)}`.slice(-LONGEST_UNIQUE_ID);
}

/** True for events before the connection's cut-off: they are recorded as history. */
export function isHistory(compiled: CompiledRules, time: ZonedTime): boolean {
  return compiled.historyBeforeMs !== null && time.ms < compiled.historyBeforeMs;
}
