/** The nouns of the path of the data: see the README of this room for the words. */

export const RECORD_KINDS = ['customers', 'orders', 'rewards'] as const;
export type RecordKind = (typeof RECORD_KINDS)[number];

export const LANES = ['pending', 'test', 'bulk'] as const;
export type Lane = (typeof LANES)[number];

export const RECORD_STATUSES = [
  'synced',
  'pending',
  'sending',
  'waiting',
  'failed',
  'skipped',
  'held',
] as const;
export type RecordStatus = (typeof RECORD_STATUSES)[number];

/** Code of the reason of a record that a person, not a rule, marked as skipped. */
export const SKIPPED_BY_PERSON = 'skipped_by_person';

export const FILE_STATUSES = [
  'discovered',
  'importing',
  'imported',
  'archived',
  'duplicate',
  'held',
  'previewed',
  'waiting-for-start',
  'unrecognised',
  'failed',
  'discarded',
  'gone',
] as const;
export type FileStatus = (typeof FILE_STATUSES)[number];

/** One row of a CSV file by column name, cells as they stand in the file. */
export type SourceRow = Readonly<Record<string, string>>;

/** Something about a row that a person should know. An `error` keeps the row back, a `warning` does not. */
export type Issue = {
  code: string;
  severity: 'warning' | 'error';
  message: string;
  column?: string;
  target?: string;
  value?: string;
};

export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };
export type JsonObject = { [key: string]: JsonValue };

/** Attributes of a Klaviyo profile that a mapping may set; wire names. Never holds null. */
export type ProfileAttributes = {
  email?: string;
  phone_number?: string;
  external_id?: string;
  first_name?: string;
  last_name?: string;
  organization?: string;
  title?: string;
  image?: string;
  locale?: string;
  location?: { [key: string]: string | number };
  properties?: JsonObject;
};

export type ConsentChannel = 'email' | 'sms';
export type ConsentWish = 'subscribe' | 'unsubscribe';

/** What Apparel21 says about consent. A missing channel is a blank cell: no opinion. */
export type ConsentIntent = {
  email?: ConsentWish;
  sms?: ConsentWish;
  /** `custom_source` of the subscription. */
  source?: string;
  /** When the person consented, ISO-8601 with offset, for history loads. */
  at?: string;
};

/** The part of a customer that goes out by profile import. */
export type CustomerPayload = {
  attributes: ProfileAttributes;
  /** Custom properties to remove (`meta.patch_properties.unset`). */
  unset: string[];
  /** Core attributes to clear (`first_name`, `location.city`): only a single upsert may carry null. */
  clear: string[];
  /** Name of the list a new profile joins; null = none. */
  list: string | null;
};

/** One event as it will be sent; `uniqueId` makes a repeat harmless. */
export type EventDraft = {
  /** Which event of the record this is, e.g. `order`, `return`, `return:LINE-9`, `item:LINE-7`, `reward`. Stable over files. */
  part: string;
  name: string;
  uniqueId: string;
  /** ISO-8601 with offset, seconds precision. */
  time: string;
  value?: number;
  currency?: string;
  properties: JsonObject;
};

/** The part of an order or reward that goes out as events of its customer. */
export type EventsPayload = {
  events: EventDraft[];
  /** Properties that the row sets on the customer's profile (`profile.<name>` targets). */
  profileProperties: JsonObject;
  /** True: recorded as history, starts no flow (`backfill`). */
  backfill: boolean;
};

export type MappedCustomer =
  | {
      outcome: 'mapped';
      payload: CustomerPayload;
      consent: ConsentIntent;
      /** When Apparel21 last changed the person, ISO-8601 with offset; null when the file does not say. */
      updatedAt: string | null;
      warnings: Issue[];
    }
  | { outcome: 'skipped'; reason: Issue; warnings: Issue[] }
  | { outcome: 'failed'; reason: Issue; warnings: Issue[] };

export type MappedEvents =
  | {
      outcome: 'mapped';
      payload: EventsPayload;
      /** Order number or the like for people; null when the file does not say. */
      label: string | null;
      /** Of a return: the number of the order that it belongs to, where the file says. */
      originalNumber?: string | null;
      occurredAt: string;
      warnings: Issue[];
    }
  | { outcome: 'skipped'; reason: Issue; warnings: Issue[] }
  | { outcome: 'failed'; reason: Issue; warnings: Issue[] };
