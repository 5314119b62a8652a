import { expect } from 'vitest';
import { createAppWorld } from '#test/builders/app-world.ts';
import { axeFindings, NARROW, openPage, sidewaysScroll } from '#test/builders/browser.ts';
import { customersCsv, ordersCsv, people } from '#test/builders/exports.ts';
import { testWith } from '#test/builders/system-programs.ts';

const DATA_SYNC_OFF = 'automation: { dataSync: false }';

testWith('chromium', 'one customer is chosen from many and sent while data sync is off', async () => {
  await using world = await createAppWorld({ extra: DATA_SYNC_OFF });
  world.put('/pending/au/customers_20260101T000000Z.csv', customersCsv(people(3)));
  await world.sync();
  await using open = await openPage(`${world.url}/app/records/customers`);
  const { page } = open;
  await page.getByRole('tab', { name: /^Pending/ }).waitFor();

  const row = page.getByRole('row', { name: /person2@/ });
  await row.getByRole('checkbox').check({ force: true });
  await page.getByRole('button', { name: 'Sync 1 customer' }).click();
  await row.getByText('Synced').waitFor();

  world.klaviyo.settle();
  const profiles = world.klaviyo.state().accounts[0]?.profiles ?? [];
  expect(profiles.map(({ email }) => email)).toEqual(['person2@shop.example']);
  expect(await axeFindings(page)).toEqual([]);
  expect(await open.layoutShift()).toBeLessThan(0.05);
});

testWith(
  'chromium',
  'marking as skipped asks first, and everything that matches is done by a worker',
  async () => {
    await using world = await createAppWorld({ extra: DATA_SYNC_OFF });
    world.put('/pending/au/customers_20260101T000000Z.csv', customersCsv(people(120)));
    await world.sync();
    await using open = await openPage(`${world.url}/app/records/customers?status=pending`);
    const { page } = open;

    await page.getByRole('checkbox', { name: 'Select all customers' }).first().check({ force: true });
    await page.getByRole('button', { name: 'Select all 120 customers' }).click();
    await page.getByRole('button', { name: 'Mark 120 customers as skipped' }).click();
    await page.getByText('They are not sent to Klaviyo').waitFor();
    expect(await world.ctx.db.sql(`SELECT id FROM customer WHERE status = 'skipped'`)).toEqual([]);
    await page.getByRole('button', { name: 'Mark as skipped', exact: true }).click();

    await page.getByText('120 customers marked as skipped.').waitFor();
    await page.getByText('No customers here').waitFor();
    await page.getByRole('tab', { name: 'Skipped (120)' }).click();
    await page.getByText('Somebody marked it as skipped.').first().waitFor();
    expect(new URL(page.url()).search).toBe('?status=skipped');
  },
);

testWith('chromium', 'tabs, search and pages live in the address, and lead on', async () => {
  await using world = await createAppWorld({ extra: DATA_SYNC_OFF, workers: false });
  world.put('/pending/au/customers_20260101T000000Z.csv', customersCsv(people(120)));
  await world.sync();
  await using open = await openPage(`${world.url}/app/records/customers`);
  const { page } = open;

  await page
    .getByRole('link', { name: 'Next page' })
    .or(page.getByRole('button', { name: 'Next page' }))
    .click();
  await page.waitForURL(/after=/);
  await page.getByRole('link', { name: 'Previous page' }).click();
  await page.waitForURL(/before=/);
  await page.getByRole('button', { name: /Search and filter/ }).click();
  await page.getByRole('textbox').fill('person11');
  await page.waitForURL(/q=person11$/);
  const rows = page.getByRole('row').getByRole('link');
  await expect.poll(() => rows.count(), { timeout: 15_000 }).toBe(11);

  const links = await rows.evaluateAll((all) => all.map((one) => one.getAttribute('href')));
  expect(
    links.every((href) => /^\/app\/records\/customers\/[0-9a-f-]{36}\?q=person11$/.test(href ?? '')),
  ).toBe(true);
  await page.getByRole('textbox').fill('nobody');
  await page.getByText('No customers match').waitFor();
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await page.waitForURL(`${world.url}/app/records/customers`);
  expect(await axeFindings(page)).toEqual([]);
});

testWith(
  'chromium',
  'on a telephone a record is two lines, and nothing scrolls sideways or jumps',
  async () => {
    await using world = await createAppWorld({ workers: false });
    world.put(
      '/pending/au/orders_20260101T003000Z.csv',
      ordersCsv([{ ORDER_ID: '1', ORDER_NUMBER: 'SYD01-1', PERIDX: '1' }]),
    );
    await world.sync();
    await using open = await openPage(`${world.url}/app/records/orders`, NARROW);

    await open.page
      .getByRole('listitem')
      .filter({ hasText: 'SYD01-1' })
      .getByText('Waits for customer 1')
      .waitFor();
    expect(await axeFindings(open.page)).toEqual([]);
    expect(await sidewaysScroll(open.page)).toBe(0);
    expect(await open.layoutShift()).toBeLessThan(0.05);
  },
);

testWith('chromium', 'a list without any record says where they come from', async () => {
  await using world = await createAppWorld({ workers: false });
  await using open = await openPage(`${world.url}/app/records/rewards`);

  await open.page.getByText('Rewards appear here after the first file').waitFor();
  await open.page.getByRole('link', { name: 'See files' }).waitFor();
  expect(await axeFindings(open.page)).toEqual([]);
});

testWith('chromium', 'there is no list of anything else', async () => {
  await using world = await createAppWorld({ workers: false });
  const answer = await fetch(`${world.url}/app/records/secrets`);
  expect(answer.status).toBe(404);
});

testWith(
  'chromium',
  'a record leads to the next one of the list that it was found in, and back',
  async () => {
    await using world = await createAppWorld({ extra: DATA_SYNC_OFF, workers: false });
    world.put('/pending/au/customers_20260101T000000Z.csv', customersCsv(people(3)));
    await world.sync();
    await using open = await openPage(`${world.url}/app/records/customers?status=pending`);
    const { page } = open;
    const links = await page.getByRole('link', { name: /@shop\.example$/ }).all();
    const places = await Promise.all(links.map(async (link) => (await link.getAttribute('href')) ?? ''));
    const [first = '', second = ''] = places;
    await links[0]?.click();
    await page.waitForURL(`**${first}`);

    await page.getByRole('link', { name: 'Next customer' }).click();
    await page.waitForURL(`**${second}`);
    await page.getByRole('link', { name: 'Previous customer' }).click();
    await page.waitForURL(`**${first}`);

    expect(new Set(places).size).toBe(3);
    expect(first).toContain('status=pending');
  },
);
