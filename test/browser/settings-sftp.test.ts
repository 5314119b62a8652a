import { expect } from 'vitest';
import { createAppWorld } from '#test/builders/app-world.ts';
import { axeFindings, NARROW, openPage, sidewaysScroll } from '#test/builders/browser.ts';
import { testWith } from '#test/builders/system-programs.ts';

testWith('chromium', 'an SFTP account is tested, its fingerprint confirmed, and saved', async () => {
  await using world = await createAppWorld();
  const [stored] = await world.ctx.db.sql<{ port: number }>('DELETE FROM sftp_account RETURNING port');
  await using open = await openPage(`${world.url}/app/settings/sftp`);
  const { page } = open;
  expect(await axeFindings(page)).toEqual([]);

  await page.getByLabel('Host').fill('127.0.0.1');
  await page.getByLabel('Port').fill(String(stored?.port));
  await page.getByLabel('User name').fill('apparel21');
  await page.getByRole('textbox', { name: 'Password' }).fill('wrong-password');
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  await page.getByText('refuses the user apparel21. Check user name and password').waitFor();
  await page.getByRole('textbox', { name: 'Password' }).fill('secret-of-sftp');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Compare it with what its owner told you').waitFor();
  const folders = page.getByRole('list', { name: 'Folders of Klaviyo AU' });
  await folders.getByText('/pending/au').waitFor();
  await folders.getByText('Threadline creates it with the first file.').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await page.getByLabel('This is our server’s fingerprint').check();
  await page.getByRole('button', { name: 'Save', exact: true }).click();

  await page.getByText('Known since').waitFor();
  expect(await page.getByRole('textbox', { name: 'Password' }).inputValue()).toBe('••••••••');
  expect(await page.content()).not.toContain('secret-of-sftp');
  await using index = await openPage(`${world.url}/app/settings`);
  await index.page.getByText(`apparel21 at 127.0.0.1:${stored?.port}`).waitFor();
  await index.page.getByText('Pinned', { exact: true }).waitFor();
});

testWith('chromium', 'a changed fingerprint shows both and waits for a person', async () => {
  await using world = await createAppWorld();
  const other = 'SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
  await world.ctx.db.sql('UPDATE sftp_account SET host_key = $1', [other]);
  await world.sync();
  await using open = await openPage(`${world.url}/app/settings/sftp`);
  const { page } = open;

  await page.getByRole('button', { name: 'Test and compare' }).click();
  await page.getByText('Shown now').waitFor();
  await page.getByText(other).waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Trust the new fingerprint' }).click();
  await page.getByRole('button', { name: 'Save', exact: true }).click();

  await page.getByText('SFTP account saved').waitFor();
  await page.getByText('Known since').waitFor();
  expect(await page.getByText(other).count()).toBe(0);
});

testWith('chromium', 'the SFTP page fits a telephone and stands still while it loads', async () => {
  await using world = await createAppWorld();
  await using narrow = await openPage(`${world.url}/app/settings/sftp`, NARROW);
  expect(await sidewaysScroll(narrow.page)).toBe(0);
  expect(await narrow.layoutShift()).toBeLessThan(0.05);
});
