import type { JsonValue } from './records.ts';

/** Somebody's key in Apparel21: it means this person in the files of one connection only. */
export type PersonKey = { connectionId: string; key: string };

/** Somebody who is to be erased or asks for their data, by everything they are known by. Addresses as Klaviyo takes them. */
export type Person = { emails: string[]; phones: string[]; keys: PersonKey[] };

/** What a row or a record of a customer says about who it is. */
export type CustomerIdentity = { key: string; emails: string[]; phones: string[] };

/**
 * Texts by which later rows of a person are known; they are stored hashed. A phone number is often shared in a family: of
 * somebody who has an e-mail it only counts for rows without one.
 */
export function marksOfPerson({ emails, phones, keys }: Person): string[] {
  return [
    ...emails.map((email) => `email ${email}`),
    ...phones.map((phone) => (emails.length === 0 ? `phone ${phone}` : `phone-only ${phone}`)),
    ...keys.map(({ connectionId, key }) => markOfKey(connectionId, key)),
  ];
}

/** The text by which rows with this key are known. */
export function markOfKey(connectionId: string, key: string): string {
  return `key ${connectionId} ${key}`;
}

/** Texts that a row of a customer is looked up by. */
export function marksOfCustomer(connectionId: string, { key, emails, phones }: CustomerIdentity): string[] {
  return [
    markOfKey(connectionId, key),
    ...emails.map((email) => `email ${email}`),
    ...phones.flatMap((phone) => [`phone ${phone}`, ...(emails.length === 0 ? [`phone-only ${phone}`] : [])]),
  ];
}

/** Texts under which somebody may have been erased who is named by an address. */
export function marksOfAddress(address: { email: string } | { phone: string }): string[] {
  return 'email' in address
    ? [`email ${address.email}`]
    : [`phone ${address.phone}`, `phone-only ${address.phone}`];
}

/** Whether a record is this person's, by the same rules as later rows. */
export function isThisPerson(person: Person, connectionId: string, record: CustomerIdentity): boolean {
  const marks = new Set(marksOfPerson(person));
  return marksOfCustomer(connectionId, record).some((mark) => marks.has(mark));
}

/** A person with what one of their records adds to what is known of them. The same object when it adds nothing. */
export function grownBy(person: Person, connectionId: string, record: CustomerIdentity): Person {
  const isKnown = person.keys.some((one) => one.connectionId === connectionId && one.key === record.key);
  const emails = record.emails.filter((email) => !person.emails.includes(email));
  const phones = record.phones.filter((phone) => !person.phones.includes(phone));
  return isKnown && emails.length === 0 && phones.length === 0
    ? person
    : {
        emails: [...person.emails, ...emails],
        phones: [...person.phones, ...phones],
        keys: isKnown ? person.keys : [...person.keys, { connectionId, key: record.key }],
      };
}

/** Somebody's keys in one connection. */
export function keysIn(person: Person, connectionId: string): string[] {
  return person.keys.flatMap((one) => (one.connectionId === connectionId ? [one.key] : []));
}

/** So many last digits tell a number apart however it is written: with or without country code, blanks, a leading zero. */
const TAIL = 8;

/** The last digits of phone numbers. Numbers that are shorter tell nobody apart and are left out. */
export function phoneTails(phones: readonly string[]): string[] {
  return phones.map((phone) => phone.replace(/\D/g, '').slice(-TAIL)).filter((tail) => tail.length === TAIL);
}

/**
 * Patterns, for JavaScript and PostgreSQL alike, that find addresses in text of lower case: the whole address, so that
 * `ann@shop.example` is not found in `joann@shop.example` or `ann@shop.example.org`.
 */
export function addressPatterns({ emails, phones }: Pick<Person, 'emails' | 'phones'>): string[] {
  const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return [
    ...emails.map((email) => `(?<![a-z0-9._%+-])${escaped(email)}(?![a-z0-9-]|\\.[a-z0-9])`),
    ...phones.map((phone) => `${escaped(phone)}(?![0-9])`),
  ];
}

/** Whether an address of the person stands anywhere in a value, however it is written. */
export function mentions(value: JsonValue | undefined, person: Pick<Person, 'emails' | 'phones'>): boolean {
  if (Array.isArray(value)) {
    return value.some((item) => mentions(item, person));
  }
  if (value !== null && typeof value === 'object') {
    return Object.values(value).some((member) => mentions(member, person));
  }
  if (typeof value !== 'string') {
    return false;
  }
  const text = value.toLowerCase();
  const digits = text.replace(/\D/g, '');
  return (
    addressPatterns({ emails: person.emails, phones: [] }).some((pattern) =>
      new RegExp(pattern).test(text),
    ) || phoneTails(person.phones).some((tail) => digits.includes(tail))
  );
}
