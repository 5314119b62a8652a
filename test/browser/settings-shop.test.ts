import { expect } from 'vitest';
import { createAppWorld, type AppWorld } from '#test/builders/app-world.ts';
import { axeFindings, NARROW, openPage, sidewaysScroll } from '#test/builders/browser.ts';
import { testWith } from '#test/builders/system-programs.ts';

async function settingsOf(world: AppWorld): Promise<unknown> {
  const [row] = await world.ctx.db.sql(
    'SELECT timezone, phone_country, currency FROM shop_settings WHERE shop_id = $1',
    [world.shopId],
  );
  return row;
}

testWith('chromium', 'time zone, country and currency are found by name and saved', async () => {
  await using world = await createAppWorld();
  await using wide = await openPage(`${world.url}/app/settings/shop`);
  const { page } = wide;
  const timezone = page.getByRole('combobox', { name: 'Time zone' });
  await page.getByText(/^It is \w+day \d+ \w+, \d\d:\d\d there\.$/).waitFor();
  expect(await axeFindings(page)).toEqual([]);
  expect(await wide.layoutShift()).toBeLessThan(0.05);

  await timezone.fill('auck');
  await page.getByRole('option', { name: 'Pacific/Auckland' }).click();
  await page.getByText('What another time zone changes').waitFor();
  await page.getByRole('combobox', { name: 'Country of phone numbers' }).fill('new zea');
  await page.getByRole('option', { name: 'New Zealand (NZ)' }).click();
  await page.getByRole('combobox', { name: 'Currency' }).fill('new zea');
  await page.getByRole('option', { name: 'New Zealand Dollar (NZD)' }).click();
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Shop settings saved').waitFor();

  await page.getByText('What another time zone changes').waitFor({ state: 'detached' });
  expect(await settingsOf(world)).toEqual({
    timezone: 'Pacific/Auckland',
    phone_country: 'NZ',
    currency: 'NZD',
  });
});

testWith(
  'chromium',
  'a time zone that nobody knows is refused beside its field and stays typed',
  async () => {
    await using world = await createAppWorld();
    const before = await settingsOf(world);
    await using wide = await openPage(`${world.url}/app/settings/shop`);
    const { page } = wide;
    const timezone = page.getByRole('combobox', { name: 'Time zone' });
    await timezone.fill('Sydney Harbour');
    await page.keyboard.press('Escape');

    await page.getByRole('button', { name: 'Save' }).click();

    await page.getByText('"Sydney Harbour" is no time zone. Write an IANA zone such as').waitFor();
    expect(await timezone.inputValue()).toBe('Sydney Harbour');
    expect(await timezone.evaluate((field) => field === document.activeElement)).toBe(true);
    expect(await axeFindings(page)).toEqual([]);
    expect(await settingsOf(world)).toEqual(before);
    await page.getByRole('button', { name: 'Discard' }).click();
    expect(await timezone.inputValue()).toBe('Australia/Sydney');
  },
);

testWith('chromium', 'the shop’s settings fit a telephone', async () => {
  await using world = await createAppWorld();
  await using narrow = await openPage(`${world.url}/app/settings/shop`, NARROW);
  const { page } = narrow;
  await page.getByRole('combobox', { name: 'Time zone' }).fill('port-au');
  await page.getByRole('option', { name: 'America/Port-au-Prince' }).click();
  await page.getByText('What another time zone changes').waitFor();

  expect(await sidewaysScroll(page)).toBe(0);
  expect(await narrow.layoutShift()).toBeLessThan(0.05);
  expect(await axeFindings(page)).toEqual([]);
});
