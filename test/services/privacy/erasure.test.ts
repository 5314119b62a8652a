import { expect, test } from 'vitest';
import { startErasure } from '#app/services/privacy/start-erasure.server.ts';
import { workPrivacyRequests } from '#app/services/privacy/work-privacy-requests.server.ts';
import { runTask } from '#app/services/tasks/run-task.server.ts';
import {
  askAsShopify,
  eraseByEmail,
  letThingsLand,
  tracesOf,
  workThroughPrivacy,
} from '#test/builders/erasure.ts';
import { customersCsv, ordersCsv, people, rewardsCsv } from '#test/builders/exports.ts';
import { createWorld, type World } from '#test/builders/world.ts';

const EMAIL = 'zenobia.quill@shop.example';
const PHONE = '+61412345678';
/** Everything by which somebody could find her: none of it may stand anywhere. */
const HER = [EMAIL, '12345678', '412 345 678', 'Zenobia', 'Quillington', '77 Hidden Lane'];

const ZENOBIA = {
  PERIDX: '7001',
  EMAIL,
  MOBILE: '0412 345 678',
  FIRSTNAME: 'Zenobia',
  SURNAME: 'Quillington',
  ADRS1: '77 Hidden Lane',
  PRIVACY: 'No',
};

function day(kind: string, number: string, lane = 'pending'): string {
  return `/${lane}/au/${kind}_202601${number}T200000Z.csv`;
}

/** Full exports of a day; those of later days have the same rows in another order. */
function fill(world: World, number = '05'): void {
  const sort = <Row>(rows: Row[]) => (number === '05' ? rows : rows.toReversed());
  world.put(day('customers', number), customersCsv(sort([...people(3), ZENOBIA])));
  const orders: Record<string, string>[] = [
    { ORDER_ID: 'O1', PERIDX: '1' },
    { ORDER_ID: 'OZ', PERIDX: '7001', LINE_ID: 'a', GIFT_NOTE: 'For Zenobia' },
    { ORDER_ID: 'OZ', PERIDX: '7001', LINE_ID: 'b' },
  ];
  world.put(day('orders', number), ordersCsv(sort(orders)));
  const rewards: Record<string, string>[] = [
    { REWARD_ID: 'R1', PERIDX: '1' },
    { REWARD_ID: 'RZ', PERIDX: '7001', EMAIL },
  ];
  world.put(day('rewards', number), rewardsCsv(sort(rewards)));
}

function profileEmails(world: World): (string | null | undefined)[] {
  world.klaviyo.settle();
  return (world.klaviyo.state().accounts[0]?.profiles ?? []).map(({ email }) => email).sort();
}

async function keysOf(world: World): Promise<string[]> {
  const rows = await world.ctx.db.sql<{ key: string }>(
    `SELECT external_id AS key FROM customer UNION ALL SELECT external_id FROM "order" UNION ALL SELECT external_id FROM reward
      ORDER BY key`,
  );
  return rows.map(({ key }) => key);
}

test('an erased person stands in no column of any table any more, and her neighbours are untouched', async () => {
  await using world = await createWorld();
  fill(world);
  // Rows that were rejected hold her, too; so does the preview of a test file.
  world.put(
    day('customers', '06'),
    customersCsv([
      ...people(3),
      ZENOBIA,
      { ...ZENOBIA, PERIDX: '' },
      { PERIDX: '', EMAIL: 'other@shop.example' },
    ]),
  );
  world.put(day('customers', '07', 'test'), customersCsv([...people(1), { ...ZENOBIA, CITY: 'Perth' }]));
  await world.sync();
  expect(await tracesOf(world.ctx, HER)).not.toEqual([]);

  await eraseByEmail(world, EMAIL);

  expect(await tracesOf(world.ctx, HER)).toEqual([]);
  expect(await keysOf(world)).toEqual(['1', '2', '3', 'O1', 'R1']);
  const [rejected] = await world.ctx.db.sql<{ count: number }>(
    `SELECT count(*)::int AS count FROM record_error WHERE source->>'EMAIL' = 'other@shop.example'`,
  );
  expect(rejected?.count).toBe(1);
});

