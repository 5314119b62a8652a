import { expect } from 'vitest';
import { createAppWorld } from '#test/builders/app-world.ts';
import { axeFindings, NARROW, openPage, sidewaysScroll } from '#test/builders/browser.ts';
import { customersCsv, people } from '#test/builders/exports.ts';
import { testWith } from '#test/builders/system-programs.ts';

testWith(
  'chromium',
  'a column that a file calls otherwise is chosen from its header, and the file goes through',
  async () => {
    await using world = await createAppWorld({ extra: 'automation: { pollSeconds: 1 }' });
    const file = customersCsv(people(3)).replace('EMAIL', 'E_MAIL');
    world.put('/pending/au/customers_20260105T200000Z.csv', file);
    await world.sync();
    await using tab = await openPage(`${world.url}/app/settings/columns`);
    const { page } = tab;
    await page
      .getByText(/has no column EMAIL|EMAIL has vanished/)
      .first()
      .waitFor();
    expect(await axeFindings(page)).toEqual([]);

    await page.getByRole('combobox', { name: /^E-mail/ }).fill('E_M');
    await page.getByRole('option', { name: 'E_MAIL' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Columns saved').waitFor();

    const [stored] = await world.ctx.db.sql<{ columns: { email: string } }>(
      `SELECT columns FROM column_settings WHERE kind = 'customers' AND connection_id IS NULL`,
    );
    expect(stored?.columns.email).toBe('E_MAIL');
    await using narrow = await openPage(`${world.url}/app/settings/columns?kind=orders`, NARROW);
    expect(await sidewaysScroll(narrow.page)).toBe(0);
    expect(await narrow.layoutShift()).toBeLessThan(0.05);
  },
);

testWith(
  'chromium',
  'a needed column that is left out is named beside its field, and what was typed stays',
  async () => {
    await using world = await createAppWorld();
    await using tab = await openPage(`${world.url}/app/settings/columns`);
    const key = tab.page.getByRole('combobox', { name: /primary key|person|customer/i }).first();
    await key.fill('');
    await tab.page.getByRole('combobox', { name: /^E-mail/ }).fill('MY_MAIL');
    await tab.page.getByRole('button', { name: 'Save' }).click();
    await tab.page
      .getByText(/^Name the column that holds/)
      .first()
      .waitFor();
    expect(await tab.page.getByRole('combobox', { name: /^E-mail/ }).inputValue()).toBe('MY_MAIL');
  },
);

testWith('chromium', 'time zone, country and currency are chosen by name and saved', async () => {
  await using world = await createAppWorld();
  await using tab = await openPage(`${world.url}/app/settings/shop`);
  const { page } = tab;
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('combobox', { name: /time zone/i }).fill('Auckland');
  await page
    .getByRole('option', { name: /Auckland/ })
    .first()
    .click();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Settings saved').waitFor();
  const stored = await world.ctx.db.sql('SELECT timezone FROM shop_settings WHERE shop_id = $1', [
    world.shopId,
  ]);
  expect(stored).toEqual([{ timezone: 'Pacific/Auckland' }]);
  await using narrow = await openPage(`${world.url}/app/settings/shop`, NARROW);
  expect(await sidewaysScroll(narrow.page)).toBe(0);
});
