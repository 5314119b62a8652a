import { sha256 } from './hash.ts';
import { readNumber } from './number.ts';
import { titlecaseName } from './person-name.ts';
import { readCountry, repairPhone } from './phone.ts';
import type { TimeReader } from './time.ts';
import type { Translation } from './translate.ts';
import { readYesNo } from './yes-no.ts';

/** What the filters of a connection work with. */
export type TemplateSettings = {
  time: TimeReader;
  /** Default country of phone numbers, ISO, two letters. */
  phoneCountry: string;
  translations: ReadonlyMap<string, Translation>;
  /** How long the next rendering may take, where somebody waits for it; without it the guard against endless loops alone. */
  renderLimitMs?: () => number;
};

/** Where a rendering leaves what a person should know. Every rendering brings its own. */
export type RenderNotes = {
  miss(table: string, value: string): void;
  warn(code: string, message: string, value: string): void;
  /** Told of every look-up, where somebody wants to know how a value came about. */
  translated?(lookup: { table: string; from: string; to: string; isMissing: boolean }): void;
};

export type FilterCall = { settings: TemplateSettings; notes: RenderNotes };
/** A filter gets what stands before it; `undefined` and blank text are both blank. Blank in, blank out. */
export type FilterFunction = (call: FilterCall, value: unknown, args: readonly unknown[]) => unknown;

/** The filters beyond Liquid's, and those of Liquid that would read the clock or treat blanks otherwise. */
export const FILTERS: ReadonlyMap<string, FilterFunction> = new Map<string, FilterFunction>([
  ['translate', translate],
  ['phone', phone],
  ['date_in_zone', dateInZone],
  ['date', dateInZone],
  ['number', number],
  ['boolean', boolean],
  ['json', json],
  ['abs', abs],
  ['titlecase_name', (_, value) => titlecaseName(textOf(value).trim())],
  ['sha256', (_, value) => (textOf(value) === '' ? '' : sha256(textOf(value)))],
]);

/** The text that Liquid would print for a value. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') {
    return value;
  }
  if (value === null || value === undefined) {
    return '';
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function translate({ settings, notes }: FilterCall, value: unknown, [table]: readonly unknown[]): unknown {
  const name = textOf(table);
  const translation = settings.translations.get(name);
  if (translation === undefined) {
    notes.warn(
      'unknown_translation',
      `There is no translation table "${name}"; the value stays as it is.`,
      textOf(value),
    );
    return value;
  }
  const { text, isMissing } = translation.translate(textOf(value));
  if (isMissing) {
    notes.miss(name, textOf(value).trim());
  }
  notes.translated?.({ table: name, from: textOf(value).trim(), to: text, isMissing });
  return text;
}

function phone({ settings, notes }: FilterCall, value: unknown, [country]: readonly unknown[]): unknown {
  const text = textOf(value).trim();
  if (text === '') {
    return '';
  }
  const named = readCountry(textOf(country));
  const repaired = repairPhone(text, named ?? settings.phoneCountry);
  if ('e164' in repaired) {
    return repaired.e164;
  }
  notes.warn('bad_phone', `The phone number "${text}" ${repaired.problem}; it is left out.`, text);
  return '';
}

function dateInZone({ settings, notes }: FilterCall, value: unknown, [pattern]: readonly unknown[]): unknown {
  const text = textOf(value).trim();
  if (text === '') {
    return '';
  }
  const moment = settings.time.read(text);
  if (moment === null) {
    notes.warn('bad_date', `"${text}" is not a date that we can read; it is left out.`, text);
    return '';
  }
  return pattern === undefined ? moment.iso : settings.time.format(moment.ms, luxonPattern(textOf(pattern)));
}

/** Liquid's own `%Y-%m-%d` in Luxon's tokens; a pattern without `%` is Luxon's already. */
const STRFTIME: Record<string, string> = {
  Y: 'yyyy',
  y: 'yy',
  m: 'MM',
  '-m': 'M',
  B: 'MMMM',
  b: 'MMM',
  d: 'dd',
  '-d': 'd',
  e: 'd',
  j: 'ooo',
  A: 'cccc',
  a: 'ccc',
  H: 'HH',
  '-H': 'H',
  I: 'hh',
  '-I': 'h',
  l: 'h',
  M: 'mm',
  S: 'ss',
  p: 'a',
  P: 'a',
  z: 'ZZZ',
  F: 'yyyy-MM-dd',
  T: 'HH:mm:ss',
  R: 'HH:mm',
  s: 'X',
};

function luxonPattern(pattern: string): string {
  if (!pattern.includes('%')) {
    return pattern;
  }
  return pattern.replace(/%(-?[A-Za-z])|%%|([A-Za-z]+)/g, (_: string, token?: string, literal?: string) => {
    if (token !== undefined) {
      return STRFTIME[token] ?? '';
    }
    return literal === undefined ? '%' : `'${literal}'`;
  });
}

function number({ notes }: FilterCall, value: unknown): unknown {
  if (typeof value === 'number') {
    return Number.isFinite(value) ? value : '';
  }
  const text = textOf(value).trim();
  const parsed = text === '' ? null : readNumber(text);
  if (parsed === null && text !== '') {
    notes.warn('not_a_number', `"${text}" is not a number; it is left out.`, text);
  }
  return parsed ?? '';
}

function abs(call: FilterCall, value: unknown): unknown {
  const parsed = number(call, value);
  return typeof parsed === 'number' ? Math.abs(parsed) : parsed;
}

function boolean({ notes }: FilterCall, value: unknown): unknown {
  if (typeof value === 'boolean') {
    return value;
  }
  const word = readYesNo(textOf(value));
  if (word === 'unknown') {
    notes.warn(
      'not_yes_or_no',
      `"${textOf(value).trim()}" is neither yes nor no; it is left out.`,
      textOf(value),
    );
  }
  return word === 'yes' ? true : word === 'no' ? false : '';
}

/** Text that is a JSON list or object becomes one; other text and values stay. */
function json({ notes }: FilterCall, value: unknown): unknown {
  if (typeof value !== 'string') {
    return value ?? '';
  }
  const text = value.trim();
  if (!text.startsWith('[') && !text.startsWith('{')) {
    return text;
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    notes.warn('bad_json', `"${text.slice(0, 60)}" is not valid JSON; it is left out.`, text);
    return '';
  }
}
