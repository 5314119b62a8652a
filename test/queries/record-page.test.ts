import { expect, test } from 'vitest';
import type { RecordKind } from '#app/domain/records.ts';
import { nearestOf } from '#app/domain/json-lines.ts';
import { recordPage, type RecordPage } from '#app/queries/record-page.server.ts';
import { RECORD_TABLES } from '#app/pipeline/record-tables.ts';
import { currentShop } from '#app/services/current-shop.server.ts';
import { changeRecord } from '#app/services/change-record.server.ts';
import { customersCsv, ordersCsv, people, rewardsCsv } from '#test/builders/exports.ts';
import { createShop } from '#test/builders/shops.ts';
import { createWorld, SHOP, type World } from '#test/builders/world.ts';

const CUSTOMERS = '/pending/au/customers_20260105T200000Z.csv';
const ORDERS = '/pending/au/orders_20260105T203000Z.csv';
const REWARDS = '/pending/au/rewards_20260105T210000Z.csv';

async function idOf(world: World, kind: RecordKind, key: string): Promise<string> {
  const [row] = await world.ctx.db.sql<{ id: string }>(
    `SELECT id FROM ${RECORD_TABLES[kind]} WHERE shop_id = $1 AND external_id = $2`,
    [world.shopId, key],
  );
  if (row === undefined) {
    throw new Error(`no ${kind} ${key}`);
  }
  return row.id;
}

async function pageOf(world: World, kind: RecordKind, key: string): Promise<RecordPage> {
  const shop = await currentShop(world.ctx, SHOP);
  const page = await recordPage(world.ctx, shop, { kind, id: await idOf(world, kind, key) });
  if (page === null) {
    throw new Error(`no page of ${kind} ${key}`);
  }
  return page;
}

function whyOf(page: RecordPage, path: string) {
  return nearestOf(page.payload.whys, path);
}

const STAFF = '/attributes/events/data/0/attributes/properties/Staff';

test('a value names its mapping, the rule that held, the template, the cells and the translation', async () => {
  await using world = await createWorld({
    extra: 'translations:\n  stores: { whenMissing: keep, entries: { SYD01: Sydney Pitt St } }',
  });
  world.put(CUSTOMERS, customersCsv(people(1)));
  world.put(
    ORDERS,
    ordersCsv([{ ORDER_ID: '9', ORDER_NUMBER: 'SO-9', PERIDX: '1', STORE_NAME: '', STAFF_NAME: 'kim lee' }]),
  );
  await world.sync();

  const page = await pageOf(world, 'orders', '9');

  const staff = whyOf(page, STAFF);
  expect(staff).toMatchObject({
    source: 'mapping',
    words: 'Who served',
    rule: 'Rule 1 of 2, because STAFF_NAME is not empty.',
    template: '{{ STAFF_NAME | titlecase_name }}',
    cells: [{ column: 'STAFF_NAME', value: 'kim lee' }],
  });
  expect(staff?.mappingUrl).toMatch(/^\/app\/mappings\/[0-9a-f-]{36}$/);
  expect(whyOf(page, '/attributes/events/data/0/attributes/properties/Store')?.lookups).toEqual([
    {
      table: 'stores',
      from: 'SYD01',
      to: 'Sydney Pitt St',
      isMissing: false,
      url: '/app/translations/stores',
    },
  ]);
  expect(page.payload.isExact).toBe(true);
});

test('every value of a customer, an order with a return and a reward has a reason', async () => {
  await using world = await createWorld({ connection: '    itemEvents: true\n    passThrough: true' });
  world.put(CUSTOMERS, customersCsv(people(1, 1, () => ({ MOBILE: '0412 345 678', EXTRA: 'more' }))));
  world.put(
    ORDERS,
    ordersCsv([
      { ORDER_ID: '9', PERIDX: '1', LINE_ID: '1' },
      { ORDER_ID: '9', PERIDX: '1', LINE_ID: '2', QUANTITY: '-1', VALUE: '-20.00', STYLE_NAME: 'Belt' },
    ]),
  );
  world.put(REWARDS, rewardsCsv([{ REWARD_ID: '7', PERIDX: '1' }]));
  await world.sync();

  for (const [kind, key] of [
    ['customers', '1'],
    ['orders', '9'],
    ['rewards', '7'],
  ] as const) {
    const page = await pageOf(world, kind, key);
    const { wire = null, whys = {}, isExact } = page.payload;
    expect(isExact).toBe(true);
    // `type` is the form around the values; everything that says something has a reason.
    const bare = valuesOf(wire)
      .filter((path) => !/\/type$/.test(path))
      .filter((path) => nearestOf(whys, path) === undefined);
    expect(bare).toEqual([]);
  }
  const order = await pageOf(world, 'orders', '9');
  expect(whyOf(order, '/attributes/events/data/1/attributes/properties/Items/0/Name')?.cells).toEqual([
    { column: 'STYLE_NAME', value: 'Belt' },
  ]);
});

