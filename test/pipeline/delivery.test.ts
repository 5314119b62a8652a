import { expect, test } from 'vitest';
import { customersCsv, ordersCsv, people } from '#test/builders/exports.ts';
import { shown } from '#test/builders/shown.ts';
import { createWorld, type World } from '#test/builders/world.ts';
import type { FaultSpec } from '#workers/local/klaviyo/options.ts';

const CUSTOMERS = '/pending/au/customers_20260105T200000Z.csv';
const ORDERS = '/pending/au/orders_20260105T203000Z.csv';

function account(world: World) {
  const state = world.klaviyo.state().accounts[0];
  if (state === undefined) {
    throw new Error('no account');
  }
  return state;
}

function orders(count: number) {
  return Array.from({ length: count }, (_, index) => ({
    ORDER_ID: String(1000 + index),
    PERIDX: String(index + 1),
  }));
}

/** No consent call twice, no event twice, everybody where the file wants them. */
function expectExactlyOnce(world: World, count: number): void {
  const { profiles, events, consentCalls, duplicateEvents } = account(world);
  expect(profiles.map((profile) => profile.consent.email.consent)).toEqual(Array(count).fill('SUBSCRIBED'));
  expect(new Set(events.map((event) => event.unique_id)).size).toBe(count);
  expect(events).toHaveLength(count);
  expect(duplicateEvents).toBe(0);
  expect(new Set(consentCalls.map((call) => `${call.email} ${call.channel}`)).size).toBe(consentCalls.length);
  expect(consentCalls).toHaveLength(count);
}

test.each<[string, FaultSpec[]]>([
  ['a storm of 429s', [{ match: {}, kind: '429', times: 12, retryAfterSeconds: 1 }]],
  ['500s on every kind of request', [{ match: {}, kind: '500', probability: 0.3, times: 20, seed: 3 }]],
  [
    '503s with HTML instead of JSON',
    [{ match: {}, kind: 'html-error', probability: 0.3, times: 10, seed: 4 }],
  ],
  [
    'connections that are reset before anything is done',
    [{ match: { method: 'POST' }, kind: 'reset-before', probability: 0.4, times: 10, seed: 5 }],
  ],
  [
    'imports that are done although the connection is reset',
    [{ match: { path: '/api/profile-bulk-import-jobs' }, kind: 'reset-after', times: 2 }],
  ],
  [
    'consent calls that are done although the connection is reset',
    [{ match: { path: '/api/profile-subscription' }, kind: 'reset-after', times: 2 }],
  ],
  [
    'consent calls that are lost',
    [{ match: { path: '/api/profile-subscription' }, kind: 'reset-before', times: 1 }],
  ],
  ['a cancelled import job', [{ match: {}, kind: 'cancel-job', times: 1 }]],
  ['answers that break off', [{ match: { method: 'GET' }, kind: 'truncate', times: 3 }]],
])('after %s everything is there exactly once', async (_, faults) => {
  await using world = await createWorld({ klaviyo: { faults }, settings: { maxAttempts: 12 } });
  world.put(CUSTOMERS, customersCsv(people(6)));
  world.put(ORDERS, ordersCsv(orders(6)));

  const { status } = await world.sync();

  expect(status.connections[0]?.records.customers).toMatchObject({ total: 6, synced: 6 });
  expect(status.connections[0]?.records.orders).toMatchObject({ total: 6, synced: 6 });
  expectExactlyOnce(world, 6);
});

test('an event request without a clear answer is replayed one by one, and no event is there twice', async () => {
  await using world = await createWorld({
    klaviyo: { faults: [{ match: { path: '/api/event-bulk-create-jobs' }, kind: 'reset-after', times: 1 }] },
  });
  world.put(CUSTOMERS, customersCsv(people(4)));
  world.put(ORDERS, ordersCsv(orders(4)));

  await world.sync();

  expect(new Set(account(world).events.map((event) => event.unique_id)).size).toBe(4);
  expect(account(world).events).toHaveLength(4);
  expect(account(world).requests.createEvent ?? account(world).received.events).toBeGreaterThan(0);
});

