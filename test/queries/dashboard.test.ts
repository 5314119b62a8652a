import { expect, test } from 'vitest';
import { dashboard } from '#app/queries/dashboard.server.ts';
import { currentShop } from '#app/services/current-shop.server.ts';
import type { Context, Database } from '#app/context.ts';
import { createTestDatabase } from '#test/builders/database.ts';
import { createCustomers, createFile, createShop } from '#test/builders/shops.ts';
import { webContext } from '#test/builders/web.ts';

const SHOP = 'one.myshopify.com';

async function dashboardOf(db: Database, ctx: Context = webContext(db), days = 14) {
  return dashboard(ctx, await currentShop(ctx, SHOP), { days });
}

test('records are counted per connection, kind and status, and for the shop together', async () => {
  await using database = await createTestDatabase();
  const owner = await createShop(database.db, SHOP);
  await createCustomers(database.db, owner, { synced: 3, failed: 2, skipped: 1 });
  await createCustomers(database.db, await createShop(database.db, 'two.myshopify.com'), { synced: 9 });

  const page = await dashboardOf(database.db);

  expect(page.connections[0]?.figures.customers).toMatchObject({
    total: 6,
    synced: 3,
    failed: 2,
    skipped: 1,
  });
  expect(page.totals.customers).toMatchObject({ total: 6, synced: 3, failed: 2, skipped: 1, pending: 0 });
  expect(page.totals.orders.total).toBe(0);
});

test('the latest files are shown when they were seen in the zone of the shop', async () => {
  await using database = await createTestDatabase();
  const owner = await createShop(database.db, SHOP);
  for (let day = 1; day <= 7; day += 1) {
    const seenAt = new Date(`2026-01-0${day}T05:30:00Z`);
    await createFile(database.db, owner, { name: `day-${day}.csv`, status: 'archived', seenAt });
  }

  const { files } = await dashboardOf(database.db);

  expect(files.map(({ name }) => name)).toEqual([
    'day-7.csv',
    'day-6.csv',
    'day-5.csv',
    'day-4.csv',
    'day-3.csv',
  ]);
  expect(files[0]).toMatchObject({ seenAt: '7 Jan 2026, 16:30', connection: 'Klaviyo AU' });
});

test('the worst open alert comes first, then held files; resolved ones do not count', async () => {
  await using database = await createTestDatabase();
  const owner = await createShop(database.db, SHOP);
  const { shopId, connectionId } = owner;
  await createFile(database.db, owner, {
    name: 'held.csv',
    status: 'held',
    problem: 'Column EMAIL is missing.',
  });
  expect((await dashboardOf(database.db)).alert).toMatchObject({ message: 'Column EMAIL is missing.' });
  await database.db.prisma.alert.createMany({
    data: [
      {
        shopId,
        connectionId,
        cause: `push:${connectionId}`,
        code: 'key_refused',
        message: 'Refused.',
        hint: 'Make a new key.',
      },
      { shopId, cause: 'b', code: 'old', message: 'was', hint: 'was', resolvedAt: new Date() },
    ],
  });

  const page = await dashboardOf(database.db);

  expect(page.alert).toMatchObject({ code: 'key_refused', remedy: 'Make a new key.' });
  expect(page.otherAlerts).toBe(1);
});

test('the trend has one entry for each day of the shop’s own calendar', async () => {
  await using database = await createTestDatabase();
  const { shopId, connectionId } = await createShop(database.db, SHOP);
  await database.db.sql(
    `INSERT INTO daily_figure (shop_id, connection_id, day, record_kind, synced, failed)
     SELECT $1, $2, (now() AT TIME ZONE 'Australia/Sydney')::date - n, 'customers', 10 + n, 1 FROM generate_series(0, 40) n`,
    [shopId, connectionId],
  );

  const { trend } = await dashboardOf(database.db, webContext(database.db), 30);

  expect(trend).toHaveLength(30);
  expect(trend.at(-1)).toMatchObject({ synced: 10, failed: 1 });
  expect(trend[0]).toMatchObject({ synced: 39, failed: 1 });
});

test('freshness is told from the files that have gone all the way', async () => {
  await using database = await createTestDatabase();
  const owner = await createShop(database.db, SHOP);
  await createFile(database.db, owner, { name: 'a.csv', status: 'archived', rows: { read: 1, created: 1 } });
  expect((await dashboardOf(database.db)).connections[0]?.freshness).toBeNull();
  await database.db.sql(
    `UPDATE import_run r SET status = 'imported', settled_at = f.first_seen_at + interval '90 seconds' FROM source_file f WHERE f.id = r.file_id`,
  );

  expect((await dashboardOf(database.db)).connections[0]?.freshness).toEqual({ files: 1, p50: 90, p95: 90 });
});

