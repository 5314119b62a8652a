import type { FullAccountSpec } from './options.ts';
import { randomLetters, type Random } from './random.ts';
import type { RateWindow } from './rate-windows.ts';

/** Core fields of a profile that are plain text. */
export const TEXT_FIELDS = ['first_name', 'last_name', 'organization', 'locale', 'title', 'image'] as const;
type TextField = (typeof TEXT_FIELDS)[number];

export type Channel =
  | 'email'
  | 'open_tracking'
  | 'sms'
  | 'sms_transactional'
  | 'whatsapp'
  | 'whatsapp_transactional'
  | 'whatsapp_conversational'
  | 'push';

export type SuppressionReason =
  'HARD_BOUNCE' | 'INVALID_EMAIL' | 'SPAM_COMPLAINT' | 'UNSUBSCRIBE' | 'USER_SUPPRESSED';

type ChannelConsent = {
  consent: 'SUBSCRIBED' | 'UNSUBSCRIBED';
  at: number;
  updatedAt: number;
  /** `custom_source` of the call. */
  source: string | null;
  isDoubleOptIn: boolean;
};

export type Consent = {
  channels: Partial<Record<Channel, ChannelConsent>>;
  /** When and to which lists a subscribe call last took effect: repeats within 30 minutes are ignored. */
  subscribedAt: Partial<Record<Channel, { at: number; lists: Set<string> }>>;
  suppressions: { reason: SuppressionReason; at: number }[];
  listSuppressions: { list: string; reason: string; at: number }[];
};

export type Profile = {
  id: string;
  email: string | null;
  phone_number: string | null;
  external_id: string | null;
  anonymous_id: string | null;
  texts: { [Name in TextField]?: string | undefined };
  location: Record<string, string | number | null> | null;
  /** Never changed in place: it may be part of a request that somebody still holds. */
  properties: Record<string, unknown>;
  createdAt: number;
  updatedAt: number;
  lastEventAt: number | null;
  /** Null until a consent call touches the profile. */
  consent: Consent | null;
  /** Deleted or merged into another. */
  isGone: boolean;
};

export type List = {
  id: string;
  name: string;
  optIn: 'single' | 'double';
  createdAt: number;
  updatedAt: number;
  /** Profile → time of joining. */
  members: Map<Profile, number>;
};

export type Metric = { id: string; name: string; createdAt: number };

export type RecordedEvent = {
  id: string;
  metric: Metric;
  profile: Profile;
  uniqueId: string;
  /** Milliseconds, whole seconds. */
  at: number;
  value: number | null;
  currency: string | null;
  properties: Record<string, unknown>;
  isBackfill: boolean;
  receivedAt: number;
};

type ImportError = { id: string; code: string; title: string; detail: string; payload: unknown };

export type ImportJob = {
  id: string;
  createdAt: number;
  startsAt: number;
  endsAt: number;
  /** True once its profiles are in the account: a clock that is read twice must not show a finished job without them. */
  isOver: boolean;
  isCancelled: boolean;
  totalCount: number;
  completedCount: number;
  failedCount: number;
  lists: List[];
  errors: ImportError[];
  profiles: Profile[];
};

export type SuppressionJob = {
  id: string;
  kind: 'create' | 'delete';
  createdAt: number;
  completedAt: number | null;
  totalCount: number;
  completedCount: number;
  skippedCount: number;
};

/** One profile and channel of one accepted subscribe or unsubscribe call. */
export type ConsentCall = {
  at: number;
  requestId: string;
  action: 'subscribe' | 'unsubscribe';
  channel: Channel;
  email: string | null;
  phone_number: string | null;
  list: string | null;
  source: string | null;
  isHistorical: boolean;
  consentedAt: string | null;
  /** What came of it, null until Klaviyo has looked at it. */
  result:
    | null
    | 'subscribed'
    | 'ignored: subscribed less than 30 minutes before'
    | 'awaiting confirmation'
    | 'dropped: a new profile needs a list or historical_import'
    | 'unsubscribed'
    | 'removed from the list'
    | 'unsubscribed everywhere: not in the list';
};

/** A double opt-in message that waits for the person's click. */
type Confirmation = {
  email: string | null;
  phone_number: string | null;
  channels: Channel[];
  list: List | null;
  source: string | null;
};

export type Traffic = {
  requests: number;
  throttled: number;
  statuses: Record<string, number>;
  windows: RateWindow[];
};

export type AccountKey = { scopes: string[]; isRevoked: boolean };

/** Everything that `POST /_reset` empties. */
type Holdings = {
  profiles: Profile[];
  byId: Map<string, Profile>;
  /** Ids of merged profiles keep pointing at what they became part of. */
  mergedInto: Map<string, Profile>;
  byEmail: Map<string, Profile>;
  byPhone: Map<string, Profile>;
  byExternalId: Map<string, Profile>;
  byAnonymousId: Map<string, Profile>;
  lists: Map<string, List>;
  metrics: Map<string, Metric>;
  events: RecordedEvent[];
  /** profile, metric, unique id → event */
  eventKeys: Map<string, RecordedEvent>;
  importJobs: Map<string, ImportJob>;
  suppressionJobs: Map<string, SuppressionJob>;
  confirmations: Confirmation[];
  consentCalls: ConsentCall[];
  backInStock: { email: string | null; variant: string }[];
  traffic: Map<string, Traffic>;
  /** Things in accepted requests, repeated ones included. */
  received: { profiles: number; events: number; subscribes: number; unsubscribes: number };
  duplicateEvents: number;
  droppedEvents: number;
  deletedProfiles: number;
  serial: number;
};

export type Account = FullAccountSpec & Holdings & { keyring: Map<string, AccountKey>; salt: string };

export function createAccount(spec: FullAccountSpec, random: Random): Account {
  const keyring = new Map(spec.keys.map((each) => [each.key, { scopes: each.scopes, isRevoked: false }]));
  return { ...spec, ...emptyHoldings(), keyring, salt: randomLetters(random, 6).toUpperCase() };
}

/** Forgets all that the account holds; its keys stay. */
export function emptyAccount(account: Account): void {
  Object.assign(account, emptyHoldings());
}

function emptyHoldings(): Holdings {
  return {
    profiles: [],
    byId: new Map(),
    mergedInto: new Map(),
    byEmail: new Map(),
    byPhone: new Map(),
    byExternalId: new Map(),
    byAnonymousId: new Map(),
    lists: new Map(),
    metrics: new Map(),
    events: [],
    eventKeys: new Map(),
    importJobs: new Map(),
    suppressionJobs: new Map(),
    confirmations: [],
    consentCalls: [],
    backInStock: [],
    traffic: new Map(),
    received: { profiles: 0, events: 0, subscribes: 0, unsubscribes: 0 },
    duplicateEvents: 0,
    droppedEvents: 0,
    deletedProfiles: 0,
    serial: 0,
  };
}
