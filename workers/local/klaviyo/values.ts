import { parsePhoneNumberFromString } from 'libphonenumber-js/max';

const LOCAL_PART = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*";
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const EMAIL = new RegExp(`^${LOCAL_PART}@(?:${LABEL}\\.)+(?:[A-Za-z]{2,63}|xn--[A-Za-z0-9-]{2,59})$`);
const E164 = /^\+[1-9]\d{7,14}$/;
const TIME = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?\s?(Z|z|[+-]\d\d:?\d\d)?)?$/;
const RESERVED_DOMAINS = /@(?:example|test)\.com$/i;

export const WRONG_EMAIL = 'Invalid email address';
export const WRONG_PHONE = 'Invalid phone number format (Example of a valid format: +12345678901)';

/** Klaviyo takes addresses of fewer than 100 characters. */
export function isEmail(text: string): boolean {
  return text.length < 100 && EMAIL.test(text);
}

/** E.164 by its form only: as much as Klaviyo says about it. */
export function isPhone(text: string): boolean {
  return E164.test(text);
}

/** Country of a phone number that exists, as ISO code; null when there is no such number. */
export function phoneRegion(phone: string): string | null {
  const number = parsePhoneNumberFromString(phone);
  return number?.isPossible() === true ? (number.country ?? null) : null;
}

/** Domains whose profiles and events are dropped silently after a 202. */
export function isReservedDomain(email: string | null | undefined): boolean {
  return typeof email === 'string' && RESERVED_DOMAINS.test(email);
}

/** Milliseconds of an ISO 8601 time (zone-less = UTC) and whether it named its offset; null when it is none. */
export function readTime(text: string): { at: number; hasOffset: boolean } | null {
  const match = TIME.exec(text);
  if (match === null) {
    return null;
  }
  const [, year, month, day, hour = '00', minute = '00', second = '00', zone] = match;
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${offset(zone)}`);
  const isRealDay =
    new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() === Number(day);
  return Number.isNaN(at) || !isRealDay ? null : { at, hasOffset: zone !== undefined };
}

/** `2026-09-04T13:40:00+00:00` */
export function isoTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}+00:00`;
}

/** `2026-09-04T13:40:25.675000+00:00` */
export function isoMicroTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 23)}000+00:00`;
}

function offset(zone: string | undefined): string {
  if (zone === undefined || zone === 'Z' || zone === 'z') {
    return 'Z';
  }
  return zone.includes(':') ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`;
}
