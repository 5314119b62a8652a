import { expect } from 'vitest';
import { createAppWorld, type AppWorld } from '#test/builders/app-world.ts';
import { axeFindings, NARROW, openPage, sidewaysScroll } from '#test/builders/browser.ts';
import { ALL_BUT_DELETION, askAsShopify, letThingsLand } from '#test/builders/erasure.ts';
import { customersCsv, ordersCsv, people } from '#test/builders/exports.ts';
import { testWith } from '#test/builders/system-programs.ts';

async function syncedWorld(scopes: string[]): Promise<AppWorld> {
  const world = await createAppWorld({
    klaviyo: { accounts: [{ id: 'AU1', name: 'AU', keys: [{ key: 'pk_local', scopes }] }] },
  });
  world.put('/pending/au/customers_20260105T200000Z.csv', customersCsv(people(3)));
  world.put(
    '/pending/au/orders_20260105T203000Z.csv',
    ordersCsv([
      { ORDER_ID: 'A', PERIDX: '1' },
      { ORDER_ID: 'B', PERIDX: '2' },
    ]),
  );
  await world.sync();
  await letThingsLand(world);
  return world;
}

async function addressOf(world: AppWorld, key: string): Promise<string> {
  const [row] = await world.ctx.db.sql<{ id: string }>('SELECT id FROM customer WHERE external_id = $1', [
    key,
  ]);
  return `${world.url}/app/records/customers/${row?.id}`;
}

testWith(
  'chromium',
  'a person is erased from their page, and the part in Klaviyo is settled by hand',
  async () => {
    await using world = await syncedWorld(ALL_BUT_DELETION);
    await using shown = await openPage(await addressOf(world, '1'));
    const { page } = shown;

    await page.getByRole('button', { name: 'Privacy' }).click();
    await page.getByRole('button', { name: 'Erase this person…', exact: true }).click();
    await page.getByText('Later files do not bring them back').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('checkbox', { name: 'Klaviyo AU' }).check();
    await page.getByRole('button', { name: 'Erase person' }).click();

    await page.waitForURL(/\/app\/records\/customers$/);
    await page.goto(`${world.url}/app/settings/privacy`);
    await page.getByText('Needs you').waitFor({ timeout: 30_000 });
    await page.getByText('Removed here: 1 customer, 1 order and 0 rewards.').waitFor();
    await page.getByText('person1@shop.example').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Deleted by hand' }).click();
    await page.getByText('Do this after you have deleted the profile').waitFor();
    await page.getByRole('button', { name: 'Mark as deleted' }).click();

    await page.getByText('somebody deleted the profile by hand').waitFor();
    expect(await page.getByText('person1@shop.example').count()).toBe(0);
  },
);

testWith(
  'chromium',
  'a request for data leads from the dashboard to the download, and is marked as done',
  async () => {
    await using world = await syncedWorld(['*']);
    await askAsShopify(world, 'CUSTOMERS_DATA_REQUEST', { email: 'person2@shop.example' });
    await using shown = await openPage(`${world.url}/app`);
    const { page } = shown;
    await expect
      .poll(
        async () => {
          await page.reload();
          return page.getByText('Shopify passes on a request for a person').count();
        },
        { timeout: 30_000 },
      )
      .toBe(1);

    await page
      .getByRole('link', { name: 'Open privacy' })
      .or(page.getByRole('button', { name: 'Open privacy' }))
      .click();
    await page.getByText('Customer 191167 in Shopify').waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download data' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('personal-data.json');
    await page.getByRole('button', { name: 'Mark as done' }).first().click();
    await page.getByText('Was the data sent to the customer?').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Mark as done' }).click();

    await page.getByText('No request is open.').waitFor();
  },
);

testWith(
  'chromium',
  'somebody who was never erased is not let in again, and a typed address stays',
  async () => {
    await using world = await syncedWorld(['*']);
    await using shown = await openPage(`${world.url}/app/settings/privacy`);
    const { page } = shown;
    const field = page.getByLabel('E-mail or phone number');

    await field.fill('nobody@shop.example');
    await page.getByRole('button', { name: 'Let this person come back' }).click();

    await page.getByText('Nobody with this address was erased here.').waitFor();
    expect(await field.inputValue()).toBe('nobody@shop.example');
    expect(await axeFindings(page)).toEqual([]);
  },
);

testWith('chromium', 'the privacy page fits a phone and does not jump', async () => {
  await using world = await syncedWorld(ALL_BUT_DELETION);
  await askAsShopify(world, 'CUSTOMERS_DATA_REQUEST', { email: 'person2@shop.example' });
  await using narrow = await openPage(`${world.url}/app/settings/privacy`, NARROW);

  await narrow.page.getByRole('heading', { name: 'Requests for data' }).waitFor();
  expect(await sidewaysScroll(narrow.page)).toBe(0);
  expect(await narrow.layoutShift()).toBeLessThan(0.05);
});
