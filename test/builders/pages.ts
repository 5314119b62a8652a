import type { Page } from 'playwright-core';

/** Every page of the app; a page with an id is `list > what stands before the id in a link on it`. */
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
  '/app/mappings > /app/mappings/',
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

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Goes to a page of the list. Returns its address; what has no link yet is the list itself. */
export async function openAddress(page: Page, base: string, place: string): Promise<string> {
  const [list = '', link] = place.split(' > ');
  await page.goto(base + list, { waitUntil: 'networkidle' });
  if (link === undefined) {
    return list;
  }
  const links = await page
    .locator(`a[href^="${link}"]`)
    .evaluateAll((all) => all.map((one) => one.getAttribute('href') ?? ''));
  const target = links.find((href) => UUID.test(href.slice(link.length)));
  await page.goto(base + (target ?? list), { waitUntil: 'networkidle' });
  return target ?? `${list} (no link to ${link})`;
}
