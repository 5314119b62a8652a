import { expect, test } from 'vitest';
import { customersCsv, people } from '#test/builders/exports.ts';
import { shown } from '#test/builders/shown.ts';
import { createWorld, type World } from '#test/builders/world.ts';

const DAY = (day: string) => `/pending/au/customers_202601${day}T200000Z.csv`;
const SKIP_STAFF = `mappings:
  - { scope: customer, target: skip, rules: [{ when: { column: RETAIL_REP, is: equals, value: 'Yes' }, template: 'yes' }] }
  - scope: customer
    target: consent.email
    rules:
      - { when: { column: PRIVACY, is: equals, value: 'Yes' }, template: 'no' }
      - { when: { column: PRIVACY, is: equals, value: 'No' }, template: 'yes' }
`;

type Cells = Record<string, string>;

/** One person's row: what the cases change of it. */
function row(cells: Cells): string {
  return customersCsv(people(1, 1, () => cells));
}

async function leave(world: World, email: string): Promise<void> {
  await fetch(`${world.klaviyo.url}/_unsubscribe`, {
    method: 'POST',
    body: JSON.stringify({ email, at: '2024-02-01T00:00:00Z' }),
  });
}

/** Every consent call of the channel e-mail, in order. */
function calls(world: World): string[] {
  const made = world.klaviyo.state().accounts[0]?.consentCalls ?? [];
  return made.filter(({ channel }) => channel === 'email').map(({ action, email }) => `${action} ${email}`);
}

test('a yes to SMS that comes before anything was sent makes no newer word of an old yes to e-mail', async () => {
  await using world = await createWorld();
  await leave(world, 'person1@shop.example');
  const before = { MOBILE: '0412 345 678', SMS_OPT_IN: '', LAST_UPDATED: '2020-01-01T10:00:00' };
  world.put(DAY('05'), row(before));
  world.put(DAY('06'), row({ ...before, SMS_OPT_IN: 'Yes', LAST_UPDATED: '2026-01-05T12:00:00' }));

  await world.sync();

  const { json, page } = await shown(world, 'customers', '1');
  expect(calls(world)).toEqual([]);
  expect(json.consent).toMatchObject([
    { channel: 'email', action: 'none', code: 'left_at_unknown_time' },
    { channel: 'sms', action: 'subscribe' },
  ]);
  expect(page.consent?.channels[0]).toMatchObject({ isLeftInKlaviyo: true });
});

test('a yes to SMS in the row that brings another e-mail makes no newer word of an old yes to e-mail', async () => {
  await using world = await createWorld();
  await leave(world, 'new@shop.example');
  const before = { MOBILE: '0412 345 678', SMS_OPT_IN: '', LAST_UPDATED: '2020-01-01T10:00:00' };
  world.put(DAY('05'), row(before));
  await world.sync();
  const after = { EMAIL: 'new@shop.example', SMS_OPT_IN: 'Yes', LAST_UPDATED: '2026-01-05T12:00:00' };
  world.put(DAY('06'), row({ ...before, ...after }));

  await world.sync();

  expect(calls(world)).toEqual(['subscribe person1@shop.example']);
});

test('somebody who gets a shared e-mail back is held to their old yes, whatever they said about SMS since', async () => {
  await using world = await createWorld();
  await leave(world, 'ann@shop.example');
  const ann = { PERIDX: '1', EMAIL: 'ann@shop.example', MOBILE: '0412 345 678', PRIVACY: 'No' };
  const bob = { PERIDX: '2', EMAIL: 'ann@shop.example', LAST_UPDATED: '2026-01-06T10:00:00' };
  const files = [
    { ...ann, SMS_OPT_IN: '', LAST_UPDATED: '2020-01-01T10:00:00' },
    { ...ann, SMS_OPT_IN: 'Yes', LAST_UPDATED: '2026-01-05T10:00:00' },
    bob,
    { ...ann, SMS_OPT_IN: 'Yes', LAST_UPDATED: '2026-01-08T10:00:00' },
  ];

  for (const [index, cells] of files.entries()) {
    world.put(DAY(`0${index + 5}`), customersCsv([cells]));
    await world.sync();
  }

  const { json } = await shown(world, 'customers', '1');
  expect(calls(world)).toEqual([]);
  expect(json.consent.at(-1)).toMatchObject({ channel: 'email', code: 'left_at_unknown_time' });
});

test.each([
  ['without times of change', ''],
  ['whose times of change say nothing about consent', '2026-01-01T10:00:00'],
])('an old export %s that comes late takes no opt-out back', async (_, LAST_UPDATED) => {
  await using world = await createWorld();
  for (const [day, cells] of [
    ['04', { PRIVACY: 'No' }],
    ['06', { PRIVACY: 'Yes' }],
    ['05', { PRIVACY: 'No', CITY: 'Perth' }],
  ] as const) {
    world.put(DAY(day), row({ ...cells, LAST_UPDATED }));
    await world.sync();
  }

  const { json } = await shown(world, 'customers', '1');
  expect(calls(world)).toEqual(['subscribe person1@shop.example', 'unsubscribe person1@shop.example']);
  expect(json.consent.at(-1)).toMatchObject({ wish: 'unsubscribe', action: 'unsubscribe' });
});

