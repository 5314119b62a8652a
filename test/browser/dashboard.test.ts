import { expect } from 'vitest';
import { createAppWorld } from '#test/builders/app-world.ts';
import { axeFindings, NARROW, openPage, sidewaysScroll } from '#test/builders/browser.ts';
import { customersCsv } from '#test/builders/exports.ts';
import { testWith } from '#test/builders/system-programs.ts';

testWith('chromium', 'the dashboard opens for everybody, on a telephone too, and nothing jumps', async () => {
  await using world = await createAppWorld();
  world.put(
    '/pending/au/customers_20260101T000000Z.csv',
    customersCsv([{ PERIDX: '1', EMAIL: 'a@example.com' }]),
  );
  await world.sync();
  await using wide = await openPage(`${world.url}/app`);
  await wide.page.getByRole('heading', { name: 'Dashboard' }).waitFor();
  await wide.page.getByRole('button', { name: 'Show as table' }).click();
  await wide.page.getByRole('rowheader').first().waitFor();
  expect(await axeFindings(wide.page)).toEqual([]);
  await using narrow = await openPage(`${world.url}/app`, NARROW);
  expect(await sidewaysScroll(narrow.page)).toBe(0);
  expect(await narrow.layoutShift()).toBeLessThan(0.05);
});

testWith('chromium', 'a file that is dropped into the folder shows up without a reload', async () => {
  await using world = await createAppWorld({ extra: 'automation: { pollSeconds: 1 }' });
  await using tab = await openPage(`${world.url}/app`);
  await tab.page.getByText('No file has arrived yet').waitFor();

  world.put(
    '/pending/au/customers_20260101T000000Z.csv',
    customersCsv([{ PERIDX: '1', EMAIL: 'a@example.com' }]),
  );

  await tab.page
    .getByRole('link', { name: 'customers_20260101T000000Z.csv' })
    .first()
    .waitFor({ timeout: 45_000 });
  await tab.page.getByRole('link', { name: '1 synced' }).first().waitFor({ timeout: 45_000 });
});

testWith(
  'chromium',
  'a new shop is led through its set-up and can look around with sample data',
  async () => {
    await using world = await createAppWorld({ connection: '    list: null' });
    await world.ctx.db.sql(`DELETE FROM connection`);
    await world.ctx.db.sql(`DELETE FROM audit_log`);
    await using tab = await openPage(`${world.url}/app`);
    await tab.page.getByRole('heading', { name: 'Set up Threadline' }).waitFor();
    expect(
      await tab.page
        .getByRole('button', { name: 'Add connection' })
        .or(tab.page.getByRole('link', { name: 'Add connection' }))
        .count(),
    ).toBe(1);

    await tab.page.getByRole('button', { name: 'Try with sample data' }).click();
    await tab.page.getByRole('link', { name: '25 customers' }).waitFor({ timeout: 45_000 });
    expect(await axeFindings(tab.page)).toEqual([]);

    await tab.page.getByRole('button', { name: 'Remove sample data' }).click();
    await tab.page.getByRole('button', { name: 'Try with sample data' }).waitFor();
    await tab.page.getByRole('button', { name: 'Hide guide' }).click();
    await tab.page.getByRole('heading', { name: 'Set up Threadline' }).waitFor({ state: 'detached' });
  },
);

testWith(
  'chromium',
  'a server that cannot be reached is a sentence beside the form, not an error page',
  async () => {
    await using world = await createAppWorld();
    await world.ctx.db.sql(`DELETE FROM audit_log`);
    await using tab = await openPage(`${world.url}/app`);
    await tab.page.getByRole('heading', { name: 'Set up Threadline' }).waitFor();
    await tab.page.route('**/app*', (route) =>
      route.request().method() === 'POST' ? route.abort() : route.fallback(),
    );

    await tab.page.getByRole('button', { name: 'Try with sample data' }).click();

    await tab.page.getByText('The server could not be reached').waitFor();
    await tab.page.getByRole('heading', { name: 'Dashboard' }).waitFor();
    tab.faults.length = 0; // the browser's own word about the request that was cut
  },
);
