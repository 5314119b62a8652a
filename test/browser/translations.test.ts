import { expect } from 'vitest';
import { createAppWorld, type AppWorld } from '#test/builders/app-world.ts';
import { axeFindings, NARROW, openPage, sidewaysScroll } from '#test/builders/browser.ts';
import { customersCsv, people } from '#test/builders/exports.ts';
import { testWith } from '#test/builders/system-programs.ts';

const STORES = `translations:
  stores: { whenMissing: keep, entries: { SYD01: Sydney Pitt St, MEL02: Melbourne Chapel St, ADL05: Adelaide } }
mappings:
  - scope: customer
    target: properties.Joined Store
    description: Where the customer joined
    rules: [ { template: '{{ JOINED_STORE_CODE | translate: "stores" }}' } ]`;

/** A shop with a table, and a file that brought two values without a translation. */
async function createStores(): Promise<AppWorld> {
  const world = await createAppWorld({ extra: STORES });
  world.put(
    '/pending/au/customers_20260105T200000Z.csv',
    customersCsv(people(6, 1, (id) => ({ JOINED_STORE_CODE: ['SYD01', 'PER03', 'BNE04'][id % 3] ?? '' }))),
  );
  await world.sync();
  return world;
}

async function entriesOf(world: AppWorld): Promise<Record<string, string>> {
  const rows = await world.ctx.db.sql<{ source: string; target: string }>(
    `SELECT e.source, e.target FROM translation_entry e JOIN translation_table t ON t.id = e.table_id
      WHERE t.name = 'stores' ORDER BY e.source`,
  );
  return Object.fromEntries(rows.map(({ source, target }) => [source, target]));
}

testWith('chromium', 'a merchant opens a table, works off its missing values and edits entries', async () => {
  await using world = await createStores();
  await using wide = await openPage(`${world.url}/app/translations`);
  const { page } = wide;
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('link', { name: '2 missing' }).click();
  await page.getByLabel('To: PER03').fill('Perth');
  await page.getByRole('tab', { name: 'All (3)' }).click();
  await page.getByLabel('To: ADL05').fill('Adelaide Rundle Mall');
  await page.getByRole('button', { name: 'Add entry' }).click();
  await page.getByLabel('From: new entry').fill('MEL02');
  await page.getByText('MEL02 stands here twice').waitFor();
  await page.getByLabel('From: MEL02').first().fill('HBA06');
  await page.getByLabel('To: HBA06').fill('Hobart');
  await page.getByRole('button', { name: 'Remove MEL02' }).click();
  await page.getByText('MEL02 is removed when you save').waitFor();
  await page.getByText('1 unsaved on other pages').waitFor();
  expect(await axeFindings(page)).toEqual([]);

  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Translations saved').waitFor();

  await page.getByRole('tab', { name: 'Missing (1)' }).waitFor();
  expect(await entriesOf(world)).toEqual({
    ADL05: 'Adelaide Rundle Mall',
    HBA06: 'Hobart',
    PER03: 'Perth',
    SYD01: 'Sydney Pitt St',
  });
  expect(await wide.layoutShift()).toBeLessThan(0.05);
});

testWith('chromium', 'what the server refuses stands at its field, and what was typed stays', async () => {
  await using world = await createStores();
  await using wide = await openPage(`${world.url}/app/translations/stores?search=adel`);
  const { page } = wide;
  await page.getByRole('button', { name: 'Add entry' }).click();
  await page.getByLabel('From: new entry').fill('SYD01');

  await page.getByRole('button', { name: 'Save' }).click();

  await page.getByText('SYD01 is in this table already (it becomes “Sydney Pitt St”)').waitFor();
  expect(await page.getByLabel('From: SYD01').evaluate((field) => field === document.activeElement)).toBe(
    true,
  );
});

