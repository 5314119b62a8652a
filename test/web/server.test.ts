import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { JobQueue } from '#app/context.ts';
import { createTestDatabase } from '#test/builders/database.ts';
import { recordingLog } from '#test/builders/log.ts';
import { createCustomers, createShop } from '#test/builders/shops.ts';
import {
  asShop,
  BROWSER,
  fromAdmin,
  SHOPIFY,
  startTestWeb,
  storeSession,
  webContext,
} from '#test/builders/web.ts';

const SHOP = 'one.myshopify.com';
const OTHER = 'two.myshopify.com';

const get = (url: string, headers: Record<string, string> = BROWSER) =>
  fetch(url, { headers, redirect: 'manual' });

test('every HTML answer says who may frame it: the named shop and the admin, otherwise nobody', async () => {
  await using database = await createTestDatabase();
  const ctx = webContext(database.db);
  await storeSession(ctx, SHOP);
  await using web = await startTestWeb(ctx);
  const addresses = [
    { path: '/', status: 200 },
    { path: '/no-such-page', status: 404 },
    { path: '/auth/login', status: 200 },
    { path: '/auth/session-token', status: 200 },
    { path: '/auth/exit-iframe', status: 200, query: 'exitIframe=https://threadline.test/app' },
    { path: '/app', status: 200, headers: asShop(SHOP) },
    { path: '/app/no-such-page', status: 404, headers: asShop(SHOP) },
    { path: '/app', status: 410, headers: { 'user-agent': 'Googlebot/2.1' } },
  ];

  for (const { path, status, query = '', headers = BROWSER } of addresses) {
    for (const shop of [SHOP, OTHER, 'evil.example.com', '*.myshopify.com', null]) {
      // The front page and the login send a named shop on: then there is no page.
      const isSentOn = shop !== null && (path === '/' || path === '/auth/login');
      const address = `${path}?${query}${shop === null ? '' : `&shop=${shop}`}`;
      const answer = await get(web.url + address, headers);
      const named = shop === SHOP || shop === OTHER;
      const ancestors = named ? `https://${shop} https://admin.shopify.com` : "'none'";
      expect.soft(isSentOn || answer.status === status, `${address} ${answer.status}`).toBe(true);
      if (answer.headers.get('content-type')?.startsWith('text/html')) {
        expect
          .soft(answer.headers.get('content-security-policy'), address)
          .toBe(`frame-ancestors ${ancestors};`);
      } else {
        expect.soft(isSentOn, `${address} is HTML`).toBe(true);
      }
    }
  }
});

test('App Bridge is the first script of every document, with the client id, and the language is named', async () => {
  await using database = await createTestDatabase();
  const ctx = webContext(database.db);
  await storeSession(ctx, SHOP);
  await using web = await startTestWeb(ctx);

  for (const path of ['/', '/no-such-page', '/app', '/app/no-such-page', '/auth/login']) {
    const page = await (await get(web.url + path, asShop(SHOP))).text();
    const head = page.slice(0, page.indexOf('</head>'));
    const [script] = /<script[^>]*>/.exec(head) ?? [];
    expect.soft(script, path).toContain('src="https://cdn.shopify.com/shopifycloud/app-bridge.js"');
    expect.soft(script, path).toContain(`data-api-key="${SHOPIFY.apiKey}"`);
    expect.soft(page, path).toContain('<html lang="en">');
  }
});

test('a page that fails keeps the cause to the log', async () => {
  await using database = await createTestDatabase();
  const { log, lines } = recordingLog();
  const ctx = webContext(database.db, { log });
  await storeSession(ctx, SHOP);
  const failing = {
    ...ctx,
    db: { ...ctx.db, sql: () => Promise.reject(new Error('relation "shop" is on fire')) },
  };
  await using web = await startTestWeb(failing);

  const answer = await get(`${web.url}/app?${fromAdmin(SHOP)}`, asShop(SHOP));
  const page = await answer.text();

  expect(answer.status).toBe(500);
  expect(page).toContain('Something went wrong on our side');
  expect(page).not.toContain('on fire');
  expect(JSON.stringify(lines)).toContain('on fire');
  expect(answer.headers.get('content-security-policy')).toContain(`https://${SHOP}`);
});

test('the dashboard of a shop without connections teaches the first step', async () => {
  await using database = await createTestDatabase();
  const ctx = webContext(database.db);
  await storeSession(ctx, SHOP);
  await using web = await startTestWeb(ctx);

  const page = await (await get(`${web.url}/app`, asShop(SHOP))).text();

  expect(page).toContain('Set up Threadline');
  expect(page).toContain('Connect the SFTP server');
  expect(page).toContain('Try with sample data');
});

test('the process answers for itself on /healthz, whatever the database does', async () => {
  await using database = await createTestDatabase();
  const ctx = webContext(database.db);
  const failing = { ...ctx, db: { ...ctx.db, sql: () => Promise.reject(new Error('down')) } };
  await using web = await startTestWeb(failing);

  const answer = await get(`${web.url}/healthz`, {});

  expect(answer.status).toBe(200);
});