function valuesOf(value: unknown, path = ''): string[] {
  return value !== null && typeof value === 'object'
    ? Object.entries(value).flatMap(([name, member]) =>
        valuesOf(member, `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`),
      )
    : [path];
}

test('a warning stands with the value that it is about', async () => {
  await using world = await createWorld();
  world.put(CUSTOMERS, customersCsv(people(1, 1, () => ({ MOBILE: '12' }))));
  await world.sync();

  const page = await pageOf(world, 'customers', '1');

  const phone = page.payload.beside.find(({ target }) => target === 'phone_number');
  expect(phone?.why).toMatchObject({ source: 'column', words: 'Column setting MOBILE' });
  expect(phone?.why.warnings).toEqual([expect.stringContaining('"12"')]);
});

test('when the configuration has changed the page says what today’s would give', async () => {
  await using world = await createWorld();
  world.put(CUSTOMERS, customersCsv(people(1, 1, () => ({ CITY: 'sydney' }))));
  await world.sync();
  await world.apply(
    `${world.yaml}\nmappings:\n  - { scope: customer, target: location.city, description: City, rules: [{ template: '{{ CITY | upcase }}' }] }\n`,
  );

  const page = await pageOf(world, 'customers', '1');

  expect(page.payload.changes['/attributes/location/city']).toContain('"SYDNEY"');
  expect(page.payload.today.join(' ')).toContain('Today’s mappings would change');
  expect(whyOf(page, '/attributes/location/city')?.template).toBe('{{ CITY }}');
});

test('a record that a mapping keeps back leads to what decides, and has nothing to retry', async () => {
  await using world = await createWorld({
    connection: '    sendExternalId: false',
    extra: `mappings:
  - { scope: customer, target: email, description: Work e-mail, rules: [{ template: '{{ WORK_EMAIL }}' }] }
`,
  });
  world.put(CUSTOMERS, customersCsv([{ PERIDX: '1', WORK_EMAIL: '' }]));
  await world.sync();

  const page = await pageOf(world, 'customers', '1');
  const answer = await changeRecord(world.ctx, await currentShop(world.ctx, SHOP), {
    kind: 'customers',
    id: page.id,
    change: 'retry',
    actor: 'test',
  });

  expect(page).toMatchObject({
    status: 'failed',
    standing: expect.stringContaining('No e-mail, phone or id'),
  });
  expect(page.fix).toEqual({
    label: 'Fix mapping',
    url: expect.stringMatching(/^\/app\/mappings\/[0-9a-f-]{36}$/),
  });
  expect(page.deeds).toEqual({ canRetry: false, canSyncNow: false, canSkip: true });
  expect(answer).toMatchObject({ ok: false });
});

test('an order that a rule leaves out leads to that rule', async () => {
  await using world = await createWorld({
    extra: `mappings:
  - { scope: order, target: skip, description: Staff orders, rules: [{ when: { all: [{ column: STORE_CODE, is: equals, value: STAFF }] }, template: 'yes' }] }
`,
  });
  world.put(ORDERS, ordersCsv([{ ORDER_ID: '9', PERIDX: '1', STORE_CODE: 'STAFF' }]));
  await world.sync();

  const page = await pageOf(world, 'orders', '9');

  expect(page).toMatchObject({ status: 'skipped', standing: 'Left out by the rule "Staff orders".' });
  expect(page.fix).toMatchObject({ label: 'Open mapping' });
  expect(page.payload.beside[0]).toMatchObject({
    target: 'skip',
    why: { rule: 'Its only rule, because STORE_CODE is STAFF.' },
  });
});

