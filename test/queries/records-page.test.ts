import { expect, test } from 'vitest';
import type { Database } from '#app/context.ts';
import {
  NO_FILTER,
  parseRecordFilter,
  type RecordCursor,
  type RecordFilter,
} from '#app/domain/record-filter.ts';
import type { RecordKind } from '#app/domain/records.ts';
import { failedCauses } from '#app/queries/failed-causes.server.ts';
import { stepQueries } from '#app/queries/record-walk.server.ts';
import { recordNeighbours, recordsPage, walkOf, type RecordsPage } from '#app/queries/records-page.server.ts';
import { createTestDatabase, type TestDatabase } from '#test/builders/database.ts';
import { createCustomers, createFile, createShop } from '#test/builders/shops.ts';
import { webContext } from '#test/builders/web.ts';

type Owner = { shopId: string; connectionId: string };

function page(
  db: Database,
  owner: Owner,
  filter: Partial<RecordFilter> = {},
  { kind = 'customers' as RecordKind, cursor = null as RecordCursor } = {},
): Promise<RecordsPage> {
  return recordsPage(webContext(db), owner.shopId, {
    kind,
    filter: { ...NO_FILTER, ...filter },
    cursor,
    timezone: 'UTC',
    dataSync: true,
  });
}

/** Every page of a list there, then every page back. */
async function readThere(db: Database, owner: Owner, filter: Partial<RecordFilter>, kind: RecordKind) {
  const there: string[][] = [];
  const back: string[][] = [];
  let shown = await page(db, owner, filter, { kind });
  there.push(shown.rows.map((row) => row.id));
  while (shown.next !== null) {
    shown = await page(db, owner, filter, { kind, cursor: shown.next });
    there.push(shown.rows.map((row) => row.id));
  }
  back.unshift(shown.rows.map((row) => row.id));
  while (shown.previous !== null) {
    shown = await page(db, owner, filter, { kind, cursor: shown.previous });
    back.unshift(shown.rows.map((row) => row.id));
  }
  return { there, back };
}

const STATUSES = ['synced', 'pending', 'sending', 'waiting', 'failed', 'skipped', 'held'];

/** Records of two connections and all statuses with equal times, close times and no time at all. */
async function createMany(db: Database, owner: Owner, count: number): Promise<string> {
  const second = await db.sql<{ id: string }>(
    `INSERT INTO connection (shop_id, name, directory, sealed_key, key_last4, event_seed, events)
     VALUES ($1, 'Klaviyo NZ', '/pending/nz', 'v1.test', 'c3d4', 'nz', '{}') RETURNING id`,
    [owner.shopId],
  );
  const other = second[0]?.id ?? '';
  await db.sql(
    `INSERT INTO "order" (shop_id, connection_id, external_id, source, source_hash, rules_hash, status, reason, updated_at,
                          customer_key, label, occurred_at, run_id, line)
     SELECT $1, CASE WHEN i % 3 = 0 THEN $3 ELSE $2 END::uuid, 'O' || i, '{}', 's', 'r', ($4::text[])[1 + i % 7],
            CASE WHEN i % 7 = 4 THEN jsonb_build_object('code', 'cause_' || i % 2, 'message', 'Because.') END,
            '2026-01-01T00:00:00Z'::timestamptz + (i / 4) * interval '1.000001 seconds', i::text, 'SO-' || i / 2,
            CASE WHEN i % 5 > 0 THEN '2025-06-01T00:00:00Z'::timestamptz + (i % 11) * interval '1 hour' END, NULL, 0
       FROM generate_series(1, $5::int) AS i`,
    [owner.shopId, owner.connectionId, other, STATUSES, count],
  );
  return other;
}

test.each([
  ['everything by last change', {}],
  ['the oldest change first', { sort: 'changed-asc' }],
  ['by time of placing, those without one last', { sort: 'placed-desc' }],
  ['the earliest placed first', { sort: 'placed-asc' }],
  ['failed ones', { tab: 'failed' }],
  ['failed ones of a cause', { tab: 'failed', code: 'cause_1' }],
  ['a search for numbers', { search: 'so-1' }],
] satisfies [string, Partial<RecordFilter>][])(
  'walking next through %s meets every record once, and previous comes back the same way',
  async (_, filter) => {
    await using database = await createTestDatabase();
    const owner = await createShop(database.db, 'one.myshopify.com');
    await createMany(database.db, owner, 730);

    const { there, back } = await readThere(database.db, owner, filter, 'orders');

    const all = there.flat();
    expect(new Set(all).size).toBe(all.length);
    expect(all.length).toBe(await expectedCount(database, filter));
    expect(back).toEqual(there);
  },
);

