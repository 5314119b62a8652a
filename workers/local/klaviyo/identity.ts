import type { Account, Profile, RecordedEvent } from './account.ts';

export type Identifiers = {
  id?: string | null;
  email?: string | null;
  phone_number?: string | null;
  external_id?: string | null;
  anonymous_id?: string | null;
};

/** Every profile that one of the identifiers points at, the deciding one first: id, external id, e-mail, phone. */
export function ownersOf(account: Account, identifiers: Identifiers): Profile[] {
  const { id, external_id, email, phone_number, anonymous_id } = identifiers;
  const owners: Profile[] = [];
  addOwner(owners, id ? profileById(account, id) : undefined);
  addOwner(owners, external_id ? account.byExternalId.get(external_id) : undefined);
  addOwner(owners, email ? account.byEmail.get(email.toLowerCase()) : undefined);
  addOwner(owners, phone_number ? account.byPhone.get(phone_number) : undefined);
  addOwner(owners, anonymous_id ? account.byAnonymousId.get(anonymous_id) : undefined);
  return owners;
}

function addOwner(owners: Profile[], profile: Profile | undefined): void {
  if (profile !== undefined && !owners.includes(profile)) {
    owners.push(profile);
  }
}

/** The profile of an id, also of an id that was merged into another. */
export function profileById(account: Account, id: string): Profile | undefined {
  return account.byId.get(id) ?? account.mergedInto.get(id);
}

export function hasIdentifier(identifiers: Identifiers): boolean {
  return Boolean(
    identifiers.id ||
    identifiers.email ||
    identifiers.phone_number ||
    identifiers.external_id ||
    identifiers.anonymous_id,
  );
}

/** A new, empty profile in the account. */
export function createProfile(account: Account, now: number): Profile {
  const profile: Profile = {
    id: nextUlid(account, now),
    email: null,
    phone_number: null,
    external_id: null,
    anonymous_id: null,
    texts: {},
    location: null,
    properties: {},
    createdAt: now,
    updatedAt: now,
    lastEventAt: null,
    consent: null,
    isGone: false,
  };
  account.profiles.push(profile);
  account.byId.set(profile.id, profile);
  return profile;
}

/** Sets or clears an identifier and keeps the index; the caller has made sure that nobody else owns it. */
export function setIdentifier(
  account: Account,
  profile: Profile,
  name: 'email' | 'phone_number' | 'external_id' | 'anonymous_id',
  value: string | null,
): void {
  const index = indexOf(account, name);
  const stored = name === 'email' ? (value?.toLowerCase() ?? null) : value;
  const before = profile[name];
  if (before === stored) {
    return;
  }
  if (before !== null) {
    index.delete(before);
  }
  profile[name] = stored;
  if (stored !== null) {
    index.set(stored, profile);
  }
}

/** Puts all that `source` has into `target`, whose own values win; the source's id keeps pointing at the target. */
export function mergeProfiles(account: Account, target: Profile, source: Profile): void {
  for (const name of ['email', 'phone_number', 'external_id', 'anonymous_id'] as const) {
    const value = source[name];
    setIdentifier(account, source, name, null);
    if (target[name] === null && value !== null) {
      setIdentifier(account, target, name, value);
    }
  }
  target.texts = { ...source.texts, ...target.texts };
  target.location = target.location ?? source.location;
  target.properties = { ...source.properties, ...target.properties };
  target.consent = target.consent ?? source.consent;
  target.lastEventAt = latest(target.lastEventAt, source.lastEventAt);
  for (const list of account.lists.values()) {
    const joinedAt = list.members.get(source);
    if (joinedAt !== undefined) {
      list.members.delete(source);
      list.members.set(target, list.members.get(target) ?? joinedAt);
    }
  }
  for (const event of account.events) {
    if (event.profile === source) {
      account.eventKeys.delete(eventKey(source, event.metric.id, event.uniqueId));
      event.profile = target;
      account.eventKeys.set(eventKey(target, event.metric.id, event.uniqueId), event);
    }
  }
  source.isGone = true;
  account.byId.delete(source.id);
  for (const [id, profile] of account.mergedInto) {
    if (profile === source) {
      account.mergedInto.set(id, target);
    }
  }
  account.mergedInto.set(source.id, target);
}

/** Takes a profile and all that hangs on it away. */
export function deleteProfile(account: Account, profile: Profile): void {
  for (const name of ['email', 'phone_number', 'external_id', 'anonymous_id'] as const) {
    setIdentifier(account, profile, name, null);
  }
  for (const list of account.lists.values()) {
    list.members.delete(profile);
  }
  const kept: RecordedEvent[] = [];
  for (const event of account.events) {
    if (event.profile === profile) {
      account.eventKeys.delete(eventKey(profile, event.metric.id, event.uniqueId));
    } else {
      kept.push(event);
    }
  }
  account.events = kept;
  profile.isGone = true;
  account.byId.delete(profile.id);
  for (const [id, owner] of account.mergedInto) {
    if (owner === profile) {
      account.mergedInto.delete(id);
    }
  }
  account.deletedProfiles += 1;
}

/** Klaviyo records one event per profile, metric and unique id. */
export function eventKey(profile: Profile, metricId: string, uniqueId: string): string {
  return `${profile.id} ${metricId} ${uniqueId}`;
}

/** 26 characters like a ULID: time, then the account's salt and a serial number instead of chance. */
export function nextUlid(account: Account, now: number): string {
  account.serial += 1;
  return `${base32(now, 10)}${account.salt}${base32(account.serial, 10)}`;
}

function base32(value: number, length: number): string {
  return Math.max(0, Math.floor(value)).toString(32).toUpperCase().padStart(length, '0');
}

function indexOf(account: Account, name: 'email' | 'phone_number' | 'external_id' | 'anonymous_id') {
  switch (name) {
    case 'email':
      return account.byEmail;
    case 'phone_number':
      return account.byPhone;
    case 'external_id':
      return account.byExternalId;
    default:
      return account.byAnonymousId;
  }
}

function latest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}