test('people whose address only contains hers keep their rejected rows, and searches for her are forgotten', async () => {
  await using world = await createWorld();
  world.put(day('customers', '05'), customersCsv([{ PERIDX: '', EMAIL: `x${EMAIL}` }]));
  await world.sync();
  const { sql } = world.ctx.db;
  await sql(
    `INSERT INTO task (shop_id, kind, input, status, actor) VALUES ($1, 'change-records', $2, 'done', 'test')`,
    [world.shopId, JSON.stringify({ filter: { search: EMAIL.toUpperCase() } })],
  );
  await sql(
    `INSERT INTO translation_miss (shop_id, table_name, value) VALUES ($1, 'people', $2), ($1, 'people', $3)`,
    [world.shopId, EMAIL, `x${EMAIL}`],
  );

  await eraseByEmail(world, EMAIL);

  expect(await tracesOf(world.ctx, [`x${EMAIL}`])).toEqual([
    'public.record_error: 1',
    'public.translation_miss: 1',
  ]);
  expect(await sql('SELECT input FROM task WHERE kind = $1', ['change-records'])).toEqual([{ input: {} }]);
  expect(await sql('SELECT value FROM translation_miss')).toEqual([{ value: `x${EMAIL}` }]);
});

test('figures of past files stay true, and the totals follow', async () => {
  await using world = await createWorld();
  fill(world);
  await world.sync();

  await eraseByEmail(world, EMAIL);

  const { connections } = await world.status();
  expect(connections[0]?.files.map((file) => [file.rows.read, file.rows.created, file.balanced])).toEqual([
    [4, 4, true],
    [3, 3, true],
    [2, 2, true],
  ]);
  expect(connections[0]?.records.customers).toMatchObject({ total: 3, synced: 3 });
  const [figures] = await world.ctx.db.sql<{ count: number }>(
    `SELECT sum(count)::int AS count FROM record_figure WHERE record_kind = 'customers'`,
  );
  expect(figures?.count).toBe(3);
});

test('tomorrow’s files do not bring her back: her rows are rejected without a word of what they say', async () => {
  await using world = await createWorld();
  fill(world);
  await world.sync();
  await eraseByEmail(world, EMAIL);
  fill(world, '06');
  world.put(day('customers', '07', 'test'), customersCsv([...people(1), ZENOBIA]));

  const { status } = await world.sync();

  expect(await tracesOf(world.ctx, HER)).toEqual([]);
  expect(await keysOf(world)).toEqual(['1', '2', '3', 'O1', 'R1']);
  const files = status.connections[0]?.files.slice(3) ?? [];
  expect(
    files
      .map(({ lane, kind, rows, balanced }) => [
        lane,
        kind,
        rows.read,
        rows.unchanged,
        rows.rejected,
        balanced,
      ])
      .sort(),
  ).toEqual([
    ['pending', 'customers', 4, 3, 1, true],
    ['pending', 'orders', 3, 1, 2, true],
    ['pending', 'rewards', 2, 1, 1, true],
    ['test', 'customers', 2, 1, 1, true],
  ]);
  const errors = await world.ctx.db.sql(
    `SELECT DISTINCT code, value, source, record_key FROM record_error WHERE severity = 'error'`,
  );
  expect(errors).toEqual([{ code: 'erased', value: null, source: null, record_key: null }]);
});

test('she is known by e-mail under a new key, also through mappings, and so are the orders of that key', async () => {
  await using world = await createWorld();
  await eraseByEmail(world, EMAIL);
  world.put(
    day('orders', '05'),
    ordersCsv([
      { ORDER_ID: 'OZ', PERIDX: '9009' },
      { ORDER_ID: 'O1', PERIDX: '1' },
    ]),
  );
  await world.sync();
  expect(await keysOf(world)).toEqual(['O1', 'OZ']);

  world.put(
    day('customers', '06'),
    customersCsv([...people(1), { ...ZENOBIA, PERIDX: '9009', EMAIL: EMAIL.toUpperCase() }]),
  );
  world.put(day('rewards', '07'), rewardsCsv([{ REWARD_ID: 'RZ', PERIDX: '9009', EMAIL }]));
  await world.sync();

  expect(await keysOf(world)).toEqual(['1', 'O1']);
  expect(await tracesOf(world.ctx, HER)).toEqual([]);
});

