import { expect, test } from 'vitest';
import { takeTurn } from '#app/pipeline/sync-connection.ts';
import { syncShop } from '#app/pipeline/sync-shop.ts';
import { changeRecords } from '#app/services/change-records.server.ts';
import { customersCsv, ordersCsv, people } from '#test/builders/exports.ts';
import { accountOf, askKlaviyo, callsOf, profileOf } from '#test/builders/people-in-klaviyo.ts';
import { shown } from '#test/builders/shown.ts';
import { createWorld, type World } from '#test/builders/world.ts';

/** Who is who: e-mail, else phone, else Apparel21's key; and what happens when an identifier is somebody else's. */

const DAY = (day: string) => `/pending/au/customers_202601${day}T200000Z.csv`;
const ORDERS = (day: string) => `/pending/au/orders_202601${day}T203000Z.csv`;
const PHONE = '+61400000101';
const OTHER_PHONE = '+61400000102';

test('people are known by e-mail, else by phone, else by their key, and their orders find them', async () => {
  await using world = await createWorld();
  world.put(
    DAY('05'),
    customersCsv([
      { PERIDX: '1', EMAIL: 'One@Shop.example', MOBILE: PHONE },
      { PERIDX: '2', EMAIL: '', MOBILE: OTHER_PHONE },
      { PERIDX: '3', EMAIL: 'no address', MOBILE: '' },
    ]),
  );
  world.put(
    ORDERS('05'),
    ordersCsv(['1', '2', '3'].map((key) => ({ ORDER_ID: `O${key}`, PERIDX: key, LINE_ID: key }))),
  );

  const { status } = await world.sync();

  expect(status.connections[0]?.records.customers).toMatchObject({ total: 3, synced: 3 });
  expect(
    accountOf(world)
      .profiles.map((one) => [one.email, one.phone_number, one.external_id])
      .sort(),
  ).toEqual([
    [null, OTHER_PHONE, '2'],
    [null, null, '3'],
    ['one@shop.example', PHONE, '1'],
  ]);
  expect(
    accountOf(world)
      .events.map(({ profile }) => profile.external_id)
      .sort(),
  ).toEqual(['1', '2', '3']);
  const { page, json } = await shown(world, 'customers', '3');
  expect(json.warnings).toMatchObject([{ code: 'bad_email', column: 'EMAIL' }]);
  expect(page.payload.beside.find(({ target }) => target === 'email')?.why.warnings[0]).toMatch(/left out/);
});

test('a connection that sends no external id leaves it to the account, and a row without anything else fails', async () => {
  await using world = await createWorld({ connection: '    sendExternalId: false' });
  world.put(
    DAY('05'),
    customersCsv([
      { PERIDX: '1', EMAIL: 'one@shop.example' },
      { PERIDX: '2', EMAIL: '', MOBILE: '' },
    ]),
  );

  const { status } = await world.sync();

  expect(status.connections[0]?.records.customers).toMatchObject({ synced: 1, failed: 1 });
  expect(accountOf(world).profiles).toMatchObject([
    { email: 'one@shop.example', external_id: null, properties: { 'AP21 Person ID': '1' } },
  ]);
  const { page, json } = await shown(world, 'customers', '2');
  expect(page.standing).toBe('No e-mail, phone or id: there is nothing usable to tell Klaviyo who this is.');
  expect(page.fix?.url).toBe('/app/settings/columns');
  expect(json.reason).toMatchObject({ code: 'no_identity' });
});

