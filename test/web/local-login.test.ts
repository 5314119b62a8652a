import { createServer, request } from 'node:http';
import express from 'express';
import { expect, test } from 'vitest';
import type { Context } from '#app/context.ts';
import { createTestDatabase } from '#test/builders/database.ts';
import { createShop } from '#test/builders/shops.ts';
import { SHOPIFY, startTestWeb, tokenFor, webContext } from '#test/builders/web.ts';
import { listen, stop } from '#workers/web/listen.ts';
import { assertLocalLoginAllowed, localLogin } from '#workers/web/local-login.ts';
import { startWeb } from '#workers/web/server.ts';

const SHOP = 'demo.myshopify.com';
const LOCAL = { shopify: null, insecureLocalShop: SHOP };

/** `fetch` sets Host and Sec-Fetch-Site itself: here they are ours. */
function ask(
  url: string,
  headers: Record<string, string>,
  method = 'GET',
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { method, headers }, (answer) => {
      let body = '';
      answer.setEncoding('utf8');
      answer.on('data', (text: string) => {
        body += text;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }));
    });
    asking.on('error', reject);
    asking.end();
  });
}

test('the local shop is open on this machine, also for a script', async () => {
  await using database = await createTestDatabase();
  await createShop(database.db, SHOP, { name: 'Klaviyo demo' });
  await using web = await startTestWeb(webContext(database.db), LOCAL);

  const front = await fetch(web.url);
  const dataAnswer = await ask(`${web.url}/app.data`, { 'user-agent': 'curl/8.0' });

  expect(front.url).toBe(`${web.url}/app`);
  expect(await front.text()).toContain('Klaviyo demo');
  expect(dataAnswer.status).toBe(200);
  expect(dataAnswer.body).toContain('Klaviyo demo');
});

test('its pages bring the stand-in for App Bridge, not Shopify’s', async () => {
  await using database = await createTestDatabase();
  await using web = await startTestWeb(webContext(database.db), LOCAL);

  const page = await (await fetch(`${web.url}/app`)).text();
  const script = await fetch(`${web.url}/app-bridge-local.js`);

  expect(page).toContain('<script src="/app-bridge-local.js"');
  expect(page).not.toContain('cdn.shopify.com');
  expect(script.headers.get('content-type')).toMatch(/javascript/);
});

test('a name that merely resolves to this machine is not logged in', async () => {
  await using database = await createTestDatabase();
  await createShop(database.db, SHOP, { name: 'Klaviyo demo' });
  await using web = await startTestWeb(webContext(database.db), LOCAL);

  const answer = await ask(`${web.url}/app`, {
    host: 'rebound.example.com',
    'user-agent': 'Mozilla/5.0 Firefox/140.0',
  });

  expect(answer.status).toBe(302);
  expect(answer.body).not.toContain('Klaviyo demo');
});

/** Only the middleware, and an answer that says what it made of the request. */
async function startEcho() {
  const app = express();
  app.use(
    localLogin({ clock: { now: () => new Date() }, ids: { uuid: () => 'id' } } as Context, {
      ...SHOPIFY,
      shop: SHOP,
    }),
  );
  app.all('*', (echoed, answer) => {
    answer.send(echoed.headers.authorization?.startsWith('Bearer ') ? 'logged in' : 'as it came');
  });
  const server = createServer(app);
  const url = await listen(server, 0, '127.0.0.1');
  return { url, [Symbol.asyncDispose]: () => stop(server) };
}

test('the token is added for the pages of the app and for nothing else', async () => {
  await using echo = await startEcho();
  const pages = ['/app', '/app/', '/app?x=1', '/app.data', '/app/mappings', '/app/mappings.data'];
  const others = [
    '/',
    '/apple',
    '/app-bridge-local.js',
    '/app.database',
    '/auth/login',
    '/healthz',
    '/webhooks/privacy',
  ];

  for (const path of pages) {
    expect.soft((await ask(echo.url + path, {})).body, path).toBe('logged in');
  }
  for (const path of others) {
    expect.soft((await ask(echo.url + path, {})).body, path).toBe('as it came');
  }
});

test('a form of another site cannot act as the local shop', async () => {
  await using echo = await startEcho();

  const foreign = await ask(`${echo.url}/app`, { 'sec-fetch-site': 'cross-site' }, 'POST');
  const neighbour = await ask(`${echo.url}/app`, { 'sec-fetch-site': 'same-site' }, 'POST');
  const own = await ask(`${echo.url}/app`, { 'sec-fetch-site': 'same-origin' }, 'POST');

  expect([foreign.body, neighbour.body, own.body]).toEqual(['as it came', 'as it came', 'logged in']);
});

test('a token that is already there is left alone', async () => {
  await using database = await createTestDatabase();
  await createShop(database.db, SHOP, { name: 'Klaviyo demo' });
  await using web = await startTestWeb(webContext(database.db), LOCAL);

  const answer = await ask(`${web.url}/app.data`, {
    'user-agent': 'Mozilla/5.0 Firefox/140.0',
    authorization: `Bearer ${tokenFor(SHOP)}`,
  });

  expect(answer.status).toBe(401);
});

test.each([
  { isProduction: true, host: '127.0.0.1' },
  { isProduction: false, host: '0.0.0.0' },
  { isProduction: false, host: '::' },
  { isProduction: false, host: '192.168.1.10' },
  { isProduction: false, host: '127.evil.example.com' },
])('the local login is refused with %o, before anything listens', async ({ isProduction, host }) => {
  await using database = await createTestDatabase();
  const config = { isProduction, ...LOCAL };

  const starting = startWeb({ ctx: webContext(database.db), config, port: 0, host });

  await expect(starting).rejects.toMatchObject({ code: 'local_login_refused' });
  expect(await database.db.prisma.session.count()).toBe(0);
});

test.each(['127.0.0.1', 'localhost', '::1', '127.0.0.53'])('the local login is allowed on %s', (host) => {
  expect(() => assertLocalLoginAllowed({ isProduction: false, host })).not.toThrow();
});
