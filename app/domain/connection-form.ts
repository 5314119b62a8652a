import type { ConsentBack } from './consent-back.ts';
import type { EventNames } from './rules.ts';
import type { RecordKind } from './records.ts';

/**
 * What a person may accept after a warning: `untested` = Klaviyo does not answer, `scopes` = the key may not do everything,
 * `account` = the key belongs to another account than before, `shared` = another connection names people by their customer numbers in
 * the same account.
 */
export type Acceptance = 'untested' | 'scopes' | 'account' | 'shared';

/** The settings page of a connection: fields as they are typed. Types only, so that a page carries no schema along. */
export type ConnectionForm = {
  name: string;
  /** Null = the stored key stays. */
  apiKey: string | null;
  directory: string;
  /** Blank = no list. */
  list: string;
  mode: 'production' | 'test';
  testMaxRecords: string;
  batchSize: string;
  /** `2026-01-31`; blank = every order is recent. */
  historyBefore: string;
  events: EventNames;
  itemEvents: boolean;
  passThrough: boolean;
  sendExternalId: boolean;
  consentBack: ConsentBack;
  /** Addresses, separated by commas or line breaks. */
  notify: { errors: string; successes: string };
  expect: { kind: RecordKind; every: string; grace: string }[];
  accepted: Acceptance[];
};
