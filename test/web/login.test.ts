import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setAbstractFetchFunc } from '@shopify/shopify-api/runtime';
import { expect, test } from 'vitest';
import { createTestDatabase } from '#test/builders/database.ts';
import { createShop } from '#test/builders/shops.ts';
import {
  asShop,
  BROWSER,
  fromAdmin,
  startTestWeb,
  storeSession,
  tokenFor,
  webContext,
} from '#test/builders/web.ts';
import { builtPages } from '#workers/web/pages.ts';

const SHOP = 'one.myshopify.com';
const OTHER = 'two.myshopify.com';

const get = (url: string, headers: Record<string, string> = BROWSER) =>
  fetch(url, { headers, redirect: 'manual' });

/** Addresses of all routes under /app, so that a new page cannot be forgotten. */
async function appPaths(): Promise<string[]> {
  const { build } = await builtPages();
  if (typeof build === 'function') {
    throw new Error('the pages are compiled in tests');
  }
  const routes = Object.values(build.routes).filter((route) => route !== undefined);
  const pathOf = (id: string | undefined): string => {
    const route = routes.find((candidate) => candidate.id === id);
    return route === undefined ? '' : [pathOf(route.parentId), route.path].filter(Boolean).join('/');
  };
  const paths = routes.map((route) =>
    `/${pathOf(route.id)}`.replace('*', 'anything').replaceAll(/:\w+/g, 'x'),
  );
  return [...new Set(paths.filter((path) => /^\/app(\/|$)/.test(path)))];
}

test('without a session token no address under /app shows anything', async () => {
  await using database = await createTestDatabase();
  const ctx = webContext(database.db);
  await createShop(database.db, SHOP, { name: 'Secret connection' });
  await storeSession(ctx, SHOP);
  await using web = await startTestWeb(ctx);
  const paths = await appPaths();
  expect(paths).toEqual(expect.arrayContaining(['/app', '/app/anything']));

  for (const path of paths) {
    for (const address of [path, `${path}?${fromAdmin(SHOP)}`, `${path}.data`, `${path}.data?shop=${SHOP}`]) {
      const answer = await get(web.url + address);
      const body = await answer.text();
      expect.soft(answer.status === 302 || isRedirectData(answer.status, body), address).toBe(true);
      expect.soft(body, address).not.toContain('Secret connection');
    }
  }
});

// A data request of Remix carries a redirect in its body.
function isRedirectData(status: number, body: string): boolean {
  return status === 202 && body.includes('/auth/');
}

test.each([
  { what: 'another app’s secret', changes: { apiSecret: 'somebody else’s' } },
  { what: 'another app’s audience', changes: { apiKey: 'another-app' } },
  { what: 'an expiry long ago', changes: { now: new Date('2020-01-01T00:00:00Z') } },
])('a token with $what is answered with 401 and the wish for a fresh one', async ({ changes }) => {
  await using database = await createTestDatabase();
  const ctx = webContext(database.db);
  await createShop(database.db, SHOP, { name: 'Secret connection' });
  await storeSession(ctx, SHOP);
  await using web = await startTestWeb(ctx);
  const headers = { ...BROWSER, authorization: `Bearer ${tokenFor(SHOP, changes)}` };

  for (const path of await appPaths()) {
    const answer = await get(`${web.url}${path}.data`, headers);
    expect.soft(answer.status, path).toBe(401);
    expect.soft(answer.headers.get('x-shopify-retry-invalid-session-request'), path).toBe('1');
    expect.soft(await answer.text(), path).not.toContain('Secret connection');
  }
});

test('a page opened from the admin without a token is sent to fetch one, and comes back', async () => {
  await using database = await createTestDatabase();
  const ctx = webContext(database.db);
  await storeSession(ctx, SHOP);
  await using web = await startTestWeb(ctx);

  const sent = await get(`${web.url}/app?${fromAdmin(SHOP)}`);
  const bouncePage = await get(web.url + (sent.headers.get('location') ?? ''));

  expect(sent.headers.get('location')).toMatch(
    /^\/auth\/session-token\?.*shopify-reload=https%3A%2F%2Fthreadline\.test/,
  );
  expect(bouncePage.status).toBe(200);
  expect(await bouncePage.text()).toContain('app-bridge.js');
});

