import { expect, test } from 'vitest';
import type { Context } from '#app/context.ts';
import { action as uninstalled } from '#app/routes/webhooks.app.uninstalled.ts';
import { action as privacy } from '#app/routes/webhooks.privacy.ts';
import { installShop } from '#app/services/install-shop.server.ts';
import { createTestDatabase } from '#test/builders/database.ts';
import { createShop } from '#test/builders/shops.ts';
import { loadContext, signedWebhook, storeSession, webContext } from '#test/builders/web.ts';

const SHOP = 'one.myshopify.com';
const OTHER = 'two.myshopify.com';
const GONE = { topic: 'app/uninstalled', shop: SHOP };

function post(ctx: Context, request: Request): Promise<Response> {
  const action = new URL(request.url).pathname === '/webhooks/privacy' ? privacy : uninstalled;
  return action({ request, params: {}, context: loadContext(ctx) }).catch((thrown: unknown) => {
    if (thrown instanceof Response) {
      return thrown;
    }
    throw thrown;
  });
}

function shopRow(ctx: Context, domain: string) {
  return ctx.db.prisma.shop.findFirstOrThrow({ where: { domain } });
}

test('an uninstallation ends the shop and drops its sessions, and nobody else’s', async () => {
  await using database = await createTestDatabase();
  const ctx = webContext(database.db);
  await createShop(database.db, SHOP);
  await createShop(database.db, OTHER);
  await storeSession(ctx, SHOP);
  await storeSession(ctx, OTHER);

  const answer = await post(ctx, signedWebhook('/webhooks/app/uninstalled', GONE));

  expect(answer.status).toBe(200);
  expect((await shopRow(ctx, SHOP)).uninstalledAt).not.toBeNull();
  expect((await shopRow(ctx, OTHER)).uninstalledAt).toBeNull();
  const sessions = await database.db.prisma.session.findMany();
  expect(sessions.map((session) => session.shop)).toEqual([OTHER]);
});

test('a repeated uninstallation is answered and changes nothing more', async () => {
  await using database = await createTestDatabase();
  const ctx = webContext(database.db);
  await createShop(database.db, SHOP);
  await post(ctx, signedWebhook('/webhooks/app/uninstalled', { ...GONE, eventId: 'event-1' }));
  const before = await shopRow(ctx, SHOP);
  await installShop(ctx, { domain: SHOP });
  await storeSession(ctx, SHOP);

  const answer = await post(ctx, signedWebhook('/webhooks/app/uninstalled', { ...GONE, eventId: 'event-1' }));

  expect(answer.status).toBe(200);
  expect(before.uninstalledAt).not.toBeNull();
  expect((await shopRow(ctx, SHOP)).uninstalledAt).toBeNull();
  expect(await database.db.prisma.session.count()).toBe(1);
  expect(await database.db.prisma.webhookReceipt.count()).toBe(1);
});

test('an uninstallation that comes after the shop is back does not throw it out again', async () => {
  await using database = await createTestDatabase();
  const ctx = webContext(database.db);
  await installShop(ctx, { domain: SHOP });

  const late = signedWebhook('/webhooks/app/uninstalled', {
    ...GONE,
    triggeredAt: new Date(Date.now() - 3_600_000),
  });
  const answer = await post(ctx, late);

  expect(answer.status).toBe(200);
  expect((await shopRow(ctx, SHOP)).uninstalledAt).toBeNull();
});

test('an uninstallation of a shop that nobody knows is answered with 200', async () => {
  await using database = await createTestDatabase();

  const answer = await post(webContext(database.db), signedWebhook('/webhooks/app/uninstalled', GONE));

  expect(answer.status).toBe(200);
});