test('somebody with another e-mail who shares her phone stays; a row with her phone alone does not come in', async () => {
  await using world = await createWorld();
  world.put(
    day('customers', '05'),
    customersCsv([ZENOBIA, { PERIDX: '8', EMAIL: 'brother@shop.example', MOBILE: '0412345678' }]),
  );
  await world.sync();

  await eraseByEmail(world, EMAIL);
  world.put(
    day('customers', '06'),
    customersCsv([
      { PERIDX: '8', EMAIL: 'brother@shop.example', MOBILE: '0412345678', CITY: 'Perth' },
      { PERIDX: '9', MOBILE: '+61 412 345 678' },
    ]),
  );
  await world.sync();

  expect(await keysOf(world)).toEqual(['8']);
});

test('somebody whom a mapping keeps back is found by the cells of the row', async () => {
  await using world = await createWorld();
  world.put(day('customers', '05'), customersCsv([...people(1), ZENOBIA]));
  await world.sync();
  await world.ctx.db.sql(
    `UPDATE customer SET payload = NULL, email = NULL, phone = NULL, status = 'skipped' WHERE external_id = '7001'`,
  );

  await eraseByEmail(world, EMAIL);

  expect(await keysOf(world)).toEqual(['1']);
});

test('the same e-mail in another shop is another matter', async () => {
  await using world = await createWorld();
  fill(world);
  await world.sync();
  const otherId = world.ctx.ids.uuid();
  await world.ctx.db.sql(`INSERT INTO shop (id, domain) VALUES ($1, 'other.myshopify.com')`, [otherId]);
  await world.ctx.db.sql('INSERT INTO shop_settings (shop_id) VALUES ($1)', [otherId]);

  await askAsShopify(world, 'CUSTOMERS_REDACT', { email: EMAIL }, 'other.myshopify.com');
  await workThroughPrivacy(world);

  expect(await keysOf(world)).toEqual(['1', '2', '3', '7001', 'O1', 'OZ', 'R1', 'RZ']);
  const hashes = await world.ctx.db.sql<{ hash: string }>('SELECT identity_hash AS hash FROM suppression');
  await eraseByEmail(world, EMAIL);
  const both = await world.ctx.db.sql<{ hash: string }>(
    'SELECT DISTINCT identity_hash AS hash FROM suppression',
  );
  expect(hashes).toHaveLength(1);
  expect(both.length).toBeGreaterThan(3);
});

test('Shopify’s request is carried out once, whoever sees it, and forgets who it was about', async () => {
  await using world = await createWorld();
  fill(world);
  await world.sync();
  await askAsShopify(world, 'CUSTOMERS_REDACT', { email: EMAIL.toUpperCase(), phone: PHONE });

  await Promise.all([workPrivacyRequests(world.ctx), workPrivacyRequests(world.ctx)]);
  await workThroughPrivacy(world);

  expect(await tracesOf(world.ctx, HER)).toEqual([]);
  const erasures = await world.ctx.db.sql(
    'SELECT actor, finished_at IS NOT NULL AS done, sealed_person FROM erasure',
  );
  expect(erasures).toEqual([{ actor: 'shopify', done: true, sealed_person: null }]);
  const [request] = await world.ctx.db.sql<{ payload: object; done_at: Date | null }>(
    'SELECT payload, done_at FROM privacy_request',
  );
  expect(request).toEqual({ payload: {}, done_at: expect.any(Date) as Date });
  const trail = await world.ctx.db.sql<{ subject: string }>(
    `SELECT subject FROM audit_log WHERE action = 'erase person'`,
  );
  expect(trail).toEqual([{ subject: expect.stringMatching(/^a person \([0-9a-f]{8}\)$/) as string }]);
  expect(profileEmails(world)).toContain(EMAIL);
});

test('two workers with one erasure: one acts, and the figures say so', async () => {
  await using world = await createWorld();
  fill(world);
  await world.sync();
  await askAsShopify(world, 'CUSTOMERS_REDACT', { email: EMAIL });
  await workPrivacyRequests(world.ctx);
  const [task] = await world.ctx.db.sql<{ id: string }>('SELECT id FROM task');
  const input = { taskId: task?.id ?? '', signal: AbortSignal.timeout(20_000) };

  await Promise.all([1, 2].map(() => runTask(world.ctx, world.shopId, input)));

  const [erasure] = await world.ctx.db.sql<{ figures: object }>('SELECT figures FROM erasure');
  expect(erasure?.figures).toMatchObject({ customers: 1, orders: 1, rewards: 1 });
});

