import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { createAppWorld } from '#test/builders/app-world.ts';
import { axeFindings, NARROW, openPage, sidewaysScroll } from '#test/builders/browser.ts';
import { testWith } from '#test/builders/system-programs.ts';

async function exported(page: Page): Promise<string> {
  const started = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export shop.yaml' }).click();
  const download = await started;
  expect(download.suggestedFilename()).toBe('shop.yaml');
  return readFile(await download.path(), 'utf8');
}

async function choose(page: Page, text: string): Promise<void> {
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'shop.yaml', mimeType: 'application/yaml', buffer: Buffer.from(text) });
}

testWith('chromium', 'an exported file is changed, checked and applied', async () => {
  await using world = await createAppWorld({ workers: false });
  await using wide = await openPage(`${world.url}/app/settings/configuration`);
  const { page } = wide;
  expect(await axeFindings(page)).toEqual([]);
  const file = await exported(page);
  await choose(page, file);
  await page.getByText('The file says what the settings are already').waitFor();

  await choose(
    page,
    file.replace('pollSeconds: 30', 'pollSeconds: 45').replace('batchSize: 10000', 'batchSize: 500'),
  );
  await page.getByRole('rowheader', { name: 'automation.pollSeconds' }).waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Apply 2 changes' }).click();
  await page.getByText('Configuration imported').waitFor();

  expect(await world.ctx.db.sql('SELECT poll_seconds FROM shop_settings')).toEqual([{ poll_seconds: 45 }]);
  expect(file).not.toContain('secret-of-sftp');
  expect(await wide.layoutShift()).toBeLessThan(0.05);
});

testWith('chromium', 'what is wrong in a file stands with its line, and the text stays', async () => {
  await using world = await createAppWorld({ workers: false });
  await using wide = await openPage(`${world.url}/app/settings/configuration`);
  const { page } = wide;
  const file = (await exported(page))
    .replace('${KLAVIYO_AU_KEY}', '${KLAVIYO_NZ_KEY}')
    .replace('timezone:', 'timezon:');
  await page.getByLabel('Or paste its text').fill(file);

  await page.getByRole('button', { name: 'Check file' }).click();

  await page.getByText('2 places in the file must be corrected').waitFor();
  await page.getByText('Enter the key in place of ${KLAVIYO_NZ_KEY}').waitFor();
  await page.getByText('Line 3, timezon:').waitFor();
  expect(await page.getByLabel('Or paste its text').inputValue()).toBe(file);
  expect(await axeFindings(page)).toEqual([]);
});

testWith('chromium', 'an import that removes a connection names it and asks', async () => {
  await using world = await createAppWorld({ workers: false });
  await using wide = await openPage(`${world.url}/app/settings/configuration`);
  const { page } = wide;
  const file = await exported(page);
  const connections = file.slice(file.indexOf('connections:'), file.indexOf('\ncolumns:'));
  await choose(page, file.replace(connections, 'connections: []'));
  await page.getByRole('button', { name: /^Apply \d+ changes$/ }).click();
  const dialog = page.getByRole('dialog', { name: 'Remove 1 connection?' });
  await dialog.getByText('The file does not have Klaviyo AU').waitFor();

  await dialog.getByRole('button', { name: 'Apply and remove' }).click();
  await page.getByText('Configuration imported').waitFor();

  expect((await world.status()).connections).toEqual([]);
  await page.getByText('There is no connection yet').waitFor();
});

testWith(
  'chromium',
  'the page of the configuration file fits a telephone, also without an SFTP account',
  async () => {
    await using world = await createAppWorld({ workers: false });
    await world.ctx.db.sql('DELETE FROM sftp_account');
    await using narrow = await openPage(`${world.url}/app/settings/configuration`, NARROW);
    const { page } = narrow;
    await page.getByText('No SFTP server is connected yet').waitFor();
    expect(await narrow.layoutShift()).toBeLessThan(0.05);
    await choose(page, await exported(page));
    await page.getByText('sftp.host').waitFor();

    expect(await sidewaysScroll(page)).toBe(0);
  },
);