test('of two people with one e-mail the later one stands for the profile, until they get an address of their own', async () => {
  await using world = await createWorld();
  const shared = { EMAIL: 'shared@shop.example' };
  const one = {
    PERIDX: '1',
    ...shared,
    FIRSTNAME: 'One',
    PRIVACY: 'No',
    LAST_UPDATED: '2025-01-01T10:00:00',
  };
  const two = { PERIDX: '2', ...shared, FIRSTNAME: 'Two', PRIVACY: '', LAST_UPDATED: '2025-06-01T10:00:00' };
  world.put(DAY('05'), customersCsv([one, two]));
  world.put(ORDERS('05'), ordersCsv([{ ORDER_ID: '1', PERIDX: '1' }]));
  const before = await world.sync();
  const { events } = accountOf(world);
  const hidden = await shown(world, 'customers', '1');
  world.put(
    DAY('06'),
    customersCsv([one, { ...two, EMAIL: 'two@shop.example', LAST_UPDATED: '2026-01-06T10:00:00' }]),
  );

  const { status } = await world.sync();

  expect(before.status.connections[0]?.records.customers).toMatchObject({ synced: 1, skipped: 1 });
  expect(events).toMatchObject([{ profile: { email: 'shared@shop.example' } }]);
  const words =
    'Person 2 has the same e-mail and was updated later; the profile shows that person. Orders of both go to it.';
  expect(hidden.page.standing).toBe(words);
  expect(hidden.json).toMatchObject({ status: 'skipped', reason: { code: 'shared_email', message: words } });
  expect(status.connections[0]?.records.customers).toMatchObject({ synced: 2, skipped: 0 });
  expect(
    accountOf(world)
      .profiles.map(({ first_name, email }) => [first_name, email])
      .sort(),
  ).toEqual([
    ['One', 'shared@shop.example'],
    ['Two', 'two@shop.example'],
  ]);
  expect(callsOf(world, 'shared@shop.example')).toEqual(['subscribe email: subscribed']);
  expect((await shown(world, 'customers', '1')).json).toMatchObject({ status: 'synced', reason: null });
});

test('whom somebody skips by hand leaves their e-mail to the other who has it, and has it again when they come back', async () => {
  await using world = await createWorld();
  const shared = { EMAIL: 'shared@shop.example' };
  const one = { PERIDX: '1', ...shared, FIRSTNAME: 'One', LAST_UPDATED: '2025-01-01T10:00:00' };
  const two = { PERIDX: '2', ...shared, FIRSTNAME: 'Two', LAST_UPDATED: '2025-06-01T10:00:00' };
  world.put(DAY('05'), customersCsv([one, two]));
  world.put(ORDERS('05'), ordersCsv([{ ORDER_ID: '1', PERIDX: '1' }]));
  await world.sync({ steps: { intake: true, push: false } });
  const change = async (deed: 'skip' | 'sync') => {
    const rows = await world.ctx.db.sql<{ id: string }>(`SELECT id FROM customer WHERE external_id = '2'`);
    const input = { kind: 'customers' as const, ids: rows.map(({ id }) => id), change: deed, actor: 'Ann' };
    await changeRecords(world.ctx, world.shopId, input);
    await world.sync();
  };

  await change('skip');
  const first = accountOf(world);
  const alone = await shown(world, 'customers', '1');
  await change('sync');

  expect(first.profiles.map(({ first_name }) => first_name)).toEqual(['One']);
  expect(first.events).toHaveLength(1);
  expect(alone.json).toMatchObject({ status: 'synced', reason: null });
  expect(accountOf(world).profiles.map(({ first_name }) => first_name)).toEqual(['Two']);
  expect((await shown(world, 'customers', '1')).page.standing).toMatch(/^Person 2 has the same e-mail/);
});

test('who is skipped by hand before they ever stood for the shared e-mail does not keep the other’s opt-out back', async () => {
  await using world = await createWorld();
  const shared = { EMAIL: 'shared@shop.example', PRIVACY: 'No' };
  const one = { PERIDX: '1', ...shared, LAST_UPDATED: '2025-06-01T10:00:00' };
  const two = { PERIDX: '2', ...shared, LAST_UPDATED: '2025-01-01T10:00:00' };
  world.put(DAY('05'), customersCsv([one, two]));
  await world.sync();
  world.put(DAY('06'), customersCsv([{ ...two, LAST_UPDATED: '2025-12-01T10:00:00' }]));
  await world.sync({ steps: { intake: true, push: false } });
  const ids = await world.ctx.db.sql<{ id: string }>(`SELECT id FROM customer WHERE external_id = '2'`);
  await changeRecords(world.ctx, world.shopId, {
    ...{ kind: 'customers', ids: ids.map(({ id }) => id) },
    ...{ change: 'skip', actor: 'Ann' },
  });
  world.put(DAY('07'), customersCsv([{ ...one, PRIVACY: 'Yes' }]));

  await world.sync();

  expect((await shown(world, 'customers', '1')).json).toMatchObject({ status: 'synced', reason: null });
  expect(callsOf(world, 'shared@shop.example').at(-1)).toMatch(/^unsubscribe email/);
});

