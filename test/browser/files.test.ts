import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { createAppWorld, type AppWorld } from '#test/builders/app-world.ts';
import { axeFindings, NARROW, openPage, sidewaysScroll } from '#test/builders/browser.ts';
import { customersCsv, people } from '#test/builders/exports.ts';
import { testWith } from '#test/builders/system-programs.ts';

const CUSTOMERS = '/pending/au/customers_20260105T200000Z.csv';

/** The words of a Polaris badge or heading as the page shows them. */
async function shows(page: Page, text: string): Promise<void> {
  await page.getByText(text, { exact: true }).first().waitFor();
}

async function addressOf(world: AppWorld, status: string): Promise<string> {
  const { id } = await world.ctx.db.prisma.sourceFile.findFirstOrThrow({ where: { status } });
  return `${world.url}/app/files/${id}`;
}

testWith('chromium', 'a held file is found, released and arrives, without a reload', async () => {
  await using world = await createAppWorld();
  for (const day of ['05', '06', '07']) {
    const city = (id: number) => ({ CITY: id === 1 ? `City ${day}` : 'Sydney' });
    world.put(`/pending/au/customers_202601${day}T200000Z.csv`, customersCsv(people(120, 1, city)));
    await world.sync();
  }
  world.put(
    '/pending/au/customers_20260108T200000Z.csv',
    customersCsv(people(30, 1, () => ({ CITY: 'Perth' }))),
  );
  await world.sync();
  await using opened = await openPage(`${world.url}/app/files`);
  const { page } = opened;

  await page.getByRole('tab', { name: /Needs you/ }).click();
  await page.getByRole('link', { name: 'customers_20260108T200000Z.csv' }).click();
  await page.getByRole('button', { name: 'Release file' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Release file' }).click();

  await shows(page, 'File released');
  await shows(page, 'Archived');
  await page.getByRole('link', { name: '30 changed' }).waitFor();
  await page.getByRole('link', { name: '30 synced' }).waitFor();
  const profiles = world.klaviyo.state().accounts[0]?.profiles ?? [];
  expect(profiles.filter(({ location }) => location?.city === 'Perth')).toHaveLength(30);
});

testWith('chromium', 'bad rows are shown by cause and downloaded with their reasons', async () => {
  await using world = await createAppWorld({ workers: false });
  world.put(
    CUSTOMERS,
    `${customersCsv([...people(3), { PERIDX: '', EMAIL: 'lost@shop.example' }])}7,too,few\r\n`,
  );
  await world.sync();
  await using opened = await openPage(await addressOf(world, 'archived'));
  const { page } = opened;

  await page.getByRole('button', { name: 'Show rows: PERIDX: the key is blank' }).click();
  await shows(page, 'Rows with this cause');
  expect(new URL(page.url()).searchParams.get('cause')).toBe('error.missing_key');
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download errors' }).click();
  const download = await downloading;

  expect(download.suggestedFilename()).toBe('customers_20260105T200000Z-errors.csv');
  const text = readFileSync(await download.path(), 'utf8');
  expect(text).toContain('lost@shop.example');
  expect(text).toContain('PERIDX is blank');
  expect(text).toContain('The row has 3 cells');
});

testWith('chromium', 'a bulk file is started by a person, who is told first what that means', async () => {
  await using world = await createAppWorld();
  world.put('/bulk/au/customers_20200101T000000Z.csv', customersCsv(people(4)));
  await world.sync();
  await using opened = await openPage(await addressOf(world, 'waiting-for-start'));
  const { page } = opened;

  await page
    .getByText(/adds people whom Klaviyo does not know yet/)
    .first()
    .waitFor();
  expect(world.klaviyo.account().received.profiles).toBe(0);
  await page.getByRole('button', { name: 'Start import' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Start import' }).click();

  await shows(page, 'Archived');
  await page.getByRole('link', { name: '4 synced' }).waitFor();
});

testWith('chromium', 'a file of the test lane shows what it would send, and nothing is sent', async () => {
  await using world = await createAppWorld({ workers: false });
  world.put(CUSTOMERS, customersCsv(people(2)));
  await world.sync();
  world.put(
    '/test/au/customers_20260106T200000Z.csv',
    customersCsv([...people(1, 1, () => ({ CITY: 'Perth', PRIVACY: 'Yes' })), ...people(5, 50)]),
  );
  await world.sync();
  await using opened = await openPage(await addressOf(world, 'previewed'));
  const { page } = opened;

  await page.getByRole('heading', { name: 'A test: nothing of this was sent' }).waitFor();
  await page.getByRole('heading', { name: 'Changed profiles' }).waitFor();
  expect(await page.locator('dd', { hasText: 'Perth' }).first().textContent()).toBe(
    'Sydney →  becomes Perth',
  );
  await page.getByRole('heading', { name: 'Consent changes' }).waitFor();
  await page.getByRole('button', { name: 'Show 5 samples' }).click();
  await page.getByRole('heading', { name: 'Customer 54' }).first().waitFor();
  expect(world.klaviyo.account().received.profiles).toBe(2);
  expect(await axeFindings(page)).toEqual([]);
});

testWith('chromium', 'an original that is gone from the SFTP server is refused on the page', async () => {
  await using world = await createAppWorld({ workers: false });
  world.put(CUSTOMERS, customersCsv(people(1)));
  await world.sync();
  await world.ctx.db.sql(`UPDATE source_file SET size = size + 1`);
  await using opened = await openPage(await addressOf(world, 'archived'));

  await opened.page.getByRole('button', { name: 'Download original' }).click();

  await opened.page.getByText(/no longer on the SFTP server/).waitFor();
});

testWith('chromium', 'a shop without files is told where to put one and what to call it', async () => {
  await using world = await createAppWorld({ workers: false });
  await using opened = await openPage(`${world.url}/app/files`);

  await shows(opened.page, 'Waiting for the first file');
  await shows(opened.page, '/pending/au');
  await shows(opened.page, 'customers_20260131T201500Z.csv');
  expect(await axeFindings(opened.page)).toEqual([]);
});

testWith('chromium', 'the list is filtered by kind, and the address says so', async () => {
  await using world = await createAppWorld({ workers: false });
  world.put(CUSTOMERS, customersCsv(people(1)));
  world.put('/test/au/rewards_20260106T200000Z.csv', 'REWARD_ID\r\n1\r\n');
  await world.sync();
  await using opened = await openPage(`${world.url}/app/files`);
  const { page } = opened;

  await page.getByRole('button', { name: 'Filter' }).first().click();
  await page.getByRole('button', { name: 'Kind' }).click();
  await page.locator('label', { hasText: 'Rewards' }).click();

  await page.getByRole('link', { name: 'customers_20260105T200000Z.csv' }).waitFor({ state: 'hidden' });
  await page.getByRole('link', { name: 'rewards_20260106T200000Z.csv' }).waitFor();
  expect(new URL(page.url()).searchParams.get('kind')).toBe('rewards');
});

testWith('chromium', 'the list and a file are for everybody, on a telephone too', async () => {
  await using world = await createAppWorld({ workers: false });
  world.put(CUSTOMERS, customersCsv([...people(3, 1, () => ({ MOBILE: '12' })), { PERIDX: '' }]));
  world.put('/pending/au/customer-export.csv', 'x');
  world.put('/pending/au/rewards_20260106T200000Z.csv', 'REWARD_ID\r\n1\r\n');
  await world.sync();
  await using wide = await openPage(`${world.url}/app/files`);
  expect(await axeFindings(wide.page)).toEqual([]);

  for (const address of [
    `${world.url}/app/files`,
    await addressOf(world, 'archived'),
    await addressOf(world, 'held'),
  ]) {
    await using narrow = await openPage(address, NARROW);
    expect(await axeFindings(narrow.page)).toEqual([]);
    expect(await sidewaysScroll(narrow.page)).toBe(0);
    expect(await narrow.layoutShift()).toBeLessThan(0.05);
  }
});