test('an order of which Klaviyo refuses one event keeps the other, also when the order is somebody else’s then', async () => {
  await using world = await createWorld({
    connection: '    itemEvents: true',
    klaviyo: { faults: [{ match: { path: '/api/event-bulk-create-jobs' }, kind: 'reset-after', times: 1 }] },
  });
  world.put(CUSTOMERS, customersCsv(people(2)));
  world.put(ORDERS, ordersCsv([{ ORDER_ID: '1', PERIDX: '1' }]));
  await world.ctx.db.sql(
    `UPDATE connection SET events = jsonb_set(events, '{item}', to_jsonb(repeat('x', 130)))`,
  );
  await world.sync();
  await world.ctx.db.sql(`UPDATE connection SET events = jsonb_set(events, '{item}', '"Item"')`);
  const refused = await shown(world, 'orders', '1');
  world.put(
    '/pending/au/orders_20260107T203000Z.csv',
    ordersCsv([{ ORDER_ID: '1', PERIDX: '2', VALUE: '90.00' }]),
  );

  await world.sync();

  expect(refused.json.status).toBe('failed');
  expect(refused.page.standing).toContain('no more than 127 characters');
  expect(account(world).events.map(({ metric, profile }) => [metric, profile.external_id])).toEqual([
    ['In-Store Order', '1'],
    ['Item', '2'],
  ]);
});

test('a row that Klaviyo refuses is failed with a reason, and the rest goes through', async () => {
  await using world = await createWorld({
    extra: `mappings:
  - scope: customer
    target: phone_number
    description: raw phone
    rules: [{ template: '{{ MOBILE }}' }]
`,
  });
  const rows = people(5, 1, (id) => ({ MOBILE: id === 3 ? '+61999' : '' }));
  world.put(CUSTOMERS, customersCsv(rows));

  const { status } = await world.sync();

  const { total, synced, failed } = status.connections[0]?.records.customers ?? {
    total: 0,
    synced: 0,
    failed: 0,
  };
  expect(total).toBe(5);
  expect(synced + failed).toBe(5);
  expect(account(world).profiles.length).toBeGreaterThanOrEqual(4);
});

test('a revoked key stops its connection with a remedy while the other completes', async () => {
  await using world = await createWorld({
    klaviyo: {
      accounts: [
        { id: 'AU1', name: 'AU', keys: [{ key: 'pk_local', scopes: ['*'] }] },
        { id: 'NZ1', name: 'NZ', keys: [{ key: 'pk_other', scopes: ['*'] }] },
      ],
    },
    yaml: ({ sftpPort, hostKey }) => `shop: world.myshopify.com
timezone: Australia/Sydney
phoneCountry: AU
currency: AUD
sftp: { host: 127.0.0.1, port: ${sftpPort}, username: apparel21, password: '\${SFTP_PASSWORD}', hostKey: '${hostKey}' }
connections:
  - { name: Klaviyo AU, apiKey: '\${KLAVIYO_AU_KEY}', directory: /pending/au }
  - { name: Klaviyo NZ, apiKey: '\${KLAVIYO_NZ_KEY}', directory: /pending/nz }
`,
  });
  world.put('/pending/au/customers_20260105T200000Z.csv', customersCsv(people(3)));
  world.put('/pending/nz/customers_20260105T200000Z.csv', customersCsv(people(2, 500)));

  const { status, passes } = await world.sync();

  const [au, nz] = status.connections;
  expect(au?.records.customers).toMatchObject({ total: 3, synced: 3 });
  expect(nz?.records.customers).toMatchObject({ total: 2, pending: 2 });
  const refused = await world.ctx.db.sql('SELECT name FROM connection WHERE key_refused_at IS NOT NULL');
  expect(refused).toEqual([{ name: 'Klaviyo NZ' }]);
  expect(passes[1]?.problems).toMatchObject([{ connection: 'Klaviyo NZ', code: 'klaviyo_key_refused' }]);
  expect(passes[1]?.problems[0]?.message).toMatch(/Klaviyo NZ.*new key/);
  const [auAccount, nzAccount] = world.klaviyo.state().accounts;
  expect(auAccount?.profiles).toHaveLength(3);
  expect(nzAccount?.profiles).toHaveLength(0);
});

