import { expect, test } from 'vitest';
import { customersCsv, people, rewardsCsv } from '#test/builders/exports.ts';
import { fileShown } from '#test/builders/file-shown.ts';
import { shown } from '#test/builders/shown.ts';
import { createWorld, type World } from '#test/builders/world.ts';

const CUSTOMERS = '/pending/au/customers_20260105T200000Z.csv';
const FILE = (day: string) => `/pending/au/rewards_202601${day}T203000Z.csv`;

function accountOf(world: World) {
  const [account] = world.klaviyo.state().accounts;
  if (account === undefined) {
    throw new Error('no account');
  }
  return account;
}

const propertiesOf = (world: World) => accountOf(world).profiles[0]?.properties;

test('an older reward that arrives later leaves the tier and points of a newer one alone, and says so', async () => {
  await using world = await createWorld();
  world.put(CUSTOMERS, customersCsv(people(1)));
  const newer = { REWARD_ID: 'new', PERIDX: '1', EVENT_DATE: '2026-01-10T09:00:00', TIER_NAME: 'Gold' };
  world.put(FILE('10'), rewardsCsv([{ ...newer, POINTS_BALANCE: '' }]));
  await world.sync();
  const older = { REWARD_ID: 'old', PERIDX: '1', EVENT_DATE: '2026-01-03T09:00:00', TIER_NAME: 'Silver' };
  world.put(FILE('11'), rewardsCsv([{ ...older, POINTS_BALANCE: '50' }]));

  await world.sync();

  // The newer one said nothing about points: the older one's are the latest that anybody knows.
  expect(propertiesOf(world)).toMatchObject({ 'Reward Tier': 'Gold', 'Points Balance': 50 });
  expect(accountOf(world).events).toHaveLength(2);
  const { json, page } = await shown(world, 'rewards', 'old');
  const words =
    'Its event was sent. "Reward Tier" on the profile comes from a newer reward of this customer and was left alone.';
  expect(json).toMatchObject({ status: 'synced', reason: { code: 'newer_profile_values', message: words } });
  expect(page).toMatchObject({ status: 'synced', remark: words });
});

test('of the rewards of one file the latest sets the profile, in whatever order they stand', async () => {
  await using world = await createWorld();
  world.put(CUSTOMERS, customersCsv(people(1)));
  const reward = (id: string, day: string, points: string) => ({
    ...{ REWARD_ID: id, PERIDX: '1', EVENT_DATE: `2026-01-${day}T09:00:00` },
    POINTS_BALANCE: points,
  });
  world.put(
    FILE('10'),
    rewardsCsv([
      reward('a', '03', '30'),
      reward('b', '09', '90'),
      reward('c', '01', '10'),
      reward('d', '09', '95'),
    ]),
  );

  await world.sync();

  expect(propertiesOf(world)).toMatchObject({ 'Points Balance': 95 });
  expect((await fileShown(world, FILE('10'))).json.flowEvents).toBe(4);
  expect((await shown(world, 'rewards', 'd')).page.remark).toBeNull();
});

test('what two connections say of customers with one key stays apart', async () => {
  await using world = await createWorld({
    klaviyo: {
      accounts: [
        { id: 'AU1', name: 'AU', keys: [{ key: 'pk_local', scopes: ['*'] }] },
        { id: 'NZ1', name: 'NZ', keys: [{ key: 'pk_nz', scopes: ['*'] }] },
      ],
    },
  });
  await world.apply(
    `${world.yaml}  - { name: Klaviyo NZ, apiKey: '\${KLAVIYO_NZ_KEY}', directory: /pending/nz }\n`,
  );
  const reward = { REWARD_ID: '1', PERIDX: '1' };
  for (const [place, day, points] of [
    ['au', '09', '900'],
    ['nz', '03', '300'],
  ] as const) {
    world.put(`/pending/${place}/customers_20260105T200000Z.csv`, customersCsv(people(1)));
    world.put(
      `/pending/${place}/rewards_20260110T203000Z.csv`,
      rewardsCsv([{ ...reward, EVENT_DATE: `2026-01-${day}T09:00:00`, POINTS_BALANCE: points }]),
    );
  }

  await world.sync();

  expect(
    world.klaviyo.state().accounts.map(({ profiles }) => profiles[0]?.properties['Points Balance']),
  ).toEqual([900, 300]);
});