test('stopped at any step it goes on and ends the same', async () => {
  await using world = await createWorld();
  fill(world);
  world.put(day('customers', '06'), customersCsv([...people(3), { ...ZENOBIA, PERIDX: '' }]));
  await world.sync();
  const { ctx } = world;
  await askAsShopify(world, 'CUSTOMERS_REDACT', { email: EMAIL });
  await workPrivacyRequests(ctx);
  const [task] = await ctx.db.sql<{ id: string }>('SELECT id FROM task');
  const taskId = task?.id ?? '';

  // Every transaction and statement may be the last: the n-th one of each try fails as a dead connection would.
  for (let allowed = 0, isOver = false; !isOver; allowed += 1) {
    expect(allowed).toBeLessThan(200);
    const dying = dyingAfter(ctx, allowed);
    isOver = await runTask(dying, world.shopId, { taskId, signal: AbortSignal.timeout(20_000) }).catch(
      () => false,
    );
  }

  expect(await tracesOf(ctx, HER)).toEqual([]);
  expect(await keysOf(world)).toEqual(['1', '2', '3', 'O1', 'R1']);
  const [erasure] = await ctx.db.sql<{ finished_at: Date | null }>('SELECT finished_at FROM erasure');
  expect(erasure?.finished_at).not.toBeNull();
});

/** The same context, whose database is gone after so many statements. */
function dyingAfter(ctx: World['ctx'], allowed: number): World['ctx'] {
  let left = allowed;
  const guard =
    (sql: World['ctx']['db']['sql']): World['ctx']['db']['sql'] =>
    async (text, parameters) => {
      left -= 1;
      if (left < 0) {
        throw new Error('the connection is gone');
      }
      return sql(text, parameters);
    };
  return {
    ...ctx,
    db: {
      ...ctx.db,
      sql: guard(ctx.db.sql),
      transaction: (name, work) => ctx.db.transaction(name, (sql) => work(guard(sql))),
    },
  };
}

test('an import that was killed half-way goes on without her', async () => {
  await using world = await createWorld();
  const many = people(2_500, 10_000);
  world.put(day('customers', '05'), customersCsv([...many, ZENOBIA]));
  const { ctx } = world;
  const original = ctx.db.transaction;
  let staged = 0;
  ctx.db.transaction = async (name, work) => {
    staged += name === 'stage records' ? 1 : 0;
    if (name === 'stage records' && staged > 1) {
      throw new Error('killed');
    }
    return original(name, work);
  };
  await world.sync();
  ctx.db.transaction = original;
  expect(await keysOf(world)).toHaveLength(1_000);

  await eraseByEmail(world, EMAIL);
  const { status } = await world.sync();

  expect(await tracesOf(ctx, HER)).toEqual([]);
  expect(status.connections[0]?.files[0]).toMatchObject({
    balanced: true,
    rows: { read: 2_501, created: 2_500, rejected: 1 },
  });
});

test('Klaviyo is asked once to delete her, and only once all that was sent has landed', async () => {
  let deletions = 0;
  await using world = await createWorld({
    klaviyo: {
      onRequest: ({ path }) => void (deletions += path === '/api/data-privacy-deletion-jobs' ? 1 : 0),
    },
  });
  fill(world);
  await world.sync();

  const erasureId = await eraseByEmail(world, EMAIL, 'klaviyo');
  expect(deletions).toBe(0);
  expect(await tracesOf(world.ctx, HER)).toEqual([]);
  const [open] = await world.ctx.db.sql<{ later: boolean; sealed: boolean }>(
    'SELECT next_attempt_at > now() AS later, sealed_person IS NOT NULL AS sealed FROM erasure',
  );
  expect(open).toEqual({ later: true, sealed: true });
  await world.ctx.db.sql(
    `UPDATE erasure SET next_attempt_at = now(), klaviyo = regexp_replace(klaviyo::text, '"20[^"]+Z"', '"2020-01-01T00:00:00.000Z"')::jsonb`,
  );
  await workThroughPrivacy(world);
  await workThroughPrivacy(world);

  expect(deletions).toBe(1);
  expect(profileEmails(world)).toEqual([1, 2, 3].map((id) => `person${id}@shop.example`));
  const [done] = await world.ctx.db.sql<{ finished: boolean; sealed: boolean }>(
    'SELECT finished_at IS NOT NULL AS finished, sealed_person IS NOT NULL AS sealed FROM erasure WHERE id = $1',
    [erasureId],
  );
  expect(done).toEqual({ finished: true, sealed: false });
});

