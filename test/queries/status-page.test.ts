import { expect, test } from 'vitest';
import { statusPage } from '#app/queries/status-page.server.ts';
import { createTestDatabase } from '#test/builders/database.ts';
import { createCustomers, createFile, createShop } from '#test/builders/shops.ts';
import { webContext } from '#test/builders/web.ts';

const SHOP = 'one.myshopify.com';

test('a shop that Threadline does not know has no status page', async () => {
  await using database = await createTestDatabase();

  expect(await statusPage(webContext(database.db), SHOP)).toBeNull();
});

test('records are counted per connection, kind and status', async () => {
  await using database = await createTestDatabase();
  const owner = await createShop(database.db, SHOP);
  await createCustomers(database.db, owner, { synced: 3, failed: 2, skipped: 1 });

  const page = await statusPage(webContext(database.db), SHOP);

  expect(page?.connections[0]?.records.customers).toEqual({
    total: 6,
    synced: 3,
    failed: 2,
    skipped: 1,
    pending: 0,
    sending: 0,
    waiting: 0,
    held: 0,
  });
  expect(page?.connections[0]?.records.orders.total).toBe(0);
});

test('a file shows its balance, its problem and when it was seen in the zone of the shop', async () => {
  await using database = await createTestDatabase();
  const owner = await createShop(database.db, SHOP);
  await createFile(database.db, owner, {
    name: 'customers_20260101T000000Z.csv',
    status: 'archived',
    seenAt: new Date('2026-01-01T05:30:00Z'),
    rows: { read: 10, created: 4, changed: 3, unchanged: 2, folded: 0, rejected: 1 },
  });
  await createFile(database.db, owner, {
    name: 'orders.csv',
    status: 'unrecognised',
    problem: 'The name has no time.',
    seenAt: new Date('2026-01-01T05:00:00Z'),
  });

  const page = await statusPage(webContext(database.db), SHOP);

  expect(page?.connections[0]?.files).toMatchObject([
    {
      name: 'customers_20260101T000000Z.csv',
      seenAt: '1 Jan 2026, 16:30',
      rows: { read: 10, created: 4, changed: 3, unchanged: 2, folded: 0, rejected: 1 },
      isBalanced: true,
      problem: null,
    },
    { name: 'orders.csv', rows: null, problem: 'The name has no time.' },
  ]);
});

test('rows that do not add up are not balanced', async () => {
  await using database = await createTestDatabase();
  const owner = await createShop(database.db, SHOP);
  await createFile(database.db, owner, {
    name: 'customers_20260101T000000Z.csv',
    status: 'archived',
    rows: { read: 10, created: 4 },
  });

  const page = await statusPage(webContext(database.db), SHOP);

  expect(page?.connections[0]?.files[0]?.isBalanced).toBe(false);
});

test('a held file stays in view however many files came after it', async () => {
  await using database = await createTestDatabase();
  const owner = await createShop(database.db, SHOP);
  await createFile(database.db, owner, { name: 'held.csv', status: 'held', seenAt: new Date('2020-01-01') });
  for (let day = 1; day <= 9; day += 1) {
    const seenAt = new Date(`2026-01-0${day}`);
    await createFile(database.db, owner, { name: `day-${day}.csv`, status: 'archived', seenAt });
  }

  const page = await statusPage(webContext(database.db), SHOP);

  const names = page?.connections[0]?.files.map((file) => file.name);
  expect(names).toEqual(['held.csv', 'day-9.csv', 'day-8.csv', 'day-7.csv', 'day-6.csv', 'day-5.csv']);
});

test('open alerts are shown with their connection, resolved ones are not', async () => {
  await using database = await createTestDatabase();
  const { shopId, connectionId } = await createShop(database.db, SHOP);
  await database.db.prisma.alert.createMany({
    data: [
      {
        shopId,
        connectionId,
        cause: 'a',
        code: 'key_refused',
        message: 'for the log',
        hint: 'Make a new key.',
      },
      { shopId, cause: 'b', code: 'old', message: 'was', hint: 'was', resolvedAt: new Date() },
    ],
  });

  const page = await statusPage(webContext(database.db), SHOP);

  expect(page?.problems).toMatchObject([{ connection: 'Klaviyo AU', remedy: 'Make a new key.' }]);
});

test.each([
  { when: 'a file is being read', connection: {}, records: {}, file: 'importing', isLive: true },
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

  const page = await statusPage(webContext(database.db), SHOP);

  expect(page?.isLive).toBe(isLive);
});

test('the page costs three queries, however much there is to show', async () => {
  await using database = await createTestDatabase();
  const owner = await createShop(database.db, SHOP);
  await createCustomers(database.db, owner, { synced: 20 });
  await createFile(database.db, owner, { name: 'a.csv', status: 'archived', rows: { read: 1, created: 1 } });
  let queryCount = 0;
  const ctx = webContext({
    ...database.db,
    sql(text, parameters) {
      queryCount += 1;
      return database.db.sql(text, parameters);
    },
  });

  await statusPage(ctx, SHOP);

  expect(queryCount).toBe(3);
});
