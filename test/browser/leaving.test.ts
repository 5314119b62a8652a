import { expect } from 'vitest';
import { createAppWorld, type AppWorld } from '#test/builders/app-world.ts';
import { axeFindings, NARROW, openPage } from '#test/builders/browser.ts';
import { testWith } from '#test/builders/system-programs.ts';

async function zoneOf(world: AppWorld): Promise<unknown> {
  const [row] = await world.ctx.db.sql('SELECT timezone, currency FROM shop_settings');
  return row;
}

const UNCHANGED = { timezone: 'Australia/Sydney', currency: 'AUD' };

testWith('chromium', 'leaving a page without saving saves nothing, and neither does staying', async () => {
  await using world = await createAppWorld({ workers: false });
  await using tab = await openPage(`${world.url}/app/settings/shop`);
  const { page } = tab;
  await page.getByRole('combobox', { name: 'Currency' }).fill('NZD');
  await page.keyboard.press('Escape');
  const question = page.getByRole('dialog', { name: 'Leave without saving?' });

  await page.getByRole('main').getByRole('link', { name: 'Settings' }).click();
  await question.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Save', exact: true }).waitFor();
  const stayed = await zoneOf(world);
  await page.getByRole('main').getByRole('link', { name: 'Settings' }).click();
  await question.getByRole('button', { name: 'Leave page' }).click();
  await page.getByRole('heading', { name: 'Settings', exact: true }).waitFor();

  expect(stayed).toEqual(UNCHANGED);
  expect(await zoneOf(world)).toEqual(UNCHANGED);
});

testWith('chromium', 'a combobox stays sound after a choice, on a telephone too', async () => {
  await using world = await createAppWorld({ workers: false });
  await using tab = await openPage(`${world.url}/app/settings/shop`, NARROW);
  const { page } = tab;
  await page.getByRole('combobox', { name: 'Time zone' }).fill('auck');
  await page.getByRole('option', { name: 'Pacific/Auckland' }).click();
  await page.getByText('What another time zone changes').waitFor();

  expect(await axeFindings(page)).toEqual([]);
});
