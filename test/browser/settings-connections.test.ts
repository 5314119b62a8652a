import { expect } from 'vitest';
import { createAppWorld } from '#test/builders/app-world.ts';
import { filesIn, inKlaviyo } from '#test/builders/consent-back.ts';
import { axeFindings, NARROW, openPage, sidewaysScroll } from '#test/builders/browser.ts';
import { customersCsv, people } from '#test/builders/exports.ts';
import { testWith } from '#test/builders/system-programs.ts';

const ACCOUNTS = {
  accounts: [
    { id: 'AU1', name: 'Retail Australia', keys: [{ key: 'pk_local' }, { key: 'pk_second_a1b2' }] },
    {
      id: 'NZ1',
      name: 'Retail New Zealand',
      keys: [
        { key: 'pk_nz' },
        { key: 'pk_reader', scopes: ['accounts:read', 'profiles:read', 'lists:read'] },
      ],
    },
  ],
};

testWith('chromium', 'a second Klaviyo account is tested, added, paused and removed', async () => {
  await using world = await createAppWorld({ klaviyo: ACCOUNTS });
  world.put('/pending/nz/.keep', '');
  world.put('/pending/au/customers_20260105T200000Z.csv', customersCsv(people(2)));
  await world.sync();
  await using open = await openPage(`${world.url}/app/settings`);
  const { page } = open;
  await page.getByRole('heading', { name: 'Klaviyo connections' }).waitFor();
  expect(await axeFindings(page)).toEqual([]);

  await page.getByRole('link', { name: 'Add new connection' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Klaviyo NZ');
  await page.getByRole('textbox', { name: 'Private key' }).fill('pk_reader');
  await page.getByLabel('Directory').fill('/pending/nz');
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  await page.getByText('The key works, but it may not do everything').waitFor();
  await page.getByRole('textbox', { name: 'Private key' }).fill('pk_nz');
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  await page.getByText('Account: Retail New Zealand (NZ1)').waitFor();
  await page.getByRole('list', { name: 'Folders on the SFTP server' }).getByText('/pending/nz').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Save', exact: true }).click();

  await page.getByText('Retail New Zealand, key pk_…k_nz, folder /pending/nz').waitFor();
  await page.getByRole('button', { name: 'Pause Klaviyo NZ' }).click();
  await page.getByRole('button', { name: 'Resume Klaviyo NZ' }).waitFor();
  await page.getByRole('button', { name: 'Remove Klaviyo NZ' }).click();
  const dialog = page.getByRole('dialog', { name: 'Remove Klaviyo NZ?' });
  await dialog.getByText('Records and history stay in Threadline').waitFor();
  await dialog.getByRole('button', { name: 'Remove connection' }).click();
  await page.getByRole('link', { name: 'Klaviyo NZ', exact: true }).waitFor({ state: 'detached' });
  expect(await page.getByRole('link', { name: 'Klaviyo AU', exact: true }).count()).toBe(1);
});

testWith('chromium', 'what is wrong stands beside its field, and what was typed stays', async () => {
  await using world = await createAppWorld({ klaviyo: ACCOUNTS });
  await using open = await openPage(`${world.url}/app/settings/connections/new`);
  const { page } = open;

  await page.getByLabel('Name', { exact: true }).fill('Klaviyo AU');
  await page.getByRole('textbox', { name: 'Private key' }).fill('pk_revoked');
  await page.getByLabel('Directory').fill('/nz');
  await page.getByLabel('E-mail addresses for errors').fill('nobody');
  await page.getByRole('button', { name: 'Add expected file' }).click();
  await page.getByLabel('Comes every').fill('daily');
  await page.getByRole('button', { name: 'Save', exact: true }).click();

  await page.getByText('must lie in /pending').waitFor();
  await page.getByText('"nobody" is no e-mail address').waitFor();
  await page.getByText('"daily" is no duration').waitFor();
  await page.getByLabel('Directory').fill('/pending/nz');
  await page.getByLabel('E-mail addresses for errors').fill('ops@example.org');
  await page.getByLabel('Comes every').fill('24h');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Another connection is named "Klaviyo AU"').waitFor();
  await page.getByLabel('Name', { exact: true }).fill('Klaviyo NZ');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Klaviyo refuses this key').waitFor();
  expect(await page.getByRole('textbox', { name: 'Private key' }).inputValue()).toBe('pk_revoked');
  expect(await page.getByLabel('Comes every').inputValue()).toBe('24h');
  expect(await axeFindings(page)).toEqual([]);
});

testWith('chromium', 'a key is replaced without ever being shown', async () => {
  await using world = await createAppWorld({ klaviyo: ACCOUNTS });
  await using open = await openPage(`${world.url}/app/settings`);
  const { page } = open;
  await page.getByRole('button', { name: 'Test Klaviyo AU' }).click();
  await page.getByText('Account: Retail Australia (AU1)').waitFor();

  await page.getByRole('link', { name: 'Edit Klaviyo AU' }).click();
  expect(await page.getByRole('textbox', { name: 'Private key' }).inputValue()).toBe('pk_…ocal');
  await page.getByRole('button', { name: 'Replace private key' }).click();
  await page.getByRole('textbox', { name: 'Private key' }).fill('pk_nz');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('This key belongs to the account Retail New Zealand').waitFor();
  await page.getByRole('textbox', { name: 'Private key' }).fill('pk_second_a1b2');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Connection saved').waitFor();

  await page.waitForFunction(() => document.querySelector('input[readonly]') !== null);
  expect(await page.getByRole('textbox', { name: 'Private key' }).inputValue()).toBe('pk_…a1b2');
  expect(await page.content()).not.toMatch(/pk_local|pk_second|v1\.test/);
});

testWith('chromium', 'who left in Klaviyo is written for Apparel21 by a button, or once a day', async () => {
  await using world = await createAppWorld({ klaviyo: ACCOUNTS });
  world.put('/pending/au/customers_20260105T200000Z.csv', customersCsv(people(3)));
  await world.sync();
  await inKlaviyo(world, '_unsubscribe', { account: 'AU1', email: 'person1@shop.example' });
  await using open = await openPage(`${world.url}/app/settings`);
  const { page } = open;
  await page.getByRole('link', { name: 'Edit Klaviyo AU' }).click();
  await page.getByText('No file has been written yet.').waitFor();
  expect(await page.getByRole('radio', { name: 'Off' }).isChecked()).toBe(true);

  await page.getByRole('button', { name: 'Write the file now' }).click();
  await page.getByText(/consent_\d{8}T\d{6}Z\.csv, .+: 1 customer$/).waitFor();
  expect(filesIn(world)).toHaveLength(1);
  await page.getByText('Once a day').click();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Connection saved').waitFor();
  expect(await world.ctx.db.sql('SELECT consent_back FROM connection')).toEqual([{ consent_back: 'daily' }]);
  expect(await axeFindings(page)).toEqual([]);

  await using narrow = await openPage(page.url(), NARROW);
  await narrow.page.getByRole('button', { name: 'Write the file now' }).waitFor();
  expect(await sidewaysScroll(narrow.page)).toBe(0);
});

testWith(
  'chromium',
  'settings and a connection fit a telephone and stand still while they load',
  async () => {
    await using world = await createAppWorld({ klaviyo: ACCOUNTS });
    for (const path of ['/app/settings', '/app/settings/connections/new']) {
      await using narrow = await openPage(world.url + path, NARROW);
      expect(await sidewaysScroll(narrow.page)).toBe(0);
      expect(await narrow.layoutShift()).toBeLessThan(0.05);
    }
  },
);
