import type { ProfileAttributes } from './records.ts';
import type { MappingScope } from './rules.ts';

/** Attributes of a profile that hold one text. */
export const CORE_TARGETS = [
  'email',
  'phone_number',
  'external_id',
  'first_name',
  'last_name',
  'organization',
  'title',
  'image',
  'locale',
] as const satisfies readonly (keyof ProfileAttributes)[];
export type CoreTarget = (typeof CORE_TARGETS)[number];

export const LOCATION_TARGETS = [
  'address1',
  'address2',
  'city',
  'region',
  'country',
  'zip',
  'latitude',
  'longitude',
  'timezone',
] as const;
export type LocationTarget = (typeof LOCATION_TARGETS)[number];

export const CONSENT_TARGETS = ['email', 'sms', 'source', 'at'] as const;
export type ConsentTarget = (typeof CONSENT_TARGETS)[number];

export const EVENT_TARGETS = ['name', 'time', 'value', 'currency', 'id'] as const;
export type EventTarget = (typeof EVENT_TARGETS)[number];

/** What a mapping sets, read from its text (`properties.Joined Store`). */
export type Target =
  | { kind: 'core'; name: CoreTarget }
  | { kind: 'location'; name: LocationTarget }
  | { kind: 'property'; name: string }
  | { kind: 'list' }
  | { kind: 'skip' }
  | { kind: 'consent'; name: ConsentTarget }
  | { kind: 'event'; name: EventTarget }
  | { kind: 'profile'; name: string };

const KINDS_OF_SCOPE: Record<MappingScope, readonly Target['kind'][]> = {
  customer: ['core', 'location', 'property', 'list', 'skip', 'consent'],
  order: ['event', 'property', 'profile', 'skip'],
  item: ['property', 'skip'],
  reward: ['event', 'property', 'profile', 'skip'],
};

/** Reads a target of a scope, or says in a sentence what is wrong with it. */
export function readTarget(scope: MappingScope, text: string): Target | { problem: string } {
  const target = parseTarget(text);
  if (target === null) {
    return { problem: `"${text}" is no target; ${scope} mappings may set ${targetsOf(scope)}.` };
  }
  if (!KINDS_OF_SCOPE[scope].includes(target.kind)) {
    return { problem: `"${text}" cannot be set by ${scope} mappings; they may set ${targetsOf(scope)}.` };
  }
  if ((target.kind === 'property' || target.kind === 'profile') && target.name.startsWith('$')) {
    // Klaviyo reads names such as $email as identifiers and skips its checks for them.
    return { problem: `The property name "${target.name}" starts with "$", which Klaviyo keeps for itself.` };
  }
  return target;
}

function parseTarget(text: string): Target | null {
  const dot = text.indexOf('.');
  if (dot < 0) {
    const core = CORE_TARGETS.find((name) => name === text);
    return text === 'list' || text === 'skip'
      ? { kind: text }
      : core === undefined
        ? null
        : { kind: 'core', name: core };
  }
  const [group, name] = [text.slice(0, dot), text.slice(dot + 1).trim()];
  if (name === '') {
    return null;
  }
  if (group === 'properties') {
    return { kind: 'property', name };
  }
  return group === 'profile' ? { kind: 'profile', name } : parseMember(group, name);
}

function parseMember(group: string, name: string): Target | null {
  const location = LOCATION_TARGETS.find((one) => one === name);
  const consent = CONSENT_TARGETS.find((one) => one === name);
  const event = EVENT_TARGETS.find((one) => one === name);
  if (group === 'location' && location !== undefined) {
    return { kind: 'location', name: location };
  }
  if (group === 'consent' && consent !== undefined) {
    return { kind: 'consent', name: consent };
  }
  return group === 'event' && event !== undefined ? { kind: 'event', name: event } : null;
}

function targetsOf(scope: MappingScope): string {
  const texts: Record<Target['kind'], string> = {
    core: CORE_TARGETS.join(', '),
    location: `location.{${LOCATION_TARGETS.join(',')}}`,
    property: 'properties.<name>',
    list: 'list',
    skip: 'skip',
    consent: `consent.{${CONSENT_TARGETS.join(',')}}`,
    event: `event.{${EVENT_TARGETS.join(',')}}`,
    profile: 'profile.<name>',
  };
  return KINDS_OF_SCOPE[scope].map((kind) => texts[kind]).join(', ');
}

/** What is wrong with a blank policy on this target, in a sentence; null = nothing. */
export function blankProblem(target: Target, blank: string): string | null {
  if (blank === 'keep') {
    return null;
  }
  if (target.kind === 'consent' && (target.name === 'email' || target.name === 'sms')) {
    return `A blank cell is no opinion about consent: "blank" must be keep, not "${blank}".`;
  }
  if (
    blank === 'clear' &&
    target.kind === 'core' &&
    (target.name === 'email' || target.name === 'external_id')
  ) {
    return `${target.name} tells Klaviyo who the person is and cannot be cleared: "blank" must be keep.`;
  }
  return null;
}
