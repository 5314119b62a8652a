import type {
  CustomerPayload,
  EventDraft,
  EventsPayload,
  JsonObject,
  JsonValue,
  ProfileAttributes,
} from './records.ts';

/**
 * The bodies that go to Klaviyo, revision 2026-07-15, written by hand. Items are serialised one by one, so that their
 * bytes are known before a batch is cut and nothing is serialised twice.
 */

/** An identifier that is left out of a profile because another profile owns it. */
export type Omission = 'phone_number' | 'external_id';

/** One entry of a bulk profile import. Never carries null: what a null does there is not documented. */
export function profileItem(payload: CustomerPayload, omit: readonly Omission[] = []): string {
  const meta = payload.unset.length > 0 ? { meta: { patch_properties: { unset: payload.unset } } } : {};
  return JSON.stringify({ type: 'profile', attributes: withoutOmitted(payload, omit), ...meta });
}

/** Bytes of that entry, UTF-8. */
export function profileItemBytes(payload: CustomerPayload): number {
  return utf8Bytes(profileItem(payload));
}

/** Bytes of a text in UTF-8 without copying it. */
export function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit > 0x7ff) {
      // A surrogate pair is two units of two extra bytes less one each: four bytes in all.
      bytes += unit >= 0xd800 && unit <= 0xdfff ? 1 : 2;
    } else if (unit > 0x7f) {
      bytes += 1;
    }
  }
  return bytes;
}

/** Body of POST /api/profile-bulk-import-jobs; `listId` adds every profile of the job to that list. */
export function importBody(items: readonly string[], listId: string | null): string {
  const lists =
    listId === null
      ? ''
      : `,"relationships":{"lists":{"data":[${JSON.stringify({ type: 'list', id: listId })}]}}`;
  return `{"data":{"type":"profile-bulk-import-job","attributes":{"profiles":{"data":[${items.join(',')}]}}${lists}}}`;
}

function withoutOmitted(payload: CustomerPayload, omit: readonly Omission[]): JsonObject {
  const attributes: JsonObject = { ...(payload.attributes as JsonObject) };
  for (const name of omit) {
    // Of the copy: the stored payload stays as it is.
    Reflect.deleteProperty(attributes, name);
  }
  return attributes;
}

/**
 * Body of POST /api/profile-import (one profile). The only request that may carry null: `clear` names core attributes
 * to empty. `omit` leaves out an identifier that another profile owns.
 */
export function upsertBody(payload: CustomerPayload, omit: readonly Omission[] = []): string {
  const attributes = withoutOmitted(payload, omit);
  for (const path of payload.clear) {
    const [first = path, second] = path.split('.');
    if (second === undefined) {
      attributes[first] = null;
    } else {
      attributes[first] = { ...(attributes[first] as JsonObject | undefined), [second]: null };
    }
  }
  const meta = payload.unset.length > 0 ? { meta: { patch_properties: { unset: payload.unset } } } : {};
  return JSON.stringify({ data: { type: 'profile', attributes, ...meta } });
}

/** Who an event belongs to: one identifier only, so that an event never merges two profiles. */
export type EventProfile = { email: string | null; phone: string | null; externalId: string };

function eventProfile(profile: EventProfile, properties: JsonObject): JsonObject {
  const identity: JsonObject =
    profile.email !== null
      ? { email: profile.email }
      : profile.phone !== null
        ? { phone_number: profile.phone }
        : { external_id: profile.externalId };
  const extra: JsonObject = Object.keys(properties).length > 0 ? { properties } : {};
  return { data: { type: 'profile', attributes: { ...identity, ...extra } } };
}

function eventAttributes(event: EventDraft): JsonObject {
  const attributes: JsonObject = {
    properties: event.properties,
    time: event.time,
    unique_id: event.uniqueId,
    metric: { data: { type: 'metric', attributes: { name: event.name } } },
  };
  if (event.value !== undefined) {
    attributes.value = event.value;
  }
  if (event.value !== undefined && event.currency !== undefined) {
    attributes.value_currency = event.currency;
  }
  return attributes;
}

/** One group of a bulk event request: the events of one record, so that an error's index names that record. */
export function eventsItem(
  payload: EventsPayload,
  events: readonly EventDraft[],
  profile: EventProfile,
): string {
  return JSON.stringify({
    type: 'event-bulk-create',
    attributes: {
      profile: eventProfile(profile, payload.profileProperties),
      events: { data: events.map((event) => ({ type: 'event', attributes: eventAttributes(event) })) },
      ...(payload.backfill ? { backfill: true } : {}),
    },
  });
}

