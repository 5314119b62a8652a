import { expect, test } from 'vitest';
import type { LocalKlaviyoState } from '#workers/local/klaviyo/inspection.ts';
import { checkAccount, checkOnce } from './accounts.ts';
import type { Subject } from './books.ts';
import { expectedOf } from './expected.ts';
import { readOptions, SHORT } from './options.ts';
import { makePlan } from './plan.ts';

type AccountState = LocalKlaviyoState['accounts'][number];

/** A connection and an account that holds just what its files say: whatever a test breaks must be found. */
function perfectWorld(): { subjects: Subject[]; state: AccountState } {
  const [connection] = makePlan({ ...SHORT, shops: 1, connectionsPerShop: 1 }).connections;
  if (connection === undefined) {
    throw new Error('a plan without connections');
  }
  const expected = expectedOf(connection);
  const profiles = [...expected.profiles].map(([key, one]) => ({
    id: `id-${key}`,
    external_id: key,
    email: one.email,
    phone_number: one.phone,
    first_name: one.firstName,
    last_name: one.lastName,
    location: { city: one.city },
    properties: { 'Total Spend': one.spend, 'AP21 Person ID': key },
    consent: { email: { consent: one.emailConsent }, sms: { consent: one.smsConsent } },
    lists: [one.list],
  }));
  const events = [...expected.events].map(([name, { values }], index) => {
    const [, metric, person, mark] = /^(.+) of (.+): (.+)$/.exec(name) ?? [];
    const property = metric?.startsWith('In-Store') === true ? 'Order Number' : 'Points Change';
    return {
      metric,
      unique_id: `event-${index}`,
      profile: { external_id: person },
      value: values[0],
      properties: { [property]: mark },
    };
  });
  const consentCalls = [...expected.wishes].flatMap(([address, wishes]) => {
    const [who, channel] = address.split(' ');
    return wishes.map((action) => ({
      action,
      channel,
      email: channel === 'email' ? who : null,
      phone_number: channel === 'sms' ? who : null,
      at: '2026-11-21T10:00:00.000Z',
      result: null,
    }));
  });
  const lists = [{ name: connection.list }];
  return {
    subjects: [{ ...connection, expected, shopId: '', connectionId: '' }],
    state: { id: connection.account.id, profiles, events, consentCalls, lists } as unknown as AccountState,
  };
}

function problemsOf({ state, subjects }: ReturnType<typeof perfectWorld>): string[] {
  return [...checkOnce(state, subjects), ...checkAccount(state, subjects)];
}

function first<Item>(items: readonly Item[]): Item {
  const [item] = items;
  if (item === undefined) {
    throw new Error('nothing there');
  }
  return item;
}

test('the soak finds nothing wrong with an account that holds just what the files say', () => {
  const world = perfectWorld();

  const problems = problemsOf(world);

  expect(world.state.profiles.length + world.state.events.length).toBeGreaterThan(60);
  expect(problems).toEqual([]);
});

const FAULTS: [string, (state: AccountState) => void, RegExp][] = [
  ['a profile that is missing', (state) => void state.profiles.pop(), /is missing/],
  ["somebody else's profile", (state) => (first(state.profiles).external_id = '999'), /belongs to nobody/],
  ['an outdated name', (state) => (first(state.profiles).first_name = 'Old'), /firstName is Old/],
  [
    'somebody who is subscribed and should not be',
    (state) => {
      const out = state.profiles.filter(({ consent }) => consent.email.consent !== 'SUBSCRIBED');
      first(out).consent.email.consent = 'SUBSCRIBED';
    },
    /emailConsent is SUBSCRIBED/,
  ],
  ['a profile outside its list', (state) => (first(state.profiles).lists = []), /list is /],
  ['a list twice', (state) => void state.lists.push(first(state.lists)), /the lists are/],
  ['an event that is missing', (state) => void state.events.pop(), /is missing/],
  [
    'an event twice under another id',
    (state) => void state.events.push({ ...first(state.events), unique_id: 'other' }),
    /is there 2 times/,
  ],
  [
    'an event id twice',
    (state) => (first(state.events).unique_id = state.events[1]?.unique_id ?? ''),
    /event id event-1 is there 2 times/,
  ],
  ['a wrong value', (state) => (first(state.events).value = 12_345), /has the value 12345/],
  [
    'a consent call twice',
    (state) => void state.consentCalls.push(first(state.consentCalls)),
    /called \w+ .*, .*; wished/,
  ],
  [
    'a consent call that nobody wished',
    (state) => void state.consentCalls.push({ ...first(state.consentCalls), email: 'x@y.example' }),
    /wished nothing/,
  ],
];

test.each(FAULTS)('the soak finds %s', (_, breakIt, words) => {
  const world = perfectWorld();
  breakIt(world.state);

  const problems = problemsOf(world);

  expect(problems.join('\n')).toMatch(words);
});

test('the same seed gives the same plan, another seed another one', () => {
  const small = { ...SHORT, shops: 1 };

  expect(makePlan(small)).toEqual(makePlan(small));
  expect(makePlan({ ...small, seed: 2 })).not.toEqual(makePlan(small));
});

test('an option that makes no sense is refused with the remedy', () => {
  expect(() => readOptions(['--shops', 'many'])).toThrow('--shops many: write a whole number from 1');
  expect(() => readOptions(['--faults', '2'])).toThrow('write a share from 0 to 0.2');
  expect(readOptions(['--short', '--seed', '7'])).toMatchObject({ seed: 7, shops: SHORT.shops });
});
