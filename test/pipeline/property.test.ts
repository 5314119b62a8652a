import fc from 'fast-check';
import { expect, test } from 'vitest';
import { customersCsv, ordersCsv } from '#test/builders/exports.ts';
import { createWorld, type World } from '#test/builders/world.ts';

/** A person of a random file. Blank cells are an opinion of nobody. */
type Person = { key: number; privacy: 'Yes' | 'No' | ''; city: string; name: string; hasMail: boolean };
type Line = { order: number; item: number; person: number; value: number };
type Day = { people: Person[]; lines: Line[]; ordersFirst: boolean };

const KEYS = 8;

const person: fc.Arbitrary<Person> = fc.record({
  key: fc.integer({ min: 1, max: KEYS }),
  privacy: fc.constantFrom('Yes', 'No', ''),
  city: fc.constantFrom('Perth', 'Hobart', 'Sydney, NSW', 'Quote "x"', ''),
  name: fc.constantFrom('Ana', 'Zoë', 'O’Neil', ''),
  hasMail: fc.boolean(),
});
const line: fc.Arbitrary<Line> = fc.record({
  order: fc.integer({ min: 1, max: 6 }),
  item: fc.integer({ min: 1, max: 3 }),
  person: fc.integer({ min: 1, max: KEYS + 2 }),
  value: fc.integer({ min: 1, max: 50 }),
});
const day: fc.Arbitrary<Day> = fc.record({
  people: fc.array(person, { minLength: 1, maxLength: 10 }),
  lines: fc.array(line, { maxLength: 8 }),
  ordersFirst: fc.boolean(),
});
const fault = fc.record({
  kind: fc.constantFrom(
    '429' as const,
    '500' as const,
    '503' as const,
    'reset-before' as const,
    'reset-after' as const,
    'truncate' as const,
    'cancel-job' as const,
  ),
  probability: fc.constantFrom(0.1, 0.3),
  times: fc.integer({ min: 1, max: 4 }),
  seed: fc.integer({ min: 1, max: 1000 }),
});
const blank = fc.constantFrom('keep', 'clear', 'Unknown');

/** The mappings of a run: the city's blank policy varies, and with it the way the profile is sent. */
function mappings(blankCity: string): string {
  return `mappings:
  - { scope: customer, target: location.city, blank: ${blankCity}, rules: [{ template: '{{ CITY }}' }] }
  - { scope: customer, target: properties.Town, blank: ${blankCity}, rules: [{ template: '{{ CITY }}' }] }
  - scope: customer
    target: consent.email
    rules:
      - { when: { column: PRIVACY, is: equals, value: 'Yes' }, template: 'no' }
      - { when: { column: PRIVACY, is: equals, value: 'No' }, template: 'yes' }
`;
}

type Expected = {
  email: string | null;
  city: string | null;
  town: string | null;
  consent: string;
  wasSubscribed: boolean;
  /** Apparel21 said no before there was an address to tell Klaviyo about. */
  owesOptOut: boolean;
};

const NOBODY: Expected = {
  email: null,
  city: null,
  town: null,
  consent: 'NEVER_SUBSCRIBED',
  wasSubscribed: false,
  owesOptOut: false,
};

/**
 * Consent needs an opinion and an address: a yes that of its row, a no also one of an earlier or later row, whatever blank cells
 * come between. All days of a run pass within seconds, and Klaviyo ignores a subscription that repeats one of the last half
 * hour: who left again stays out.
 */
function consentAfter(
  before: Expected,
  row: Person,
  email: string | null,
): Pick<Expected, 'consent' | 'wasSubscribed' | 'owesOptOut'> {
  const { consent, wasSubscribed } = before;
  if (row.privacy === 'Yes' || (row.privacy === '' && before.owesOptOut)) {
    return { consent: email === null ? consent : 'UNSUBSCRIBED', wasSubscribed, owesOptOut: email === null };
  }
  if (row.privacy === '' || !row.hasMail) {
    return { consent, wasSubscribed, owesOptOut: false };
  }
  return { consent: wasSubscribed ? consent : 'SUBSCRIBED', wasSubscribed: true, owesOptOut: false };
}

