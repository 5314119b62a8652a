import { expect } from 'vitest';
import type { Page } from 'playwright-core';
import { readMappings } from '#app/queries/stored-mapping.server.ts';
import { saveMapping, type MappingInput } from '#app/services/save-mapping.server.ts';
import { createAppWorld, type AppWorld } from '#test/builders/app-world.ts';
import { axeFindings, NARROW, openPage, sidewaysScroll } from '#test/builders/browser.ts';
import { customersCsv, people } from '#test/builders/exports.ts';
import { testWith } from '#test/builders/system-programs.ts';

const MAPPINGS = `
mappings:
  - { scope: customer, target: first_name, description: Given name, rules: [ { template: '{{ FIRSTNAME }}' } ] }
  - scope: customer
    target: properties.City
    rules:
      - when: { all: [ { column: CITY, is: not-empty } ] }
        template: '{{ CITY }}'
      - template: Unknown
  - { scope: customer, target: last_name, rules: [ { template: '{{ SURNAME }}' } ] }`;

/** A shop with three mappings and a file that was read with them. */
async function createMappedWorld(): Promise<AppWorld> {
  const world = await createAppWorld({ extra: MAPPINGS });
  world.put(
    '/pending/au/customers_20260105T200000Z.csv',
    customersCsv(people(20, 1, (id) => ({ CITY: id % 2 === 0 ? '' : 'Perth' }))),
  );
  await world.sync();
  return world;
}

async function mappingOf(world: AppWorld, target: string) {
  const mapping = (await readMappings(world.ctx.db.sql, world.shopId)).find((one) => one.target === target);
  if (mapping === undefined) {
    throw new Error(`no mapping of ${target}`);
  }
  return mapping;
}

/** Somebody else saves a mapping with some of it changed. */
async function saveElsewhere(
  world: AppWorld,
  stored: Awaited<ReturnType<typeof mappingOf>>,
  change: Partial<MappingInput['draft']>,
): Promise<void> {
  const { id, version, scope, target, description, blank, rules } = stored;
  const answer = await saveMapping(world.ctx, world.shopId, {
    mappingId: id,
    version,
    connectionId: null,
    draft: { scope, target, description, blank, rules, ...change },
    actor: 'Shopify user 8',
  });
  expect(answer?.ok).toBe(true);
}

/** Presses Tab until the element of that role and name has the focus, as somebody without a mouse would. */
async function tabTo(page: Page, wanted: { tag: string; name: string }): Promise<void> {
  for (let presses = 0; presses < 120; presses += 1) {
    await page.keyboard.press('Tab');
    const isThere = await page.evaluate(({ tag, name }) => {
      const element = document.activeElement as HTMLInputElement | null;
      const label = element?.labels?.[0]?.textContent ?? element?.getAttribute('aria-label');
      return (
        element?.tagName.toLowerCase() === tag && (label ?? element.textContent ?? '').trim().startsWith(name)
      );
    }, wanted);
    if (isThere) {
      return;
    }
  }
  throw new Error(`Tab never came to ${wanted.tag} "${wanted.name}"`);
}

testWith('chromium', 'a mapping is opened, changed and saved with the keyboard alone', async () => {
  await using world = await createMappedWorld();
  await using opened = await openPage(`${world.url}/app/mappings`);
  const { page } = opened;

  await tabTo(page, { tag: 'a', name: 'City' });
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'City' }).waitFor();
  await tabTo(page, { tag: 'input', name: 'Description' });
  await page.keyboard.type('Where the person lives');
  await page.getByRole('region', { name: 'Unsaved changes' }).waitFor();
  await page.keyboard.press('Enter');

  await page.getByText('Mapping saved').waitFor();
  expect((await mappingOf(world, 'properties.City')).description).toBe('Where the person lives');
});

testWith('chromium', 'a mistake in a template is said beside it, and what was typed stays', async () => {
  await using world = await createMappedWorld();
  const { id } = await mappingOf(world, 'properties.City');
  await using opened = await openPage(`${world.url}/app/mappings/${id}`);
  const { page } = opened;
  const template = page.getByRole('group', { name: 'Rule 1', exact: true }).getByLabel('Use');

  await template.fill('{{ CITY | shout }}');
  await page.getByRole('button', { name: 'Save', exact: true }).click();

  await page
    .getByRole('group', { name: 'Rule 1', exact: true })
    .getByText('undefined filter: shout')
    .waitFor();
  expect(await template.getAttribute('aria-invalid')).toBe('true');
  expect(await template.inputValue()).toBe('{{ CITY | shout }}');
});

testWith('chromium', 'the preview shows what the draft makes of a row before it is saved', async () => {
  await using world = await createMappedWorld();
  const { id } = await mappingOf(world, 'properties.City');
  await using opened = await openPage(`${world.url}/app/mappings/${id}`);
  const { page } = opened;

  await page.getByLabel('Try it on').selectOption('key');
  await page.getByLabel('Key of the customer').fill('1');
  await page.getByText('"Perth"').waitFor();
  await page
    .getByRole('group', { name: 'Rule 1', exact: true })
    .getByLabel('Use')
    .fill('{{ CITY | upcase }}');

  await page.getByText('"PERTH"').waitFor();
  await page.getByText('Used for 10 of 20 sample rows.').first().waitFor();
});

testWith('chromium', 'mappings are put into another order with the keys', async () => {
  await using world = await createMappedWorld();
  await using opened = await openPage(`${world.url}/app/mappings`);
  const { page } = opened;

  await page.getByRole('button', { name: 'Move City up' }).focus();
  await page.keyboard.press('Enter');

  await page.getByText('City is number 1 of 3.').waitFor({ state: 'attached' });
  expect((await readMappings(world.ctx.db.sql, world.shopId)).map(({ target }) => target)).toEqual([
    'properties.City',
    'first_name',
    'last_name',
  ]);
  await page.locator('[aria-label="Move City up"]:focus').waitFor();
});

