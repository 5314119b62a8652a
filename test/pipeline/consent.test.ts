import { expect, test } from 'vitest';
import { customersCsv, people } from '#test/builders/exports.ts';
import { shown } from '#test/builders/shown.ts';
import { createWorld, type World } from '#test/builders/world.ts';

const DAY = (day: string) => `/pending/au/customers_202601${day}T200000Z.csv`;
const HEAD = `mappings:
  - scope: customer
    target: consent.email
    rules:
      - { when: { column: PRIVACY, is: equals, value: 'Yes' }, template: 'no' }
      - { when: { column: PRIVACY, is: equals, value: 'No' }, template: 'yes' }
`;

async function person(world: World, what: string, body: object): Promise<void> {
  await fetch(`${world.klaviyo.url}/_${what}`, { method: 'POST', body: JSON.stringify(body) });
}

async function deleteInKlaviyo(world: World, email: string): Promise<void> {
  const answer = await fetch(`${world.klaviyo.url}/api/data-privacy-deletion-jobs`, {
    method: 'POST',
    headers: {
      authorization: 'Klaviyo-API-Key pk_local',
      revision: '2026-07-15',
      'content-type': 'application/vnd.api+json',
    },
    body: JSON.stringify({
      data: {
        type: 'data-privacy-deletion-job',
        attributes: { profile: { data: { type: 'profile', attributes: { email } } } },
      },
    }),
  });
  expect(answer.status).toBe(202);
  world.klaviyo.settle();
}

function consentOf(world: World, email: string): string | undefined {
  return world.klaviyo.state().accounts[0]?.profiles.find((profile) => profile.email === email)?.consent.email
    .consent;
}

test('a first file without a time of change subscribes nobody who had left in Klaviyo before', async () => {
  await using world = await createWorld();
  await person(world, 'unsubscribe', { email: 'person1@shop.example', at: '2024-02-01T00:00:00Z' });
  world.put(DAY('05'), customersCsv(people(2, 1, () => ({ LAST_UPDATED: '' }))));

  await world.sync();

  expect(consentOf(world, 'person1@shop.example')).toBe('UNSUBSCRIBED');
  expect(consentOf(world, 'person2@shop.example')).toBe('SUBSCRIBED');
});

test('a first file subscribes nobody who had left in Klaviyo long before their row changed for another reason', async () => {
  await using world = await createWorld();
  await person(world, 'unsubscribe', { email: 'person1@shop.example', at: '2024-02-01T00:00:00Z' });
  world.put(DAY('05'), customersCsv(people(1, 1, () => ({ LAST_UPDATED: '2026-01-04T12:00:00' }))));

  await world.sync();

  const { json, page } = await shown(world, 'customers', '1');
  expect(consentOf(world, 'person1@shop.example')).toBe('UNSUBSCRIBED');
  expect(json.consent).toMatchObject([{ action: 'none', code: 'left_at_unknown_time' }]);
  expect(page.consent?.channels[0]).toMatchObject({
    isLeftInKlaviyo: true,
    why: expect.stringContaining('set it to no and later to yes in Apparel21') as string,
    since: 'Apparel21 says so since 4 Jan 2026, 12:00 or longer.',
  });
});

test('new rules that read consent differently subscribe nobody who had left in Klaviyo, however new their rows are', async () => {
  await using world = await createWorld({ extra: HEAD });
  await person(world, 'unsubscribe', { email: 'person1@shop.example', at: '2024-02-01T00:00:00Z' });
  const row = { PRIVACY: 'Yes', REF1_CODE: 'MAIL', LAST_UPDATED: '2026-01-04T12:00:00' };
  world.put(DAY('05'), customersCsv(people(1, 1, () => row)));
  await world.sync();
  const byCode = `mappings:
  - { scope: customer, target: consent.email, rules: [{ when: { column: REF1_CODE, is: equals, value: MAIL }, template: 'yes' }] }
`;
  await world.apply(world.yaml.replace(HEAD, byCode));
  world.put(DAY('06'), customersCsv(people(1, 1, () => ({ ...row, LAST_UPDATED: '2026-01-05T12:00:00' }))));

  await world.sync();

  const { json } = await shown(world, 'customers', '1');
  expect(consentOf(world, 'person1@shop.example')).toBe('UNSUBSCRIBED');
  expect(json.consent.at(-1)).toMatchObject({ wish: 'subscribe', code: 'left_at_unknown_time' });
});

test('a value that changes between two files without times is newer than an older leaving', async () => {
  await using world = await createWorld();
  await person(world, 'unsubscribe', { email: 'person1@shop.example', at: '2024-02-01T00:00:00Z' });
  world.put(DAY('05'), customersCsv(people(1, 1, () => ({ LAST_UPDATED: '', PRIVACY: 'Yes' }))));
  await world.sync();
  world.put(DAY('06'), customersCsv(people(1, 1, () => ({ LAST_UPDATED: '', PRIVACY: 'No' }))));

  await world.sync();

  expect(consentOf(world, 'person1@shop.example')).toBe('SUBSCRIBED');
});

