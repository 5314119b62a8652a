import { expect } from 'vitest';
import { createAppWorld } from '#test/builders/app-world.ts';
import { axeFindings, NARROW, openPage, sidewaysScroll } from '#test/builders/browser.ts';
import { testWith } from '#test/builders/system-programs.ts';

testWith('chromium', 'the dashboard opens without an error, for everybody, on a telephone too', async () => {
  await using world = await createAppWorld();
  await using wide = await openPage(`${world.url}/app`);
  await wide.page.getByRole('heading', { name: 'Dashboard' }).waitFor();
  expect(await axeFindings(wide.page)).toEqual([]);
  await using narrow = await openPage(`${world.url}/app`, NARROW);
  expect(await sidewaysScroll(narrow.page)).toBe(0);
  expect(await narrow.layoutShift()).toBeLessThan(0.05);
});
