import type { Account, Metric, Profile, RecordedEvent } from './account.ts';
import type { Call } from './call.ts';
import type { EventAttributes } from './event-shape.ts';
import { createProfile, eventKey, mergeProfiles, nextUlid, ownersOf } from './identity.ts';
import { identifiersOf, type ProfileMeta, type ProfileResource } from './profile-shape.ts';
import { writeProfile } from './profile-write.ts';
import { randomLetters } from './random.ts';
import { isReservedDomain, readTime } from './values.ts';

/**
 * The profile of an event: found by any identifier, created when nobody has one, merged when several have. Null = its
 * domain is reserved for examples and the event vanishes.
 */
export function profileOfEvent(
  call: Call,
  resource: ProfileResource,
  meta: ProfileMeta,
  skipsPhone: boolean,
): Profile | null {
  const { account, now, service } = call;
  if (service.switches.dropReservedDomains && isReservedDomain(resource.attributes.email)) {
    return null;
  }
  const identifiers = identifiersOf(resource.attributes, resource.id);
  const owners = ownersOf(account, skipsPhone ? { ...identifiers, phone_number: null } : identifiers);
  const profile = owners[0] ?? createProfile(account, now);
  owners.slice(1).forEach((other) => mergeProfiles(account, profile, other));
  const patch = meta?.patch_properties;
  writeProfile(account, profile, resource.attributes, { nulls: 'ignore', patch, now, skipsPhone });
  return profile;
}

/** Records an event unless the profile already has one of this metric and unique id. */
export function recordEvent(call: Call, profile: Profile, event: EventAttributes, isBackfill: boolean): void {
  const { account, now } = call;
  const metric = metricNamed(call, event.metric.data.attributes.name);
  const time = typeof event.time === 'string' ? (readTime(event.time)?.at ?? now) : now;
  const at = Math.floor(time / 1000) * 1000;
  const uniqueId = event.unique_id ?? String(at / 1000);
  const key = eventKey(profile, metric.id, uniqueId);
  if (account.eventKeys.has(key)) {
    account.duplicateEvents += 1;
    return;
  }
  const recorded: RecordedEvent = {
    id: nextUlid(account, now),
    metric,
    profile,
    uniqueId,
    at,
    value: event.value ?? null,
    currency: event.value_currency ?? null,
    properties: event.properties,
    isBackfill,
    receivedAt: now,
  };
  account.events.push(recorded);
  account.eventKeys.set(key, recorded);
  profile.lastEventAt = Math.max(profile.lastEventAt ?? 0, at);
}

/** One number per person: profiles that share an identifier, here or in the account, get the same. */
export function numberPeople(account: Account, resources: ProfileResource[]): number[] {
  const numbers = new Map<string, number>();
  return resources.map((resource, index) => {
    const identifiers = identifiersOf(resource.attributes, resource.id);
    const names = Object.entries({ ...identifiers, email: identifiers.email?.toLowerCase() })
      .filter(([, value]) => Boolean(value))
      .map(([kind, value]) => `${kind} ${value}`);
    names.push(...ownersOf(account, identifiers).map((owner) => `profile ${owner.id}`));
    const known = names.map((name) => numbers.get(name)).find((number) => number !== undefined);
    names.forEach((name) => numbers.set(name, known ?? index));
    return known ?? index;
  });
}

/** Metrics come into being with their first event. */
function metricNamed(call: Call, name: string): Metric {
  const known = call.account.metrics.get(name);
  if (known !== undefined) {
    return known;
  }
  const metric = { id: randomLetters(call.service.random, 6), name, createdAt: call.now };
  call.account.metrics.set(name, metric);
  return metric;
}