test.each([
  { down: 'nothing', database: 'up', queue: 'up', status: 200 },
  { down: 'the database', database: 'down', queue: 'up', status: 503 },
  { down: 'the queue', database: 'up', queue: 'down', status: 503 },
])('/readyz answers $status when $down is down, and says so', async ({ database, queue, status }) => {
  await using testDatabase = await createTestDatabase();
  const silentQueue: JobQueue = {
    add: async () => {},
    close: async () => {},
    isReady: async () => queue === 'up',
    depths: async () => [],
  };
  const ctx = webContext(testDatabase.db, { queue: silentQueue });
  const refuse = () => Promise.reject(new Error('down'));
  await using web = await startTestWeb(database === 'up' ? ctx : { ...ctx, db: { ...ctx.db, sql: refuse } });

  const answer = await get(`${web.url}/readyz`, {});

  expect(answer.status).toBe(status);
  expect(await answer.json()).toEqual({ database, queue });
});

test('a service that hangs counts as down', async () => {
  await using database = await createTestDatabase();
  const ctx = webContext(database.db);
  const hanging = {
    ...ctx,
    db: { ...ctx.db, sql: () => new Promise<never>(() => {}) },
    clock: { ...ctx.clock, sleep: async () => {} },
  };
  await using web = await startTestWeb(hanging);

  const answer = await get(`${web.url}/readyz`, {});

  expect(answer.status).toBe(503);
});

test('/metrics counts records by kind and status and requests by area, and names no shop', async () => {
  await using database = await createTestDatabase();
  const ctx = webContext(database.db);
  await createCustomers(database.db, await createShop(database.db, SHOP), { synced: 3, failed: 1 });
  await createCustomers(database.db, await createShop(database.db, OTHER), { synced: 4 });
  await using web = await startTestWeb(ctx);
  await get(`${web.url}/no-such-page`);

  const answer = await get(`${web.url}/metrics`, {});
  const text = await answer.text();

  expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
  expect(text).toContain('threadline_records{kind="customers",status="synced"} 7');
  expect(text).toContain('threadline_records{kind="customers",status="failed"} 1');
  expect(text).toContain('threadline_http_requests_total{area="other",method="GET",status="404"} 1');
  expect(text).toMatch(/process_resident_memory_bytes \d/);
  expect(text).not.toContain('myshopify');
});

test('/metrics answers for the process while the database is down', async () => {
  await using database = await createTestDatabase();
  const ctx = webContext(database.db);
  await using web = await startTestWeb({
    ...ctx,
    db: { ...ctx.db, sql: () => Promise.reject(new Error('down')) },
  });

  const answer = await get(`${web.url}/metrics`, {});

  expect(answer.status).toBe(200);
  expect(await answer.text()).toContain('process_resident_memory_bytes');
});

test('scripts of the first page stay under 250 kB compressed, its styles under 80 kB; both may be cached for ever', async () => {
  await using database = await createTestDatabase();
  const ctx = webContext(database.db);
  await storeSession(ctx, SHOP);
  await using web = await startTestWeb(ctx);
  const page = await (await get(`${web.url}/app`, asShop(SHOP))).text();
  const assets = [
    ...new Set([...page.matchAll(/"(\/assets\/[^"]+\.(?:js|css))"/g)].map((match) => match[1])),
  ];
  const weight = { js: 0, css: 0 };

  for (const asset of assets) {
    const answer = await get(`${web.url}${asset}`);
    expect(answer.headers.get('cache-control')).toContain('immutable');
    const size = gzipSync(Buffer.from(await answer.arrayBuffer())).length;
    weight[asset?.endsWith('.js') ? 'js' : 'css'] += size;
  }

  expect(weight.js).toBeGreaterThan(50_000);
  expect(weight.js).toBeLessThan(250_000);
  expect(weight.css).toBeGreaterThan(10_000);
  expect(weight.css).toBeLessThan(80_000);
});

test('an asset of an older deploy is missed as text, not as a page', async () => {
  await using database = await createTestDatabase();
  await using web = await startTestWeb(webContext(database.db));

  const answer = await get(`${web.url}/assets/old-12345678.js`);

  expect(answer.status).toBe(404);
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
});

test('a port that is taken is named', async () => {
  await using database = await createTestDatabase();
  const ctx = webContext(database.db);
  await using web = await startTestWeb(ctx);
  const { startWeb } = await import('#workers/web/server.ts');
  const config = { isProduction: false, shopify: SHOPIFY, insecureLocalShop: null };

  const second = startWeb({ ctx, config, port: Number(new URL(web.url).port), host: '127.0.0.1' });

  await expect(second).rejects.toMatchObject({ code: 'port_taken' });
});

test('without Shopify’s settings and without the local login the server does not start', async () => {
  await using database = await createTestDatabase();

  const starting = startTestWeb(webContext(database.db), { shopify: null });

  await expect(starting).rejects.toMatchObject({ code: 'shopify_settings_missing' });
});

test('shopify.app.toml subscribes to the webhooks that have a route, asks for no scopes and agrees on the API version', async () => {
  const toml = await readFile('shopify.app.toml', 'utf8');
  const code = await readFile('app/shopify.server.ts', 'utf8');

  expect(toml).toContain('scopes = ""');
  expect(toml).toMatch(/topics = \["app\/uninstalled"\]\n\s+uri = "\/webhooks\/app\/uninstalled"/);
  expect(toml).toMatch(
    /compliance_topics = \["customers\/data_request", "customers\/redact", "shop\/redact"\]\n\s+uri = "\/webhooks\/privacy"/,
  );
  expect(toml).toContain('api_version = "2026-07"');
  expect(code).toContain('ApiVersion.July26');
});
