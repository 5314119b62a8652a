import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { createAppWorld, type AppWorld } from '#test/builders/app-world.ts';
import { axeFindings, NARROW, openPage, sidewaysScroll } from '#test/builders/browser.ts';
import { customersCsv, people } from '#test/builders/exports.ts';
import { testWith } from '#test/builders/system-programs.ts';

const LONG = 'an-address-without-any-place-to-break'.repeat(5);

async function worldOf(rows: Record<string, string>[]): Promise<AppWorld> {
  const world = await createAppWorld({
    extra: 'translations:\n  stores: { whenMissing: keep, entries: { SYD01: Sydney Pitt St } }',
    workers: false,
  });
  if (rows.length > 0) {
    world.put('/pending/au/customers_20260105T200000Z.csv', customersCsv(rows));
    await world.sync();
  }
  return world;
}

testWith('chromium', 'the report is found from the dashboard, read and downloaded', async () => {
  await using world = await worldOf([
    ...people(8, 1, () => ({ MOBILE: '12' })),
    { PERIDX: '20', EMAIL: 'both@shop.example', PERSON_CODE: 'C20' },
    { PERIDX: '21', EMAIL: 'both@shop.example' },
    { PERIDX: '22', EMAIL: LONG },
    { PERIDX: '23', EMAIL: 'store@shop.example', JOINED_STORE_CODE: 'NOWHERE' },
  ]);
  await using shown = await openPage(`${world.url}/app`);
  const { page } = shown;

  await page.getByRole('link', { name: 'Data quality of Klaviyo AU' }).click();

  await page.getByRole('heading', { name: 'Unusable phone number' }).waitFor();
  await page.getByText('8 people').waitFor();
  await page.getByText('Skipped: the profile shows person 21.').waitFor();
  await page.getByText('NOWHERE').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  const started = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download CSV' }).click();
  const download = await started;
  expect(download.suggestedFilename()).toBe('data-quality-Klaviyo AU.csv');
  const text = await readFile(await download.path(), 'utf8');
  expect(text.split('\r\n').filter((line) => line.startsWith('Unusable phone number'))).toHaveLength(8);
  await page.getByRole('link', { name: 'Anna Smith' }).first().click();
  await page.waitForURL(/\/app\/records\/customers\/[0-9a-f-]{36}$/);
});

testWith('chromium', 'the report fits a telephone, also with a long unusable address', async () => {
  await using world = await worldOf([{ PERIDX: '22', EMAIL: LONG }]);
  const { id } = await world.ctx.db.prisma.connection.findFirstOrThrow();
  await using shown = await openPage(`${world.url}/app/quality/${id}`, NARROW);

  expect(await sidewaysScroll(shown.page)).toBe(0);
  expect(await axeFindings(shown.page)).toEqual([]);
  expect(await shown.layoutShift()).toBeLessThan(0.1);
});

testWith(
  'chromium',
  'a connection whose data is clean says so, one without people what will be here',
  async () => {
    await using clean = await worldOf(people(2));
    const { id } = await clean.ctx.db.prisma.connection.findFirstOrThrow();
    await using shown = await openPage(`${clean.url}/app/settings/connections/${id}`);
    await shown.page.getByRole('link', { name: 'Data quality' }).click();
    await shown.page.getByText('Nothing to clean').waitFor();
    expect(await shown.page.getByRole('button', { name: 'Download CSV' }).isDisabled()).toBe(true);

    await clean.ctx.db.sql('DELETE FROM customer');
    await shown.page.reload();

    await shown.page.getByText('The report begins with the first customers file').waitFor();
  },
);
