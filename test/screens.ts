/**
 * Pictures of every page at 1280 and 390 px: `npm run screens` while `npm run demo` runs; they lie in .cache/screens. Pages
 * with an id are found by following the first link of their list. Says which pages can be scrolled sideways.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { CHROMIUM_ARGUMENTS, sidewaysScroll } from './builders/chromium.ts';
import { findSystemProgram } from './builders/find-program.ts';
import { openAddress, PAGES } from './builders/pages.ts';

const [, , base = 'http://localhost:3000', only = ''] = process.argv;
const FOLDER = path.resolve(import.meta.dirname, '../.cache/screens');

const WIDTHS = [1280, 390];

mkdirSync(FOLDER, { recursive: true });
const browser = await chromium.launch({
  executablePath: findSystemProgram('chromium') ?? undefined,
  args: CHROMIUM_ARGUMENTS,
});
let isWide = true;
for (const width of WIDTHS) {
  const page = await browser.newPage({ viewport: { width, height: 900 }, reducedMotion: 'reduce' });
  for (const place of PAGES.filter((one) => only === '' || one === only)) {
    const address = await openAddress(page, base, place);
    const name = `${place.replace(/[^a-z0-9]+/gi, '-').replace(/^-|-$/g, '')}-${width}.png`;
    await page.screenshot({ path: path.join(FOLDER, name), fullPage: true });
    const scroll = await sidewaysScroll(page);
    isWide &&= scroll === 0;
    process.stdout.write(`${name}  ${address}${scroll > 0 ? `  scrolls sideways by ${scroll} px` : ''}\n`);
  }
  await page.close();
}
await browser.close();
process.exitCode = isWide ? 0 : 1;
