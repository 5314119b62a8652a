import { expect, test } from 'vitest';
import { privacyPage } from '#app/queries/privacy-page.server.ts';
import { openDownload } from '#app/services/downloads/open-download.server.ts';
import { installShop } from '#app/services/install-shop.server.ts';
import { actOnCustomer } from '#app/services/privacy/act-on-customer.server.ts';
import {
  downloadRequestedData,
  finishDataRequest,
} from '#app/services/privacy/finish-data-request.server.ts';
import { liftErasure } from '#app/services/privacy/lift-erasure.server.ts';
import { saveRedaction } from '#app/services/privacy/save-redaction.server.ts';
import { settleErasure } from '#app/services/privacy/settle-erasure.server.ts';
import {
  ALL_BUT_DELETION,
  askAsShopify,
  eraseByEmail,
  letThingsLand,
  tracesOf,
  workThroughPrivacy,
} from '#test/builders/erasure.ts';
import { customersCsv, ordersCsv, people, rewardsCsv } from '#test/builders/exports.ts';
import { createWorld, type World } from '#test/builders/world.ts';

const EMAIL = 'person1@shop.example';
async function syncedWorld(scopes = ['*']): Promise<World> {
  const world = await createWorld({
    klaviyo: { accounts: [{ id: 'AU1', name: 'AU', keys: [{ key: 'pk_local', scopes }] }] },
  });
  world.put(
    '/pending/au/customers_20260105T200000Z.csv',
    customersCsv([...people(3), { PERIDX: '', EMAIL, FIRSTNAME: 'KEYLESS' }]),
  );
  world.put('/pending/au/orders_20260105T203000Z.csv', ordersCsv([{ ORDER_ID: 'A', PERIDX: '1' }]));
  world.put('/pending/au/rewards_20260105T210000Z.csv', rewardsCsv([{ REWARD_ID: 'R', PERIDX: '1' }]));
  await world.sync();
  await letThingsLand(world);
  return world;
}

async function page(world: World) {
  return privacyPage(world.ctx, { id: world.shopId, timezone: 'Australia/Sydney' });
}

async function readAll(world: World, address: string): Promise<string> {
  const download = await openDownload(world.ctx, address.replace('/downloads/', ''));
  let text = '';
  for await (const part of download?.body ?? []) {
    text += String(part);
  }
  return text;
}

type PersonData = {
  about: { emails: string[] };
  connections: Record<'customers' | 'orders' | 'rewards' | 'rowProblems', Record<string, unknown>[]>[];
};

test('a request for data raises an alert, is downloaded, sent by a person and marked as done', async () => {
  await using world = await syncedWorld();
  await askAsShopify(world, 'CUSTOMERS_DATA_REQUEST', { email: EMAIL });
  await workThroughPrivacy(world);
  const [request] = (await page(world)).dataRequests;
  const [alert] = await world.ctx.db.sql<{ message: string }>(
    'SELECT message FROM alert WHERE resolved_at IS NULL',
  );
  expect(alert?.message).toMatch(/Download it on the privacy page, send it to the customer by \d+ \w+ \d{4}/);

  const answer = await downloadRequestedData(world.ctx, world.shopId, { requestId: request?.id ?? '' });
  const text = await readAll(world, 'download' in answer ? answer.download : '');
  const [connection] = (JSON.parse(text) as PersonData).connections;
  expect(connection?.customers).toEqual([
    expect.objectContaining({ key: '1', email: EMAIL, consentDecisions: [expect.anything()] }),
  ]);
  expect(connection?.orders.map((order) => order.key)).toEqual(['A']);
  expect(connection?.rewards.map((reward) => reward.key)).toEqual(['R']);
  expect(connection?.rowProblems).toEqual([
    expect.objectContaining({ fromApparel21: expect.objectContaining({ FIRSTNAME: 'KEYLESS' }) as object }),
  ]);
  expect(text).not.toContain('person2@shop.example');

  await finishDataRequest(world.ctx, world.shopId, { requestId: request?.id ?? '', actor: 'test' });
  expect((await page(world)).dataRequests).toEqual([]);
  expect(await world.ctx.db.sql('SELECT 1 FROM alert WHERE resolved_at IS NULL')).toEqual([]);
  expect(await world.ctx.db.sql('SELECT payload FROM privacy_request')).toEqual([{ payload: {} }]);
});

test('who is erased while their request for data is open stands in it no more, and the request stays', async () => {
  await using world = await syncedWorld();
  await askAsShopify(world, 'CUSTOMERS_DATA_REQUEST', { email: EMAIL });
  await workThroughPrivacy(world);

  await eraseByEmail(world, EMAIL);

  expect(await tracesOf(world.ctx, [EMAIL])).toEqual([]);
  const [request] = (await page(world)).dataRequests;
  expect(request?.customerId).toBe('191167');
  const answer = await downloadRequestedData(world.ctx, world.shopId, { requestId: request?.id ?? '' });
  const text = await readAll(world, 'download' in answer ? answer.download : '');
  expect((JSON.parse(text) as PersonData).connections[0]?.customers).toEqual([]);
});

