import type { Locator } from 'playwright-core';
import { expect } from 'vitest';
import { raiseAlert } from '#app/pipeline/raise-alert.ts';
import { createAppWorld } from '#test/builders/app-world.ts';
import { axeFindings, NARROW, openPage, sidewaysScroll } from '#test/builders/browser.ts';
import { customersCsv, people } from '#test/builders/exports.ts';
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

testWith(
  'chromium',
  'what is under way shows its progress and, once watched, how long it still takes',
  async () => {
    await using world = await createAppWorld({
      workers: false,
      extra: 'automation: { pollSeconds: 5, dataSync: false }',
    });
    world.put('/pending/au/customers_20260101T000000Z.csv', customersCsv(people(40)));
    await world.sync();
    // As a worker leaves them that is in the middle of the file.
    await world.ctx.db.sql(`UPDATE source_file SET status = 'importing'`);
    await world.ctx.db.sql(
      `UPDATE import_run SET status = 'importing', total_rows = 1000, read = 100, imported_at = NULL`,
    );
    await world.ctx.db.sql(`UPDATE customer SET status = 'sending' WHERE external_id::int <= 30`);
    await using tab = await openPage(`${world.url}/app`);
    const { page } = tab;
    await page.getByText('reading row 100 of 1,000').waitFor();
    await page.getByText('Sending to Klaviyo: 30 customers').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    expect(await page.getByText('left at this pace').count()).toBe(0);

    for (let read = 150; read <= 1000; read += 50) {
      await world.ctx.db.sql('UPDATE import_run SET read = $1', [read]);
      const pace = page.getByText(/reading row .*left at this pace/);
      if (await isShownWithin(pace, 2_000)) {
        break;
      }
    }

    await page.getByText(/reading row .* of 1,000, less than a minute left at this pace/).waitFor();
  },
);

testWith('chromium', 'what needs a person stands on top and leads to where it is put right', async () => {
  await using world = await createAppWorld({ workers: false });
  const [{ id } = { id: '' }] = await world.ctx.db.sql<{ id: string }>('SELECT id FROM connection');
  await raiseAlert(world.ctx, world.shopId, {
    connectionId: id,
    cause: `push:${id}`,
    code: 'klaviyo_key_refused',
    message:
      'Klaviyo refuses the private key of "Klaviyo AU". Create a new key in Klaviyo and enter it for this connection; what is pending goes out then.',
  });
  await using tab = await openPage(`${world.url}/app`);
  const { page } = tab;
  await page.getByText('Klaviyo refuses the private key of "Klaviyo AU".').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  expect(await tab.layoutShift()).toBeLessThan(0.05);

  await page.getByRole('link', { name: 'Connection settings' }).click();

  await page.waitForURL(new RegExp(`/app/settings/connections/${id}`));
});

async function isShownWithin(locator: Locator, ms: number): Promise<boolean> {
  return locator.waitFor({ timeout: ms }).then(
    () => true,
    () => false,
  );
}
