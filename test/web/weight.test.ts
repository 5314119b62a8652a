import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { createTestDatabase } from '#test/builders/database.ts';
import { asShop, startTestWeb, storeSession, webContext } from '#test/builders/web.ts';

const SHOP = 'weight.myshopify.com';

/** Bytes of all files of a kind that the page loads before it is usable, each gzipped. */
async function weigh(url: string, html: string, ending: string): Promise<number> {
  const files = new Set([...html.matchAll(/["'](\/assets\/[^"']+)["']/g)].map(([, file]) => file ?? ''));
  let sum = 0;
  for (const file of [...files].filter((one) => one.endsWith(ending))) {
    const answer = await fetch(url + file);
    expect({ file, status: answer.status }).toEqual({ file, status: 200 });
    sum += gzipSync(Buffer.from(await answer.arrayBuffer())).length;
  }
  return sum;
}

test('the first page loads less than 250 kB of JavaScript and less than 80 kB of CSS, gzipped', async () => {
  await using database = await createTestDatabase();
  const ctx = webContext(database.db);
  await storeSession(ctx, SHOP);
  await using web = await startTestWeb(ctx);

  const html = await (await fetch(`${web.url}/app`, { headers: asShop(SHOP) })).text();

  const script = await weigh(web.url, html, '.js');
  const style = await weigh(web.url, html, '.css');
  expect(script).toBeGreaterThan(50_000);
  expect(script).toBeLessThan(250_000);
  expect(style).toBeGreaterThan(10_000);
  expect(style).toBeLessThan(80_000);
});
