import { expect, test } from 'vitest';
import type { Database } from '#app/context.ts';
import { filePage } from '#app/queries/file-page.server.ts';
import { readProblemsView } from '#app/queries/file-problems.server.ts';
import { filesPage, readFilesView } from '#app/queries/files-page.server.ts';
import { createTestDatabase } from '#test/builders/database.ts';
import { createFile, createShop } from '#test/builders/shops.ts';
import { webContext } from '#test/builders/web.ts';

function look(db: Database, shopId: string, address = '') {
  const view = readFilesView(new URLSearchParams(address));
  return filesPage(webContext(db), { id: shopId, timezone: 'Australia/Sydney' }, view);
}

function lookAt(db: Database, shopId: string, fileId: string, address = '') {
  const view = readProblemsView(new URLSearchParams(address));
  const shop = { id: shopId, timezone: 'Australia/Sydney', dataSync: true };
  return filePage(webContext(db), shop, fileId, view);
}

async function idOf(db: Database, name: string): Promise<string> {
  return (await db.prisma.sourceFile.findFirstOrThrow({ where: { name } })).id;
}

function at(minute: number): Date {
  return new Date(Date.UTC(2026, 0, 1, 0, minute));
}

test('files are listed newest first, with their rows, their problem and when they landed', async () => {
  await using database = await createTestDatabase();
  const owner = await createShop(database.db, 'one.myshopify.com');
  await createFile(database.db, owner, {
    name: 'old.csv',
    status: 'archived',
    seenAt: at(0),
    rows: { read: 10, created: 9, rejected: 1 },
  });
  await createFile(database.db, owner, {
    name: 'new.csv',
    status: 'held',
    problem: 'Too few.',
    seenAt: at(1),
  });

  const { rows } = await look(database.db, owner.shopId);

  expect(rows).toMatchObject([
    { name: 'new.csv', status: 'held', rows: null, problem: 'Too few.', connection: 'Klaviyo AU' },
    { name: 'old.csv', rows: { read: 10, rejected: 1 }, problem: null, landedAt: '1 Jan 2026, 11:00' },
  ]);
});

test('a shop sees its own files only, in the list and one by one', async () => {
  await using database = await createTestDatabase();
  const mine = await createShop(database.db, 'one.myshopify.com');
  const other = await createShop(database.db, 'two.myshopify.com');
  await createFile(database.db, other, { name: 'theirs.csv', status: 'held' });
  const theirs = await idOf(database.db, 'theirs.csv');

  expect((await look(database.db, mine.shopId)).rows).toEqual([]);
  expect((await look(database.db, mine.shopId, `connection=${other.connectionId}`)).rows).toEqual([]);
  expect((await look(database.db, mine.shopId)).needsYou).toBe(0);
  expect(await lookAt(database.db, mine.shopId, theirs)).toBeNull();
  expect(await lookAt(database.db, other.shopId, theirs)).toMatchObject({ name: 'theirs.csv' });
});

test.each([
  ['', ['archived', 'discovered', 'duplicate', 'held', 'importing', 'unrecognised', 'waiting-for-start']],
  ['tab=needs-you', ['held', 'unrecognised', 'waiting-for-start']],
  ['tab=in-progress', ['discovered', 'importing']],
  ['tab=done', ['archived', 'duplicate']],
  [
    'tab=nonsense&lane=nonsense',
    ['archived', 'discovered', 'duplicate', 'held', 'importing', 'unrecognised', 'waiting-for-start'],
  ],
  ['lane=bulk', ['waiting-for-start']],
])('the address %s shows the right statuses', async (address, statuses) => {
  await using database = await createTestDatabase();
  const owner = await createShop(database.db, 'one.myshopify.com');
  for (const status of ['archived', 'discovered', 'duplicate', 'held', 'importing', 'unrecognised']) {
    await createFile(database.db, owner, { name: `${status}.csv`, status });
  }
  await createFile(database.db, owner, { name: 'bulk.csv', status: 'waiting-for-start', lane: 'bulk' });
  await createFile(database.db, owner, { name: 'growing.csv', status: 'gone' });

  const page = await look(database.db, owner.shopId, address);

  expect(page.rows.map(({ status }) => status).sort()).toEqual(statuses);
  expect(page).toMatchObject({ needsYou: 3, moving: 2 });
});