test('a shop sees its own connections and never those of another', async () => {
  await using database = await createTestDatabase();
  const ctx = webContext(database.db);
  await createShop(database.db, SHOP, { name: 'Only of one' });
  await createShop(database.db, OTHER, { name: 'Only of two' });
  await storeSession(ctx, SHOP);
  await storeSession(ctx, OTHER);
  await using web = await startTestWeb(ctx);

  // The address names the other shop: only the token counts.
  const ofOne = await (await get(`${web.url}/app?shop=${OTHER}`, asShop(SHOP))).text();
  const ofTwo = await (await get(`${web.url}/app.data?shop=${SHOP}`, asShop(OTHER))).text();

  expect(ofOne).toContain('Only of one');
  expect(ofOne).not.toContain('Only of two');
  expect(ofTwo).toContain('Only of two');
  expect(ofTwo).not.toContain('Only of one');
});

test('the first visit of a shop installs it, with tokens that expire and are sealed at rest', async () => {
  await using database = await createTestDatabase();
  const ctx = webContext(database.db);
  await using shopify = await startShopify();
  await using web = await startTestWeb(ctx);

  const answer = await get(`${web.url}/app.data`, asShop(SHOP));

  expect(answer.status).toBe(200);
  expect(shopify.asked).toMatchObject([{ host: SHOP, body: { expiring: '1' } }]);
  const [session] = await database.db.prisma.session.findMany();
  expect(session?.expires).not.toBeNull();
  expect(session?.accessToken).toMatch(/^v1\.test\./);
  expect(session?.refreshToken).toMatch(/^v1\.test\./);
  expect(
    JSON.stringify(session, (_, value) => (typeof value === 'bigint' ? `${value}` : value)),
  ).not.toContain('shpat_');
  expect(await database.db.prisma.shop.findFirst({ where: { domain: SHOP } })).toMatchObject({
    uninstalledAt: null,
  });

  await get(`${web.url}/app.data`, asShop(SHOP));
  expect(shopify.asked).toHaveLength(1);
});

test('tokens that cannot be opened any more are replaced by new ones', async () => {
  await using database = await createTestDatabase();
  const ctx = webContext(database.db);
  await createShop(database.db, SHOP);
  await storeSession(webContext(database.db), SHOP); // sealed by a key that this server does not have
  await using shopify = await startShopify();
  await using web = await startTestWeb(ctx);

  const answer = await get(`${web.url}/app.data`, asShop(SHOP));

  expect(answer.status).toBe(200);
  expect(shopify.asked).toHaveLength(1);
});

test('nobody is asked to type the address of a shop', async () => {
  await using database = await createTestDatabase();
  await using web = await startTestWeb(webContext(database.db));

  for (const path of ['/', '/auth/login']) {
    expect.soft(await (await get(web.url + path)).text(), path).not.toContain('<input');
  }
  const opened = await get(`${web.url}/?${fromAdmin(SHOP)}`);
  expect(opened.headers.get('location')).toBe(`/app?${fromAdmin(SHOP)}`);
});

/** Shopify's token exchange on a local port, reached under the name of every shop. */
async function startShopify() {
  const asked: { host: string; body: Record<string, unknown> }[] = [];
  const server = createServer(async (request, answer) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk as Buffer);
    }
    asked.push({
      host: String(request.headers['x-real-host']),
      body: JSON.parse(Buffer.concat(chunks).toString()),
    });
    answer.setHeader('Content-Type', 'application/json');
    answer.end(
      JSON.stringify({
        access_token: 'shpat_access',
        scope: '',
        expires_in: 3600,
        refresh_token: 'shprt_refresh_shpat_',
        refresh_token_expires_in: 7_776_000,
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  setAbstractFetchFunc((async (input: string | URL | Request, init?: RequestInit) => {
    const url = new URL(String(input));
    const headers = { ...Object.fromEntries(new Headers(init?.headers)), 'x-real-host': url.hostname };
    return fetch(`http://127.0.0.1:${port}${url.pathname}`, { ...init, headers });
  }) as typeof fetch);
  return {
    asked,
    async [Symbol.asyncDispose]() {
      setAbstractFetchFunc(fetch);
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
