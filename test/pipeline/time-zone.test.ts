import { expect, test } from 'vitest';
import { saveShopSettings } from '#app/services/save-shop-settings.server.ts';
import { recordPage } from '#app/queries/record-page.server.ts';
import { customersCsv, ordersCsv, people } from '#test/builders/exports.ts';
import { shown } from '#test/builders/shown.ts';
import { createWorld, type World } from '#test/builders/world.ts';

const SYDNEY = { timezone: 'Australia/Sydney', phoneCountry: 'AU', currency: 'AUD' };
const PERTH = { ...SYDNEY, timezone: 'Australia/Perth' };

function order(id: string, more: Record<string, string> = {}) {
  return { ORDER_ID: id, PERIDX: '1', ORDER_DATE: '2026-01-05T10:00:00', ...more };
}

function file(kind: string, day: string): string {
  return `/pending/au/${kind}_202601${day}T200000Z.csv`;
}

/** Two orders are sent as of Sydney, then the shop moves to Perth. */
async function movedShop(): Promise<World> {
  const world = await createWorld();
  world.put(file('customers', '05'), customersCsv(people(1)));
  world.put(file('orders', '05'), ordersCsv([order('O1'), order('O2')]));
  await world.sync();
  await saveShopSettings(world.ctx, world.shopId, { form: PERTH, seen: SYDNEY, actor: 'Ann' });
  return world;
}

function times(world: World): string[] {
  world.klaviyo.settle();
  return (world.klaviyo.state().accounts[0]?.events ?? []).map(({ time }) => String(time));
}

async function happened(world: World, key: string): Promise<{ at: string | undefined; words: string[] }> {
  const { json, page } = await shown(world, 'orders', key);
  return {
    at: page.times.find(({ label }) => label === 'Happened')?.value,
    words: [json.standing, page.standing],
  };
}

test('orders that were sent keep their moment and are not sent again; the page tells it in the new zone', async () => {
  await using world = await movedShop();
  const before = times(world);
  world.put(file('orders', '06'), ordersCsv([order('O1'), order('O2'), order('O3')]));

  const { status } = await world.sync();

  // 10:00 in Sydney is 23:00 of the day before in UTC, 10:00 in Perth 02:00.
  expect(before).toEqual(['2026-01-04T23:00:00+00:00', '2026-01-04T23:00:00+00:00']);
  expect(times(world).toSorted()).toEqual([...before, '2026-01-05T02:00:00+00:00']);
  expect(world.klaviyo.account().received.events).toBe(3);
  expect(status.connections[0]?.records.orders).toMatchObject({ total: 3, synced: 3 });
  // What Klaviyo has is what the page says: 10:00 in Sydney was 07:00 in Perth.
  expect((await happened(world, 'O1')).at).toBe('5 Jan 2026, 07:00');
  const fresh = await happened(world, 'O3');
  expect(fresh.at).toBe('5 Jan 2026, 10:00');
  expect(fresh.words[0]).toBe(fresh.words[1]);
});

test('an order that changes after the move is noted as changed after send, not sent with another time', async () => {
  await using world = await movedShop();
  world.put(file('orders', '06'), ordersCsv([order('O1', { VALUE: '90.00' }), order('O2')]));

  await world.sync();

  expect(world.klaviyo.account().received.events).toBe(2);
  const { json, page } = await shown(world, 'orders', 'O1');
  expect([json.changedAfterSend, page.isChangedAfterSend]).toEqual([true, true]);
});

test('a page shows a moment that is stored in whatever zone the shop has', async () => {
  await using world = await movedShop();
  const [row] = await world.ctx.db.sql<{ id: string }>(`SELECT id FROM "order" WHERE external_id = 'O1'`);
  const at = async (timezone: string) => {
    const shop = { id: world.shopId, timezone, dataSync: true };
    const page = await recordPage(world.ctx, shop, { kind: 'orders', id: row?.id ?? '' });
    return page?.times.find(({ label }) => label === 'Happened')?.value;
  };

  expect([await at('Australia/Sydney'), await at('Australia/Perth')]).toEqual([
    '5 Jan 2026, 10:00',
    '5 Jan 2026, 07:00',
  ]);
});