test('a file that was tried and taken away stays in the list; one that was never read does not', async () => {
  await using database = await createTestDatabase();
  const owner = await createShop(database.db, 'one.myshopify.com');
  await createFile(database.db, owner, { name: 'growing.csv', status: 'gone' });
  await createFile(database.db, owner, { name: 'tried.csv', status: 'gone', rows: { read: 1, created: 1 } });

  const { rows } = await look(database.db, owner.shopId);

  expect(rows.map(({ name }) => name)).toEqual(['tried.csv']);
});

test('pages of fifty over several connections leave nothing out and repeat nothing, forwards and backwards', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const owner = await createShop(db, 'one.myshopify.com');
  const second = await db.prisma.connection.create({
    data: {
      shopId: owner.shopId,
      name: 'NZ',
      directory: '/pending/nz',
      sealedKey: 'v1.test',
      keyLast4: 'a1b2',
      eventSeed: 'nz',
      events: {},
    },
  });
  await db.sql(
    `INSERT INTO source_file (shop_id, connection_id, lane, kind, path, name, size, modified_at, status, first_seen_at)
     SELECT $1, CASE WHEN n % 3 = 0 THEN $2::uuid ELSE $3::uuid END, 'pending', 'customers', '/' || n, n || '.csv', 1, now(), 'archived',
            '2026-01-01'::timestamptz + (n / 4) * interval '1 microsecond'
       FROM generate_series(1, 120) n`,
    [owner.shopId, owner.connectionId, second.id],
  );
  const first = await look(db, owner.shopId);
  const middle = await look(db, owner.shopId, `after=${encodeURIComponent(first.after ?? '')}`);
  const last = await look(db, owner.shopId, `after=${encodeURIComponent(middle.after ?? '')}`);
  const back = await look(db, owner.shopId, `before=${encodeURIComponent(last.before ?? '')}`);
  const start = await look(db, owner.shopId, `before=${encodeURIComponent(back.before ?? '')}`);

  expect([first, middle, last].map(({ rows }) => rows.length)).toEqual([50, 50, 20]);
  expect(new Set([first, middle, last].flatMap(({ rows }) => rows.map(({ id }) => id))).size).toBe(120);
  expect(last.after).toBeNull();
  expect(first.before).toBeNull();
  expect(back.rows).toEqual(middle.rows);
  expect(start.rows).toEqual(first.rows);
  expect(start.before).toBeNull();
});

test('an address that is no place in the list shows its first page', async () => {
  await using database = await createTestDatabase();
  const owner = await createShop(database.db, 'one.myshopify.com');
  await createFile(database.db, owner, { name: 'a.csv', status: 'archived' });

  const { rows } = await look(database.db, owner.shopId, `after='; DROP TABLE shop~x&connection=1`);

  expect(rows).toHaveLength(1);
});

test('a paused connection moves nothing', async () => {
  await using database = await createTestDatabase();
  const owner = await createShop(database.db, 'one.myshopify.com', { paused: true });
  await createFile(database.db, owner, { name: 'a.csv', status: 'discovered' });

  expect(await look(database.db, owner.shopId)).toMatchObject({ moving: 0 });
});

async function fileWithProblems(db: Database): Promise<{ shopId: string; fileId: string }> {
  const owner = await createShop(db, 'one.myshopify.com');
  await createFile(db, owner, {
    name: 'bad.csv',
    status: 'archived',
    rows: { read: 75, created: 5, rejected: 70 },
  });
  const fileId = await idOf(db, 'bad.csv');
  await db.sql(`UPDATE import_run SET total_rows = 75, warnings = '{"bad_phone": 3000}' WHERE file_id = $1`, [
    fileId,
  ]);
  await db.sql(`UPDATE source_file SET format = '{"header": ["PERIDX", "EMAIL"]}' WHERE id = $1`, [fileId]);
  await db.sql(
    `INSERT INTO record_error (shop_id, connection_id, file_id, severity, code, message, line, "column", value, source)
     SELECT $1, $2, $3, CASE WHEN n > 70 THEN 'warning' ELSE 'error' END,
            CASE WHEN n > 70 THEN 'bad_phone' WHEN n > 60 THEN 'too-few-cells' ELSE 'missing_key' END, 'Row ' || n, n / 2 + 2,
            CASE WHEN n > 70 THEN 'MOBILE' WHEN n > 60 THEN NULL ELSE 'peridx' END, CASE WHEN n > 70 THEN '12' END,
            CASE WHEN n > 70 THEN NULL ELSE '{"PERIDX": "", "EMAIL": "a@b.example"}'::jsonb END
       FROM generate_series(1, 72) n`,
    [owner.shopId, owner.connectionId, fileId],
  );
  return { shopId: owner.shopId, fileId };
}

