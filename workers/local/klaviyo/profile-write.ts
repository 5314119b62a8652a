import { TEXT_FIELDS, type Account, type Profile } from './account.ts';
import { setIdentifier } from './identity.ts';
import { identifiersOf, type PatchProperties, type ProfileAttributes } from './profile-shape.ts';

/** What a null does: single upserts clear the field; bulk imports and events leave it. */
type NullPolicy = 'clear' | 'ignore';

/** Writes attributes over a profile: what is not mentioned stays, properties merge key by key. */
export function writeProfile(
  account: Account,
  profile: Profile,
  attributes: ProfileAttributes,
  how: { nulls: NullPolicy; patch?: PatchProperties; now: number; skipsPhone?: boolean },
): void {
  const identifiers = identifiersOf(attributes);
  for (const name of ['email', 'phone_number', 'external_id', 'anonymous_id'] as const) {
    const value = identifiers[name] ?? null;
    const isSkipped = name === 'phone_number' && how.skipsPhone === true;
    const isMentioned = value !== null || (how.nulls === 'clear' && attributes[name] === null);
    if (isMentioned && !isSkipped) {
      setIdentifier(account, profile, name, value);
    }
  }
  for (const name of TEXT_FIELDS) {
    const value = attributes[name];
    if (typeof value === 'string') {
      profile.texts[name] = value;
    } else if (value === null && how.nulls === 'clear') {
      profile.texts[name] = undefined;
    }
  }
  writeLocation(profile, attributes.location, how.nulls);
  writeProperties(profile, attributes.properties, how.nulls);
  patchProperties(profile, how.patch ?? null);
  profile.updatedAt = how.now;
}

function writeLocation(profile: Profile, location: ProfileAttributes['location'], nulls: NullPolicy): void {
  if (location === null && nulls === 'clear') {
    profile.location = null;
  }
  if (location !== undefined && location !== null) {
    profile.location = mergeMembers(profile.location ?? {}, location, nulls);
  }
}

function writeProperties(
  profile: Profile,
  properties: ProfileAttributes['properties'],
  nulls: NullPolicy,
): void {
  if (properties === null && nulls === 'clear') {
    profile.properties = {};
  }
  if (properties === undefined || properties === null) {
    return;
  }
  const hasNull = Object.values(properties).includes(null);
  const isNew = Object.keys(profile.properties).length === 0;
  profile.properties = isNew && !hasNull ? properties : mergeMembers(profile.properties, properties, nulls);
}

/** A new object: `changes` over `before`, where a null removes its key or says nothing. */
function mergeMembers<Value>(
  before: Record<string, Value>,
  changes: Record<string, Value>,
  nulls: NullPolicy,
): Record<string, Value> {
  const merged = { ...before };
  const removed = new Set<string>();
  for (const [name, value] of Object.entries(changes)) {
    if (value !== null) {
      merged[name] = value;
    } else if (nulls === 'clear') {
      removed.add(name);
    }
  }
  return without(merged, removed);
}

function patchProperties(profile: Profile, patch: PatchProperties): void {
  if (patch === null) {
    return;
  }
  const merged = { ...profile.properties };
  for (const [name, value] of Object.entries(patch.append ?? {})) {
    merged[name] = [...asList(merged[name]), ...asList(value)];
  }
  for (const [name, value] of Object.entries(patch.unappend ?? {})) {
    const gone = asList(value).map((each) => JSON.stringify(each));
    merged[name] = asList(merged[name]).filter((each) => !gone.includes(JSON.stringify(each)));
  }
  profile.properties = without(merged, new Set(asList(patch.unset ?? []).map(String)));
}

function without<Value>(record: Record<string, Value>, names: Set<string>): Record<string, Value> {
  return names.size === 0
    ? record
    : Object.fromEntries(Object.entries(record).filter(([name]) => !names.has(name)));
}

function asList(value: unknown): unknown[] {
  if (value === undefined || value === null) {
    return [];
  }
  return Array.isArray(value) ? value : [value];
}
