import { expect, test } from 'vitest';
import { startBulkFiles } from '#app/services/decide-file.server.ts';
import { customersCsv, ordersCsv, people } from '#test/builders/exports.ts';
import { shown } from '#test/builders/shown.ts';
import { createWorld, type World } from '#test/builders/world.ts';

const PENDING = (day: string) => `/pending/au/customers_202601${day}T200000Z.csv`;
const BULK = (day: string) => `/bulk/au/customers_202601${day}T200000Z.csv`;

function profiles(world: World) {
  return (
    world.klaviyo
      .state()
      .accounts[0]?.profiles.toSorted((a, b) => String(a.external_id).localeCompare(String(b.external_id))) ??
    []
  );
}

async function syncBulk(world: World) {
  await world.sync();
  const [connection] = await world.ctx.db.sql<{ id: string }>('SELECT id FROM connection');
  await startBulkFiles(world.ctx, world.shopId, { connectionId: connection?.id ?? '', actor: 'test' });
  return world.sync({ lanes: ['pending', 'test', 'bulk'] });
}

test('a bulk file leaves people alone who came through the pending lane', async () => {
  await using world = await createWorld();
  world.put(PENDING('05'), customersCsv(people(2, 1, () => ({ CITY: 'Perth' }))));
  await world.sync();
  world.put(BULK('06'), customersCsv(people(3, 1, () => ({ CITY: 'Old Town', PRIVACY: 'Yes' }))));

  const { status } = await syncBulk(world);

  expect(
    profiles(world).map((profile) => [
      profile.external_id,
      profile.location?.city,
      profile.consent.email.consent,
    ]),
  ).toEqual([
    ['1', 'Perth', 'SUBSCRIBED'],
    ['2', 'Perth', 'SUBSCRIBED'],
    ['3', 'Old Town', 'NEVER_SUBSCRIBED'],
  ]);
  expect(status.connections[0]?.files.at(-1)).toMatchObject({
    balanced: true,
    rows: { read: 3, created: 1, unchanged: 2 },
  });
  const [stored] = await world.ctx.db.sql(
    `SELECT consent_email, list_name FROM customer WHERE external_id = '1'`,
  );
  expect(stored).toEqual({ consent_email: 'subscribe', list_name: 'Retail Customers' });
});

test('people of the bulk lane whose same row comes through the pending lane get consent and list then', async () => {
  await using world = await createWorld();
  world.put(BULK('05'), customersCsv(people(2)));
  await syncBulk(world);
  const before = profiles(world).map((profile) => [profile.consent.email.consent, profile.lists]);
  world.put(PENDING('06'), customersCsv(people(2)));

  await world.sync();

  expect(before).toEqual([
    ['NEVER_SUBSCRIBED', []],
    ['NEVER_SUBSCRIBED', []],
  ]);
  expect(profiles(world).map((profile) => [profile.consent.email.consent, profile.lists])).toEqual([
    ['SUBSCRIBED', ['Retail Customers']],
    ['SUBSCRIBED', ['Retail Customers']],
  ]);
});

test('a person whom Klaviyo has under another address is left alone by the bulk lane', async () => {
  await using world = await createWorld();
  await fetch(`${world.klaviyo.url}/api/profile-import`, {
    method: 'POST',
    headers: {
      authorization: 'Klaviyo-API-Key pk_local',
      revision: '2026-07-15',
      'content-type': 'application/vnd.api+json',
    },
    body: JSON.stringify({
      data: {
        type: 'profile',
        attributes: { email: 'mine@shop.example', external_id: '1', first_name: 'Mine' },
      },
    }),
  });
  world.put(BULK('05'), customersCsv(people(2)));

  const { status } = await syncBulk(world);

  expect(profiles(world).map((profile) => [profile.external_id, profile.email])).toEqual([
    ['1', 'mine@shop.example'],
    ['2', 'person2@shop.example'],
  ]);
  expect(status.connections[0]?.records.customers).toMatchObject({ synced: 1, skipped: 1 });
});

test('a second bulk file leaves alone whom the first one made', async () => {
  await using world = await createWorld();
  world.put(BULK('05'), customersCsv(people(1)));
  await syncBulk(world);
  world.put(BULK('06'), customersCsv(people(1, 1, () => ({ CITY: 'Perth' }))));

  const { status } = await syncBulk(world);

  expect(profiles(world).map((profile) => profile.location?.city)).toEqual(['Sydney']);
  expect(status.connections[0]?.records.customers).toMatchObject({ total: 1, pending: 0, sending: 0 });
});

test('a bulk file brings another person with the e-mail of one who is known: the profile stays theirs, and so does the word on consent', async () => {
  await using world = await createWorld();
  const known = {
    PERIDX: '1',
    EMAIL: 'shared@shop.example',
    PRIVACY: 'No',
    LAST_UPDATED: '2026-01-01T10:00:00',
  };
  world.put(PENDING('05'), customersCsv([known]));
  await world.sync();
  world.put(
    BULK('06'),
    customersCsv([{ PERIDX: '2', EMAIL: 'shared@shop.example', LAST_UPDATED: '2026-01-03T10:00:00' }]),
  );
  await syncBulk(world);
  const [one, two] = [await shown(world, 'customers', '1'), await shown(world, 'customers', '2')];
  world.put(PENDING('07'), customersCsv([{ ...known, FIRSTNAME: 'CHANGED', PRIVACY: 'Yes' }]));

  await world.sync();

  expect(one.json).toMatchObject({ status: 'synced', reason: null });
  expect(two.page.standing).toBe(
    'Person 1 has the same e-mail, and the bulk lane leaves that person alone; the profile shows that person. Orders of both go to it.',
  );
  expect(two.json.reason).toMatchObject({ message: two.page.standing });
  expect(profiles(world)).toMatchObject([
    { external_id: '1', first_name: 'Changed', consent: { email: { consent: 'UNSUBSCRIBED' } } },
  ]);
});

test('an order that was loaded as history is not called changed when the pending lane brings it again', async () => {
  await using world = await createWorld();
  world.put(PENDING('05'), customersCsv(people(1)));
  world.put('/bulk/au/orders_20260105T203000Z.csv', ordersCsv([{ ORDER_ID: '1', PERIDX: '1' }]));
  await syncBulk(world);
  world.put(
    '/pending/au/orders_20260106T203000Z.csv',
    ordersCsv([
      { ORDER_ID: '1', PERIDX: '1' },
      { ORDER_ID: '2', PERIDX: '1' },
    ]),
  );

  const { status } = await world.sync();

  expect(status.connections[0]?.files.at(-1)?.rows).toMatchObject({ read: 2, created: 1, unchanged: 1 });
  expect(
    await world.ctx.db.sql('SELECT status, changed_after_send FROM "order" ORDER BY external_id'),
  ).toEqual([
    { status: 'synced', changed_after_send: false },
    { status: 'synced', changed_after_send: false },
  ]);
  expect(
    world.klaviyo
      .state()
      .accounts[0]?.events.map((event) => event.backfill)
      .sort(),
  ).toEqual([false, true]);
});