test('without the scope the person is erased here, and the part in Klaviyo stays open until somebody settles it', async () => {
  await using world = await syncedWorld(ALL_BUT_DELETION);
  const id = await eraseByEmail(world, EMAIL, 'klaviyo');
  const [open] = (await page(world)).erasures;
  expect(open).toMatchObject({
    state: 'needs-you',
    addresses: [EMAIL],
    removed: '1 customer, 1 order and 1 reward',
  });
  expect(open?.klaviyo[0]?.problem).toContain('data-privacy:write');
  expect(await tracesOf(world.ctx, [EMAIL])).toEqual([]);
  const [alert] = await world.ctx.db.sql<{ hint: string }>(
    'SELECT hint FROM alert WHERE resolved_at IS NULL',
  );
  expect(alert?.hint).toContain('data-privacy:write');

  await settleErasure(world.ctx, world.shopId, { erasureId: id, act: 'try-again', actor: 'test' });
  await workThroughPrivacy(world);
  expect((await page(world)).erasures[0]?.state).toBe('needs-you');
  await settleErasure(world.ctx, world.shopId, { erasureId: id, act: 'deleted-by-hand', actor: 'test' });

  expect((await page(world)).erasures[0]).toMatchObject({ state: 'done', addresses: [] });
  expect(await world.ctx.db.sql('SELECT sealed_person FROM erasure')).toEqual([{ sealed_person: null }]);
  expect(await world.ctx.db.sql('SELECT 1 FROM alert WHERE resolved_at IS NULL')).toEqual([]);
});

test('with a key that may, asking Klaviyo again settles it', async () => {
  await using world = await syncedWorld(ALL_BUT_DELETION);
  const id = await eraseByEmail(world, EMAIL, 'klaviyo');
  await fetch(`${world.klaviyo.url}/_keys`, {
    method: 'POST',
    body: JSON.stringify({ account: 'AU1', key: 'pk_local', scopes: ['*'] }),
  });

  await settleErasure(world.ctx, world.shopId, { erasureId: id, act: 'try-again', actor: 'test' });
  await workThroughPrivacy(world);

  expect((await page(world)).erasures[0]?.state).toBe('done');
});

test('Shopify’s request reaches Klaviyo where the shop has chosen so', async () => {
  await using world = await syncedWorld();
  await saveRedaction(world.ctx, world.shopId, { inKlaviyo: true, actor: 'test' });
  await askAsShopify(world, 'CUSTOMERS_REDACT', { email: EMAIL });

  await workThroughPrivacy(world);

  world.klaviyo.settle();
  expect(world.klaviyo.state().accounts[0]?.profiles.map(({ email }) => email)).not.toContain(EMAIL);
});

test('a request that names nobody is done at once', async () => {
  await using world = await syncedWorld();
  await askAsShopify(world, 'CUSTOMERS_REDACT', {});

  await workThroughPrivacy(world);

  expect(await world.ctx.db.sql('SELECT 1 FROM privacy_request WHERE done_at IS NULL')).toEqual([]);
  expect(await world.ctx.db.sql('SELECT 1 FROM erasure')).toEqual([]);
});

test('somebody who comes back is imported with the next file, under every key', async () => {
  await using world = await syncedWorld();
  await eraseByEmail(world, EMAIL);
  const shop = { id: world.shopId, phoneCountry: 'AU' };

  const unknown = await liftErasure(world.ctx, shop, { address: 'x@shop.example', actor: 'test' });
  const lifted = await liftErasure(world.ctx, shop, { address: ` ${EMAIL.toUpperCase()} `, actor: 'test' });
  world.put('/pending/au/customers_20260106T200000Z.csv', customersCsv(people(3)));
  const { status } = await world.sync();

  expect([unknown.ok, lifted.ok]).toEqual([false, true]);
  expect(await world.ctx.db.sql('SELECT 1 FROM suppression')).toEqual([]);
  expect(status.connections[0]?.records.customers.total).toBe(3);
});

test('another shop can neither erase, download, finish, settle nor lift anything of this one', async () => {
  await using world = await syncedWorld(ALL_BUT_DELETION);
  const { ctx } = world;
  await installShop(ctx, { domain: 'other.myshopify.com' });
  const [other] = await ctx.db.sql<{ id: string }>(`SELECT id FROM shop WHERE domain LIKE 'other%'`);
  const otherId = other?.id ?? '';
  const erasureId = await eraseByEmail(world, 'person2@shop.example', 'klaviyo');
  await askAsShopify(world, 'CUSTOMERS_DATA_REQUEST', { email: EMAIL });
  await workThroughPrivacy(world);
  const [customer] = await ctx.db.sql<{ id: string }>(`SELECT id FROM customer WHERE external_id = '1'`);
  const [request] = await ctx.db.sql<{ id: string }>('SELECT id FROM privacy_request');
  const input = { customerId: customer?.id ?? '', actor: 'other' };
  const requestId = request?.id ?? '';

  expect(
    await actOnCustomer(ctx, otherId, { ...input, act: { intent: 'erase', connectionIds: [] } }),
  ).toBeNull();
  expect(await actOnCustomer(ctx, otherId, { ...input, act: { intent: 'download-data' } })).toBeNull();
  const answers = [
    await downloadRequestedData(ctx, otherId, { requestId }),
    await finishDataRequest(ctx, otherId, { requestId, actor: 'other' }),
    await settleErasure(ctx, otherId, { erasureId, act: 'deleted-by-hand', actor: 'other' }),
    await liftErasure(
      ctx,
      { id: otherId, phoneCountry: 'AU' },
      { address: 'person2@shop.example', actor: 'other' },
    ),
  ];
  expect(answers.map(({ ok }) => ok)).toEqual([false, false, false, false]);
  expect(await privacyPage(ctx, { id: otherId, timezone: 'UTC' })).toMatchObject({
    dataRequests: [],
    erasures: [],
  });
});