/** Body of POST /api/event-bulk-create-jobs. */
export function eventsBody(items: readonly string[]): string {
  return `{"data":{"type":"event-bulk-create-job","attributes":{"events-bulk-create":{"data":[${items.join(',')}]}}}}`;
}

/** Body of POST /api/events: the replay of an uncertain bulk request, where a repeated `unique_id` is harmless. */
export function eventBody(payload: EventsPayload, event: EventDraft, profile: EventProfile): string {
  const attributes: JsonObject = {
    ...eventAttributes(event),
    profile: eventProfile(profile, payload.profileProperties),
    ...(payload.backfill ? { backfill: true } : {}),
  };
  return JSON.stringify({ data: { type: 'event', attributes } });
}

export type ConsentItem = {
  channel: 'email' | 'sms';
  email: string | null;
  phone: string | null;
  consentedAt: string | null;
  /** `yyyy-MM-dd`; sent with SMS only, and only where the account asks for it. Null = not known, or not asked for. */
  birthDate: string | null;
};

/** What all profiles of one subscription request share. */
export type ConsentGrouping = { listId: string | null; source: string | null; historical: boolean };

/** Body of POST /api/profile-subscription-bulk-create-jobs. */
export function subscribeBody(items: readonly ConsentItem[], grouping: ConsentGrouping): string {
  const attributes: JsonObject = {
    profiles: { data: items.map((item) => consentProfile(item, 'SUBSCRIBED', grouping.historical)) },
    ...(grouping.source === null ? {} : { custom_source: grouping.source }),
    ...(grouping.historical ? { historical_import: true } : {}),
  };
  const relationships: JsonObject =
    grouping.listId === null
      ? {}
      : { relationships: { list: { data: { type: 'list', id: grouping.listId } } } };
  return JSON.stringify({
    data: { type: 'profile-subscription-bulk-create-job', attributes, ...relationships },
  });
}

/** Body of POST /api/profile-subscription-bulk-delete-jobs. Never names a list: a non-member would leave everything. */
export function unsubscribeBody(items: readonly ConsentItem[]): string {
  const data = items.map((item) => consentProfile(item, 'UNSUBSCRIBED', false));
  return JSON.stringify({
    data: { type: 'profile-subscription-bulk-delete-job', attributes: { profiles: { data } } },
  });
}

function consentProfile(item: ConsentItem, consent: string, isHistorical: boolean): JsonObject {
  const marketing: JsonObject = { consent };
  if (isHistorical && item.consentedAt !== null) {
    marketing.consented_at = item.consentedAt;
  }
  const identity: JsonObject =
    item.channel === 'email' ? { email: item.email } : { phone_number: item.phone };
  const birth: JsonObject =
    item.channel === 'sms' && item.birthDate !== null && consent === 'SUBSCRIBED'
      ? { age_gated_date_of_birth: item.birthDate }
      : {};
  const attributes: JsonObject = { ...identity, ...birth, subscriptions: { [item.channel]: { marketing } } };
  return { type: 'profile', attributes };
}

/** Body of POST /api/lists. */
export function listBody(name: string): string {
  return JSON.stringify({ data: { type: 'list', attributes: { name } } });
}

/** Body of POST /api/lists/{id}/relationships/profiles. */
export function listMembersBody(profileIds: readonly string[]): string {
  return JSON.stringify({ data: profileIds.map((id) => ({ type: 'profile', id })) });
}

/** The profile of an import error: Klaviyo gives back what was sent, with or without the JSON:API envelope. */
export function identityOfOriginal(
  original: JsonValue | undefined,
): Pick<ProfileAttributes, 'email' | 'phone_number' | 'external_id'> {
  if (original === null || typeof original !== 'object' || Array.isArray(original)) {
    return {};
  }
  const inner = original.attributes;
  const holder = inner !== null && typeof inner === 'object' && !Array.isArray(inner) ? inner : original;
  function text(name: string): string | undefined {
    const value = (holder as JsonObject)[name];
    return typeof value === 'string' ? value : undefined;
  }
  return { email: text('email'), phone_number: text('phone_number'), external_id: text('external_id') };
}

/** Body of POST /api/data-privacy-deletion-jobs: exactly one identifier. All profiles that have it are deleted. */
export function deletionBody(identifier: { id: string } | { email: string } | { phone: string }): string {
  const profile =
    'id' in identifier
      ? { type: 'profile', id: identifier.id, attributes: {} }
      : {
          type: 'profile',
          attributes:
            'email' in identifier ? { email: identifier.email } : { phone_number: identifier.phone },
        };
  return JSON.stringify({
    data: { type: 'data-privacy-deletion-job', attributes: { profile: { data: profile } } },
  });
}
