/**
 * Pictures of every page at 1280 and 390 px: `npm run screens` while `npm run demo` runs; they lie in .cache/screens. Pages
 * with an id are found by following the first link of their list. Says which pages can be scrolled sideways.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { CHROMIUM_ARGUMENTS, sidewaysScroll } from './builders/chromium.ts';
import { findSystemProgram } from './builders/find-program.ts';

const [, , base = 'http://localhost:3000', only = ''] = process.argv;
const FOLDER = path.resolve(import.meta.dirname, '../.cache/screens');

/** Addresses; a list is `page > start of a link on it`. */
const PAGES = [
  '/app',
  '/app/records/customers',
  '/app/records/customers > /app/records/customers/',
  '/app/records/customers?status=failed',
  '/app/records/orders',
  '/app/records/orders > /app/records/orders/',
  '/app/records/rewards',
  '/app/records/rewards > /app/records/rewards/',
  '/app/files',
  '/app/files > /app/files/',
  '/app/mappings',
  '/app/mappings > /app/mappings/',
  '/app/mappings/new?scope=customer',
  '/app/translations',
  '/app/translations/stores',
  '/app/settings',
  '/app/settings > /app/settings/connections/',
  '/app/settings/connections/new',
  '/app/settings/sftp',
  '/app/settings/columns',
  '/app/settings/automation',
  '/app/settings/shop',
  '/app/settings/configuration',
  '/app/activity',
  '/app/activity?tab=alerts',
  '/app/nowhere',
];

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
    const address = await open(page, place);
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

async function open(page: Page, place: string): Promise<string> {
  const [list = '', link] = place.split(' > ');
  await page.goto(base + list, { waitUntil: 'networkidle' });
  if (link === undefined) {
    return list;
  }
  const links = page.locator(`a[href^="${link}"]`);
  const target = (await links.count()) > 0 ? await links.first().getAttribute('href') : null;
  await page.goto(base + (target ?? list), { waitUntil: 'networkidle' });
  return target ?? `${list} (no link to ${link})`;
}