test('a family with one mobile: one of them carries it, nobody is written over, and it is never twice under way', async () => {
  const numbers: string[][] = [];
  await using world = await createWorld({
    connection: '    batchSize: 2',
    klaviyo: {
      onRequest: ({ path, body, method }) => {
        if (method === 'POST' && path === '/api/profile-bulk-import-jobs') {
          const { profiles } = (body as { data: { attributes: { profiles: { data: Sent[] } } } }).data
            .attributes;
          numbers.push(profiles.data.flatMap(({ attributes }) => attributes.phone_number ?? []));
        }
      },
    },
  });
  world.put(DAY('05'), customersCsv(people(5, 1, () => ({ MOBILE: PHONE, SMS_OPT_IN: 'Y' }))));

  const { status } = await world.sync();

  expect(status.connections[0]?.records.customers).toMatchObject({ total: 5, synced: 5 });
  expect(numbers.flat()).toEqual([PHONE]);
  expect(
    accountOf(world)
      .profiles.map(({ email }) => email)
      .sort(),
  ).toEqual(people(5).map(({ EMAIL }) => EMAIL));
  expect(profileOf(world, PHONE).external_id).toBe('1');
  expect(callsOf(world, PHONE)).toEqual(['subscribe sms: subscribed']);
  const { page, json } = await shown(world, 'customers', '2');
  expect(page.remark).toBe(
    'The phone number was left out: person 1 has the same, and in Klaviyo it belongs to one profile.',
  );
  expect(json.reason).toMatchObject({ code: 'shared_phone', message: page.remark });
  expect(json.consentNow[1]).toMatchObject({
    done: 'Left in Klaviyo as it was.',
    why: 'Another profile in Klaviyo has this phone number: SMS to it is that person’s to decide.',
  });
});

type Sent = { attributes: { phone_number?: string } };

test('of two people who have nothing but one phone number the second is refused once, and goes when they have something of their own', async () => {
  await using world = await createWorld({ connection: '    sendExternalId: false' });
  const one = { PERIDX: '1', EMAIL: '', MOBILE: PHONE, FIRSTNAME: 'One' };
  const two = { PERIDX: '2', EMAIL: '', MOBILE: PHONE, FIRSTNAME: 'Two' };
  world.put(DAY('05'), customersCsv([one, two]));
  const before = await world.sync();
  const refused = await shown(world, 'customers', '2');
  world.put(DAY('06'), customersCsv([one, { ...two, EMAIL: 'two@shop.example' }]));

  const { status } = await world.sync();

  expect(before.status.connections[0]?.records.customers).toMatchObject({ synced: 1, failed: 1 });
  expect(refused.page.standing).toBe(
    'Person 1 has the same phone number, and nothing else tells Klaviyo who this is. Give the customer an e-mail or a number of their own in Apparel21.',
  );
  expect(refused.json.attempts.map(({ outcome }) => outcome)).toEqual(['refused']);
  expect(status.connections[0]?.records.customers).toMatchObject({ synced: 2, failed: 0 });
  expect(accountOf(world).profiles.map((profile) => [profile.first_name, profile.phone_number])).toEqual([
    ['One', PHONE],
    ['Two', null],
  ]);
});

test('a shared mobile goes to the next person once the first has another one', async () => {
  await using world = await createWorld();
  world.put(DAY('05'), customersCsv(people(2, 1, () => ({ MOBILE: PHONE }))));
  await world.sync();
  world.put(DAY('06'), customersCsv(people(2, 1, (id) => ({ MOBILE: id === 1 ? OTHER_PHONE : PHONE }))));

  const { status } = await world.sync();

  expect(status.connections[0]?.records.customers).toMatchObject({ synced: 2 });
  expect(profileOf(world, OTHER_PHONE).external_id).toBe('1');
  expect(profileOf(world, PHONE).external_id).toBe('2');
  expect((await shown(world, 'customers', '2')).page.remark).toBeNull();
});

