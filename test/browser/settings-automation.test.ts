import { expect } from 'vitest';
import { createAppWorld } from '#test/builders/app-world.ts';
import { axeFindings, NARROW, openPage, sidewaysScroll } from '#test/builders/browser.ts';
import { customersCsv, people } from '#test/builders/exports.ts';
import { testWith } from '#test/builders/system-programs.ts';

const OFF = 'automation: { dataSync: false }';
const FILE = '/pending/au/customers_20260105T200000Z.csv';

testWith('chromium', 'a merchant changes what runs by itself and is told what cannot be', async () => {
  await using world = await createAppWorld({ workers: false });
  await using wide = await openPage(`${world.url}/app/settings/automation`);
  const { page } = wide;
  expect(await axeFindings(page)).toEqual([]);
  await page.getByLabel('Look for new files every').fill('often');
  await page.getByLabel('Data sync').uncheck();

  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Write a whole number').waitFor();
  const kept = await page.getByLabel('Look for new files every').inputValue();
  expect(await axeFindings(page)).toEqual([]);
  await page.getByLabel('Look for new files every').fill('60');
  await page.getByLabel('Send a summary').selectOption('Every Monday');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Automation saved').waitFor();

  expect(kept).toBe('often');
  await page.getByText('Nothing is pending').waitFor();
  expect(await world.ctx.db.sql('SELECT data_sync, poll_seconds, digest FROM shop_settings')).toEqual([
    { data_sync: false, poll_seconds: 60, digest: 'weekly' },
  ]);
  expect(await wide.layoutShift()).toBeLessThan(0.05);
});

testWith('chromium', 'while data sync is off a merchant sends what is pending', async () => {
  await using world = await createAppWorld({ extra: OFF });
  world.put(FILE, customersCsv(people(3)));
  await world.sync();
  await using wide = await openPage(`${world.url}/app/settings/automation`);
  const { page } = wide;
  await page.getByRole('button', { name: 'Send 3 pending now' }).click();
  const dialog = page.getByRole('dialog', { name: 'Send 3 pending now?' });
  await dialog.getByText('3 customers go to Klaviyo').waitFor();

  await dialog.getByRole('button', { name: 'Send now' }).click();
  await page.getByText('Sending started').waitFor();

  await expect
    .poll(async () => (await world.status()).connections[0]?.records.customers, { timeout: 30_000 })
    .toMatchObject({ pending: 0, synced: 3 });
});

testWith('chromium', 'the automation page fits a telephone and stands still', async () => {
  await using world = await createAppWorld({ extra: OFF, workers: false });
  world.put(FILE, customersCsv(people(1_204)));
  await world.sync();
  await using narrow = await openPage(`${world.url}/app/settings/automation`, NARROW);
  expect(await sidewaysScroll(narrow.page)).toBe(0);
  expect(await narrow.layoutShift()).toBeLessThan(0.05);
});
