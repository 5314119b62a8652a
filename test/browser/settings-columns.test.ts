import { expect } from 'vitest';
import { createAppWorld, type AppWorld } from '#test/builders/app-world.ts';
import { axeFindings, NARROW, openPage, sidewaysScroll } from '#test/builders/browser.ts';
import { customersCsv, people } from '#test/builders/exports.ts';
import { testWith } from '#test/builders/system-programs.ts';

const TWO = `    list: Retail Customers
  - name: Klaviyo NZ
    apiKey: \${KLAVIYO_NZ_KEY}
    directory: /pending/nz`;

/** A shop whose newest file calls a column otherwise than the files before it, and is held for it. */
async function createRenamed(): Promise<AppWorld> {
  const world = await createAppWorld({ connection: TWO });
  world.put(
    '/pending/au/customers_20260105T200000Z.csv',
    customersCsv(people(3, 1, (id) => ({ PERSON_CODE: `CODE${id}` }))),
  );
  await world.sync();
  world.put('/pending/au/customers_20260106T200000Z.csv', customersCsv(people(3)).replace('EMAIL', 'E_MAIL'));
  await world.sync();
  return world;
}

async function columnsOf(world: AppWorld): Promise<Record<string, string>[]> {
  const rows = await world.ctx.db.sql<{ columns: Record<string, string> }>(
    `SELECT columns FROM column_settings WHERE kind = 'customers' ORDER BY connection_id NULLS FIRST`,
  );
  return rows.map(({ columns }) => columns);
}

testWith(
  'chromium',
  'a vanished column is warned of, and another one is chosen from the newest file',
  async () => {
    await using world = await createRenamed();
    await using wide = await openPage(`${world.url}/app/settings/columns`);
    const { page } = wide;
    await page.getByText('EMAIL has vanished from the newest file; it has E_MAIL.').waitFor();
    await page.getByText('Column EMAIL is missing; the file has E_MAIL. Once the right columns').waitFor();
    await page.getByText(/Earlier rows: person\d@shop\.example/).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    expect(await wide.layoutShift()).toBeLessThan(0.05);

    await page.getByRole('combobox', { name: 'E-mail address' }).fill('e_m');
    await page.getByRole('option', { name: 'E_MAIL' }).click();
    await page.getByText('EMAIL has vanished').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Columns saved').waitFor();

    expect(await columnsOf(world)).toMatchObject([{ email: 'E_MAIL', phone: 'MOBILE' }]);
  },
);

testWith('chromium', 'a column shows its values, and what else reads the one before', async () => {
  await using world = await createRenamed();
  await using wide = await openPage(`${world.url}/app/settings/columns`);
  const { page } = wide;
  await page.getByRole('combobox', { name: 'First name' }).fill('PERSON_CODE');
  await page.getByText(/Newest rows: CODE\d · CODE\d · CODE\d/).waitFor();
  await page.getByText('Still read FIRSTNAME').getByRole('link', { name: 'First name' }).waitFor();
  await page.getByRole('combobox', { name: 'Customer ID' }).fill('');
  await page.keyboard.press('Escape');
  expect(await axeFindings(page)).toEqual([]);

  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Name the column that holds the customer ID.').waitFor();

  expect(await page.getByRole('combobox', { name: 'First name' }).inputValue()).toBe('PERSON_CODE');
  expect(
    await page
      .getByRole('combobox', { name: 'Customer ID' })
      .evaluate((field) => field === document.activeElement),
  ).toBe(true);
  await page.getByRole('button', { name: 'Reset to preset' }).click();
  expect(await page.getByRole('combobox', { name: 'First name' }).inputValue()).toBe('FIRSTNAME');
});

testWith('chromium', 'a connection gets a column of its own and goes back to the shop’s', async () => {
  await using world = await createRenamed();
  await using wide = await openPage(`${world.url}/app/settings/columns`);
  const { page } = wide;
  await page.getByLabel('For', { exact: true }).selectOption({ label: 'Klaviyo NZ: uses the shop’s' });
  await page.getByText('Uses the shop’s columns', { exact: true }).waitFor();
  await page.getByText('A blank field uses the shop’s column: a file without that one is held.').waitFor();
  await page.getByRole('combobox', { name: 'E-mail address' }).fill('EMAIL_NZ');
  await page.getByRole('tab', { name: 'Orders' }).click();
  await page
    .getByRole('dialog', { name: 'Leave without saving?' })
    .getByRole('button', { name: 'Cancel' })
    .click();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Has its own', { exact: true }).waitFor();
  const own = await columnsOf(world);

  await page.getByRole('button', { name: 'Remove own columns' }).click();
  await page
    .getByRole('dialog', { name: 'Use the shop’s columns again?' })
    .getByRole('button', { name: 'Remove own columns' })
    .click();
  await page.getByText('Own columns removed').waitFor();
  await page.getByText('Uses the shop’s columns', { exact: true }).waitFor();

  expect(own[1]).toEqual({ email: 'EMAIL_NZ' });
  expect(await columnsOf(world)).toHaveLength(1);
});

testWith('chromium', 'the columns fit a telephone', async () => {
  await using world = await createRenamed();
  await using narrow = await openPage(`${world.url}/app/settings/columns?kind=customers`, NARROW);

  expect(await sidewaysScroll(narrow.page)).toBe(0);
  expect(await narrow.layoutShift()).toBeLessThan(0.05);
  expect(await axeFindings(narrow.page)).toEqual([]);
});
