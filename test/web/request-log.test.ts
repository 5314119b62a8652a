import { expect, test } from 'vitest';
import { createTestDatabase } from '#test/builders/database.ts';
import { recordingLog } from '#test/builders/log.ts';
import { asShop, startTestWeb, storeSession, webContext } from '#test/builders/web.ts';

const SHOP = 'one.myshopify.com';

test('a request keeps the sane id that the proxy gave it, in the answer and on its line', async () => {
  await using database = await createTestDatabase();
  const { log, lines } = recordingLog();
  await using web = await startTestWeb(webContext(database.db, { log }));

  const answer = await fetch(`${web.url}/healthz`, { headers: { 'x-request-id': 'edge-0123456789' } });
  await answer.text();

  expect(answer.headers.get('x-request-id')).toBe('edge-0123456789');
  await expect
    .poll(() => lines)
    .toContainEqual(
      expect.objectContaining({
        level: 'debug',
        requestId: 'edge-0123456789',
        method: 'GET',
        path: '/healthz',
        status: 200,
      }),
    );
});

test.each([['none'], ['short'], ['ann@example.org-and-more'], ['a'.repeat(65)], ['with spaces in it']])(
  'a request with the id "%s" gets one of ours',
  async (given) => {
    await using database = await createTestDatabase();
    await using web = await startTestWeb(webContext(database.db));
    const headers: Record<string, string> = given === 'none' ? {} : { 'x-request-id': given };

    const answer = await fetch(`${web.url}/healthz`, { headers });

    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  },
);

test('what a page says in the log while it fails carries the id of its request', async () => {
  await using database = await createTestDatabase();
  const { log, lines } = recordingLog();
  const ctx = webContext(database.db, { log });
  await storeSession(ctx, SHOP);
  const failing = { ...ctx, db: { ...ctx.db, sql: () => Promise.reject(new Error('on fire')) } };
  await using web = await startTestWeb(failing);

  const answer = await fetch(`${web.url}/app`, {
    headers: { ...asShop(SHOP), 'x-request-id': 'edge-000000001' },
  });
  await answer.text();

  expect(answer.status).toBe(500);
  expect(lines.find(({ msg }) => msg === 'a request failed')).toMatchObject({ requestId: 'edge-000000001' });
  await expect
    .poll(() => lines.find(({ msg }) => msg === 'a request was answered with an error'))
    .toMatchObject({ level: 'info', requestId: 'edge-000000001', status: 500 });
});

test('neither the query nor the token of a download reaches the log', async () => {
  await using database = await createTestDatabase();
  const { log, lines } = recordingLog();
  await using web = await startTestWeb(webContext(database.db, { log }));

  await (
    await fetch(`${web.url}/downloads/one-time-secret-of-a-download?id_token=eyJa.b.c&q=ann@example.org`)
  ).text();

  await expect.poll(() => lines.some(({ path }) => path === '/downloads/[redacted]')).toBe(true);
  expect(JSON.stringify(lines)).not.toMatch(/one-time-secret|id_token|ann@example/);
});