test('a reward that expires is told once: delivered again with another date and balance it sends nothing new', async () => {
  await using world = await createWorld();
  world.put(CUSTOMERS, customersCsv(people(1)));
  const expiring = { REWARD_ID: 'V1', PERIDX: '1', EVENT_TYPE: 'REWARD_EXPIRING' };
  world.put(
    FILE('10'),
    rewardsCsv([{ ...expiring, EVENT_DATE: '2026-01-10T06:00:00', POINTS_BALANCE: '500' }]),
  );
  await world.sync();
  world.put(
    FILE('11'),
    rewardsCsv([{ ...expiring, EVENT_DATE: '2026-01-11T06:00:00', POINTS_BALANCE: '450' }]),
  );

  await world.sync();

  expect(accountOf(world).events.map(({ metric, time }) => [metric, time.slice(0, 10)])).toEqual([
    ['Reward Expiring', '2026-01-09'],
  ]);
  expect(accountOf(world)).toMatchObject({ received: { events: 1 }, duplicateEvents: 0 });
  const file = await fileShown(world, FILE('11'));
  expect([file.json.flowEvents, file.page.flowEvents, file.json.balanced]).toEqual([0, 0, true]);
  const { json, page } = await shown(world, 'rewards', 'V1');
  expect(json).toMatchObject({ status: 'synced', changedAfterSend: true });
  expect(page.remarks).toEqual(json.remarks);
  expect(json.remarks).toEqual([
    'A later file, mapping or time zone changed this after it was sent. Klaviyo keeps the first event, so the change is noted here and not sent.',
  ]);
});

test('a kind of reward that nobody has translated waits in the inbox, goes under the usual name, and later ones under theirs', async () => {
  await using world = await createWorld();
  world.put(CUSTOMERS, customersCsv(people(1)));
  world.put(FILE('10'), rewardsCsv([{ REWARD_ID: '1', PERIDX: '1', EVENT_TYPE: 'BIRTHDAY_TREAT' }]));
  await world.sync();
  const misses = await world.ctx.db.sql(
    `SELECT table_name, value, count FROM translation_miss WHERE table_name = 'reward events'`,
  );
  await world.apply(`${world.yaml}translations:
  reward events: { whenMissing: blank, entries: { BIRTHDAY_TREAT: Birthday Treat } }
`);
  world.put(FILE('11'), rewardsCsv([{ REWARD_ID: '2', PERIDX: '1', EVENT_TYPE: 'BIRTHDAY_TREAT' }]));

  await world.sync();

  expect(misses).toEqual([{ table_name: 'reward events', value: 'BIRTHDAY_TREAT', count: 1 }]);
  expect(accountOf(world).events.map(({ metric }) => metric)).toEqual(['Reward', 'Birthday Treat']);
  const { json, page } = await shown(world, 'rewards', '1');
  expect(json.source).toMatchObject({ EVENT_TYPE: 'BIRTHDAY_TREAT' });
  expect(page.title).toBe('Reward 1');
  const why = page.payload.whys['/attributes/events/data/0/attributes/metric/data/attributes/name'];
  expect(why).toMatchObject({
    words: "The connection's name for rewards.",
    cells: [{ column: 'EVENT_TYPE', value: 'BIRTHDAY_TREAT' }],
    lookups: [{ url: '/app/translations/reward%20events' }],
  });
});

test('rewards of any columns become events and profile properties by the shop’s columns and mappings', async () => {
  await using world = await createWorld({
    extra: `columns:
  rewards: { primaryKey: LOYALTY EVENT, customerReference: MEMBER, time: HAPPENED }
mappings:
  - { scope: reward, target: event.name, description: What happened, rules: [{ template: '{{ KIND | translate: "kinds" }}' }] }
  - { scope: reward, target: event.value, description: Worth, rules: [{ template: '{{ WORTH | number }}' }] }
  - { scope: reward, target: properties.Shop, description: Where, rules: [{ template: '{{ row["WHERE IT WAS"] }}' }] }
  - { scope: reward, target: profile.Level, description: Level, rules: [{ template: '{{ LEVEL }}' }] }
translations:
  kinds: { whenMissing: keep, entries: { UP: Level Reached } }
`,
  });
  world.put(CUSTOMERS, customersCsv(people(1)));
  world.put(
    FILE('10'),
    'Loyalty Event;MEMBER;HAPPENED;KIND;WORTH;WHERE IT WAS;LEVEL\r\n7;1;03/01/2026 09:00;UP;12,50;Sydney;VIP\r\n',
  );

  await world.sync();

  expect(accountOf(world).events).toMatchObject([
    {
      ...{ metric: 'Level Reached', value: 12.5, value_currency: 'AUD', properties: { Shop: 'Sydney' } },
      unique_id: expect.stringMatching(/-reward-7$/) as string,
      time: expect.stringMatching(/^2026-01-02T22:00:00/) as string,
    },
  ]);
  expect(propertiesOf(world)).toMatchObject({ Level: 'VIP' });
  const { json, page } = await shown(world, 'rewards', '7');
  expect(json.status).toBe('synced');
  expect(page.title).toBe('Level Reached 7');
  expect(page.payload.isExact).toBe(true);
});
