import { expect } from 'vitest';
import { createAppWorld } from '#test/builders/app-world.ts';
import { axeFindings, openPage } from '#test/builders/browser.ts';
import { customersCsv } from '#test/builders/exports.ts';
import { testWith } from '#test/builders/system-programs.ts';

/** What a page that is open for long meets: a deployment, the end of a login, an impatient person. */

testWith('chromium', 'a page from before an update says so when somebody comes back to it', async () => {
  await using world = await createAppWorld({ workers: false });
  await using tab = await openPage(`${world.url}/app/settings/shop`);
  const { page } = tab;
  const notice = page.getByText('Threadline was updated');
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await page.waitForLoadState('networkidle');
  expect(await notice.count()).toBe(0);

  // The page was built as another version than the server is now.
  await page.evaluate(() => {
    const own = window as unknown as { __remixManifest: { version: string } };
    own.__remixManifest.version = 'before';
    document.dispatchEvent(new Event('visibilitychange'));
  });

  await notice.waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Reload page' }).click();
  await page.getByRole('heading', { name: 'Shop' }).first().waitFor();
  await notice.waitFor({ state: 'detached' });
});

testWith('chromium', 'a login that has ended is a sentence, and what was typed stays', async () => {
  await using world = await createAppWorld({ workers: false });
  await using tab = await openPage(`${world.url}/app/settings/automation`);
  const { page } = tab;
  await page.route('**/app/**', async (route) => {
    const request = route.request();
    // Shopify's library turns away what calls itself headless, before it looks at the login.
    const late = { authorization: 'Bearer of.yesterday.', 'user-agent': 'Mozilla/5.0 Chrome/140.0' };
    const isForm = request.method() === 'POST';
    await route.continue({ headers: { ...request.headers(), ...(isForm ? late : {}) } });
  });
  await page.getByLabel('Look for new files every').fill('77');

  await page.getByRole('button', { name: 'Save', exact: true }).click();

  await page.getByText('Your login has ended, so nothing was saved.').waitFor();
  expect(await page.getByLabel('Look for new files every').inputValue()).toBe('77');
  // The browser's own word about the refused request.
  tab.faults.splice(0, tab.faults.length, ...tab.faults.filter((fault) => !fault.includes('401')));
});

testWith('chromium', 'a double click acts once', async () => {
  await using world = await createAppWorld({ workers: false, extra: 'automation: { dataSync: false }' });
  world.put(
    '/pending/au/customers_20260101T000000Z.csv',
    customersCsv([{ PERIDX: '1', EMAIL: 'a@example.com' }]),
  );
  await world.sync();
  const [{ id } = { id: '' }] = await world.ctx.db.sql<{ id: string }>('SELECT id FROM customer');
  await using tab = await openPage(`${world.url}/app/records/customers/${id}`);
  const { page } = tab;
  const posts: string[] = [];
  page.on('request', (request) => {
    if (request.method() === 'POST') {
      posts.push(request.url());
    }
  });

  await page.getByRole('button', { name: 'Sync now' }).dblclick();

  await page.getByText('Sync started').waitFor();
  await page.waitForLoadState('networkidle');
  expect(posts).toHaveLength(1);
  const lines = await world.ctx.db.sql(`SELECT 1 FROM audit_log WHERE action = 'sync records'`);
  expect(lines).toHaveLength(1);
});