test('nothing of one connection reaches the other', async () => {
  await using world = await createWorld({
    klaviyo: {
      accounts: [
        { id: 'AU1', name: 'AU', keys: [{ key: 'pk_local', scopes: ['*'] }] },
        { id: 'NZ1', name: 'NZ', keys: [{ key: 'pk_nz', scopes: ['*'] }] },
      ],
    },
    yaml: ({ sftpPort, hostKey }) => `shop: world.myshopify.com
timezone: Australia/Sydney
phoneCountry: AU
currency: AUD
sftp: { host: 127.0.0.1, port: ${sftpPort}, username: apparel21, password: '\${SFTP_PASSWORD}', hostKey: '${hostKey}' }
connections:
  - { name: Klaviyo AU, apiKey: '\${KLAVIYO_AU_KEY}', directory: /pending/au }
  - { name: Klaviyo NZ, apiKey: '\${KLAVIYO_NZ_KEY}', directory: /pending/nz }
`,
  });
  world.put('/pending/au/customers_20260105T200000Z.csv', customersCsv(people(3)));
  world.put('/pending/nz/customers_20260105T200000Z.csv', customersCsv(people(2, 500)));

  await world.sync();

  const [au, nz] = world.klaviyo.state().accounts;
  expect(au?.profiles.map((profile) => profile.external_id).sort()).toEqual(['1', '2', '3']);
  expect(nz?.profiles.map((profile) => profile.external_id).sort()).toEqual(['500', '501']);
});

test('somebody who left in Klaviyo after the Apparel21 value was set is not subscribed', async () => {
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

  expect(account(world).received.subscribes).toBe(0);
  const decisions = await world.ctx.db.sql(
    'SELECT wish, action, reason FROM consent_decision ORDER BY decided_at',
  );
  expect(decisions).toMatchObject([{ wish: 'subscribe', action: 'none' }]);
});

test('Apparel21 may take back its own word: what we sent ourselves is nobody else’s newer word', async () => {
  await using world = await createWorld();
  const states: (string | undefined)[] = [];
  for (const [day, privacy] of [
    ['05', 'No'],
    ['06', 'Yes'],
    ['07', 'No'],
  ] as const) {
    const row = { PRIVACY: privacy, LAST_UPDATED: `2026-01-${day}T08:00:00` };
    world.put(`/pending/au/customers_202601${day}T200000Z.csv`, customersCsv(people(1, 1, () => row)));
    await world.sync();
    await fetch(`${world.klaviyo.url}/_settle`, { method: 'POST' });
    states.push(account(world).consentCalls.at(-1)?.action);
  }

  expect(states).toEqual(['subscribe', 'unsubscribe', 'subscribe']);
});

test('of two people with one e-mail the more recently updated one stands for the profile', async () => {
  await using world = await createWorld();
  world.put(
    CUSTOMERS,
    customersCsv([
      { PERIDX: '1', EMAIL: 'shared@shop.example', FIRSTNAME: 'Old', LAST_UPDATED: '2025-01-01T10:00:00' },
      { PERIDX: '2', EMAIL: 'shared@shop.example', FIRSTNAME: 'New', LAST_UPDATED: '2025-06-01T10:00:00' },
    ]),
  );
  world.put(ORDERS, ordersCsv([{ ORDER_ID: '1', PERIDX: '1' }]));

  const { status } = await world.sync();

  expect(status.connections[0]?.records.customers).toMatchObject({ synced: 1, skipped: 1 });
  expect(account(world).profiles).toMatchObject([{ first_name: 'New', external_id: '2' }]);
  expect(status.connections[0]?.records.orders).toMatchObject({ synced: 1 });
});

test('an order that changes after it was sent is noted and not sent again; a return that comes later goes', async () => {
  await using world = await createWorld();
  world.put(CUSTOMERS, customersCsv(people(1)));
  world.put(ORDERS, ordersCsv([{ ORDER_ID: '1', PERIDX: '1', LINE_ID: 'a', VALUE: '50.00' }]));
  await world.sync();
  world.put(
    '/pending/au/orders_20260106T203000Z.csv',
    ordersCsv([
      { ORDER_ID: '1', PERIDX: '1', LINE_ID: 'a', VALUE: '55.00' },
      { ORDER_ID: '1', PERIDX: '1', LINE_ID: 'b', VALUE: '-20.00', QUANTITY: '-1' },
    ]),
  );

  await world.sync();

  expect(account(world).events.map((event) => [event.metric, event.value])).toEqual([
    ['In-Store Order', 50],
    ['In-Store Return', 20],
  ]);
  const [order] = await world.ctx.db.sql('SELECT status, changed_after_send FROM "order"');
  expect(order).toEqual({ status: 'synced', changed_after_send: true });
});

