import type { Channel } from './account.ts';
import { items, optional, orNull, required, resource, text, type Check } from './shape.ts';
import { maybeFlag, reference } from './profile-shape.ts';

type Permission = { consent: string; consented_at?: string | null } | null;

export type ConsentProfile = {
  id?: string | null;
  attributes: {
    email?: string | null;
    phone_number?: string | null;
    subscriptions: Record<string, Record<string, unknown> | null>;
    age_gated_date_of_birth?: string | null;
  };
};

export type ConsentBody = {
  data: {
    attributes: {
      custom_source?: string | null;
      historical_import?: boolean | null;
      profiles: { data: ConsentProfile[] };
    };
    relationships?: { list?: { data?: { id: string } } };
  };
};

/** Where each channel stands in `subscriptions`. */
const PLACES: [Channel, string, string][] = [
  ['email', 'email', 'marketing'],
  ['open_tracking', 'email', 'open_tracking'],
  ['sms', 'sms', 'marketing'],
  ['sms_transactional', 'sms', 'transactional'],
  ['whatsapp', 'whatsapp', 'marketing'],
  ['whatsapp_transactional', 'whatsapp', 'transactional'],
  ['whatsapp_conversational', 'whatsapp', 'conversational'],
  ['push', 'push', 'marketing'],
];

/** Body of a subscribe (`SUBSCRIBED`) or unsubscribe call. */
export function consentShape(kind: 'create' | 'delete'): Check {
  const consent = kind === 'create' ? 'SUBSCRIBED' : 'UNSUBSCRIBED';
  const type = `profile-subscription-bulk-${kind}-job`;
  const isCreate = kind === 'create';
  const plain = orNull(resource('consent', { consent: required(text({ oneOf: [consent] })) }));
  const dated = isCreate
    ? orNull(
        resource('consent', {
          consent: required(text({ oneOf: [consent] })),
          consented_at: optional(text({ nullable: true })),
        }),
      )
    : plain;
  const anything: Check = () => null;
  const subscriptions = resource('subscriptions', {
    email: optional(
      orNull(resource('email', { marketing: optional(dated), open_tracking: optional(plain) })),
    ),
    sms: optional(orNull(resource('sms', { marketing: optional(dated), transactional: optional(dated) }))),
    whatsapp: optional(
      orNull(
        resource('whatsapp', {
          marketing: optional(dated),
          transactional: optional(dated),
          ...(isCreate ? {} : { conversational: optional(plain) }),
        }),
      ),
    ),
    push: optional(
      orNull(
        resource('push', {
          marketing: required(dated),
          tokens: isCreate ? optional(anything) : required(anything),
          ...(isCreate ? { anonymous_id: optional(text({ nullable: true })) } : {}),
        }),
      ),
    ),
  });
  const profile = resource('profile', {
    type: required(text({ oneOf: ['profile'] })),
    // Only subscribing knows an id.
    ...(isCreate ? { id: optional(text({ nullable: true })) } : {}),
    attributes: required(
      resource('profile', {
        email: optional(text({ nullable: true })),
        phone_number: optional(text({ nullable: true })),
        subscriptions: required(subscriptions),
        ...(isCreate ? { age_gated_date_of_birth: optional(text({ nullable: true })) } : {}),
      }),
    ),
  });
  const limits = { min: 1, max: isCreate ? 1_000 : 100, of: 'profiles' };
  return resource('request-data', {
    data: required(
      resource(type, {
        type: required(text({ oneOf: [type] })),
        attributes: required(
          resource(type, {
            profiles: required(resource('profiles', { data: required(items(profile, limits)) })),
            ...(isCreate
              ? { custom_source: optional(text({ nullable: true })), historical_import: optional(maybeFlag) }
              : {}),
          }),
        ),
        relationships: optional(
          resource('relationships', {
            list: optional(resource('list', { data: optional(reference('list')) })),
          }),
        ),
      }),
    ),
  });
}

/** The channels that a profile of a call speaks about, with the time of consent and its pointer below the attributes. */
export function channelsOf(
  profile: ConsentProfile,
): { channel: Channel; consentedAt: string | null; pointer: string }[] {
  return PLACES.flatMap(([channel, outer, inner]) => {
    const permission = profile.attributes.subscriptions[outer]?.[inner] as Permission | undefined;
    if (permission === undefined || permission === null) {
      return [];
    }
    const consentedAt = permission.consented_at ?? null;
    return [{ channel, consentedAt, pointer: `/subscriptions/${outer}/${inner}/consented_at` }];
  });
}