test('when the file says when somebody consented, that time is held against the leaving, not the last change of the row', async () => {
  await using world = await createWorld({
    extra: `${HEAD}  - { scope: customer, target: consent.at, rules: [{ template: '{{ CREATED_DATE }}' }] }\n`,
  });
  await person(world, 'unsubscribe', { email: 'person1@shop.example', at: '2024-02-01T00:00:00Z' });
  world.put(
    DAY('05'),
    customersCsv(
      people(1, 1, () => ({ CREATED_DATE: '2020-01-01T10:00:00', LAST_UPDATED: '2025-06-01T10:00:00' })),
    ),
  );

  await world.sync();

  expect(consentOf(world, 'person1@shop.example')).toBe('UNSUBSCRIBED');
});

test('an address that moved to somebody else is theirs: the profile is sent and only their word counts', async () => {
  await using world = await createWorld();
  world.put(
    DAY('05'),
    customersCsv([{ PERIDX: '9', EMAIL: 'moved@shop.example', PRIVACY: '', FIRSTNAME: 'Nine' }]),
  );
  await world.sync();
  world.put(
    DAY('06'),
    customersCsv([
      { PERIDX: '9', EMAIL: '', PRIVACY: 'No', FIRSTNAME: 'Nine', LAST_UPDATED: '2026-01-06T10:00:00' },
      {
        PERIDX: '2',
        EMAIL: 'moved@shop.example',
        PRIVACY: 'Yes',
        FIRSTNAME: 'Two',
        LAST_UPDATED: '2026-01-06T09:00:00',
      },
    ]),
  );

  const { status } = await world.sync();

  expect(status.connections[0]?.records.customers).toMatchObject({ total: 2, synced: 2 });
  expect(consentOf(world, 'moved@shop.example')).toBe('UNSUBSCRIBED');
  expect(world.klaviyo.state().accounts[0]?.consentCalls.map((call) => call.action)).toEqual(['unsubscribe']);
});

test.each([
  ['yes', 'No', 'SUBSCRIBED'],
  ['no', 'Yes', 'UNSUBSCRIBED'],
])(
  'somebody who was deleted in Klaviyo, and of whom Apparel21 now says %s, is sent anew before consent',
  async (_, privacy, consent) => {
    await using world = await createWorld({ connection: '    list: null' });
    world.put(DAY('05'), customersCsv(people(1, 1, () => ({ PRIVACY: '', FIRSTNAME: 'Ada' }))));
    await world.sync();
    await deleteInKlaviyo(world, 'person1@shop.example');
    await world.ctx.db.sql(`UPDATE customer SET synced_at = now() - interval '1 day'`);
    world.put(DAY('06'), customersCsv(people(1, 1, () => ({ PRIVACY: privacy, FIRSTNAME: 'Ada' }))));

    await world.sync();

    const [profile, ...others] = world.klaviyo.account().profiles.filter(({ isGone }) => !isGone);
    expect(others).toEqual([]);
    expect(profile?.texts.first_name).toBe('Ada');
    expect(consentOf(world, 'person1@shop.example')).toBe(consent);
    const calls = world.klaviyo.account().consentCalls.map(({ result }) => result);
    expect(calls).toEqual([consent.toLowerCase()]);
  },
);

test('test mode holds for changes of consent alone, too', async () => {
  await using world = await createWorld();
  world.put(DAY('05'), customersCsv(people(10)));
  await world.sync();
  await world.apply(
    world.yaml.replace(
      '    list: Retail Customers',
      '    list: Retail Customers\n    mode: test\n    testMaxRecords: 3',
    ),
  );
  world.put(DAY('06'), customersCsv(people(10, 1, () => ({ PRIVACY: 'Yes' }))));

  const { status } = await world.sync();
  await world.sync();

  expect(world.klaviyo.account().received.unsubscribes).toBe(3);
  expect(status.connections[0]?.records.customers).toMatchObject({ synced: 7 + 3 - 7, pending: 7 });
});

test('a pass in test mode that reaches nobody does not use up its records', async () => {
  await using world = await createWorld({
    connection: '    mode: test\n    testMaxRecords: 3',
    klaviyo: {
      accounts: [{ id: 'AU1', name: 'AU', keys: [{ key: 'pk_local', scopes: ['profiles:read'] }] }],
    },
  });
  world.put(DAY('05'), customersCsv(people(5)));
  const refused = await world.sync();
  await person(world, 'keys', { account: 'AU1', key: 'pk_local', scopes: ['*'] });

  const { status } = await world.sync();

  expect(refused.passes[0]?.problems).toMatchObject([{ code: 'klaviyo_scope_missing' }]);
  expect(status.connections[0]?.records.customers).toMatchObject({ synced: 3, pending: 2 });
  expect(world.klaviyo.state().accounts[0]?.profiles).toHaveLength(3);
  expect(world.klaviyo.account().received.subscribes).toBe(3);
});
