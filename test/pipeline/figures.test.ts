import { expect, test } from 'vitest';
import { foldFigures } from '#app/pipeline/fold-figures.ts';
import { recordFigures } from '#app/queries/record-figures.server.ts';
import { createTestDatabase } from '#test/builders/database.ts';
import { createCustomers, createShop } from '#test/builders/shops.ts';
import { webContext } from '#test/builders/web.ts';

const SHOP = 'figures.myshopify.com';

test('the figures follow every kind of change of the record tables, and folding changes none of them', async () => {
  await using database = await createTestDatabase();
  const { sql } = database.db;
  const ctx = webContext(database.db);
  const owner = await createShop(database.db, SHOP);
  async function counts() {
    const figures = await recordFigures(ctx, owner.shopId, [owner.connectionId]);
    return figures.get(owner.connectionId)?.customers;
  }
  await createCustomers(database.db, owner, { pending: 5, failed: 2 });
  expect(await counts()).toMatchObject({ total: 7, pending: 5, failed: 2 });

  await sql(`UPDATE customer SET status = 'synced' WHERE status = 'pending' AND external_id <> 'pending-0'`);
  await sql(`UPDATE customer SET attempts = 3`);
  await sql(`DELETE FROM customer WHERE status = 'failed'`);
  expect(await counts()).toMatchObject({ total: 5, pending: 1, synced: 4, failed: 0 });

  await Promise.all([1, 2, 3].map(() => foldFigures(ctx, owner.shopId, owner)));
  expect(await counts()).toMatchObject({ total: 5, pending: 1, synced: 4, failed: 0 });
  expect(await sql('SELECT status, count FROM record_figure ORDER BY status')).toEqual([
    { status: 'pending', count: 1 },
    { status: 'synced', count: 4 },
  ]);
});

test('what a transaction takes back is not counted', async () => {
  await using database = await createTestDatabase();
  const owner = await createShop(database.db, SHOP);
  await createCustomers(database.db, owner, { pending: 2 });
  const undone = database.db.transaction('undo', async (sql) => {
    await sql(`UPDATE customer SET status = 'synced'`);
    throw new Error('undo');
  });
  await expect(undone).rejects.toThrow('undo');

  const figures = await recordFigures(webContext(database.db), owner.shopId, [owner.connectionId]);
  expect(figures.get(owner.connectionId)?.customers).toMatchObject({ pending: 2, synced: 0 });
});

test('a shop that is deleted takes its records and figures along', async () => {
  await using database = await createTestDatabase();
  const owner = await createShop(database.db, SHOP);
  await createCustomers(database.db, owner, { pending: 2, synced: 3 });

  await database.db.sql('DELETE FROM shop WHERE id = $1', [owner.shopId]);

  expect(await database.db.sql('SELECT id FROM record_figure')).toEqual([]);
});
