import { expect, test } from 'vitest';
import type { Context } from '#app/context.ts';
import type { MappingScope, Rule } from '#app/domain/rules.ts';
import { countRemap } from '#app/services/count-remap.server.ts';
import { startRemap } from '#app/services/start-remap.server.ts';
import { runTask } from '#app/services/tasks/run-task.server.ts';
import { customersCsv, ordersCsv, people, rewardsCsv } from '#test/builders/exports.ts';
import { createWorld, type World } from '#test/builders/world.ts';

const CUSTOMERS = '/pending/au/customers_20260101T000000Z.csv';
const NEVER = new AbortController().signal;
const SHOUT: Rule[] = [{ template: '{{ CITY | upcase }}' }];

/** A mapping from now on: the e-mail comes from this template. */
async function mapEmail(world: World, template: string): Promise<void> {
  await world.ctx.db.sql(
    `INSERT INTO mapping (shop_id, scope, target, rules, position) VALUES ($1, 'customer', 'email', $2, 900)`,
    [world.shopId, JSON.stringify([{ template }])],
  );
}

async function mappingOf(world: World, target: string, scope?: MappingScope): Promise<string> {
  const [mapping] = await world.ctx.db.sql<{ id: string }>(
    `SELECT id FROM mapping WHERE shop_id = $1 AND target = $2 AND ($3::text IS NULL OR scope = $3) ORDER BY position`,
    [world.shopId, target, scope ?? null],
  );
  return mapping?.id ?? '';
}

/** Saves other rules for a mapping, as the editor does. Returns its id. */
async function change(world: World, target: string, rules: Rule[]): Promise<string> {
  const id = await mappingOf(world, target);
  await world.ctx.db.sql('UPDATE mapping SET rules = $2 WHERE id = $1', [id, JSON.stringify(rules)]);
  return id;
}

async function start(world: World, mappingId: string): Promise<string> {
  const answer = await startRemap(world.ctx, world.shopId, { mappingId, connectionId: null, actor: 'test' });
  expect(answer).toEqual({ ok: true, message: 'Update started' });
  const [task] = await world.ctx.db.sql<{ id: string }>(
    'SELECT id FROM task ORDER BY created_at DESC LIMIT 1',
  );
  return task?.id ?? '';
}

async function outcomeOf(world: World, taskId: string): Promise<string | undefined> {
  const [task] = await world.ctx.db.sql<{ outcome: string }>('SELECT outcome FROM task WHERE id = $1', [
    taskId,
  ]);
  return task?.outcome;
}

/** Starts the task and works on it to its end. Returns what it tells the merchant. */
async function apply(world: World, mappingId: string): Promise<string | undefined> {
  const taskId = await start(world, mappingId);
  await runTask(world.ctx, world.shopId, { taskId, signal: NEVER });
  return outcomeOf(world, taskId);
}

function records(world: World, table = 'customer'): Promise<Record<string, unknown>[]> {
  return world.ctx.db.sql(
    `SELECT external_id, source_hash, rules_hash, payload_hash, status, updated_at FROM ${table} ORDER BY external_id`,
  );
}

function profiles(world: World) {
  return (world.klaviyo.state().accounts[0]?.profiles ?? []).toSorted((a, b) =>
    String(a.external_id).localeCompare(String(b.external_id)),
  );
}

function consentCalls(world: World): unknown[] {
  return world.klaviyo.state().accounts[0]?.consentCalls ?? [];
}

test('a changed mapping is applied to the customers that it changes; the others are not touched', async () => {
  await using world = await createWorld();
  world.put(CUSTOMERS, customersCsv(people(4, 1, (id) => ({ CITY: id < 3 ? 'Perth' : 'SYDNEY' }))));
  await world.sync();
  const before = await records(world);
  const mappingId = await change(world, 'location.city', SHOUT);

  expect(await countRemap(world.ctx, world.shopId, { mappingId, connectionId: null })).toEqual({
    checked: 4,
    wouldChange: 2,
    isEstimate: false,
  });
  expect(await apply(world, mappingId)).toBe(
    'Checked 4 customers, 2 will be sent again. Consent was not touched.',
  );

  const after = await records(world);
  expect(after.map(({ status }) => status)).toEqual(['pending', 'pending', 'synced', 'synced']);
  expect(after.slice(2)).toEqual(before.slice(2));
  await world.sync();
  expect(profiles(world).map((profile) => profile.location)).toMatchObject([
    { city: 'PERTH' },
    { city: 'PERTH' },
    { city: 'SYDNEY' },
    { city: 'SYDNEY' },
  ]);
});

