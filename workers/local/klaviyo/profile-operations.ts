import { isOlderRevision, type Answer, type Call } from './call.ts';
import { createProfile, ownersOf, profileById } from './identity.ts';
import { oneProfile, profileOf } from './profile-reading.ts';
import {
  checkIdentifiers,
  identifiersOf,
  profileAttributes,
  profileMeta,
  type ProfileAttributes,
  type ProfileResource,
} from './profile-shape.ts';
import { writeProfile } from './profile-write.ts';
import { duplicateProfile, invalid, notFound } from './refusal.ts';
import { assertShape, optional, required, resource, text, type Check } from './shape.ts';

type Body = { data: ProfileResource };

function shapesFor(isOlder: boolean): { create: Check; upsert: Check; update: Check } {
  const attributes = required(profileAttributes({ isOlder, hasKx: isOlder }));
  const type = required(text({ oneOf: ['profile'] }));
  const meta = optional(profileMeta);
  const data = (resourceShape: Check) => resource('request-data', { data: required(resourceShape) });
  const withKx = required(profileAttributes({ isOlder }));
  return {
    create: data(resource('profile', { type, attributes })),
    upsert: data(
      resource('profile', { type, id: optional(text({ nullable: true })), attributes: withKx, meta }),
    ),
    update: data(resource('profile', { type, id: required(text()), attributes, meta })),
  };
}

const CURRENT = shapesFor(false);
const OLDER = shapesFor(true);

/** POST /api/profiles: 201, or 409 naming the profile that has one of the identifiers. */
export function createOne(call: Call): Answer {
  const { attributes, skipsPhone } = readProfile(call, 'create', 'drop');
  const owner = ownersOf(call.account, identifiersWithout(attributes, skipsPhone))[0];
  if (owner !== undefined) {
    throw duplicateProfile(owner.id);
  }
  const profile = createProfile(call.account, call.now);
  writeProfile(call.account, profile, attributes, { nulls: 'clear', now: call.now, skipsPhone });
  call.account.received.profiles += 1;
  return oneProfile(call, 201, profile, skipsPhone);
}

/** POST /api/profile-import: 201 for a new profile, 200 for a known one, 409 when the identifiers belong to two. */
export function createOrUpdate(call: Call): Answer {
  const { data, attributes } = readProfile(call, 'upsert', 'refuse');
  const id = data.id ?? null;
  const { account, now } = call;
  if (id !== null && profileById(account, id) === undefined) {
    throw notFound(`A profile with id ${id} does not exist.`);
  }
  const owners = ownersOf(account, identifiersOf(attributes, id));
  const [owner, other] = owners;
  if (owner !== undefined && other !== undefined) {
    // Known oddity: beside an id, an e-mail of somebody else makes the id "not exist".
    const isEmailOfAnother = id !== null && other.email === attributes.email?.toLowerCase();
    throw isEmailOfAnother ? notFound(`A profile with id ${id} does not exist.`) : duplicateProfile(other.id);
  }
  const profile = owner ?? createProfile(account, now);
  writeProfile(account, profile, attributes, { nulls: 'clear', patch: data.meta?.patch_properties, now });
  account.received.profiles += 1;
  return oneProfile(call, owner === undefined ? 201 : 200, profile);
}

/** PATCH /api/profiles/{id}. */
export function update(call: Call): Answer {
  const { data, attributes } = readProfile(call, 'update', 'refuse');
  const profile = profileOf(call);
  if (data.id !== call.params.id) {
    throw invalid([{ pointer: '/data/id', detail: 'The id of the body must be the id of the address.' }]);
  }
  const other = ownersOf(call.account, identifiersOf(attributes)).find((owner) => owner !== profile);
  if (other !== undefined) {
    throw duplicateProfile(other.id);
  }
  const patch = data.meta?.patch_properties;
  writeProfile(call.account, profile, attributes, { nulls: 'clear', patch, now: call.now });
  call.account.received.profiles += 1;
  return oneProfile(call, 200, profile);
}

function readProfile(
  call: Call,
  kind: 'create' | 'upsert' | 'update',
  phone: 'refuse' | 'drop',
): { data: ProfileResource; attributes: ProfileAttributes; skipsPhone: boolean } {
  const shapes = isOlderRevision(call.revision) ? OLDER : CURRENT;
  assertShape(shapes[kind], call.body, call.service.switches.strictUnknown);
  const { data } = call.body as Body;
  const id = kind === 'create' ? null : data.id;
  const checked = checkIdentifiers(data.attributes, '/data/attributes', { phone, id });
  if (checked.offences.length > 0) {
    throw invalid(checked.offences);
  }
  return { data, attributes: data.attributes, skipsPhone: checked.dropsPhone };
}

function identifiersWithout(attributes: ProfileAttributes, skipsPhone: boolean) {
  const identifiers = identifiersOf(attributes);
  return skipsPhone ? { ...identifiers, phone_number: null } : identifiers;
}