test('a phone number of a profile that Apparel21 does not know is left out, and their orders do not go there', async () => {
  await using world = await createWorld();
  await askKlaviyo(world, 'profiles', {
    type: 'profile',
    attributes: { email: 'web@shop.example', phone_number: PHONE },
  });
  await askKlaviyo(world, 'profiles', { type: 'profile', attributes: { external_id: '2' } });
  await askKlaviyo(world, 'profiles', { type: 'profile', attributes: { email: 'one@shop.example' } });
  world.put(
    DAY('05'),
    customersCsv([
      { PERIDX: '1', EMAIL: 'one@shop.example', MOBILE: PHONE },
      { PERIDX: '2', EMAIL: '', MOBILE: PHONE, LAST_UPDATED: '2025-01-01T10:00:00' },
    ]),
  );
  world.put(ORDERS('05'), ordersCsv(['1', '2'].map((key) => ({ ORDER_ID: key, PERIDX: key, LINE_ID: key }))));

  const { status } = await world.sync();

  expect(status.connections[0]?.records.customers).toMatchObject({ synced: 2 });
  expect(profileOf(world, PHONE)).toMatchObject({ email: 'web@shop.example', external_id: null });
  expect(
    accountOf(world)
      .events.map(({ profile }) => profile.external_id)
      .sort(),
  ).toEqual(['1', '2']);
  const { page, json } = await shown(world, 'customers', '1');
  expect(page.remark).toBe('The phone number was left out: another profile in Klaviyo has it.');
  expect(json.reason).toMatchObject({ code: 'identifier_taken', leftOut: ['phone_number'] });
  expect(json.attempts.map(({ outcome }) => outcome)).toEqual(['conflict', 'done']);
});

test('two people who swap their e-mails each show at the other address, and what had to stay behind is said', async () => {
  await using world = await createWorld();
  const at = (day: string, one: string, two: string) =>
    customersCsv([
      { PERIDX: '1', EMAIL: one, FIRSTNAME: 'One', MOBILE: PHONE, LAST_UPDATED: `2026-01-${day}T10:00:00` },
      { PERIDX: '2', EMAIL: two, FIRSTNAME: 'Two', LAST_UPDATED: `2026-01-${day}T10:00:00` },
    ]);
  world.put(DAY('05'), at('05', 'a@shop.example', 'b@shop.example'));
  await world.sync();
  world.put(DAY('06'), at('06', 'b@shop.example', 'a@shop.example'));

  await world.sync();

  expect(profileOf(world, 'a@shop.example').first_name).toBe('Two');
  expect(profileOf(world, 'b@shop.example').first_name).toBe('One');
  const { page, json } = await shown(world, 'customers', '1');
  expect(page.remark).toBe(
    'The phone number and the external id were left out: another profile in Klaviyo has them.',
  );
  expect(json.reason).toMatchObject({ code: 'identifier_taken', message: page.remark });
});

test('an external id that another profile has is left out, with a remark', async () => {
  await using world = await createWorld();
  await askKlaviyo(world, 'profiles', {
    type: 'profile',
    attributes: { email: 'somebody@shop.example', external_id: '1' },
  });
  await askKlaviyo(world, 'profiles', { type: 'profile', attributes: { email: 'person1@shop.example' } });
  world.put(DAY('05'), customersCsv(people(1)));

  await world.sync();

  expect(profileOf(world, '1')).toMatchObject({ email: 'somebody@shop.example', first_name: null });
  expect(profileOf(world, 'person1@shop.example')).toMatchObject({ first_name: 'Anna', external_id: null });
  expect(callsOf(world, 'person1@shop.example')).toEqual(['subscribe email: subscribed']);
  const { page, json } = await shown(world, 'customers', '1');
  expect(page.remark).toBe('The external id was left out: another profile in Klaviyo has it.');
  expect(json.reason).toMatchObject({ code: 'identifier_taken', leftOut: ['external_id'] });
});

/** Ends a pass, as a kill would, while its import job is still under way. */
async function syncUntilJobIsOpen(world: World): Promise<void> {
  const { clock } = world.ctx;
  const { sleep } = clock;
  clock.sleep = () => Promise.reject(new Error('killed'));
  await syncShop(world.ctx, world.shopId, {});
  clock.sleep = sleep;
  expect(await world.ctx.db.sql('SELECT status FROM push_batch')).toEqual([{ status: 'accepted' }]);
}

