import { expect } from 'vitest';
import { createAppWorld, type AppWorld } from '#test/builders/app-world.ts';
import { axeFindings, NARROW, openPage, sidewaysScroll } from '#test/builders/browser.ts';
import { customersCsv, ordersCsv, people } from '#test/builders/exports.ts';
import { testWith } from '#test/builders/system-programs.ts';

const CUSTOMERS = '/pending/au/customers_20260105T200000Z.csv';
const ORDERS = '/pending/au/orders_20260105T203000Z.csv';

async function addressOf(world: AppWorld, kind: 'customers' | 'orders', key: string): Promise<string> {
  const [row] = await world.ctx.db.sql<{ id: string }>(
    `SELECT id FROM ${kind === 'customers' ? 'customer' : '"order"'} WHERE external_id = $1`,
    [key],
  );
  return `${world.url}/app/records/${kind}/${row?.id}`;
}

testWith(
  'chromium',
  'a failed customer is opened, its cause read, and retried until it is synced',
  async () => {
    // One cancelled job for each attempt that a pass makes: then a person has to look at it.
    await using world = await createAppWorld({
      klaviyo: {
        faults: [
          { match: { method: 'POST', path: '/api/profile-bulk-import-jobs' }, kind: 'cancel-job', times: 4 },
        ],
      },
    });
    world.put(CUSTOMERS, customersCsv(people(1)));
    await world.sync();
    await using shown = await openPage(await addressOf(world, 'customers', '1'));
    const { page } = shown;

    await page.getByText('Klaviyo cancelled the import of this profile several times').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Retry this record' }).click();

    await page.getByRole('status').filter({ hasText: 'Klaviyo has it since' }).waitFor({ timeout: 30_000 });
    await page.getByText('Klaviyo imported the profile without an error.').waitFor();
  },
);

testWith(
  'chromium',
  'a customer without identity is repaired by a new file while its page is open',
  async () => {
    await using world = await createAppWorld({ connection: '    sendExternalId: false' });
    world.put(CUSTOMERS, customersCsv([{ PERIDX: '1', MOBILE: '12' }]));
    await world.sync();
    await using shown = await openPage(await addressOf(world, 'customers', '1'));
    const { page } = shown;

    await page.getByText('No e-mail, phone or id').waitFor();
    await page.getByText('The phone number "12"').first().waitFor();
    expect(await page.getByRole('link', { name: 'Check columns' }).count()).toBe(1);
    world.put('/pending/au/customers_20260106T200000Z.csv', customersCsv(people(1)));
    await world.sync();
    // The person comes back to the window: the page looks at once.
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));

    await page.getByRole('status').filter({ hasText: 'Klaviyo has it since' }).waitFor({ timeout: 30_000 });
    await page.getByRole('button', { name: '"email": "person1@shop.example"' }).waitFor();
  },
);

testWith(
  'chromium',
  'a value of the payload tells where it comes from, by keyboard and for everybody',
  async () => {
    await using world = await createAppWorld({
      extra: 'translations:\n  stores: { whenMissing: keep, entries: { SYD01: Sydney Pitt St } }',
    });
    world.put(CUSTOMERS, customersCsv(people(1, 1, () => ({ MOBILE: '12', SMS_OPT_IN: 'Yes' }))));
    world.put(
      ORDERS,
      ordersCsv([
        { ORDER_ID: '9', ORDER_NUMBER: 'SO-9', PERIDX: '1', STORE_NAME: '', LINE_ID: '1' },
        {
          ORDER_ID: '9',
          ORDER_NUMBER: 'SO-9',
          PERIDX: '1',
          STORE_NAME: '',
          LINE_ID: '2',
          STYLE_NAME: 'Belt',
        },
      ]),
    );
    await world.sync();
    await using shown = await openPage(await addressOf(world, 'orders', '9'));
    const { page } = shown;

    await page.getByRole('button', { name: '"Store": "Sydney Pitt St"' }).focus();
    await page.keyboard.press('Enter');

    await page.getByText('Rule 2 of 2, which always holds.').waitFor();
    const table = page.getByRole('link', { name: 'stores' });
    expect(await table.getAttribute('href')).toBe('/app/translations/stores');
    const mapping = page.getByRole('link', { name: 'Store: name' });
    expect(await mapping.getAttribute('href')).toMatch(/^\/app\/mappings\//);
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('link', { name: 'person1@shop.example' }).click();
    await page.getByRole('heading', { name: 'Consent', exact: true }).waitFor();
    expect(await axeFindings(page)).toEqual([]);

    for (const [kind, key] of [
      ['customers', '1'],
      ['orders', '9'],
    ] as const) {
      await using narrow = await openPage(await addressOf(world, kind, key), NARROW);
      await narrow.page.getByRole('heading', { name: 'Source and payload' }).waitFor();
      expect(await sidewaysScroll(narrow.page)).toBe(0);
      expect(await narrow.layoutShift()).toBeLessThan(0.05);
    }
  },
);

testWith('chromium', 'a customer that nobody wants to send is set aside after a question', async () => {
  await using world = await createAppWorld({ extra: 'automation: { dataSync: false }' });
  world.put(CUSTOMERS, customersCsv(people(1, 1, () => ({ CITY: 'sydney' }))));
  await world.sync();
  await world.apply(
    `${world.yaml}\nmappings:\n  - { scope: customer, target: location.city, description: City, rules: [{ template: '{{ CITY | upcase }}' }] }\n`,
  );
  await using shown = await openPage(await addressOf(world, 'customers', '1'));
  const { page } = shown;

  await page.getByText('Waits: data sync is off.').waitFor();
  await page.getByRole('button', { name: /"city": "sydney"/ }).click();
  await page.getByText('Today’s mappings would give "SYDNEY".').waitFor();
  await page.getByRole('button', { name: 'Mark as skipped' }).click();
  await page.getByText('Klaviyo gets nothing of this customer').waitFor();
  await page.getByRole('button', { name: 'Skip customer' }).click();

  await page.getByRole('status').filter({ hasText: 'Somebody marked it as skipped.' }).waitFor();
  expect(await axeFindings(page)).toEqual([]);
});