async function expectedCount(database: TestDatabase, filter: Partial<RecordFilter>): Promise<number> {
  const [row] = await database.db.sql<{ count: number }>(
    `SELECT count(*)::int AS count FROM "order"
      WHERE ($1::text IS NULL OR status = $1) AND ($2::text IS NULL OR reason->>'code' = $2)
        AND ($3::text IS NULL OR label LIKE $3)`,
    [filter.tab ?? null, filter.code ?? null, filter.search === undefined ? null : 'SO-1%'],
  );
  return row?.count ?? -1;
}

test('the neighbours of every record are the ones beside it in the list', async () => {
  await using database = await createTestDatabase();
  const owner = await createShop(database.db, 'one.myshopify.com');
  await createMany(database.db, owner, 60);
  const ctx = webContext(database.db);
  for (const filter of [
    {},
    { sort: 'placed-desc' },
    { tab: 'failed' },
    { search: 'SO-1' },
  ] as Partial<RecordFilter>[]) {
    const { there } = await readThere(database.db, owner, filter, 'orders');
    const ids = there.flat();
    for (const [index, id] of ids.entries()) {
      const input = { kind: 'orders', filter: { ...NO_FILTER, ...filter }, id } as const;
      expect(await recordNeighbours(ctx, owner.shopId, input)).toEqual({
        previous: ids[index - 1] ?? null,
        next: ids[index + 1] ?? null,
      });
    }
  }
});

test('tabs carry the figures of the chosen connection, and none where nobody has counted', async () => {
  await using database = await createTestDatabase();
  const owner = await createShop(database.db, 'one.myshopify.com');
  const other = await createMany(database.db, owner, 70);

  const all = await page(database.db, owner, {}, { kind: 'orders' });
  const one = await page(database.db, owner, { connectionId: other }, { kind: 'orders' });
  const searched = await page(database.db, owner, { search: 'SO-1' }, { kind: 'orders' });

  expect(all.tabs.map(({ count }) => count)).toEqual([70, 20, 10, 10, 10, 10, 10]);
  expect(one.tabs[0]?.count).toBe(23);
  expect(searched.tabs.every(({ count }) => count === null)).toBe(true);
});

test('a search finds an id as it is and an address by how it begins, in capitals too', async () => {
  await using database = await createTestDatabase();
  const owner = await createShop(database.db, 'one.myshopify.com');
  const usual = { ...owner, source: {}, sourceHash: 's', rulesHash: 'r', status: 'synced' };
  await database.db.prisma.customer.createMany({
    data: [
      { ...usual, externalId: '42', email: 'berta@shop.example' },
      { ...usual, externalId: '4', email: '42@shop.example' },
      { ...usual, externalId: '7', email: 'anna%smith@shop.example' },
      { ...usual, externalId: '8', email: 'annaxsmith@shop.example' },
    ],
  });

  const byId = await page(database.db, owner, { search: '42' });
  const byAddress = await page(database.db, owner, { search: 'ANNA%' });

  expect(byId.rows.map((row) => row.externalId)).toEqual(['42', '4']);
  expect(byAddress.rows.map((row) => row.externalId)).toEqual(['7']);
});

test('changed since leaves out what was changed before', async () => {
  await using database = await createTestDatabase();
  const owner = await createShop(database.db, 'one.myshopify.com');
  await createCustomers(database.db, owner, { synced: 2 });
  await database.db.sql(
    `UPDATE customer SET updated_at = now() - interval '3 days' WHERE external_id = 'synced-0'`,
  );

  expect((await page(database.db, owner, { since: 1 })).rows.map((row) => row.externalId)).toEqual([
    'synced-1',
  ]);
  expect((await page(database.db, owner, { since: 7 })).rows).toHaveLength(2);
});

test('a run shows its records in the order of the file, and the name of the file', async () => {
  await using database = await createTestDatabase();
  const owner = await createShop(database.db, 'one.myshopify.com');
  await createFile(database.db, owner, {
    name: 'customers_1.csv',
    status: 'archived',
    rows: { read: 3, created: 3 },
  });
  await createCustomers(database.db, owner, { synced: 2, failed: 2 });
  const [run] = await database.db.sql<{ id: string }>('SELECT id FROM import_run');
  await database.db.sql(
    `UPDATE customer SET run_id = $1, line = CASE external_id WHEN 'failed-0' THEN 4 WHEN 'synced-1' THEN 3 ELSE 2 END
      WHERE external_id <> 'failed-1'`,
    [run?.id],
  );

  const shown = await page(database.db, owner, { runId: run?.id ?? '' });

  expect(shown.rows.map((row) => row.externalId)).toEqual(['synced-0', 'synced-1', 'failed-0']);
  expect(shown.file).toBe('customers_1.csv');
});

