import { readEmail } from './email.ts';
import { textResult } from './evaluate-target.ts';
import type { Notes } from './mapping-notes.ts';
import { readNumber } from './number.ts';
import { fittingValue, LONGEST_EXTERNAL_ID } from './payload-limits.ts';
import { repairPhone } from './phone.ts';
import type { ConsentIntent, JsonObject, JsonValue, ProfileAttributes } from './records.ts';
import type { CoreTarget, LocationTarget } from './targets.ts';
import type { TimeReader } from './time.ts';

/** A customer while the results of the mappings are put together. */
export type CustomerDraft = {
  notes: Notes;
  time: TimeReader;
  /** Countries in which the phone number is tried, in this order: the row's, then the shop's. */
  countries: string[];
  attributes: Omit<ProfileAttributes, 'properties'>;
  properties: JsonObject;
  unset: Set<string>;
  clear: Set<string>;
  list: string | null;
  consent: ConsentIntent;
  /** Characters of all values: tells whether the size limit can matter. */
  textLength: number;
};

const LOCALE = /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/;

/** Sets an attribute that holds one text, checked as Klaviyo checks it; an unusable one is left out with a warning. */
export function setCoreAttribute(draft: CustomerDraft, name: CoreTarget, value: JsonValue): void {
  const text = readText(draft, name, value);
  if (text === undefined) {
    return;
  }
  const checked = checkCore(draft, name, text);
  if (checked !== undefined) {
    draft.attributes[name] = checked;
    draft.textLength += checked.length;
  }
}

function checkCore(draft: CustomerDraft, name: CoreTarget, text: string): string | undefined {
  switch (name) {
    case 'email':
      return usableEmail(draft, text);
    case 'phone_number':
      return usablePhone(draft, text);
    case 'external_id':
      if (text.length > LONGEST_EXTERNAL_ID) {
        draft.notes.warn(
          'external_id_too_long',
          `The id is longer than ${LONGEST_EXTERNAL_ID} characters; it is left out.`,
          text,
        );
        return undefined;
      }
      return text;
    case 'locale':
      return usable(
        draft,
        LOCALE.test(text),
        'bad_locale',
        `"${text}" is not a locale such as en-AU; it is left out.`,
        text,
      );
    case 'image':
      return usable(
        draft,
        /^https?:\/\/\S+$/i.test(text),
        'bad_image',
        `"${text}" is not a web address; it is left out.`,
        text,
      );
    default:
      return text;
  }
}

function usable(
  draft: CustomerDraft,
  isFine: boolean,
  code: string,
  message: string,
  text: string,
): string | undefined {
  if (!isFine) {
    draft.notes.warn(code, message, text);
  }
  return isFine ? text : undefined;
}

function usableEmail(draft: CustomerDraft, text: string): string | undefined {
  const checked = readEmail(text);
  if ('email' in checked) {
    return checked.email;
  }
  draft.notes.warn('bad_email', `The e-mail "${text}" ${checked.problem}; it is left out.`, text);
  return undefined;
}

function usablePhone(draft: CustomerDraft, text: string): string | undefined {
  let problem = 'cannot be read';
  for (const country of draft.countries) {
    const repaired = repairPhone(text, country);
    if ('e164' in repaired) {
      return repaired.e164;
    }
    problem = repaired.problem;
  }
  draft.notes.warn('bad_phone', `The phone number "${text}" ${problem}; it is left out.`, text);
  return undefined;
}

/** Sets a part of the address; latitude and longitude are numbers on the globe. */
export function setLocation(draft: CustomerDraft, name: LocationTarget, value: JsonValue): void {
  const text = readText(draft, name, value);
  if (text === undefined) {
    return;
  }
  if (name !== 'latitude' && name !== 'longitude') {
    (draft.attributes.location ??= {})[name] = text;
    draft.textLength += text.length;
    return;
  }
  const degrees = readNumber(text);
  if (degrees === null || Math.abs(degrees) > (name === 'latitude' ? 90 : 180)) {
    draft.notes.warn('bad_coordinate', `"${text}" is no ${name}; it is left out.`, text);
    return;
  }
  (draft.attributes.location ??= {})[name] = degrees;
}

/** Sets a custom property. */
export function setProperty(draft: CustomerDraft, name: string, value: JsonValue): void {
  const fitting = fittingValue(name, value, draft.notes);
  if (fitting !== undefined) {
    draft.properties[name] = fitting;
    draft.textLength += name.length + (typeof fitting === 'string' ? fitting.length : sizeOf(fitting));
  }
}

function sizeOf(value: JsonValue): number {
  return value !== null && typeof value === 'object' ? JSON.stringify(value).length : 20;
}

function readText(draft: CustomerDraft, name: string, value: JsonValue): string | undefined {
  const text = textResult(value);
  if (text === null) {
    draft.notes.warn(
      'not_text',
      `${name} takes one text, not a list or object; it is left out.`,
      JSON.stringify(value),
    );
    return undefined;
  }
  const fitting = fittingValue(name, text, draft.notes);
  return typeof fitting === 'string' ? fitting : undefined;
}