test('requests and decisions are told in words, and consent that somebody withdrew in Klaviyo is marked', async () => {
  await using world = await createWorld();
  world.put(CUSTOMERS, customersCsv(people(1, 1, () => ({ PRIVACY: '' }))));
  await world.sync();
  await fetch(`${world.klaviyo.url}/_unsubscribe`, {
    method: 'POST',
    body: JSON.stringify({ email: 'person1@shop.example', at: '2026-02-01T00:00:00Z' }),
  });
  world.put(
    '/pending/au/customers_20260106T200000Z.csv',
    customersCsv(people(1, 1, () => ({ PRIVACY: 'No', LAST_UPDATED: '2026-01-01T11:00:00' }))),
  );
  await world.sync();

  const page = await pageOf(world, 'customers', '1');

  expect(page.attempts[0]).toMatchObject({
    what: expect.stringContaining('Profile import'),
    outcome: 'Done',
    answer: 'Klaviyo imported the profile without an error.',
  });
  expect(page.attempts[0]?.ids[0]?.label).toBe('Klaviyo job');
  expect(page.consent?.channels[0]).toMatchObject({
    channel: 'E-mail',
    wish: 'Apparel21 says yes.',
    done: 'Left in Klaviyo as it was.',
    why: expect.stringContaining('The person left e-mail in Klaviyo'),
    since: 'Apparel21 says so since 1 Jan 2026, 11:00.',
    isLeftInKlaviyo: true,
  });
  expect(page.consent?.history[0]?.why).toContain('unsubscribed since 1 Feb 2026');
});

test('orders lead to their customer and customers to their latest orders and rewards', async () => {
  await using world = await createWorld();
  world.put(CUSTOMERS, customersCsv(people(2)));
  world.put(
    ORDERS,
    ordersCsv(
      Array.from({ length: 12 }, (_, index) => ({
        ORDER_ID: String(100 + index),
        ORDER_NUMBER: `SO-${100 + index}`,
        PERIDX: '1',
        ORDER_DATE: `2026-01-${String(index + 1).padStart(2, '0')}T12:00:00`,
      })),
    ),
  );
  world.put(REWARDS, rewardsCsv([{ REWARD_ID: '7', PERIDX: '1' }]));
  await world.sync();

  const customer = await pageOf(world, 'customers', '1');
  const order = await pageOf(world, 'orders', '100');

  expect(customer.orders.map(({ words }) => words)).toEqual(
    Array.from({ length: 10 }, (_, index) => `Order SO-${111 - index}`),
  );
  expect(customer.rewards).toHaveLength(1);
  expect(order.customer).toEqual({ id: customer.id, words: 'person1@shop.example', status: 'synced' });
});

test('an order shows once what all its lines say, and line by line what differs', async () => {
  await using world = await createWorld();
  world.put(
    ORDERS,
    ordersCsv([
      { ORDER_ID: '9', PERIDX: '1', LINE_ID: '1', RETURN_REASON: 'too small' },
      { ORDER_ID: '9', PERIDX: '1', LINE_ID: '2' },
    ]),
  );
  await world.sync();

  const { source, file, standing } = await pageOf(world, 'orders', '9');

  expect(source.cells.map(({ column }) => column).slice(0, 3)).toEqual(['ORDER_ID', 'PERIDX', 'ORDER_DATE']);
  expect(source.blank).toContain('ORIGINAL_ORDER_NUMBER');
  expect(source.lines?.columns).toEqual(expect.arrayContaining(['LINE_ID', 'STYLE_NAME', 'RETURN_REASON']));
  expect(source.lines?.rows).toHaveLength(2);
  expect(file).toMatchObject({ name: 'orders_20260105T203000Z.csv', line: 2 });
  expect(standing).toBe('Waits for customer 1 to reach Klaviyo.');
});