const SHARED = 'shared@shop.example';

type Row = Record<string, string>;

test.each<{ what: string; first: Row; then: Row[]; shown: unknown[][] }>([
  {
    what: 'somebody more recent with the same e-mail',
    first: { EMAIL: SHARED },
    then: [{ PERIDX: '1', EMAIL: SHARED, FIRSTNAME: 'One', LAST_UPDATED: '2026-01-06T10:00:00' }],
    shown: [[SHARED, null, 'One']],
  },
  {
    what: 'somebody who has nothing but the same phone number',
    first: { EMAIL: '', MOBILE: PHONE },
    then: [{ PERIDX: '1', EMAIL: '', MOBILE: PHONE, FIRSTNAME: 'One' }],
    shown: [
      [null, PHONE, 'Two'],
      [null, null, 'One'],
    ],
  },
  {
    what: 'the person to whom the e-mail was handed on',
    first: { EMAIL: SHARED },
    then: [
      { PERIDX: '1', EMAIL: SHARED, FIRSTNAME: 'One' },
      { PERIDX: '2', EMAIL: 'two@shop.example', FIRSTNAME: 'Two' },
    ],
    shown: [
      [SHARED, null, 'One'],
      ['two@shop.example', null, 'Two'],
    ],
  },
])(
  'while a profile is on its way, $what waits: never two jobs for one profile',
  async ({ first, then, shown }) => {
    const arrivedBefore: unknown[] = [];
    const look: { at: () => void } = { at: () => undefined };
    await using world = await createWorld({
      klaviyo: {
        jobDurationMs: 3_000,
        onRequest: ({ path, method, body }) => {
          if (
            method === 'POST' &&
            path === '/api/profile-bulk-import-jobs' &&
            JSON.stringify(body).includes('"One"')
          ) {
            look.at();
          }
        },
      },
    });
    look.at = () =>
      arrivedBefore.push(
        ...accountOf(world)
          .jobs.slice(0, 1)
          .map(({ status }) => status),
      );
    world.put(DAY('05'), customersCsv([{ PERIDX: '2', FIRSTNAME: 'Two', ...first }]));
    await syncUntilJobIsOpen(world);
    world.put(DAY('06'), customersCsv(then));

    await world.sync();

    expect(arrivedBefore).toEqual(['complete']);
    expect(accountOf(world).profiles.map((one) => [one.email, one.phone_number, one.first_name])).toEqual(
      expect.arrayContaining(shown),
    );
    expect(accountOf(world).profiles).toHaveLength(shown.length);
  },
);

test('who gets the address in a file that is read in several turns waits for whom it was sent with between them', async () => {
  await using world = await createWorld({
    connection: '    batchSize: 100',
    klaviyo: { jobDurationMs: 3_600_000 },
  });
  const [connection] = await world.ctx.db.sql<{ id: string }>('SELECT id FROM connection');
  const never = new AbortController().signal;
  const turn = (half: 'intake' | 'push', over = never) =>
    takeTurn(world.ctx, world.shopId, { connectionId: connection?.id ?? '', half, over, halt: never });
  world.put(DAY('05'), customersCsv([{ PERIDX: '2', FIRSTNAME: 'Two', EMAIL: SHARED }]));
  await turn('intake');
  const recent = { EMAIL: SHARED, FIRSTNAME: 'One', LAST_UPDATED: '2026-01-06T10:00:00' };
  world.put(DAY('06'), customersCsv([{ PERIDX: '1', ...recent }, ...people(2_100, 3)]));
  await turn('intake', AbortSignal.abort());
  await turn('push');
  expect(await world.ctx.db.sql('SELECT status FROM import_run ORDER BY started_at')).toEqual([
    { status: 'imported' },
    { status: 'importing' },
  ]);
  await turn('intake');

  await turn('push');

  expect(
    await world.ctx.db.sql(
      `SELECT external_id, status FROM customer WHERE external_id IN ('1', '2', '3') ORDER BY external_id`,
    ),
  ).toEqual([
    { external_id: '1', status: 'pending' },
    { external_id: '2', status: 'sending' },
    { external_id: '3', status: 'sending' },
  ]);
});
