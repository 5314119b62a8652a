import type { Page } from 'playwright-core';

/** Every page of the app; a page with an id is `list > start of a link on it`. */
export const PAGES = [
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
  '/app/mappings > /app/mappings/0',
  '/app/mappings/new?scope=customer',
  '/app/translations',
  '/app/translations/stores',
  '/app/settings',
  '/app/settings > /app/settings/connections/',
  '/app/settings/connections/new',
  '/app > /app/quality/',
  '/app/settings/sftp',
  '/app/settings/columns',
  '/app/settings/automation',
  '/app/settings/shop',
  '/app/settings/configuration',
  '/app/settings/privacy',
  '/app/activity',
  '/app/activity?tab=alerts',
  '/app/nowhere',
];

/** Goes to a page of the list. Returns its address; what has no link yet is the list itself. */
export async function openAddress(page: Page, base: string, place: string): Promise<string> {
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