test('an expired token of the shop does not keep its uninstallation from being heard', async () => {
  await using database = await createTestDatabase();
  const ctx = webContext(database.db);
  await createShop(database.db, SHOP);
  await storeSession(ctx, SHOP);
  await database.db.prisma.session.updateMany({
    data: { expires: new Date('2020-01-01'), refreshToken: ctx.vault.seal('old', `session/offline_${SHOP}`) },
  });

  const answer = await post(ctx, signedWebhook('/webhooks/app/uninstalled', GONE));

  expect(answer.status).toBe(200);
  expect(await database.db.prisma.session.count()).toBe(0);
});

test.each(['/webhooks/app/uninstalled', '/webhooks/privacy'])(
  '%s refuses a wrong signature with 401',
  async (path) => {
    await using database = await createTestDatabase();
    const ctx = webContext(database.db);
    await createShop(database.db, SHOP);
    await storeSession(ctx, SHOP);

    const answer = await post(ctx, signedWebhook(path, { ...GONE, secret: 'somebody else’s' }));

    expect(answer.status).toBe(401);
    expect((await shopRow(ctx, SHOP)).uninstalledAt).toBeNull();
    expect(await database.db.prisma.session.count()).toBe(1);
    expect(await database.db.prisma.webhookReceipt.count()).toBe(0);
  },
);

test('when the work fails no receipt stays, so the next delivery does it', async () => {
  await using database = await createTestDatabase();
  await createShop(database.db, SHOP);
  const ctx = webContext(database.db);
  const request = () => signedWebhook('/webhooks/app/uninstalled', { ...GONE, eventId: 'event-1' });
  const failing = webContext({
    ...database.db,
    transaction: (name, work) =>
      database.db.transaction(name, (sql) =>
        work((text, parameters) => {
          if (text.startsWith('DELETE FROM "Session"')) {
            throw new Error('the disk is full');
          }
          return sql(text, parameters);
        }),
      ),
  });

  await expect(post(failing, request())).rejects.toThrow('the disk is full');
  const answer = await post(ctx, request());

  expect(answer.status).toBe(200);
  expect((await shopRow(ctx, SHOP)).uninstalledAt).not.toBeNull();
});

test('a privacy request is noted once for its shop, with no more of the person than the work needs', async () => {
  await using database = await createTestDatabase();
  const ctx = webContext(database.db);
  const { shopId } = await createShop(database.db, SHOP);
  await createShop(database.db, OTHER);
  const request = () =>
    signedWebhook('/webhooks/privacy', {
      topic: 'customers/redact',
      shop: SHOP,
      eventId: 'event-1',
      payload: {
        shop_domain: SHOP,
        customer: { id: 7, email: 'ann@example.org', phone: null, birthday: '1990-01-01' },
        orders_to_redact: [1, 2],
      },
    });

  const answers = [await post(ctx, request()), await post(ctx, request())];

  expect(answers.map((answer) => answer.status)).toEqual([200, 200]);
  expect(await database.db.prisma.privacyRequest.findMany()).toMatchObject([
    {
      shopId,
      topic: 'CUSTOMERS_REDACT',
      payload: { customer: { id: 7, email: 'ann@example.org', phone: null } },
      doneAt: null,
    },
  ]);
  const [noted] = await database.db.prisma.privacyRequest.findMany();
  expect(JSON.stringify(noted?.payload)).not.toContain('birthday');
});

test.each(['customers/data_request', 'customers/redact', 'shop/redact'])(
  '%s of a shop without data here is answered with 200',
  async (topic) => {
    await using database = await createTestDatabase();

    const answer = await post(
      webContext(database.db),
      signedWebhook('/webhooks/privacy', { topic, shop: SHOP }),
    );

    expect(answer.status).toBe(200);
    expect(await database.db.prisma.privacyRequest.count()).toBe(0);
  },
);

test('a topic that is no privacy request is not taken for one', async () => {
  await using database = await createTestDatabase();
  const ctx = webContext(database.db);
  await createShop(database.db, SHOP);

  const answer = await post(ctx, signedWebhook('/webhooks/privacy', { topic: 'orders/create', shop: SHOP }));

  expect(answer.status).toBe(404);
  expect(await database.db.prisma.privacyRequest.count()).toBe(0);
});
