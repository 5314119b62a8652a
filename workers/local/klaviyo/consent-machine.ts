import type { Account, Channel, Consent, ConsentCall, List, Profile, SuppressionReason } from './account.ts';
import { createProfile, mergeProfiles, ownersOf, setIdentifier } from './identity.ts';
import { readTime } from './values.ts';

/** Klaviyo ignores a subscribe call this long after the last one of the same person, milliseconds. */
const DEAF_MS = 30 * 60_000;
/** Suppressions that a subscription lifts; bounces and invalid addresses stay. */
const LIFTED: SuppressionReason[] = ['UNSUBSCRIBE', 'SPAM_COMPLAINT', 'USER_SUPPRESSED'];

export type Person = { id?: string | null; email: string | null; phone_number: string | null };

type Terms = { list: List | null; source: string | null; isHistorical: boolean };

/** Applies one profile of an accepted subscribe call and notes the result on its log lines. */
export function subscribePerson(
  account: Account,
  person: Person,
  calls: ConsentCall[],
  terms: Terms,
  now: number,
): void {
  const { list, source, isHistorical } = terms;
  const known = findPerson(account, person);
  if (known === null && list === null && !isHistorical) {
    note(calls, 'dropped: a new profile needs a list or historical_import');
    return;
  }
  const optIn = list?.optIn ?? account.optIn;
  const channels = calls.map((call) => call.channel);
  if (optIn === 'double' && !isHistorical && channels.length > 0) {
    account.confirmations.push({ ...person, channels, list, source });
    note(calls, 'awaiting confirmation');
    return;
  }
  const profile = known ?? createProfile(account, now);
  setPerson(account, profile, person, now);
  for (const call of calls) {
    const consentedAt = call.consentedAt === null ? now : (readTime(call.consentedAt)?.at ?? now);
    const isTaken = subscribe(profile, call.channel, {
      list,
      source,
      at: consentedAt,
      now,
      isDoubleOptIn: false,
    });
    call.result = isTaken ? 'subscribed' : 'ignored: subscribed less than 30 minutes before';
  }
  joinList(profile, list, channels, now);
}

/** Applies one profile of an accepted unsubscribe call: unknown people become profiles that have unsubscribed. */
export function unsubscribePerson(
  account: Account,
  person: Person,
  calls: ConsentCall[],
  list: List | null,
  now: number,
): void {
  const profile = findPerson(account, person) ?? createProfile(account, now);
  setPerson(account, profile, person, now);
  const isMember = list?.members.has(profile) ?? false;
  for (const call of calls) {
    if (list !== null && isMember) {
      if (call.channel === 'email') {
        consentOf(profile).listSuppressions.push({ list: list.id, reason: 'UNSUBSCRIBE', at: now });
      }
      call.result = 'removed from the list';
    } else {
      unsubscribe(profile, call.channel, now);
      call.result = list === null ? 'unsubscribed' : 'unsubscribed everywhere: not in the list';
    }
  }
  if (calls.length > 0) {
    list?.members.delete(profile);
  }
}

/** The person clicks the link of a double opt-in message. False = no message waits for that address. */
export function confirmSubscription(account: Account, email: string, now: number): boolean {
  const waiting = account.confirmations.filter((each) => each.email?.toLowerCase() === email.toLowerCase());
  account.confirmations = account.confirmations.filter((each) => !waiting.includes(each));
  for (const { channels, list, source, ...person } of waiting) {
    const profile = findPerson(account, person) ?? createProfile(account, now);
    setPerson(account, profile, person, now);
    for (const channel of channels) {
      subscribe(profile, channel, { list, source, at: now, now, isDoubleOptIn: true });
    }
    joinList(profile, list, channels, now);
  }
  return waiting.length > 0;
}

/** Finds the profile of a person; an e-mail and a phone of two profiles make them one. */
function findPerson(account: Account, person: Person): Profile | null {
  const [first, ...others] = ownersOf(account, person);
  if (first === undefined) {
    return null;
  }
  others.forEach((other) => mergeProfiles(account, first, other));
  return first;
}

/** The profile of a person, made when nobody has these identifiers. */
export function ensurePerson(account: Account, person: Person, now: number): Profile {
  const profile = findPerson(account, person) ?? createProfile(account, now);
  setPerson(account, profile, person, now);
  return profile;
}

/** True when it took effect; false within the deaf time after the last subscription. */
export function subscribe(
  profile: Profile,
  channel: Channel,
  how: { list: List | null; source: string | null; at: number; now: number; isDoubleOptIn: boolean },
): boolean {
  const consent = consentOf(profile);
  const last = consent.subscribedAt[channel];
  if (last !== undefined && how.now - last.at < DEAF_MS) {
    return false;
  }
  const { at, source, isDoubleOptIn } = how;
  consent.channels[channel] = { consent: 'SUBSCRIBED', at, updatedAt: how.now, source, isDoubleOptIn };
  consent.subscribedAt[channel] = { at: how.now, lists: new Set(how.list === null ? [] : [how.list.id]) };
  if (channel === 'email') {
    consent.suppressions = consent.suppressions.filter(({ reason }) => !LIFTED.includes(reason));
    consent.listSuppressions = consent.listSuppressions.filter(({ list }) => list !== how.list?.id);
  }
  return true;
}

/** Takes the consent of a channel back for the whole account. */
export function unsubscribe(profile: Profile, channel: Channel, now: number, at = now): void {
  const consent = consentOf(profile);
  const before = consent.channels[channel];
  consent.channels[channel] = {
    consent: 'UNSUBSCRIBED',
    at,
    updatedAt: now,
    source: before?.source ?? null,
    isDoubleOptIn: before?.isDoubleOptIn ?? false,
  };
  if (channel === 'email') {
    suppress(profile, 'UNSUBSCRIBE', at);
  }
}

/** Adds a suppression; false when the profile already has it. */
export function suppress(profile: Profile, reason: SuppressionReason, at: number): boolean {
  const consent = consentOf(profile);
  if (consent.suppressions.some((each) => each.reason === reason)) {
    return false;
  }
  consent.suppressions.push({ reason, at });
  return true;
}

function consentOf(profile: Profile): Consent {
  profile.consent ??= { channels: {}, subscribedAt: {}, suppressions: [], listSuppressions: [] };
  return profile.consent;
}

/** Within the deaf time a repeat does not touch consent, but another list may still be joined. */
function joinList(profile: Profile, list: List | null, channels: Channel[], now: number): void {
  const joining = channels.filter((channel) => channel !== 'open_tracking');
  const isSubscribed = joining.some((channel) => {
    const state = profile.consent?.channels[channel]?.consent === 'SUBSCRIBED';
    const last = profile.consent?.subscribedAt[channel];
    const isRepeat = last !== undefined && last.at !== now && list !== null && last.lists.has(list.id);
    if (list !== null) {
      last?.lists.add(list.id);
    }
    return state && !isRepeat;
  });
  if (list !== null && isSubscribed && !list.members.has(profile)) {
    list.members.set(profile, now);
  }
}

function setPerson(account: Account, profile: Profile, person: Person, now: number): void {
  for (const name of ['email', 'phone_number'] as const) {
    const value = person[name];
    if (value !== null) {
      setIdentifier(account, profile, name, value);
    }
  }
  profile.updatedAt = now;
}

function note(calls: ConsentCall[], result: ConsentCall['result']): void {
  calls.forEach((call) => (call.result = result));
}