test('mapped anew, records are what a file under the new rules would have made of them', async () => {
  await using remapped = await createWorld();
  await using imported = await createWorld();
  const files = {
    [CUSTOMERS]: customersCsv(people(5, 1, (id) => ({ CITY: ` Perth ${id}`, MOBILE: '0400 000 00' + id }))),
    '/pending/au/orders_20260101T000100Z.csv': ordersCsv(
      Array.from({ length: 6 }, (_, line) => ({
        ORDER_ID: `O${line % 3}`,
        PERIDX: '1',
        LINE_ID: String(line),
        QUANTITY: line === 5 ? '-1' : '1',
      })),
    ),
    '/pending/au/rewards_20260101T000200Z.csv': rewardsCsv([{ REWARD_ID: 'R1', PERIDX: '2' }]),
  };
  const steps = { intake: true, push: false };
  const targets: [string, string, Rule[]][] = [
    ['location.city', 'customer', SHOUT],
    ['properties.StoreName', '"order"', [{ template: '{{ STORE_NAME }} of {{ items.size }}' }]],
    ['profile.Reward Tier', 'reward', [{ template: '{{ TIER_NAME | upcase }}' }]],
  ];
  for (const world of [remapped, imported]) {
    for (const [path, csv] of Object.entries(files)) {
      world.put(path, csv);
    }
    await world.ctx.db.sql(
      `INSERT INTO mapping (shop_id, scope, target, rules, position)
       VALUES ($1, 'order', 'properties.StoreName', '[{"template":"x"}]', 900), ($1, 'reward', 'profile.Reward Tier', '[{"template":"x"}]', 901)`,
      [world.shopId],
    );
  }
  await remapped.sync({ steps });
  for (const [target, , rules] of targets) {
    await change(remapped, target, rules);
    await change(imported, target, rules);
  }
  for (const [target] of targets) {
    await apply(remapped, await mappingOf(remapped, target));
  }
  await imported.sync({ steps });

  for (const [, table] of targets) {
    const [left, right] = [await records(remapped, table), await records(imported, table)];
    const withoutTimes = (rows: Record<string, unknown>[]) =>
      rows.map((row) => ({ ...row, updated_at: null }));
    expect(withoutTimes(left)).toEqual(withoutTimes(right));
  }
});

test('stopped after the first chunk it goes on from there: nothing is lost and nothing counted twice', async () => {
  await using world = await createWorld();
  world.put(CUSTOMERS, customersCsv(people(1_100, 1, () => ({ CITY: 'Perth' }))));
  await world.sync({ steps: { intake: true, push: false } });
  const taskId = await start(world, await change(world, 'location.city', SHOUT));
  const stopping = new AbortController();
  const stopped: Context = {
    ...world.ctx,
    db: {
      ...world.ctx.db,
      async withLock(name, work) {
        const result = await world.ctx.db.withLock(name, work);
        stopping.abort();
        return result;
      },
    },
  };

  expect(await runTask(stopped, world.shopId, { taskId, signal: stopping.signal })).toBe(false);
  const [half] = await world.ctx.db.sql('SELECT status, done FROM task WHERE id = $1', [taskId]);
  expect(half).toEqual({ status: 'running', done: 500 });
  expect(await runTask(world.ctx, world.shopId, { taskId, signal: NEVER })).toBe(true);

  expect(await outcomeOf(world, taskId)).toContain('Checked 1,100 customers, 1,100 will be sent again.');
  const [left] = await world.ctx.db.sql(
    `SELECT count(*)::int AS count FROM customer WHERE payload->'attributes'->'location'->>'city' <> 'PERTH'`,
  );
  expect(left).toEqual({ count: 0 });
});

test('a step that fails leaves no record and no progress behind', async () => {
  await using world = await createWorld();
  world.put(CUSTOMERS, customersCsv(people(3)));
  await world.sync();
  const before = await records(world);
  const taskId = await start(world, await change(world, 'location.city', SHOUT));
  const failing: Context = {
    ...world.ctx,
    db: {
      ...world.ctx.db,
      transaction: (name, work) =>
        world.ctx.db.transaction(name, async (sql) => {
          await work(sql);
          throw new Error('killed before the commit');
        }),
    },
  };

  await expect(runTask(failing, world.shopId, { taskId, signal: NEVER })).rejects.toThrow('killed');

  expect(await records(world)).toEqual(before);
  const [task] = await world.ctx.db.sql('SELECT done, progress FROM task WHERE id = $1', [taskId]);
  expect(task).toEqual({ done: 0, progress: {} });
});

