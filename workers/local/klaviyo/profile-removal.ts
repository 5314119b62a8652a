import { emptyAnswer, type Answer, type Call } from './call.ts';
import { deleteProfile, mergeProfiles, ownersOf, profileById } from './identity.ts';
import { checkIdentifiers, identifiersOf, reference, type ProfileResource } from './profile-shape.ts';
import { selfLink } from './query.ts';
import { invalid, notFound } from './refusal.ts';
import { assertShape, items, optional, required, resource, text } from './shape.ts';

type Body = { data: ProfileResource };

const mergeShape = resource('request-data', {
  data: required(
    resource('profile-merge', {
      type: required(text({ oneOf: ['profile-merge'] })),
      id: required(text()),
      relationships: required(
        resource('relationships', {
          profiles: required(
            resource('profiles', {
              data: required(items(reference('profile'), { min: 1, max: 1, of: 'source profiles' })),
            }),
          ),
        }),
      ),
    }),
  ),
});

/** POST /api/profile-merge: the specification says 201, live it is 202. */
export function merge(call: Call): Answer {
  assertShape(mergeShape, call.body, call.service.switches.strictUnknown);
  const { data } = call.body as {
    data: { id: string; relationships: { profiles: { data: { id: string }[] } } };
  };
  const { account, service, now } = call;
  const target = profileById(account, data.id);
  const sourceId = data.relationships.profiles.data[0]?.id ?? '';
  const source = profileById(account, sourceId);
  if (target === undefined || source === undefined) {
    throw notFound(`A profile with id ${target === undefined ? data.id : sourceId} does not exist.`);
  }
  service.later.at(now + service.processingDelayMs, () => {
    if (source !== target && !source.isGone && !target.isGone) {
      mergeProfiles(account, target, source);
    }
  });
  const links = { self: `${call.origin}/api/profiles/${target.id}/` };
  const body = { data: { type: 'profile', id: target.id, links }, links: { self: selfLink(call) } };
  return { status: 202, body };
}

const deletionShape = resource('request-data', {
  data: required(
    resource('data-privacy-deletion-job', {
      type: required(text({ oneOf: ['data-privacy-deletion-job'] })),
      attributes: required(
        resource('attributes', {
          profile: required(
            resource('profile', {
              data: required(
                resource('profile', {
                  type: required(text({ oneOf: ['profile'] })),
                  id: optional(text({ nullable: true })),
                  attributes: required(
                    resource('profile', {
                      email: optional(text({ nullable: true })),
                      phone_number: optional(text({ nullable: true })),
                    }),
                  ),
                }),
              ),
            }),
          ),
        }),
      ),
    }),
  ),
});

/** POST /api/data-privacy-deletion-jobs: exactly one identifier. */
export function requestDeletion(call: Call): Answer {
  assertShape(deletionShape, call.body, call.service.switches.strictUnknown);
  const { profile } = (call.body as { data: { attributes: { profile: Body } } }).data.attributes;
  const { account, service, now } = call;
  const base = '/data/attributes/profile/data/attributes';
  const named = [profile.data.id, profile.data.attributes.email, profile.data.attributes.phone_number];
  if (named.filter((value) => value !== undefined && value !== null && value !== '').length !== 1) {
    throw invalid([{ pointer: base, detail: 'Exactly one of id, email or phone_number must be provided.' }]);
  }
  const { offences } = checkIdentifiers(profile.data.attributes, base, {
    phone: 'refuse',
    id: profile.data.id,
  });
  if (offences.length > 0) {
    throw invalid(offences);
  }
  service.later.at(now + service.processingDelayMs, () => {
    const identifiers = identifiersOf(profile.data.attributes, profile.data.id);
    ownersOf(account, identifiers).forEach((owner) => deleteProfile(account, owner));
  });
  return emptyAnswer(202);
}
