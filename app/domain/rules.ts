import type { RecordKind } from './records.ts';

/** Configuration of the mapping rules as plain data: what `shop.yaml`, the database and a frozen run hold. */

export const MAPPING_SCOPES = ['customer', 'order', 'item', 'reward'] as const;
export type MappingScope = (typeof MAPPING_SCOPES)[number];

/** The kind of record that mappings of a scope are about. */
export const KIND_OF_SCOPE: Record<MappingScope, RecordKind> = {
  customer: 'customers',
  order: 'orders',
  item: 'orders',
  reward: 'rewards',
};

export const OPERATORS = [
  'empty',
  'not-empty',
  'equals',
  'not-equals',
  'one-of',
  'contains',
  'starts-with',
  'matches',
  'greater-than',
  'less-than',
  'before',
  'after',
] as const;
export type Operator = (typeof OPERATORS)[number];

export type Condition =
  | { all: Condition[] }
  | { any: Condition[] }
  | { not: Condition[] }
  | { column: string; is: Operator; value?: string | number | boolean | (string | number | boolean)[] };

/** The first rule whose conditions hold gives its template. No `when` = always. */
export type Rule = { when?: Condition; template: string };

export type Mapping = {
  scope: MappingScope;
  target: string;
  description: string;
  /** What a blank result does: `keep` Klaviyo's value, `clear` it, or any other text is sent instead. */
  blank: string;
  rules: Rule[];
};

/** `whenMissing`: `keep` the value, `blank`, or any other text is used instead. */
export type TranslationTable = { whenMissing: string; entries: Record<string, string> };

export type CustomerColumns = {
  primaryKey: string;
  email?: string;
  phone?: string;
  firstName?: string;
  lastName?: string;
  updatedAt?: string;
};
export type OrderColumns = {
  primaryKey: string;
  customerReference: string;
  orderNumber?: string;
  itemId?: string;
  time: string;
  quantity?: string;
  value?: string;
};
export type RewardColumns = { primaryKey: string; customerReference: string; time: string };
export type Columns = { customers: CustomerColumns; orders: OrderColumns; rewards: RewardColumns };

export type EventNames = { order: string; item: string; return: string; reward: string };

/** Everything that decides how a row of one connection becomes a payload. Frozen into each run; hashed for the diff. */
export type ConnectionRules = {
  /** Stable seed of event ids: survives renames, differs between connections. */
  eventSeed: string;
  timezone: string;
  phoneCountry: string;
  currency: string;
  columns: Columns;
  mappings: Mapping[];
  translations: Record<string, TranslationTable>;
  events: EventNames;
  itemEvents: boolean;
  passThrough: boolean;
  list: string | null;
  /** `YYYY-MM-DD` in the shop's zone: events before it are history. */
  historyBefore: string | null;
  /** False: the primary key does not travel as `external_id`. */
  sendExternalId: boolean;
};

export type ColumnsOf = { [K in RecordKind]: Columns[K] };
