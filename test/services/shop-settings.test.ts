import { expect, test } from 'vitest';
import { shopSettingsPage } from '#app/queries/shop-settings-page.server.ts';
import { installShop } from '#app/services/install-shop.server.ts';
import { saveShopSettings } from '#app/services/save-shop-settings.server.ts';
import { customersCsv, ordersCsv, people } from '#test/builders/exports.ts';
import { createWorld, type World } from '#test/builders/world.ts';

const SYDNEY = { timezone: 'Australia/Sydney', phoneCountry: 'AU', currency: 'AUD' };

function audit(world: World, shopId = world.shopId) {
  return world.ctx.db.sql(
    `SELECT actor, action, subject, changes FROM audit_log
      WHERE shop_id = $1 AND actor NOT IN ('test', 'shopify') ORDER BY created_at`,
    [shopId],
  );
}

test('the shop’s settings are saved, and what nobody knows is refused beside its field', async () => {
  await using world = await createWorld();
  const wrong = { timezone: 'Sydney', phoneCountry: 'Narnia', currency: 'BTC?' };
  const right = { timezone: 'Pacific/Auckland', phoneCountry: 'nz', currency: 'NZD' };

  const refused = await saveShopSettings(world.ctx, world.shopId, {
    form: wrong,
    seen: SYDNEY,
    actor: 'Ann',
  });
  const saved = await saveShopSettings(world.ctx, world.shopId, { form: right, seen: SYDNEY, actor: 'Ann' });

  expect(refused).toMatchObject({
    ok: false,
    problems: [{ field: 'timezone' }, { field: 'phoneCountry' }, { field: 'currency' }],
  });
  expect(saved).toEqual({ ok: true, message: 'Shop settings saved' });
  expect(await audit(world)).toMatchObject([
    {
      action: 'save shop settings',
      changes: [
        { path: 'timezone', before: 'Australia/Sydney', after: 'Pacific/Auckland' },
        { path: 'phoneCountry', before: 'AU', after: 'NZ' },
        { path: 'currency', before: 'AUD', after: 'NZD' },
      ],
    },
  ]);
});

test('whatever can be chosen can be saved', async () => {
  await using world = await createWorld();
  const { timezones, countries, currencies } = shopSettingsPage(world.ctx, SYDNEY);
  const count = Math.max(timezones.length, countries.length, currencies.length);
  let seen = SYDNEY;
  const refused: unknown[] = [];
  for (let index = 0; index < count; index += 1) {
    const form = {
      timezone: timezones[index % timezones.length]?.value ?? '',
      phoneCountry: countries[index % countries.length]?.value ?? '',
      currency: currencies[index % currencies.length]?.value ?? '',
    };
    const answer = await saveShopSettings(world.ctx, world.shopId, { form, seen, actor: 'Ann' });
    if (answer.ok) {
      seen = form;
    } else {
      refused.push({ form, answer });
    }
  }

  expect(refused).toEqual([]);
});

test('what somebody else saved meanwhile is not overwritten, and no other shop is touched', async () => {
  await using world = await createWorld();
  const other = await installShop(world.ctx, { domain: 'other.myshopify.com' });
  const form = { ...SYDNEY, currency: 'NZD' };
  const seen = { ...SYDNEY, timezone: 'Pacific/Auckland' };
  expect(await saveShopSettings(world.ctx, world.shopId, { form, seen, actor: 'me' })).toMatchObject({
    ok: false,
  });
  expect(await saveShopSettings(world.ctx, other, { form, seen: SYDNEY, actor: 'me' })).toMatchObject({
    ok: true,
  });
  const stored = await world.ctx.db.sql('SELECT currency FROM shop_settings WHERE shop_id = $1', [
    world.shopId,
  ]);
  expect(stored).toEqual([{ currency: 'AUD' }]);
});

test('another time zone counts for new events, sends dates of customers anew and no order twice', async () => {
  await using world = await createWorld();
  const order = (id: string) => ({ ORDER_ID: id, PERIDX: '1', ORDER_DATE: '2026-01-05T10:00:00' });
  world.put('/pending/au/customers_20260105T200000Z.csv', customersCsv(people(2)));
  world.put('/pending/au/orders_20260105T210000Z.csv', ordersCsv([order('O1')]));
  await world.sync();
  const form = { ...SYDNEY, timezone: 'Pacific/Auckland' };
  await saveShopSettings(world.ctx, world.shopId, { form, seen: SYDNEY, actor: 'Ann' });
  // One more byte: the same file again would not be read.
  world.put('/pending/au/customers_20260106T200000Z.csv', `${customersCsv(people(2))}\n`);
  world.put('/pending/au/orders_20260106T210000Z.csv', ordersCsv([order('O1'), order('O2')]));

  await world.sync();

  const account = world.klaviyo.state().accounts[0];
  expect(account?.received.events).toBe(2);
  expect(account?.events.map(({ time }) => time)).toEqual([
    '2026-01-04T23:00:00+00:00',
    '2026-01-04T21:00:00+00:00',
  ]);
  expect(account?.profiles.map(({ properties }) => properties['Created Date'])).toEqual([
    '2020-01-01T10:00:00+13:00',
    '2020-01-01T10:00:00+13:00',
  ]);
});