test('an answer that got lost is asked for again, which is harmless', async () => {
  await using world = await createWorld();
  fill(world);
  await world.sync();
  await letThingsLand(world);
  world.klaviyo.setFaults([
    { match: { method: 'POST', path: '/api/data-privacy-deletion-jobs' }, kind: 'reset-after', times: 1 },
  ]);

  await eraseByEmail(world, EMAIL, 'klaviyo');

  expect(profileEmails(world)).not.toContain(EMAIL);
  const [erasure] = await world.ctx.db.sql<{ finished_at: Date | null }>('SELECT finished_at FROM erasure');
  expect(erasure?.finished_at).not.toBeNull();
});

test('while Klaviyo is down the deletion waits for it, with an alert, and nothing is lost', async () => {
  await using world = await createWorld({ settings: { maxAttempts: 1 } });
  fill(world);
  await world.sync();
  await letThingsLand(world);
  world.klaviyo.setFaults([{ match: { path: '/api/data-privacy-deletion-jobs' }, kind: '503', times: 1 }]);

  await eraseByEmail(world, EMAIL, 'klaviyo');
  const [alert] = await world.ctx.db.sql<{ hint: string }>(
    'SELECT hint FROM alert WHERE resolved_at IS NULL',
  );
  expect(alert?.hint).toContain('tried again by itself');
  await world.ctx.db.sql(
    `UPDATE erasure SET next_attempt_at = now(), klaviyo = regexp_replace(klaviyo::text, '"20[^"]+Z"', '"2020-01-01T00:00:00.000Z"')::jsonb`,
  );
  await workThroughPrivacy(world);

  expect(profileEmails(world)).not.toContain(EMAIL);
  expect(await world.ctx.db.sql('SELECT 1 FROM alert WHERE resolved_at IS NULL')).toEqual([]);
});

test('a profile that changed its e-mail in Klaviyo is found by her key', async () => {
  await using world = await createWorld();
  fill(world);
  await world.sync();
  await letThingsLand(world);
  const profile = [...world.klaviyo.account().profiles.values()].find(({ email }) => email === EMAIL);
  if (profile !== undefined) {
    profile.email = 'renamed@shop.example';
  }

  await eraseByEmail(world, EMAIL, 'klaviyo');

  expect(profileEmails(world)).toEqual([1, 2, 3].map((id) => `person${id}@shop.example`));
});

test('nothing starts without the key of the hashes: no file is read rather than bringing somebody back', async () => {
  await using world = await createWorld();
  fill(world);
  await world.sync();
  await eraseByEmail(world, EMAIL);
  const [key] = await world.ctx.db.sql<{ sealed: string }>(
    'SELECT sealed_erasure_key AS sealed FROM shop_settings',
  );
  await world.ctx.db.sql(`UPDATE shop_settings SET sealed_erasure_key = 'v1.gone.a.b.c'`);
  fill(world, '06');

  const { status } = await world.sync();
  await world.ctx.db.sql('UPDATE shop_settings SET sealed_erasure_key = $1', [key?.sealed]);
  await world.sync();

  expect(status.alerts[0]?.message).toContain('THREADLINE_ENCRYPTION_KEYS');
  expect(status.connections[0]?.files.slice(3).map((file) => file.rows.read)).toEqual([0, 0, 0]);
  const { connections } = await world.status();
  expect(connections[0]?.files.slice(3).map((file) => file.rows.rejected)).toEqual([1, 2, 1]);
});

test('the erasure of somebody nobody knows is kept all the same', async () => {
  await using world = await createWorld();
  const id = await startErasure(world.ctx, world.shopId, {
    person: { emails: [], phones: [PHONE], keys: [] },
    actor: 'test',
    connectionIds: [],
  });
  expect(id).not.toBeNull();
  await workThroughPrivacy(world);
  fill(world);
  await world.sync();

  // Only a number was known of her, so it counts for every row that has it.
  expect(await keysOf(world)).toEqual(['1', '2', '3', 'O1', 'R1']);
});
