import { emptyAnswer, isOlderRevision, type Answer, type Call } from './call.ts';
import {
  checkEvent,
  eventGroupsShape,
  isProfileTooLarge,
  singleEventShape,
  type EventGroup,
  type EventGroupsBody,
  type SingleEventBody,
} from './event-shape.ts';
import { numberPeople, profileOfEvent, recordEvent } from './event-store.ts';
import { profileById } from './identity.ts';
import { checkIdentifiers, type ProfileResource } from './profile-shape.ts';
import { invalid, type Offence } from './refusal.ts';
import { assertShape } from './shape.ts';

const CURRENT = { single: singleEventShape(false), groups: eventGroupsShape(false) };
const OLDER = { single: singleEventShape(true), groups: eventGroupsShape(true) };
const MAX_EVENTS = 1_000;
const GROUPS = '/data/attributes/events-bulk-create/data';

/** POST /api/events. A malformed phone number beside a valid e-mail is left out and named in a header. */
export function createEvent(call: Call): Answer {
  assertShape(shapes(call).single, call.body, call.service.switches.strictUnknown);
  const event = (call.body as SingleEventBody).data.attributes;
  const profile = event.profile.data;
  const checked = checkProfile(call, profile, '/data/attributes/profile/data', 'drop');
  const offences = [...checked.offences, ...checkEvent(event, '/data/attributes', call.now)];
  if (offences.length > 0) {
    throw invalid(offences);
  }
  call.account.received.events += 1;
  const owner = profileOfEvent(call, profile, profile.attributes.meta ?? null, checked.dropsPhone);
  if (owner === null) {
    call.account.droppedEvents += 1;
  } else {
    recordEvent(call, owner, event, event.backfill === true);
  }
  return emptyAnswer(202, checked.dropsPhone ? { 'X-Klaviyo-Partial-Failure': 'phone_number' } : {});
}

/** POST /api/event-bulk-create-jobs: 202 without a job; one offender refuses the whole request. */
export function createEvents(call: Call): Answer {
  assertShape(shapes(call).groups, call.body, call.service.switches.strictUnknown);
  const groups = (call.body as EventGroupsBody).data.attributes['events-bulk-create'].data;
  const count = groups.reduce((sum, group) => sum + group.attributes.events.data.length, 0);
  if (count > MAX_EVENTS) {
    const detail = `No more than ${MAX_EVENTS} events may be sent in one request.`;
    throw invalid([{ pointer: '/data/attributes/events-bulk-create', detail }]);
  }
  const offences = groups.flatMap((group, index) => checkGroup(call, group, `${GROUPS}/${index}/attributes`));
  if (call.service.switches.repeatedEventInRequest === 'refuse') {
    offences.push(...repeatedEvents(call, groups));
  }
  if (offences.length > 0) {
    throw invalid(offences);
  }
  call.account.received.events += count;
  for (const { attributes } of groups) {
    const owner = profileOfEvent(call, attributes.profile.data, attributes.profile.data.meta ?? null, false);
    if (owner === null) {
      call.account.droppedEvents += attributes.events.data.length;
      continue;
    }
    for (const event of attributes.events.data) {
      const isBackfill = event.attributes.backfill === true || attributes.backfill === true;
      recordEvent(call, owner, event.attributes, isBackfill);
    }
  }
  return emptyAnswer(202);
}

function shapes(call: Call) {
  return isOlderRevision(call.revision) ? OLDER : CURRENT;
}

function checkGroup(call: Call, group: EventGroup, base: string): Offence[] {
  const { profile, events } = group.attributes;
  return [
    ...checkProfile(call, profile.data, `${base}/profile/data`, 'refuse').offences,
    ...events.data.flatMap((event, index) =>
      checkEvent(event.attributes, `${base}/events/data/${index}/attributes`, call.now),
    ),
  ];
}

function checkProfile(call: Call, profile: ProfileResource, base: string, phone: 'drop' | 'refuse') {
  const checked = checkIdentifiers(profile.attributes, `${base}/attributes`, { phone, id: profile.id });
  if (profile.id && profileById(call.account, profile.id) === undefined) {
    const detail = `A profile with id ${profile.id} does not exist.`;
    checked.offences.push({ pointer: `${base}/id`, detail });
  }
  if (call.bodyBytes > 95_000 && isProfileTooLarge(profile)) {
    checked.offences.push({ pointer: base, detail: 'The profile of an event must not exceed 95 KB.' });
  }
  return checked;
}

/** Explicit unique ids that occur twice for one person and metric. */
function repeatedEvents(call: Call, groups: EventGroup[]): Offence[] {
  const people = numberPeople(
    call.account,
    groups.map((group) => group.attributes.profile.data),
  );
  const seen = new Set<string>();
  const offences: Offence[] = [];
  groups.forEach((group, groupIndex) => {
    group.attributes.events.data.forEach(({ attributes }, index) => {
      if (typeof attributes.unique_id !== 'string') {
        return;
      }
      const metric = attributes.metric.data.attributes.name;
      const key = JSON.stringify([people[groupIndex], metric, attributes.unique_id]);
      if (seen.has(key)) {
        const pointer = `${GROUPS}/${groupIndex}/attributes/events/data/${index}/attributes/unique_id`;
        const detail = 'unique_id is repeated for the same profile and metric in this request.';
        offences.push({ pointer, detail });
      }
      seen.add(key);
    });
  });
  return offences;
}
