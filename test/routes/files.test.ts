import { expect, test } from 'vitest';
import type { Context } from '#app/context.ts';
import { action, loader } from '#app/routes/app.files.$id.tsx';
import { createTestDatabase } from '#test/builders/database.ts';
import { createFile, createShop } from '#test/builders/shops.ts';
import { asShop, loadContext, storeSession, webContext } from '#test/builders/web.ts';

const SHOP = 'one.myshopify.com';
const OTHER = 'two.myshopify.com';

async function statusOf(answer: Promise<unknown>): Promise<number> {
  return answer.then(
    () => 200,
    (thrown: unknown) => (thrown instanceof Response ? thrown.status : 500),
  );
}

function post(ctx: Context, shop: string, fileId: string, intent: string) {
  const request = new Request(`https://threadline.test/app/files/${fileId}`, {
    method: 'POST',
    headers: { ...asShop(shop), 'content-type': 'application/json' },
    body: JSON.stringify({ intent }),
  });
  return action({ request, params: { id: fileId }, context: loadContext(ctx) });
}

test('another shop’s file is not found, whatever is asked of it', async () => {
  await using database = await createTestDatabase();
  const ctx = webContext(database.db);
  await createShop(database.db, SHOP);
  const other = await createShop(database.db, OTHER);
  await createFile(database.db, other, { name: 'theirs.csv', status: 'held' });
  const { id } = await database.db.prisma.sourceFile.findFirstOrThrow();
  await storeSession(ctx, SHOP);
  const request = new Request(`https://threadline.test/app/files/${id}`, { headers: asShop(SHOP) });

  expect(await statusOf(loader({ request, params: { id }, context: loadContext(ctx) }))).toBe(404);
  for (const intent of ['release', 'discard', 'start', 'download-errors', 'download-original']) {
    expect(await statusOf(post(ctx, SHOP, id, intent))).toBe(404);
  }
  expect(await database.db.prisma.sourceFile.findFirst()).toMatchObject({ status: 'held' });
  expect(await database.db.prisma.downloadTicket.count()).toBe(0);
});

test('a deed that the page does not know is refused', async () => {
  await using database = await createTestDatabase();
  const ctx = webContext(database.db);
  const owner = await createShop(database.db, SHOP);
  await createFile(database.db, owner, { name: 'mine.csv', status: 'held' });
  const { id } = await database.db.prisma.sourceFile.findFirstOrThrow();
  await storeSession(ctx, SHOP);

  expect(await statusOf(post(ctx, SHOP, id, 'delete'))).toBe(400);
});