test('another shop’s record is not there: neither to see nor to retry, sync or skip', async () => {
  await using world = await createWorld({ extra: 'automation: { dataSync: false }' });
  world.put(CUSTOMERS, customersCsv(people(1)));
  await world.sync();
  const id = await idOf(world, 'customers', '1');
  await createShop(world.ctx.db, 'two.myshopify.com');
  const other = await currentShop(world.ctx, 'two.myshopify.com');
  const input = { kind: 'customers', id, actor: 'test' } as const;

  expect(await recordPage(world.ctx, other, input)).toBeNull();
  expect(await changeRecord(world.ctx, other, { ...input, change: 'retry' })).toBeNull();
  expect(await changeRecord(world.ctx, other, { ...input, change: 'sync' })).toBeNull();
  expect(await changeRecord(world.ctx, other, { ...input, change: 'skip' })).toBeNull();
  expect((await pageOf(world, 'customers', '1')).status).toBe('pending');
  expect(await world.ctx.db.sql('SELECT 1 FROM audit_log WHERE shop_id = $1', [other.id])).toEqual([]);
});

test('sync now marks a pending record as asked for; skipping sets it aside until sync; each is in the audit trail', async () => {
  await using world = await createWorld({ extra: 'automation: { dataSync: false }' });
  world.put(CUSTOMERS, customersCsv(people(1)));
  await world.sync();
  const input = { kind: 'customers', id: await idOf(world, 'customers', '1'), actor: 'Kim' } as const;

  const synced = await changeRecord(world.ctx, await currentShop(world.ctx, SHOP), {
    ...input,
    change: 'sync',
  });
  const [asked] = await world.ctx.db.sql('SELECT status, send_now FROM customer');
  const skipped = await changeRecord(world.ctx, await currentShop(world.ctx, SHOP), {
    ...input,
    change: 'skip',
  });
  const aside = await pageOf(world, 'customers', '1');
  const again = await changeRecord(world.ctx, await currentShop(world.ctx, SHOP), {
    ...input,
    change: 'sync',
  });

  expect(synced).toEqual({ ok: true, message: 'Sync started' });
  expect(asked).toEqual({ status: 'pending', send_now: true });
  expect(skipped).toEqual({ ok: true, message: '1 customer skipped' });
  expect(aside).toMatchObject({
    status: 'skipped',
    deeds: { canRetry: false, canSyncNow: true, canSkip: false },
  });
  expect(again).toEqual({ ok: true, message: 'Sync started' });
  expect((await pageOf(world, 'customers', '1')).status).toBe('pending');
  const trail = await world.ctx.db.sql(
    `SELECT actor, action, subject FROM audit_log WHERE actor = 'Kim' ORDER BY created_at`,
  );
  expect(trail).toEqual([
    { actor: 'Kim', action: 'sync records', subject: '1 customer' },
    { actor: 'Kim', action: 'skip records', subject: '1 customer' },
    { actor: 'Kim', action: 'sync records', subject: '1 customer' },
  ]);
});

test('a record that travels is left alone, whatever is asked', async () => {
  await using world = await createWorld({ extra: 'automation: { dataSync: false }' });
  world.put(CUSTOMERS, customersCsv(people(1)));
  await world.sync();
  await world.ctx.db.sql(`UPDATE customer SET status = 'sending'`);
  const input = { kind: 'customers', id: await idOf(world, 'customers', '1'), actor: 'Kim' } as const;

  const answers = [
    await changeRecord(world.ctx, await currentShop(world.ctx, SHOP), { ...input, change: 'retry' }),
    await changeRecord(world.ctx, await currentShop(world.ctx, SHOP), { ...input, change: 'sync' }),
    await changeRecord(world.ctx, await currentShop(world.ctx, SHOP), { ...input, change: 'skip' }),
  ];

  expect(answers.map((answer) => answer?.ok)).toEqual([false, false, false]);
  expect((await pageOf(world, 'customers', '1')).status).toBe('sending');
});

test('nothing secret stands on a record’s page', async () => {
  await using world = await createWorld();
  world.put(CUSTOMERS, customersCsv(people(1)));
  world.put(ORDERS, ordersCsv([{ ORDER_ID: '9', PERIDX: '1' }]));
  await world.sync();

  const text = JSON.stringify([await pageOf(world, 'customers', '1'), await pageOf(world, 'orders', '9')]);

  expect(text).not.toMatch(/pk_local|secret-of-sftp|v1\.test/);
});