test.each([
  {
    when: 'a file is being read',
    connection: {},
    records: {},
    file: 'importing',
    isLive: true,
  },
  {
    when: 'records are on their way',
    connection: {},
    records: { sending: 1 },
    file: 'archived',
    isLive: true,
  },
  { when: 'records are pending', connection: {}, records: { pending: 1 }, file: 'archived', isLive: true },
  {
    when: 'all is settled',
    connection: {},
    records: { synced: 1, failed: 1 },
    file: 'archived',
    isLive: false,
  },
  {
    when: 'it is paused',
    connection: { paused: true },
    records: { pending: 1 },
    file: 'discovered',
    isLive: false,
  },
  {
    when: 'test mode holds records back',
    connection: { mode: 'test' },
    records: { pending: 1 },
    file: 'archived',
    isLive: false,
  },
])('the page is live: $isLive when $when', async ({ connection, records, file, isLive }) => {
  await using database = await createTestDatabase();
  const owner = await createShop(database.db, SHOP, connection);
  await createCustomers(database.db, owner, records);
  await createFile(database.db, owner, { name: 'customers_20260101T000000Z.csv', status: file });

  const page = await dashboardOf(database.db);

  expect(page.running.length > 0 || page.travelling.length > 0).toBe(isLive);
});

test('records that wait for a later time are not shown as under way', async () => {
  await using database = await createTestDatabase();
  const owner = await createShop(database.db, SHOP);
  await createCustomers(database.db, owner, { pending: 3 });
  await database.db.sql(
    `UPDATE customer SET next_attempt_at = now() + interval '1 day'
      WHERE id IN (SELECT id FROM customer ORDER BY id LIMIT 2)`,
  );

  const some = await dashboardOf(database.db);
  await database.db.sql(`UPDATE customer SET next_attempt_at = now() + interval '1 day'`);
  const none = await dashboardOf(database.db);

  expect(some.travelling).toEqual([{ kind: 'customers', count: 1 }]);
  expect([none.travelling, none.underWay]).toEqual([[], []]);
});

test('each connection says what it does next, and what is at work can be paused', async () => {
  await using database = await createTestDatabase();
  const owner = await createShop(database.db, SHOP);
  await createCustomers(database.db, owner, { pending: 3 });
  const other = await createShop(database.db, 'two.myshopify.com', { name: 'Theirs' });
  await createCustomers(database.db, other, { pending: 9 });
  const paused = await database.db.sql<{ id: string }>(
    `INSERT INTO connection (shop_id, name, directory, sealed_key, key_last4, event_seed, events, paused, position)
     VALUES ($1, 'Klaviyo NZ', '/pending/nz', 'v1.test', 'c3d4', 'nz', '{}', true, 1) RETURNING id`,
    [owner.shopId],
  );
  await createCustomers(database.db, { ...owner, connectionId: paused[0]?.id ?? '' }, { sending: 2 });

  const { connections, underWay } = await dashboardOf(database.db);

  expect(connections.map(({ schedule }) => schedule)).toEqual([
    '3 customers due.',
    'Paused: nothing more is read or sent.',
  ]);
  expect(underWay).toEqual([{ id: owner.connectionId, name: 'Klaviyo AU' }]);
});

test('the page costs twelve queries, however much there is to show, and one looks at records: the rare ones of the schedules', async () => {
  await using database = await createTestDatabase();
  const owner = await createShop(database.db, SHOP);
  await createCustomers(database.db, owner, { synced: 20 });
  await createFile(database.db, owner, { name: 'a.csv', status: 'archived', rows: { read: 1, created: 1 } });
  const queries: string[] = [];
  const ctx = webContext({
    ...database.db,
    sql(text, parameters) {
      queries.push(text);
      return database.db.sql(text, parameters);
    },
  });

  await dashboardOf(database.db, ctx);

  expect(queries).toHaveLength(12);
  const ofRecords = queries.filter((text) => /\b(FROM|JOIN) (customer|"order"|reward)\b/.test(text));
  // By their partial indexes: test/queries/connection-schedule.test.ts asks for the plan.
  expect(ofRecords.map((text) => text.match(/t\.send_now|t\.next_attempt_at >/g)?.length)).toEqual([6]);
});
