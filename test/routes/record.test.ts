import { expect, test } from 'vitest';
import type { Context } from '#app/context.ts';
import { action, loader } from '#app/routes/app.records.$kind.$id.tsx';
import { createTestDatabase } from '#test/builders/database.ts';
import { createCustomers, createShop } from '#test/builders/shops.ts';
import { asShop, loadContext, storeSession, webContext } from '#test/builders/web.ts';

const SHOP = 'one.myshopify.com';
const OTHER = 'two.myshopify.com';

/** What the loader and the action answer this shop about a record, as status codes. */
async function statusesFor(ctx: Context, shop: string, params: { kind: string; id: string }) {
  const url = `https://threadline.test/app/records/${params.kind}/${params.id}`;
  const context = loadContext(ctx);
  const body = { method: 'POST', body: JSON.stringify({ intent: 'skip' }) };
  const statusOf = (thrown: unknown) => (thrown instanceof Response ? thrown.status : String(thrown));
  return {
    loader: await loader({ request: new Request(url, { headers: asShop(shop) }), params, context }).then(
      () => 200,
      statusOf,
    ),
    action: await action({
      request: new Request(url, { ...body, headers: asShop(shop) }),
      params,
      context,
    }).then(() => 200, statusOf),
  };
}

test('a record is shown to its own shop and to nobody else, and what is no record is not found', async () => {
  await using database = await createTestDatabase();
  const ctx = webContext(database.db);
  const owner = await createShop(database.db, SHOP);
  await createShop(database.db, OTHER);
  await createCustomers(database.db, owner, { failed: 1 });
  await storeSession(ctx, SHOP);
  await storeSession(ctx, OTHER);
  const { id } = await database.db.prisma.customer.findFirstOrThrow({ select: { id: true } });

  const missing = { loader: 404, action: 404 };
  expect(await statusesFor(ctx, OTHER, { kind: 'customers', id })).toEqual(missing);
  expect(await statusesFor(ctx, SHOP, { kind: 'orders', id })).toEqual(missing);
  expect(await statusesFor(ctx, SHOP, { kind: 'customers', id: 'nothing' })).toEqual(missing);
  expect(await statusesFor(ctx, SHOP, { kind: 'shops', id })).toEqual(missing);
  expect((await database.db.prisma.customer.findFirstOrThrow()).status).toBe('failed');
  expect(await statusesFor(ctx, SHOP, { kind: 'customers', id })).toEqual({ loader: 200, action: 200 });
  expect((await database.db.prisma.customer.findFirstOrThrow()).status).toBe('skipped');
});
