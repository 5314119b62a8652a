import { expect } from 'vitest';
import { createAppWorld } from '#test/builders/app-world.ts';
import { axeFindings, NARROW, openPage, sidewaysScroll } from '#test/builders/browser.ts';
import { customersCsv, ordersCsv, people } from '#test/builders/exports.ts';
import { testWith } from '#test/builders/system-programs.ts';
import type { World } from '#test/builders/world.ts';

async function connectionId(world: World): Promise<string> {
  const [row] = await world.ctx.db.sql<{ id: string }>('SELECT id FROM connection WHERE shop_id = $1', [
    world.shopId,
  ]);
  return row?.id ?? '';
}

testWith(
  'chromium',
  'a connection’s page says what is due and what waits, on a telephone too, and nothing jumps',
  async () => {
    await using world = await createAppWorld({ workers: false });
    world.put('/pending/au/customers_20260105T200000Z.csv', customersCsv(people(3)));
    world.put('/pending/au/customers_20260106T200000Z.csv', 'NOTHING\n1\n');
    world.put(
      '/pending/au/orders_20260105T203000Z.csv',
      ordersCsv([{ ORDER_ID: 'O1', PERIDX: 'nobody', ORDER_NUMBER: 'S1' }]),
    );
    await world.sync();
    const id = await connectionId(world);
    await world.ctx.db.sql('UPDATE connection SET polled_at = now(), history_before = $1', ['2026-01-01']);
    await using wide = await openPage(`${world.url}/app/settings/connections/${id}`);
    const { page } = wide;

    await page.getByRole('heading', { name: 'Schedule' }).waitFor();
    await page.getByText('/pending/au is looked at every 30 seconds').waitFor();
    await page.getByText('1 order waits until its customer has arrived in Klaviyo').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('link', { name: 'See them' }).click();
    await page.getByRole('link', { name: 'S1' }).or(page.getByText('O1')).first().waitFor();

    await using narrow = await openPage(`${world.url}/app/settings/connections/${id}`, NARROW);
    await narrow.page.getByText('held until somebody releases or discards it').waitFor();
    expect(await sidewaysScroll(narrow.page)).toBe(0);
    expect(await narrow.layoutShift()).toBeLessThan(0.05);
    expect(await axeFindings(narrow.page)).toEqual([]);
  },
);

testWith('chromium', 'the schedule follows along, and what is typed meanwhile stays', async () => {
  await using world = await createAppWorld({ workers: false });
  world.put('/pending/au/customers_20260105T200000Z.csv', customersCsv(people(3)));
  await world.sync({ steps: { intake: true, push: false } });
  const id = await connectionId(world);
  await using tab = await openPage(`${world.url}/app/settings/connections/${id}`);
  const { page } = tab;
  await page.getByText('3 customers due').first().waitFor();
  await page.getByLabel('Name', { exact: true }).fill('Klaviyo Australia');

  await world.sync();

  await page.getByText('Nothing is due. The last sync ended').waitFor();
  expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Klaviyo Australia');
  await page.getByRole('status').getByText('Nothing due. Nothing is due.').waitFor();
});

testWith(
  'chromium',
  'what is under way is paused from the dashboard, after a word about it, and resumed there',
  async () => {
    await using world = await createAppWorld({ workers: false });
    world.put('/pending/au/customers_20260105T200000Z.csv', customersCsv(people(3)));
    await world.sync({ steps: { intake: true, push: false } });
    await using tab = await openPage(`${world.url}/app`);
    const { page } = tab;
    await page.getByRole('heading', { name: 'Under way' }).waitFor();
    await page.getByText('3 customers due').waitFor();

    await page.getByRole('button', { name: 'Pause connection Klaviyo AU' }).click();
    const dialog = page.getByRole('dialog', { name: 'Pause Klaviyo AU?' });
    await dialog.getByText('What is under way stops within seconds').waitFor();
    await dialog.getByRole('button', { name: 'Pause connection' }).click();

    await page.getByRole('heading', { name: 'Klaviyo AU is paused' }).waitFor();
    await page.getByText('Paused: nothing more is read or sent. 3 records pending.').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    const paused = await world.ctx.db.sql('SELECT paused FROM connection');
    expect(paused).toEqual([{ paused: true }]);

    await page.getByRole('button', { name: 'Resume connection' }).click();
    await page.getByRole('heading', { name: 'Under way' }).waitFor();
    expect(await world.ctx.db.sql('SELECT paused FROM connection')).toEqual([{ paused: false }]);
  },
);
