import { expect } from 'vitest';
import { addSampleData } from '#app/services/sample-data.server.ts';
import { createAppWorld } from '#test/builders/app-world.ts';
import { axeFindings, NARROW, openPage, sidewaysScroll, WIDE } from '#test/builders/browser.ts';
import { openAddress, PAGES } from '#test/builders/pages.ts';
import { testWith } from '#test/builders/system-programs.ts';

for (const [name, viewport] of [
  ['1280', WIDE],
  ['390', NARROW],
] as const) {
  testWith(
    'chromium',
    `at ${name} px every page suits everybody, stays in its width and does not jump`,
    async () => {
      await using world = await createAppWorld();
      await addSampleData(world.ctx, world.shopId, { actor: 'test' });
      await using tab = await openPage(`${world.url}/app`, viewport);
      await tab.page.getByRole('link', { name: '25 customers' }).waitFor({ timeout: 60_000 });
      const findings: Record<string, unknown> = {};
      for (const place of PAGES) {
        const address = await openAddress(tab.page, world.url, place);
        const [axe, scroll, shift] = [
          await axeFindings(tab.page),
          await sidewaysScroll(tab.page),
          await tab.layoutShift(),
        ];
        const heading = await tab.page.getByRole('heading', { level: 1 }).first().textContent();
        const isMissing = heading === 'Page not found' && address !== '/app/nowhere';
        if (axe.length > 0 || scroll > 0 || shift >= 0.05 || isMissing || address.includes('no link')) {
          findings[address] = { axe, scroll, shift, heading };
        }
      }
      // The page that is not there answers 404, and the browser says so.
      tab.faults.splice(0, tab.faults.length, ...tab.faults.filter((fault) => !fault.includes('404')));
      expect(findings).toEqual({});
    },
  );
}