test('consent is not touched, whatever a consent mapping says now; the next file decides with the row of its day', async () => {
  await using world = await createWorld();
  const rows = people(2, 1, (id) => ({ PRIVACY: id === 1 ? 'Yes' : 'No', CITY: 'Perth' }));
  world.put(CUSTOMERS, customersCsv(rows));
  await world.sync();
  const calls = consentCalls(world).length;
  await change(world, 'location.city', SHOUT);
  const consent = await change(world, 'consent.email', [{ template: 'yes' }]);

  await apply(world, consent);
  await world.sync();

  expect(profiles(world)[0]?.location).toMatchObject({ city: 'PERTH' });
  expect(consentCalls(world)).toHaveLength(calls);
  world.put('/pending/au/customers_20260102T000000Z.csv', customersCsv([...rows, ...people(1, 3)]));
  await world.sync();
  const [first] = await world.ctx.db.sql(`SELECT consent_email FROM customer WHERE external_id = '1'`);
  expect(first).toEqual({ consent_email: 'subscribe' });
});

test('a wish to subscribe that had no address does not follow one that a mapping brings', async () => {
  await using world = await createWorld();
  world.put(
    CUSTOMERS,
    customersCsv(people(1, 1, () => ({ EMAIL: '', PRIVACY: 'No', REF1_CODE: 'other@shop.example' }))),
  );
  await world.sync();
  await mapEmail(world, '{{ REF1_CODE }}');

  await apply(world, await mappingOf(world, 'email'));
  await world.sync();

  expect(profiles(world).map(({ email }) => email)).toEqual(['other@shop.example']);
  expect(consentCalls(world)).toEqual([]);
});

test('an order that Klaviyo has is never sent again, not even parts that the rules make of it only now', async () => {
  await using world = await createWorld();
  world.put(CUSTOMERS, customersCsv(people(1)));
  world.put(
    '/pending/au/orders_20260101T000100Z.csv',
    ordersCsv([
      { ORDER_ID: '7', PERIDX: '1' },
      { ORDER_ID: '8', PERIDX: 'missing' },
    ]),
  );
  await world.sync();
  const events = () => world.klaviyo.state().accounts[0]?.events.length;
  expect(events()).toBe(1);
  await world.ctx.db.sql(`UPDATE connection SET item_events = true`);
  await world.ctx.db.sql(
    `INSERT INTO mapping (shop_id, scope, target, rules, position)
     VALUES ($1, 'item', 'properties.New', '[{"template":"new"}]', 900)`,
    [world.shopId],
  );
  const mappingId = await mappingOf(world, 'properties.New');

  expect(await countRemap(world.ctx, world.shopId, { mappingId, connectionId: null })).toMatchObject({
    checked: 2,
    wouldChange: 1,
  });
  expect(await apply(world, mappingId)).toBe(
    'Checked 2 orders, 1 will be sent again. 1 was sent before: Klaviyo keeps its event.',
  );
  await world.sync();

  expect(events()).toBe(1);
  const orders = await world.ctx.db.sql(
    'SELECT status, changed_after_send FROM "order" ORDER BY external_id',
  );
  expect(orders).toEqual([
    { status: 'synced', changed_after_send: true },
    { status: 'waiting', changed_after_send: false },
  ]);
});

test('of two people with one e-mail the same one stands for the profile afterwards', async () => {
  await using world = await createWorld();
  world.put(
    CUSTOMERS,
    customersCsv(
      people(2, 1, (id) => ({
        EMAIL: 'both@shop.example',
        CITY: 'Perth',
        LAST_UPDATED: `2026-01-0${id}T10:00:00`,
      })),
    ),
  );
  await world.sync();

  const outcome = await apply(world, await change(world, 'location.city', SHOUT));

  expect(outcome).toContain('Checked 2 customers, 1 will be sent again.');
  expect((await records(world)).map(({ status }) => status)).toEqual(['skipped', 'pending']);
});

test('when a mapping gives the one of two people with one e-mail another, it goes to the other', async () => {
  await using world = await createWorld();
  world.put(
    CUSTOMERS,
    customersCsv(
      people(2, 1, (id) => ({
        EMAIL: 'both@shop.example',
        FIRSTNAME: `Person ${id}`,
        REF1_CODE: id === 2 ? 'own@shop.example' : '',
        LAST_UPDATED: `2026-01-0${id}T10:00:00`,
      })),
    ),
  );
  await world.sync();
  await mapEmail(world, '{{ REF1_CODE | default: EMAIL }}');

  await apply(world, await mappingOf(world, 'email'));
  await world.sync();

  expect((await records(world)).map(({ status }) => status)).toEqual(['synced', 'synced']);
  expect(profiles(world).find(({ email }) => email === 'both@shop.example')).toMatchObject({
    first_name: 'Person 1',
  });
});