test('causes to choose from are the ones that failed records have', async () => {
  await using database = await createTestDatabase();
  const owner = await createShop(database.db, 'one.myshopify.com');
  const other = await createMany(database.db, owner, 70);

  const shown = await page(database.db, owner, { tab: 'failed' }, { kind: 'orders' });

  expect(shown.causes).toEqual([
    { code: 'cause_0', example: 'Because.' },
    { code: 'cause_1', example: 'Because.' },
  ]);
  expect(
    await failedCauses(webContext(database.db), (await createShop(database.db, 'two.myshopify.com')).shopId, {
      kind: 'orders',
      connectionIds: [other],
    }),
  ).toEqual([]);
});

test('a place in the address that somebody has changed shows the first page', async () => {
  await using database = await createTestDatabase();
  const owner = await createShop(database.db, 'one.myshopify.com');
  await createCustomers(database.db, owner, { synced: 3 });
  const place = { segment: 5, key: 'yesterday', id: owner.shopId };

  for (const segment of [0, 5]) {
    const shown = await page(
      database.db,
      owner,
      {},
      {
        cursor: { direction: 'after', place: { ...place, segment } },
      },
    );
    expect(shown.rows).toHaveLength(3);
  }
});

test('another shop sees nothing, whichever ids it names', async () => {
  await using database = await createTestDatabase();
  const owner = await createShop(database.db, 'one.myshopify.com');
  const stranger = await createShop(database.db, 'two.myshopify.com');
  await createFile(database.db, owner, { name: 'a.csv', status: 'archived', rows: { read: 1, created: 1 } });
  const [run] = await database.db.sql<{ id: string }>('SELECT id FROM import_run');
  await createCustomers(database.db, owner, { failed: 3 });
  await database.db.sql('UPDATE customer SET run_id = $1', [run?.id]);
  const [record] = (await page(database.db, owner)).rows;

  for (const filter of [
    {},
    { connectionId: owner.connectionId },
    { runId: run?.id ?? '' },
    { search: 'failed-0' },
  ]) {
    const shown = await page(database.db, stranger, filter);
    expect({ rows: shown.rows, file: shown.file }).toEqual({ rows: [], file: null });
  }
  expect(
    await recordNeighbours(webContext(database.db), stranger.shopId, {
      kind: 'customers',
      filter: NO_FILTER,
      id: record?.id ?? '',
    }),
  ).toEqual({ previous: null, next: null });
});

type Plan = {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Rows Removed by Filter'?: number;
  'Actual Loops': number;
  Plans?: Plan[];
};

function nodesOf(plan: Plan): Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

test('no list reads a table: a page costs at most its rows for each connection and status', async () => {
  await using database = await createTestDatabase();
  const owner = await createShop(database.db, 'one.myshopify.com');
  await createMany(database.db, owner, 30_000);
  await database.db.sql('ANALYZE "order"');
  const ids = (await page(database.db, owner, {}, { kind: 'orders' })).connections.map(({ id }) => id);
  const queries = [
    '',
    'sort=changed-asc',
    'sort=placed-desc',
    'status=failed',
    'status=failed&code=cause_1',
    'q=SO-777',
    'since=30',
    'run=8f14e45f-ceea-467f-a8d0-1c2b3d4e5f60',
    'run=8f14e45f-ceea-467f-a8d0-1c2b3d4e5f60&status=failed&code=cause_1',
  ];
  for (const query of queries) {
    const filter = parseRecordFilter('orders', new URLSearchParams(query));
    const walk = walkOf(webContext(database.db), 'orders', filter, ids);
    for (const { text, parameters } of stepQueries(walk, 51)) {
      const [row] = await database.db.sql<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
        `EXPLAIN (ANALYZE, FORMAT JSON) ${text}`,
        parameters,
      );
      const nodes = nodesOf((row as { 'QUERY PLAN': [{ Plan: Plan }] })['QUERY PLAN'][0].Plan);
      const reads = nodes.filter((node) => node['Relation Name'] === 'order');
      expect(reads.map((node) => node['Node Type']).filter((type) => type === 'Seq Scan')).toEqual([]);
      const rowCount = reads.reduce(
        (sum, node) =>
          sum + (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'],
        0,
      );
      expect({ query, isLittle: rowCount <= 51 * ids.length * STATUSES.length }).toEqual({
        query,
        isLittle: true,
      });
    }
  }
});