testWith('chromium', 'a mapping is dragged to another place', async () => {
  await using world = await createMappedWorld();
  await using opened = await openPage(`${world.url}/app/mappings`);
  const { page } = opened;

  await page
    .locator('[draggable]')
    .nth(2)
    .dragTo(page.getByRole('listitem').filter({ hasText: 'Given name' }));

  await page.getByText('Mapping moved').waitFor();
  expect((await readMappings(world.ctx.db.sql, world.shopId)).map(({ target }) => target)).toEqual([
    'last_name',
    'first_name',
    'properties.City',
  ]);
});

testWith('chromium', 'a new mapping is made of a column and a function from the lists', async () => {
  await using world = await createMappedWorld();
  await using opened = await openPage(`${world.url}/app/mappings/new?scope=customer`);
  const { page } = opened;

  await page.getByLabel('Target').fill('Suburb');
  await page.getByRole('option', { name: 'Property Suburb' }).click();
  await page.getByRole('button', { name: 'Insert column into rule 1' }).click();
  await page.getByPlaceholder('Search columns').fill('CITY');
  await page.getByRole('button', { name: /^CITY/ }).click();
  await page.getByRole('button', { name: 'Insert function into rule 1' }).click();
  await page.getByRole('button', { name: /^upcase/ }).click();
  await page.getByRole('button', { name: 'Save', exact: true }).click();

  await page.getByText('Apply to existing customers?').waitFor();
  expect((await mappingOf(world, 'properties.Suburb')).rules).toEqual([{ template: '{{ CITY | upcase }}' }]);
});

testWith('chromium', 'leaving with something unsaved asks first', async () => {
  await using world = await createMappedWorld();
  const { id } = await mappingOf(world, 'properties.City');
  await using opened = await openPage(`${world.url}/app/mappings/${id}`);
  const { page } = opened;

  await page.getByLabel('Description').fill('Half done');
  await page.getByRole('link', { name: 'Mappings' }).last().click();

  await page.getByRole('dialog', { name: 'Leave without saving?' }).waitFor();
  expect(await page.getByLabel('Description').inputValue()).toBe('Half done');
});

testWith('chromium', 'saving over the change of somebody else is refused, with theirs on offer', async () => {
  await using world = await createMappedWorld();
  const stored = await mappingOf(world, 'properties.City');
  await using opened = await openPage(`${world.url}/app/mappings/${stored.id}`);
  const { page } = opened;
  await page.getByLabel('Description').fill('Mine');
  await saveElsewhere(world, stored, { description: 'Theirs' });

  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('by Shopify user 8').waitFor();
  expect(await page.getByLabel('Description').inputValue()).toBe('Mine');
  await page.getByRole('button', { name: 'Discard mine and show theirs' }).click();

  await page.waitForFunction(() =>
    [...document.querySelectorAll('input')].some(({ value }) => value === 'Theirs'),
  );
});

testWith('chromium', 'what a mapping was is compared and restored', async () => {
  await using world = await createMappedWorld();
  const stored = await mappingOf(world, 'properties.City');
  await saveElsewhere(world, stored, { rules: [{ template: 'Everywhere' }] });
  await using opened = await openPage(`${world.url}/app/mappings/${stored.id}/history`);
  const { page } = opened;

  await page.getByText('Everywhere').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Restore the version: As it was first' }).click();

  await page.getByText('Mapping restored').waitFor();
  expect((await mappingOf(world, 'properties.City')).rules).toEqual(stored.rules);
});

testWith('chromium', 'a mapping is removed from its page and brought back from the list', async () => {
  await using world = await createMappedWorld();
  const { id } = await mappingOf(world, 'properties.City');
  await using opened = await openPage(`${world.url}/app/mappings/${id}`);
  const { page } = opened;

  await page.getByRole('button', { name: 'Remove', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove mapping' }).click();
  await page.getByRole('heading', { name: 'Removed mappings' }).waitFor();
  await page.getByRole('button', { name: 'Restore City' }).click();

  await page.getByText('Mapping restored').waitFor();
  expect((await mappingOf(world, 'properties.City')).id).toBe(id);
});

testWith('chromium', 'existing customers are updated when somebody says so after saving', async () => {
  await using world = await createMappedWorld();
  const { id } = await mappingOf(world, 'properties.City');
  await using opened = await openPage(`${world.url}/app/mappings/${id}`);
  const { page } = opened;

  await page.getByRole('group', { name: 'Rule 2', exact: true }).getByLabel('Use').fill('Not known');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('10 of 20 existing customers would change').waitFor();
  await page.getByRole('button', { name: 'Apply to existing customers' }).click();

  await page.getByText('Update started').waitFor();
});

testWith('chromium', 'the pages of mappings are for everybody, on a telephone too', async () => {
  await using world = await createMappedWorld();
  const { id } = await mappingOf(world, 'properties.City');
  for (const path of ['/app/mappings', `/app/mappings/${id}`, '/app/mappings/new?scope=reward']) {
    await using wide = await openPage(`${world.url}${path}`);
    expect(await axeFindings(wide.page), path).toEqual([]);
    await using narrow = await openPage(`${world.url}${path}`, NARROW);
    expect(await sidewaysScroll(narrow.page), path).toBe(0);
    expect(await narrow.layoutShift(), path).toBeLessThan(0.05);
  }
});