/** What Klaviyo has to hold in the end, computed directly: one day after the other, of a day the last row of a person. */
function expectedProfiles(days: readonly Day[], blankCity: string): Map<string, Expected> {
  const profiles = new Map<string, Expected>();
  for (const { people } of days) {
    for (const [key, row] of new Map(people.map((one) => [String(one.key), one]))) {
      const before = profiles.get(key) ?? NOBODY;
      const city =
        row.city !== ''
          ? row.city
          : blankCity === 'keep'
            ? before.city
            : blankCity === 'clear'
              ? null
              : blankCity;
      const email = row.hasMail ? mailOf(row.key) : before.email;
      profiles.set(key, { email, city, town: city, ...consentAfter(before, row, email) });
    }
  }
  return profiles;
}

function mailOf(key: number): string {
  return `p${key}@shop.example`;
}

function put(world: World, days: readonly Day[], index: number): void {
  const { people, lines, ordersFirst } = days[index] ?? { people: [], lines: [], ordersFirst: false };
  const date = `202601${String(index + 5).padStart(2, '0')}`;
  const rows = people.map(({ key, privacy, city, name, hasMail }) => ({
    PERIDX: String(key),
    PRIVACY: privacy,
    CITY: city,
    FIRSTNAME: name,
    EMAIL: hasMail ? mailOf(key) : '',
    LAST_UPDATED: `2026-01-${String(index + 5).padStart(2, '0')}T08:00:00`,
  }));
  world.put(`/pending/au/customers_${date}T${ordersFirst ? '21' : '19'}0000Z.csv`, customersCsv(rows));
  if (lines.length > 0) {
    world.put(
      `/pending/au/orders_${date}T200000Z.csv`,
      // The order belongs to one person whatever the lines were drawn with.
      ordersCsv(
        lines.map(({ order, item, person: who, value }) => ({
          ORDER_ID: `O${order}`,
          LINE_ID: `${order}-${item}`,
          PERIDX: String(1 + ((order + (who > KEYS ? KEYS : 0)) % (KEYS + 1))),
          VALUE: `${value}.00`,
        })),
      ),
    );
  }
}

test(
  'over random files, mappings and faults every balance closes and Klaviyo holds what a direct computation says',
  { timeout: 400_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(day, { minLength: 1, maxLength: 3 }),
        fc.array(fault, { maxLength: 3 }),
        blank,
        async (days, faults, blankCity) => {
          await using world = await createWorld({
            extra: mappings(blankCity),
            settings: { maxAttempts: 12, consentSettleMs: 300 },
          });
          for (const index of days.keys()) {
            put(world, days, index);
            world.klaviyo.setFaults(faults.map((one) => ({ ...one, match: {}, retryAfterSeconds: 0 })));
            await world.sync();
            world.klaviyo.setFaults([]);
            await world.sync();
          }
          await expectClosed(world);
          expectState(world, expectedProfiles(days, blankCity));
        },
      ),
      { numRuns: Number(process.env.THREADLINE_TEST_RUNS ?? 20), endOnFailure: true },
    );
  },
);

async function expectClosed(world: World): Promise<void> {
  const [connection] = (await world.status()).connections;
  for (const file of connection?.files ?? []) {
    expect(file, JSON.stringify(connection?.problems)).toMatchObject({
      balanced: true,
      status: expect.stringMatching(/archived|duplicate/) as string,
    });
  }
  for (const counts of Object.values(connection?.records ?? {})) {
    const { total, ...states } = counts;
    expect(Object.values(states).reduce((sum, count) => sum + count, 0)).toBe(total);
    expect(counts).toMatchObject({ pending: 0, sending: 0, failed: 0 });
  }
}

function expectState(world: World, expected: Map<string, Expected>): void {
  const state = world.klaviyo.state().accounts[0];
  const actual = new Map(
    state?.profiles.map((profile) => [
      String(profile.external_id),
      {
        email: profile.email,
        city: (profile.location?.city as string | undefined) ?? null,
        town: (profile.properties.Town as string | undefined) ?? null,
        consent: profile.consent.email.consent,
      },
    ]),
  );
  const wanted = [...expected].map(
    ([key, { email, city, town, consent }]) => [key, { email, city, town, consent }] as const,
  );
  expect(Object.fromEntries([...actual].sort())).toEqual(Object.fromEntries(wanted.sort()));
  expect(new Set(state?.events.map((event) => `${event.metric} ${event.unique_id}`)).size).toBe(
    state?.events.length,
  );
}