test('orders before the cut-off are history and start no flow', async () => {
  await using world = await createWorld({ connection: '    historyBefore: 2026-01-01' });
  world.put(CUSTOMERS, customersCsv(people(2)));
  world.put(
    ORDERS,
    ordersCsv([
      { ORDER_ID: '1', PERIDX: '1', ORDER_DATE: '2025-12-31T23:59:59' },
      { ORDER_ID: '2', PERIDX: '2', ORDER_DATE: '2026-01-01T00:00:00' },
    ]),
  );

  await world.sync();

  expect(
    account(world)
      .events.map((event) => event.backfill)
      .sort(),
  ).toEqual([false, true]);
  expect(account(world).eventsThatCouldStartFlows).toBe(1);
});

test('in test mode only so many records of a run reach Klaviyo', async () => {
  await using world = await createWorld({ connection: '    mode: test\n    testMaxRecords: 3' });
  world.put(CUSTOMERS, customersCsv(people(10)));

  const { status } = await world.sync();

  expect(account(world).profiles).toHaveLength(3);
  expect(status.connections[0]?.records.customers).toMatchObject({ synced: 3, pending: 7 });
});

test('with data sync off records wait as pending until somebody sends them', async () => {
  await using world = await createWorld({ extra: 'automation: { dataSync: false }' });
  world.put(CUSTOMERS, customersCsv(people(2)));

  const waiting = await world.sync();
  const sent = await world.sync({ steps: { intake: false, push: true }, force: true });

  expect(waiting.status.connections[0]?.records.customers).toMatchObject({ pending: 2 });
  expect(sent.status.connections[0]?.records.customers).toMatchObject({ synced: 2 });
});

test('a file of the test lane is previewed, never sent', async () => {
  await using world = await createWorld();
  world.put('/test/au/customers_20260105T200000Z.csv', customersCsv(people(2)));

  const { status } = await world.sync();

  expect(status.connections[0]?.files).toMatchObject([
    { lane: 'test', status: 'previewed', rows: { read: 2, created: 2 } },
  ]);
  expect(status.connections[0]?.records.customers.total).toBe(0);
  expect(account(world).profiles).toHaveLength(0);
  const [run] = await world.ctx.db.sql<{ preview: { creates: unknown[] } }>('SELECT preview FROM import_run');
  expect(run?.preview.creates).toHaveLength(2);
});

test('the bulk lane leaves known people alone, and their row in the pending lane still brings consent and list', async () => {
  await using world = await createWorld();
  world.put(CUSTOMERS, customersCsv(people(1)));
  await world.sync();
  world.put('/bulk/au/customers_20260104T200000Z.csv', customersCsv(people(2, 1, () => ({ CITY: 'Bulk' }))));
  await world.sync();
  const [bulk] = await world.ctx.db.sql<{ id: string }>(
    `UPDATE source_file SET status = 'importing' WHERE status = 'waiting-for-start' RETURNING id`,
  );
  await world.sync({ lanes: ['pending', 'bulk'] });
  const afterBulk = account(world).profiles.map((one) => [one.external_id, one.location?.city, one.lists]);
  world.put(
    '/pending/au/customers_20260106T200000Z.csv',
    customersCsv(people(2, 1, () => ({ CITY: 'Bulk' }))),
  );

  await world.sync();

  expect(bulk).toBeDefined();
  expect(afterBulk).toEqual([
    ['1', 'Sydney', ['Retail Customers']],
    ['2', 'Bulk', []],
  ]);
  expect(
    account(world).profiles.map((one) => [one.external_id, one.consent.email.consent, one.lists]),
  ).toEqual([
    ['1', 'SUBSCRIBED', ['Retail Customers']],
    ['2', 'SUBSCRIBED', ['Retail Customers']],
  ]);
});