test('an old export that comes late is news for whom no later file named', async () => {
  await using world = await createWorld();
  world.put(DAY('04'), customersCsv(people(2, 1, () => ({ LAST_UPDATED: '', PRIVACY: 'Yes' }))));
  await world.sync();
  world.put(
    DAY('06'),
    customersCsv(people(1, 1, () => ({ LAST_UPDATED: '', PRIVACY: 'Yes', CITY: 'Perth' }))),
  );
  await world.sync();
  world.put(DAY('05'), customersCsv(people(1, 2, () => ({ LAST_UPDATED: '', PRIVACY: 'No' }))));

  await world.sync();

  expect(calls(world).at(-1)).toBe('subscribe person2@shop.example');
});

test.each([
  ['a blank cell', { PRIVACY: '' }],
  ['a row that a rule leaves out', { PRIVACY: '', RETAIL_REP: 'Yes' }],
])('%s takes no opt-out back that was not sent yet', async (_, second) => {
  await using world = await createWorld({ extra: SKIP_STAFF });
  world.put(DAY('04'), row({ PRIVACY: 'No' }));
  await world.sync();
  world.put(DAY('05'), row({ PRIVACY: 'Yes', LAST_UPDATED: '2026-01-05T10:00:00' }));
  world.put(DAY('06'), row({ ...second, LAST_UPDATED: '2026-01-06T10:00:00' }));
  world.put(DAY('07'), row({ PRIVACY: '', LAST_UPDATED: '2026-01-07T10:00:00' }));

  await world.sync();

  const { json } = await shown(world, 'customers', '1');
  expect(calls(world)).toEqual(['subscribe person1@shop.example', 'unsubscribe person1@shop.example']);
  expect(json.consent.at(-1)).toMatchObject({
    action: 'unsubscribe',
    reason: 'Apparel21 says no to e-mail.',
  });
});

test('a yes after an opt-out that was not sent yet is the later word', async () => {
  await using world = await createWorld();
  world.put(DAY('04'), row({ PRIVACY: 'Yes' }));
  world.put(DAY('05'), row({ PRIVACY: 'No', LAST_UPDATED: '2026-01-05T10:00:00' }));

  await world.sync();

  expect(calls(world)).toEqual(['subscribe person1@shop.example']);
});

test.each(['SPAM_COMPLAINT', 'HARD_BOUNCE'])(
  'an opt-out of an address with %s whose answer got lost is not asked for twice',
  async (reason) => {
    const match = { path: '/api/profile-subscription-bulk-delete-jobs' };
    await using world = await createWorld({
      klaviyo: { faults: [{ match, kind: 'reset-after', times: 1 }] },
    });
    await fetch(`${world.klaviyo.url}/_suppress`, {
      method: 'POST',
      body: JSON.stringify({ email: 'person1@shop.example', reason, at: '2024-02-01T00:00:00Z' }),
    });
    world.put(DAY('05'), row({ PRIVACY: 'Yes' }));

    const { status } = await world.sync();

    expect(calls(world)).toEqual(['unsubscribe person1@shop.example']);
    expect(status.connections[0]?.records.customers).toMatchObject({ total: 1, synced: 1 });
  },
);

test('a yes in a row without an e-mail subscribes no address of an earlier row; it waits for one', async () => {
  await using world = await createWorld();
  const person = { MOBILE: '0412 345 678' };
  world.put(DAY('05'), row({ ...person, PRIVACY: '' }));
  await world.sync();
  world.put(DAY('06'), row({ ...person, EMAIL: '', PRIVACY: 'No' }));
  const { status } = await world.sync();
  const waiting = await shown(world, 'customers', '1');
  const before = calls(world);
  world.put(DAY('07'), row({ ...person, EMAIL: 'new@shop.example', PRIVACY: 'No' }));

  await world.sync();

  expect(before).toEqual([]);
  expect(status.connections[0]?.records.customers).toMatchObject({ total: 1, synced: 1 });
  for (const [email] of [waiting.page.consent?.channels ?? [], waiting.json.consentNow]) {
    expect(email).toMatchObject({ wish: 'Apparel21 says yes.', done: 'Waits for an e-mail address.' });
  }
  expect(calls(world)).toEqual(['subscribe new@shop.example']);
});

test('a yes to e-mail that follows a no counts, also in the row that brings the phone number of an older no to SMS', async () => {
  await using world = await createWorld();
  const person = { SMS_OPT_IN: 'No', LAST_UPDATED: '2026-01-05T08:00:00' };
  world.put(DAY('05'), row({ ...person, PRIVACY: 'Yes' }));
  await world.sync();
  const after = { MOBILE: '0412 345 678', PRIVACY: 'No', LAST_UPDATED: '2026-01-06T08:00:00' };
  world.put(DAY('06'), row({ ...person, ...after }));

  await world.sync();

  expect(calls(world)).toEqual(['unsubscribe person1@shop.example', 'subscribe person1@shop.example']);
});

test('a no and then a yes to e-mail count, also while Klaviyo refuses the yes to SMS', async () => {
  await using world = await createWorld({
    klaviyo: { accounts: [{ id: 'AU1', keys: [{ key: 'pk_local' }], sms: { enabled: false } }] },
  });
  const person = { MOBILE: '0412 345 678', SMS_OPT_IN: 'Yes' };
  world.put(DAY('05'), row({ ...person, PRIVACY: 'Yes', LAST_UPDATED: '2026-01-05T08:00:00' }));
  await world.sync();
  world.put(DAY('06'), row({ ...person, PRIVACY: 'No', LAST_UPDATED: '2026-01-06T08:00:00' }));

  await world.sync();

  expect(calls(world)).toEqual(['unsubscribe person1@shop.example', 'subscribe person1@shop.example']);
  expect((await shown(world, 'customers', '1')).json.consentNow[0]).toMatchObject({
    done: 'Subscribed in Klaviyo.',
  });
});
