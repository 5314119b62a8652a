import type { LocalKlaviyoState } from '#workers/local/klaviyo/inspection.ts';
import { eventName, type ExpectedProfile, type Wish } from './expected.ts';
import type { Subject } from './books.ts';

type AccountState = LocalKlaviyoState['accounts'][number];

/** Whole accounts against what the files say: every profile, its consent and list, every event, and nothing besides. */
export function checkAccount(state: AccountState, subjects: readonly Subject[]): string[] {
  return [
    ...profileProblems(state, subjects),
    ...eventProblems(state, subjects),
    ...listProblems(state, subjects),
  ].map((problem) => `account ${state.id}: ${problem}`);
}

/** What must never happen, however far everything is: an event twice, a consent call twice, a call that nobody wished. */
export function checkOnce(state: AccountState, subjects: readonly Subject[]): string[] {
  return [...repeatedEvents(state), ...consentProblems(state, subjects)].map(
    (problem) => `account ${state.id}: ${problem}`,
  );
}

function profileProblems(state: AccountState, subjects: readonly Subject[]): string[] {
  const expected = new Map(subjects.flatMap((subject) => [...subject.expected.profiles]));
  const problems: string[] = [];
  for (const profile of state.profiles) {
    const wanted = expected.get(profile.external_id ?? '');
    if (wanted === undefined) {
      problems.push(`profile ${profile.external_id ?? profile.id} belongs to nobody of the files`);
      continue;
    }
    expected.delete(profile.external_id ?? '');
    const actual = shownProfile(profile);
    const wrong = Object.entries(wanted).filter(
      ([name, value]) => actual[name as keyof ExpectedProfile] !== value,
    );
    if (wrong.length > 0) {
      const names = wrong.map(
        ([name, value]) => `${name} is ${actual[name as keyof ExpectedProfile]}, not ${value}`,
      );
      problems.push(`profile ${profile.external_id}: ${names.join('; ')}`);
    }
  }
  return [...problems, ...[...expected.keys()].map((key) => `profile ${key} is missing`)];
}

function shownProfile(profile: AccountState['profiles'][number]): ExpectedProfile {
  const { properties } = profile;
  return {
    email: profile.email,
    phone: profile.phone_number,
    firstName: profile.first_name ?? '',
    lastName: profile.last_name ?? '',
    city: String(profile.location?.city ?? ''),
    spend: Number(properties['Total Spend']),
    personId: String(properties['AP21 Person ID']),
    emailConsent: profile.consent.email.consent,
    smsConsent: profile.consent.sms.consent,
    list: profile.lists.join(', '),
  };
}

function eventProblems(state: AccountState, subjects: readonly Subject[]): string[] {
  const expected = new Map(subjects.flatMap((subject) => [...subject.expected.events]));
  const seen = new Map<string, number>();
  const problems: string[] = [];
  for (const event of state.events) {
    const mark = event.properties['Order Number'] ?? event.properties['Points Change'];
    const name = eventName(event.metric, event.profile.external_id ?? undefined, mark);
    const wanted = expected.get(name);
    seen.set(name, (seen.get(name) ?? 0) + 1);
    if (wanted === undefined) {
      problems.push(`event ${name} is of no file`);
    } else if (!wanted.values.includes(event.value)) {
      problems.push(`event ${name} has the value ${event.value}, not ${wanted.values.join(' or ')}`);
    }
  }
  for (const [name, count] of seen) {
    if (count > 1) {
      problems.push(`event ${name} is there ${count} times`);
    }
  }
  return [
    ...problems,
    ...[...expected.keys()].filter((name) => !seen.has(name)).map((name) => `event ${name} is missing`),
  ];
}

function listProblems(state: AccountState, subjects: readonly Subject[]): string[] {
  const names = state.lists.map(({ name }) => name);
  const wanted = subjects.map(({ list }) => list);
  return names.toSorted().join() === wanted.toSorted().join()
    ? []
    : [`the lists are ${names.join(', ')}, not ${wanted.join(', ')}`];
}

function repeatedEvents(state: AccountState): string[] {
  const counts = new Map<string, number>();
  for (const { unique_id: id } of state.events) {
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return [...counts]
    .filter(([, count]) => count > 1)
    .map(([id, count]) => `the event id ${id} is there ${count} times`);
}

/**
 * The calls that Klaviyo carried out for a person and channel are some of the wishes of the files, in their order and each at most
 * once: a wish that another one overtook need not go out, none goes out twice.
 */
function consentProblems(state: AccountState, subjects: readonly Subject[]): string[] {
  const wishes = new Map(subjects.flatMap((subject) => [...subject.expected.wishes]));
  const calls = new Map<string, { action: Wish; text: string }[]>();
  for (const { action, channel, email, phone_number: phone, at, result } of state.consentCalls) {
    const address = `${channel === 'sms' ? phone : email} ${channel}`;
    const call = { action, text: `${action} at ${at.slice(11, 19)} (${result ?? 'pending'})` };
    calls.set(address, [...(calls.get(address) ?? []), call]);
  }
  const problems: string[] = [];
  for (const [address, made] of calls) {
    const wanted = wishes.get(address) ?? [];
    let next = 0;
    for (const { action } of made) {
      const place = wanted.indexOf(action, next);
      if (place === -1) {
        problems.push(
          `consent of ${address}: called ${made.map(({ text }) => text).join(', ')}; wished ${wanted.join(', ') || 'nothing'}`,
        );
        break;
      }
      next = place + 1;
    }
  }
  return problems;
}