test('what is wrong with a file is told by cause, the commonest first; warnings are counted in full', async () => {
  await using database = await createTestDatabase();
  const { shopId, fileId } = await fileWithProblems(database.db);

  const page = await lookAt(database.db, shopId, fileId);

  expect(page?.problems.causes).toEqual([
    { severity: 'warning', code: 'bad_phone', count: 3000, example: 'Row 71', column: 'MOBILE' },
    { severity: 'error', code: 'missing_key', count: 60, example: 'Row 1', column: 'peridx' },
    { severity: 'error', code: 'too-few-cells', count: 10, example: 'Row 61', column: null },
  ]);
});

test('the rows with errors come in the order of the file, fifty at a time, with the cell they are about', async () => {
  await using database = await createTestDatabase();
  const { shopId, fileId } = await fileWithProblems(database.db);

  const first = (await lookAt(database.db, shopId, fileId))?.problems.page;
  const second = (await lookAt(database.db, shopId, fileId, `after=${first?.after}`))?.problems.page;
  const back = (await lookAt(database.db, shopId, fileId, `before=${second?.before}`))?.problems.page;

  expect(first?.rows).toHaveLength(50);
  expect(first?.rows[0]).toMatchObject({ line: 2, column: 'peridx', value: '' });
  expect(new Set([...(first?.rows ?? []), ...(second?.rows ?? [])].map(({ id }) => id)).size).toBe(70);
  expect(second?.after).toBeNull();
  expect(back?.rows).toEqual(first?.rows);
});

test('one cause can be looked at alone, a warning, too', async () => {
  await using database = await createTestDatabase();
  const { shopId, fileId } = await fileWithProblems(database.db);

  const few = await lookAt(database.db, shopId, fileId, 'cause=error.too-few-cells');
  const phones = await lookAt(database.db, shopId, fileId, 'cause=warning.bad_phone');

  expect(few?.problems.page.rows.map(({ code }) => code)).toEqual(
    Array.from({ length: 10 }, () => 'too-few-cells'),
  );
  expect(phones?.problems.page.rows).toMatchObject([{ value: '12' }, { value: '12' }]);
});

test('what became of the records of a file is counted by status, but not beyond ten thousand', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const owner = await createShop(db, 'one.myshopify.com');
  await createFile(db, owner, { name: 'customers.csv', status: 'archived', rows: { read: 1, created: 1 } });
  await db.sql(`UPDATE source_file SET kind = 'customers'`);
  await db.sql(
    `INSERT INTO customer (shop_id, connection_id, external_id, source, source_hash, rules_hash, status, run_id)
     SELECT $1, $2, n::text, '{}', '', '', CASE WHEN n > 10001 THEN 'failed' ELSE 'synced' END, r.id
       FROM import_run r, generate_series(1, 10003) n`,
    [owner.shopId, owner.connectionId],
  );

  const page = await lookAt(db, owner.shopId, await idOf(db, 'customers.csv'));

  expect(page?.records).toEqual([
    { status: 'synced', count: 10_000, isMore: true },
    { status: 'failed', count: 2, isMore: false },
  ]);
});

test('rows that do not add up are not balanced', async () => {
  await using database = await createTestDatabase();
  const owner = await createShop(database.db, 'one.myshopify.com');
  await createFile(database.db, owner, { name: 'a.csv', status: 'archived', rows: { read: 10, created: 4 } });

  const page = await lookAt(database.db, owner.shopId, await idOf(database.db, 'a.csv'));

  expect(page?.isBalanced).toBe(false);
});

test('what is no id of a file is not found', async () => {
  await using database = await createTestDatabase();
  const owner = await createShop(database.db, 'one.myshopify.com');

  expect(await lookAt(database.db, owner.shopId, 'customers.csv')).toBeNull();
});
