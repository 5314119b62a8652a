import type { Offence } from './refusal.ts';
import {
  either,
  flag,
  freeObject,
  items,
  number,
  optional,
  orNull,
  required,
  resource,
  text,
} from './shape.ts';
import type { Check } from './shape.ts';
import { hasIdentifier, type Identifiers } from './identity.ts';
import { isEmail, isPhone, WRONG_EMAIL, WRONG_PHONE } from './values.ts';

/** A profile's attributes as they come in a body; what Klaviyo does not interpret stays unknown. */
export type ProfileAttributes = {
  email?: string | null;
  phone_number?: string | null;
  external_id?: string | number | null;
  anonymous_id?: string | null;
  location?: Record<string, string | number | null> | null;
  properties?: Record<string, unknown> | null;
  [name: string]: unknown;
};

export type PatchProperties = {
  append?: Record<string, unknown> | null;
  unappend?: Record<string, unknown> | null;
  unset?: string | string[] | null;
} | null;

export type ProfileMeta = { patch_properties?: PatchProperties; patch_identifiers?: unknown } | null;

export type ProfileResource = {
  type: 'profile';
  id?: string | null;
  attributes: ProfileAttributes;
  meta?: ProfileMeta;
};

const maybeText = text({ nullable: true });
const coordinate = either(text({ nullable: true }), number());
const location = orNull(
  resource('location', {
    address1: optional(maybeText),
    address2: optional(maybeText),
    city: optional(maybeText),
    country: optional(maybeText),
    latitude: optional(coordinate),
    longitude: optional(coordinate),
    region: optional(maybeText),
    zip: optional(maybeText),
    timezone: optional(maybeText),
    ip: optional(maybeText),
  }),
);

export const profileMeta: Check = orNull(
  resource('profile-meta', {
    patch_properties: optional(
      orNull(
        resource('patch_properties', {
          append: optional(freeObject({ nullable: true })),
          unappend: optional(freeObject({ nullable: true })),
          unset: optional(either(items(text(), { of: 'keys' }), text({ nullable: true }))),
        }),
      ),
    ),
    patch_identifiers: optional(
      orNull(
        resource('patch_identifiers', { append: optional(freeObject()), unappend: optional(freeObject()) }),
      ),
    ),
  }),
);

/**
 * The attributes of a profile. `isOlder`: revisions before 2026 (`anonymous_id` on every profile, numbers as external id).
 * `isOfEvent`: events still know `anonymous_id` today. `hasKx`: every operation but create and update.
 */
export function profileAttributes(how: {
  isOlder: boolean;
  isOfEvent?: boolean;
  hasKx?: boolean;
  hasMeta?: boolean;
}): Check {
  const externalId = text({ nullable: true, max: 255 });
  return resource('profile', {
    email: optional(maybeText),
    phone_number: optional(maybeText),
    external_id: optional(how.isOlder ? either(number(), externalId) : externalId),
    first_name: optional(maybeText),
    last_name: optional(maybeText),
    organization: optional(maybeText),
    locale: optional(maybeText),
    title: optional(maybeText),
    image: optional(maybeText),
    location: optional(location),
    properties: optional(freeObject({ nullable: true })),
    ...(how.hasKx === false ? {} : { _kx: optional(maybeText) }),
    ...(how.isOfEvent === true || how.isOlder ? { anonymous_id: optional(maybeText) } : {}),
    ...(how.hasMeta === true ? { meta: optional(profileMeta) } : {}),
  });
}

/** A list or another thing by type and id. */
export function reference(type: string): Check {
  return resource(type, { type: required(text({ oneOf: [type] })), id: required(text({ min: 1 })) });
}

export const maybeFlag = flag({ nullable: true });

/** Identifiers as they are used from here on: external ids are text. */
export function identifiersOf(attributes: ProfileAttributes, id?: string | null): Identifiers {
  const externalId = attributes.external_id;
  return {
    id: id ?? null,
    email: attributes.email ?? null,
    phone_number: attributes.phone_number ?? null,
    external_id: typeof externalId === 'number' ? String(externalId) : (externalId ?? null),
    anonymous_id: attributes.anonymous_id ?? null,
  };
}

/**
 * What is wrong with a profile's identifiers, each with its pointer below `base` (the attributes).
 * `phone: 'drop'`: beside a valid e-mail a malformed phone number is left out instead of refused (`dropsPhone`).
 */
export function checkIdentifiers(
  attributes: ProfileAttributes,
  base: string,
  rule: { phone: 'refuse' | 'drop'; id?: string | null; mayBeNobody?: boolean },
): { offences: Offence[]; dropsPhone: boolean } {
  const { email, phone_number: phone } = attributes;
  const offences: Offence[] = [];
  const hasWrongEmail = typeof email === 'string' && !isEmail(email);
  const hasWrongPhone = typeof phone === 'string' && !isPhone(phone);
  const dropsPhone = hasWrongPhone && rule.phone === 'drop' && typeof email === 'string' && !hasWrongEmail;
  if (hasWrongEmail) {
    offences.push({ pointer: `${base}/email`, detail: WRONG_EMAIL });
  }
  if (hasWrongPhone && !dropsPhone) {
    offences.push({ pointer: `${base}/phone_number`, detail: WRONG_PHONE });
  }
  const isNobody = !hasIdentifier(identifiersOf(attributes, rule.id)) && attributes._kx === undefined;
  if (offences.length === 0 && isNobody && rule.mayBeNobody !== true) {
    offences.push({
      pointer: base,
      detail: 'At least one of email, phone_number, external_id or id must be provided.',
    });
  }
  return { offences, dropsPhone };
}