testWith('chromium', 'a CSV file is checked before it changes anything, then applied', async () => {
  await using world = await createStores();
  await using wide = await openPage(`${world.url}/app/translations/stores`);
  const { page } = wide;
  await page.getByRole('button', { name: 'Import CSV' }).click();
  await page.locator('input[type=file]').setInputFiles({
    name: 'stores.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from('code;name\r\nSYD01;Sydney QVB\r\nPER03;Perth\r\n;nothing\r\n'),
  });
  await page.getByText('1 new, 1 changed, 0 the same, 1 line that cannot be used').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  const before = await entriesOf(world);

  await page.getByRole('button', { name: 'Apply 2 changes' }).click();
  await page.getByText('Translations imported').waitFor();

  expect(before).toMatchObject({ SYD01: 'Sydney Pitt St' });
  expect(await entriesOf(world)).toMatchObject({ SYD01: 'Sydney QVB', PER03: 'Perth', ADL05: 'Adelaide' });
  await page.getByRole('tab', { name: 'Missing (1)' }).waitFor();
});

testWith('chromium', 'replacing a whole table asks first, with pasted lines too', async () => {
  await using world = await createStores();
  await using wide = await openPage(`${world.url}/app/translations/stores?import=1`);
  const { page } = wide;
  await page.getByLabel('Or paste lines').fill('PER03,Perth');
  await page.getByRole('button', { name: 'Check pasted lines' }).click();
  await page.getByRole('button', { name: 'Replace all' }).click();
  const dialog = page.getByRole('dialog', { name: 'Replace the whole table?' });
  await dialog.getByText('3 entries that are not in the file are removed').waitFor();

  await dialog.getByRole('button', { name: 'Replace all' }).click();
  await page.getByText('Translations imported').waitFor();

  expect(await entriesOf(world)).toEqual({ PER03: 'Perth' });
});

testWith('chromium', 'an export comes down as the file that can be imported', async () => {
  await using world = await createStores();
  await using wide = await openPage(`${world.url}/app/translations/stores`);
  const { page } = wide;
  const started = page.waitForEvent('download');

  await page.getByRole('button', { name: 'Export CSV' }).click();

  expect((await started).suggestedFilename()).toBe('translations-stores.csv');
});

testWith('chromium', 'a renamed table goes on at its new address, a removed one at the list', async () => {
  await using world = await createStores();
  await using wide = await openPage(`${world.url}/app/translations/stores`);
  const { page } = wide;
  await page.getByLabel('Name', { exact: true }).fill('store names');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.waitForURL(/translations\/store%20names$/);
  await page.getByRole('heading', { name: 'store names' }).waitFor();
  await world.ctx.db.sql('DELETE FROM mapping');

  await page.getByRole('button', { name: 'Remove table' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove table' }).click();

  await page.waitForURL(/translations$/);
  await page.getByRole('heading', { name: 'Translations' }).waitFor();
  expect(await page.getByRole('link', { name: 'store names' }).count()).toBe(0);
});

testWith('chromium', 'a shop without tables learns what a translation is and makes its first', async () => {
  await using world = await createAppWorld({ workers: false });
  await world.ctx.db.sql('DELETE FROM mapping');
  await world.ctx.db.sql('DELETE FROM translation_table');
  await using wide = await openPage(`${world.url}/app/translations`);
  const { page } = wide;
  await page.getByText('Send names instead of codes').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Add table' }).click();
  await page.getByLabel('Name').fill('a "quoted" name');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Leave out quotation marks').waitFor();
  await page.getByLabel('Name').fill('stores');

  await page.getByRole('button', { name: 'Save' }).click();

  await page.waitForURL(/translations\/stores$/);
  await page.getByText('The table is empty').waitFor();
});

testWith(
  'chromium',
  'a table that a mapping uses and nobody has made is created with one click',
  async () => {
    await using world = await createAppWorld({ extra: STORES, workers: false });
    await world.ctx.db.sql("DELETE FROM translation_table WHERE name = 'stores'");
    await using wide = await openPage(`${world.url}/app/translations`);
    const { page } = wide;

    await page.getByRole('button', { name: 'Create table stores' }).click();

    await page.getByRole('link', { name: 'stores', exact: true }).waitFor();
    expect(await page.getByText('A mapping uses a table that is not there').count()).toBe(0);
  },
);

testWith('chromium', 'the pages of translations fit a telephone', async () => {
  await using world = await createStores();
  for (const path of [
    'translations',
    'translations/stores',
    'translations/stores?view=missing',
    'translations/stores?import=1',
  ]) {
    await using narrow = await openPage(`${world.url}/app/${path}`, NARROW);
    expect(await sidewaysScroll(narrow.page)).toBe(0);
    expect(await narrow.layoutShift()).toBeLessThan(0.05);
  }
});