test('a record that a person put aside is left there', async () => {
  await using world = await createWorld();
  world.put(CUSTOMERS, customersCsv(people(2, 1, () => ({ CITY: 'Perth' }))));
  await world.sync();
  await world.ctx.db.sql(
    `UPDATE customer SET status = 'skipped', reason = '{"code": "skipped_by_person"}' WHERE external_id = '1'`,
  );

  await apply(world, await change(world, 'location.city', SHOUT));

  expect((await records(world)).map(({ status }) => status)).toEqual(['skipped', 'pending']);
});

test('a skip mapping leaves existing records out from now on', async () => {
  await using world = await createWorld();
  world.put(CUSTOMERS, customersCsv(people(3, 1, (id) => ({ RETAIL_REP: id === 2 ? 'Yes' : 'No' }))));
  await world.sync();
  await world.ctx.db.sql(
    `INSERT INTO mapping (shop_id, scope, target, rules, position)
     VALUES ($1, 'customer', 'skip', '[{"template":"{{ RETAIL_REP }}"}]', 900)`,
    [world.shopId],
  );

  const outcome = await apply(world, await mappingOf(world, 'skip', 'customer'));

  expect(outcome).toBe(
    'Checked 3 customers, none will be sent again. 1 is left out now. Consent was not touched.',
  );
  expect((await records(world)).map(({ status }) => status)).toEqual(['synced', 'skipped', 'synced']);
});

test('people of the bulk lane get neither list nor consent by it', async () => {
  await using world = await createWorld();
  world.put('/bulk/au/customers_20260101T000000Z.csv', customersCsv(people(2, 1, () => ({ CITY: 'Perth' }))));
  await world.sync();
  await world.ctx.db.sql(`UPDATE source_file SET status = 'importing'`);
  await world.sync();
  expect(profiles(world)).toHaveLength(2);

  const outcome = await apply(world, await change(world, 'location.city', SHOUT));
  await world.sync();

  expect(outcome).toContain('2 will be sent again');
  expect(profiles(world).map(({ lists, location }) => [lists, (location as { city?: string }).city])).toEqual(
    [
      [[], 'PERTH'],
      [[], 'PERTH'],
    ],
  );
  expect(consentCalls(world)).toEqual([]);
});

test('it waits for the pass that holds the connection', async () => {
  await using world = await createWorld();
  world.put(CUSTOMERS, customersCsv(people(2)));
  await world.sync();
  const [connection] = await world.ctx.db.sql<{ id: string }>('SELECT id FROM connection');
  const taskId = await start(world, await change(world, 'location.city', SHOUT));
  const waits: string[] = [];
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const watching: Context = {
    ...world.ctx,
    clock: {
      ...world.ctx.clock,
      async sleep() {
        waits.push(String((await records(world))[0]?.['status']));
        release();
        await holding;
      },
    },
  };
  const holding = world.ctx.db.withLock(`connection ${connection?.id ?? ''}`, () => released);

  await runTask(watching, world.shopId, { taskId, signal: NEVER });

  expect(waits).toEqual(['synced']);
  expect(await outcomeOf(world, taskId)).toContain('Checked 2 customers');
});

test('many records are estimated from the newest', async () => {
  await using world = await createWorld();
  world.put(CUSTOMERS, customersCsv(people(2_200, 1, () => ({ CITY: 'Perth' }))));
  await world.sync({ steps: { intake: true, push: false } });
  const mappingId = await change(world, 'location.city', SHOUT);

  expect(await countRemap(world.ctx, world.shopId, { mappingId, connectionId: null })).toEqual({
    checked: 2_200,
    wouldChange: 2_200,
    isEstimate: true,
  });
});

test('while one is at work a second one of the same records is refused, and other shops have no part in it', async () => {
  await using world = await createWorld();
  world.put(CUSTOMERS, customersCsv(people(1)));
  await world.sync();
  const mappingId = await change(world, 'location.city', SHOUT);
  await start(world, mappingId);
  const again = await startRemap(world.ctx, world.shopId, { mappingId, connectionId: null, actor: 'test' });
  expect(again).toMatchObject({ ok: false });
  const [stranger] = await world.ctx.db.sql<{ id: string }>(
    `INSERT INTO shop (domain) VALUES ('stranger.myshopify.com') RETURNING id`,
  );
  const shopId = stranger?.id ?? '';
  expect(await startRemap(world.ctx, shopId, { mappingId, connectionId: null, actor: 'test' })).toBeNull();
  expect(await countRemap(world.ctx, shopId, { mappingId, connectionId: null })).toBeNull();
});
