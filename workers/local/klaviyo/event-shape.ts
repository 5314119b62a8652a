import type { Offence } from './refusal.ts';
import {
  freeObject,
  isRecord,
  items,
  number,
  optional,
  required,
  resource,
  text,
  type Check,
} from './shape.ts';
import { maybeFlag, profileAttributes, profileMeta, type ProfileResource } from './profile-shape.ts';
import { readTime } from './values.ts';

/** What the events guide promises; checked by hand because the published schema has no limits. */
const MAX_PROPERTIES = 400;
const MAX_STRING_BYTES = 100_000;
const MAX_ARRAY_ITEMS = 4_000;
const MAX_DEPTH = 10;
const MAX_PROFILE_BYTES = 95_000;
const MAX_INT64 = 2 ** 63;
const EARLIEST = Date.UTC(1991, 0, 1);
const YEAR_MS = 366 * 86_400_000;

export type EventAttributes = {
  properties: Record<string, unknown>;
  time?: string | null;
  value?: number | null;
  value_currency?: string | null;
  unique_id?: string | null;
  backfill?: boolean | null;
  metric: { data: { attributes: { name: string } } };
};

export type SingleEventBody = {
  data: {
    attributes: EventAttributes & {
      profile: { data: ProfileResource & { attributes: { meta?: ProfileResource['meta'] } } };
    };
  };
};

export type EventGroup = {
  attributes: {
    backfill?: boolean | null;
    profile: { data: ProfileResource };
    events: { data: { attributes: EventAttributes }[] };
  };
};

export type EventGroupsBody = { data: { attributes: { 'events-bulk-create': { data: EventGroup[] } } } };

const metric = resource('metric', {
  data: required(
    resource('metric', {
      type: required(text({ oneOf: ['metric'] })),
      attributes: required(
        resource('metric', {
          name: required(text({ min: 1, max: 127 })),
          service: optional(text({ nullable: true })),
        }),
      ),
    }),
  ),
});

const eventFields = {
  properties: required(freeObject()),
  time: optional(text({ nullable: true })),
  value: optional(number({ nullable: true })),
  value_currency: optional(text({ nullable: true })),
  unique_id: optional(text({ nullable: true, min: 1, max: 255 })),
  backfill: optional(maybeFlag),
  metric: required(metric),
};

/** Body of POST /api/events. */
export function singleEventShape(isOlder: boolean): Check {
  const profile = resource('profile', {
    type: required(text({ oneOf: ['profile'] })),
    id: optional(text({ nullable: true })),
    attributes: required(profileAttributes({ isOlder, isOfEvent: true, hasMeta: true })),
  });
  return resource('request-data', {
    data: required(
      resource('event', {
        type: required(text({ oneOf: ['event'] })),
        attributes: required(
          resource('event', {
            ...eventFields,
            profile: required(resource('profile', { data: required(profile) })),
          }),
        ),
      }),
    ),
  });
}

/** Body of POST /api/event-bulk-create-jobs. */
export function eventGroupsShape(isOlder: boolean): Check {
  const profile = resource('profile', {
    type: required(text({ oneOf: ['profile'] })),
    id: optional(text({ nullable: true })),
    attributes: required(profileAttributes({ isOlder, isOfEvent: true })),
    meta: optional(profileMeta),
  });
  const event = resource('event', {
    type: required(text({ oneOf: ['event'] })),
    attributes: required(resource('event', eventFields)),
  });
  const group = resource('event-bulk-create', {
    type: required(text({ oneOf: ['event-bulk-create'] })),
    attributes: required(
      resource('event-bulk-create', {
        backfill: optional(maybeFlag),
        profile: required(resource('profile', { data: required(profile) })),
        events: required(resource('events', { data: required(items(event, { min: 1, of: 'events' })) })),
      }),
    ),
  });
  const groups = resource('events-bulk-create', {
    data: required(items(group, { min: 1, of: 'groups of events' })),
  });
  return resource('request-data', {
    data: required(
      resource('event-bulk-create-job', {
        type: required(text({ oneOf: ['event-bulk-create-job'] })),
        attributes: required(resource('event-bulk-create-job', { 'events-bulk-create': required(groups) })),
      }),
    ),
  });
}

/** What is wrong with the values of one event, with pointers below `base` (its attributes). */
export function checkEvent(event: EventAttributes, base: string, now: number): Offence[] {
  const offences: Offence[] = [];
  if (typeof event.time === 'string') {
    const at = readTime(event.time)?.at;
    if (at === undefined) {
      offences.push({ pointer: `${base}/time`, detail: 'Datetime has wrong format. Use ISO 8601.' });
    } else if (at < EARLIEST || at > now + YEAR_MS) {
      const detail = 'The time must be after the year 1990 and no more than one year in the future.';
      offences.push({ pointer: `${base}/time`, detail });
    }
  }
  if (typeof event.value_currency === 'string' && !/^[A-Z]{3}$/.test(event.value_currency)) {
    offences.push({ pointer: `${base}/value_currency`, detail: 'Must be an ISO 4217 currency code.' });
  }
  if (Object.keys(event.properties).length > MAX_PROPERTIES) {
    const detail = `An event must not have more than ${MAX_PROPERTIES} properties.`;
    offences.push({ pointer: `${base}/properties`, detail });
  }
  const trouble = limitTrouble(event.properties, 1);
  if (trouble !== null) {
    offences.push({ pointer: `${base}/properties`, detail: trouble });
  }
  return offences;
}

/** An event's profile may be 95 KB large. */
export function isProfileTooLarge(profile: ProfileResource): boolean {
  return Buffer.byteLength(JSON.stringify(profile)) > MAX_PROFILE_BYTES;
}

function limitTrouble(value: unknown, depth: number): string | null {
  if (typeof value === 'string') {
    const isTooLong = value.length * 3 > MAX_STRING_BYTES && Buffer.byteLength(value) > MAX_STRING_BYTES;
    return isTooLong ? 'A single string must not exceed 100 KB.' : null;
  }
  if (typeof value === 'number') {
    const isTooLarge = Number.isInteger(value) && (value >= MAX_INT64 || value < -MAX_INT64);
    return isTooLarge ? 'Integers must fit into 64 bits.' : null;
  }
  if (Array.isArray(value) && value.length > MAX_ARRAY_ITEMS) {
    return `Arrays must not have more than ${MAX_ARRAY_ITEMS} items.`;
  }
  if (!Array.isArray(value) && !isRecord(value)) {
    return null;
  }
  if (depth > MAX_DEPTH) {
    return `Properties must not be nested deeper than ${MAX_DEPTH} levels.`;
  }
  for (const member of Object.values(value)) {
    const trouble = limitTrouble(member, depth + 1);
    if (trouble !== null) {
      return trouble;
    }
  }
  return null;
}
