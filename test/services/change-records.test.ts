import { expect, test } from 'vitest';
import type { RecordChange } from '#app/domain/record-change.ts';
import { NO_FILTER, type RecordFilter } from '#app/domain/record-filter.ts';
import type { RecordKind, RecordStatus } from '#app/domain/records.ts';
import { changeMatchingRecords, changeRecords } from '#app/services/change-records.server.ts';
import { runTask } from '#app/services/tasks/run-task.server.ts';
import { customersCsv, ordersCsv, people } from '#test/builders/exports.ts';
import { createShop } from '#test/builders/shops.ts';
import { createWorld, type World } from '#test/builders/world.ts';

const DATA_SYNC_OFF = 'automation: { dataSync: false }';

type Stored = {
  id: string;
  external_id: string;
  status: RecordStatus;
  reason: { code: string } | null;
  send_now: boolean;
};

function stored(world: World, kind: 'customer' | '"order"' = 'customer'): Promise<Stored[]> {
  return world.ctx.db.sql<Stored>(
    `SELECT id, external_id, status, reason, send_now FROM ${kind} ORDER BY external_id`,
  );
}

async function statuses(world: World, kind: 'customer' | '"order"' = 'customer'): Promise<string[]> {
  return (await stored(world, kind)).map((row) => row.status);
}

/** Changes the records with these ids of Apparel21. */
async function change(
  world: World,
  what: RecordChange,
  externalIds: string[],
  kind: RecordKind = 'customers',
): Promise<number> {
  const rows = await stored(world, kind === 'customers' ? 'customer' : '"order"');
  const ids = rows.filter((row) => externalIds.includes(row.external_id)).map((row) => row.id);
  const input = { kind, ids, change: what, actor: 'test' };
  return (await changeRecords(world.ctx, world.shopId, input)).length;
}

async function audit(world: World): Promise<{ action: string; subject: string; changes: unknown }[]> {
  return world.ctx.db.sql<{ action: string; subject: string; changes: unknown }>(
    `SELECT action, subject, changes FROM audit_log WHERE action LIKE '% records' ORDER BY created_at`,
  );
}

async function runToEnd(
  world: World,
  taskId: string,
): Promise<{ status: string; done: number; outcome: string }> {
  await runTask(world.ctx, world.shopId, { taskId, signal: new AbortController().signal });
  const [task] = await world.ctx.db.sql<{ status: string; done: number; outcome: string }>(
    'SELECT status, done, outcome FROM task WHERE id = $1',
    [taskId],
  );
  if (task === undefined) {
    throw new Error('the task is gone');
  }
  return task;
}

function changeMatching(world: World, what: RecordChange, filter: Partial<RecordFilter>): Promise<string> {
  return changeMatchingRecords(world.ctx, world.shopId, {
    kind: 'customers',
    filter: { ...NO_FILTER, ...filter },
    change: what,
    actor: 'test',
  });
}

test('with data sync off exactly the records go that a person asked for, with their consent', async () => {
  await using world = await createWorld({ extra: DATA_SYNC_OFF });
  world.put('/pending/au/customers_20260101T000000Z.csv', customersCsv(people(3)));
  await world.sync();
  expect(await statuses(world)).toEqual(['pending', 'pending', 'pending']);

  await change(world, 'sync', ['2']);
  await world.sync();

  expect(world.klaviyo.state().accounts[0]?.profiles.map(({ email }) => email)).toEqual([
    'person2@shop.example',
  ]);
  expect(world.klaviyo.account().received.subscribes).toBe(1);
  expect((await stored(world)).map(({ status, send_now }) => [status, send_now])).toEqual([
    ['pending', false],
    ['synced', false],
    ['pending', false],
  ]);
});

test('with data sync off an order that a person asked for goes, and the others stay', async () => {
  await using world = await createWorld({ extra: DATA_SYNC_OFF });
  world.put('/pending/au/customers_20260101T000000Z.csv', customersCsv(people(1)));
  world.put(
    '/pending/au/orders_20260101T003000Z.csv',
    ordersCsv([1, 2].map((id) => ({ ORDER_ID: String(id), ORDER_NUMBER: `SO-${id}`, PERIDX: '1' }))),
  );
  await world.sync();
  expect(await change(world, 'sync', ['1', '2'], 'orders')).toBe(0);

  await change(world, 'sync', ['1']);
  await world.sync();
  expect(await statuses(world, '"order"')).toEqual(['pending', 'pending']);
  await change(world, 'sync', ['2'], 'orders');
  await world.sync();

  expect(await statuses(world, '"order"')).toEqual(['pending', 'synced']);
  expect(world.klaviyo.account().received.events).toBe(1);
});

test('nothing goes from a paused connection, whatever a person asked for', async () => {
  await using world = await createWorld({ extra: DATA_SYNC_OFF });
  world.put('/pending/au/customers_20260101T000000Z.csv', customersCsv(people(1)));
  await world.sync();
  await world.ctx.db.sql('UPDATE connection SET paused = true');

  await change(world, 'sync', ['1']);
  await world.sync();

  expect(await statuses(world)).toEqual(['pending']);
  expect(world.klaviyo.account().received.profiles).toBe(0);
});

test('a newer row takes back that a person asked for the older one', async () => {
  await using world = await createWorld({ extra: DATA_SYNC_OFF });
  world.put('/pending/au/customers_20260101T000000Z.csv', customersCsv(people(1)));
  await world.sync();
  await world.ctx.db.sql('UPDATE connection SET paused = true');
  await change(world, 'sync', ['1']);
  await world.ctx.db.sql('UPDATE connection SET paused = false');
  world.put(
    '/pending/au/customers_20260102T000000Z.csv',
    customersCsv(people(1, 1, () => ({ FIRSTNAME: 'BERTA' }))),
  );

  await world.sync();

  expect(await statuses(world)).toEqual(['pending']);
});

test('what a person skipped stays skipped through the same row and other rules, and goes again when it changes', async () => {
  await using world = await createWorld({ extra: DATA_SYNC_OFF });
  world.put('/pending/au/customers_20260101T000000Z.csv', customersCsv(people(2)));
  await world.sync();
  await change(world, 'skip', ['1']);

  world.put('/pending/au/customers_20260102T000000Z.csv', customersCsv(people(3)));
  await world.sync();
  expect(await statuses(world)).toEqual(['skipped', 'pending', 'pending']);

  // Nothing that Klaviyo gets is different, but every row is mapped anew.
  await world.apply(world.yaml.replace('phoneCountry: AU', 'phoneCountry: NZ'));
  world.put('/pending/au/customers_20260103T000000Z.csv', customersCsv(people(4)));
  await world.sync();
  expect(await statuses(world)).toEqual(['skipped', 'pending', 'pending', 'pending']);

  const changed = people(5, 1, (id) => ({ FIRSTNAME: id === 1 ? 'BERTA' : 'ANNA' }));
  world.put('/pending/au/customers_20260104T000000Z.csv', customersCsv(changed));
  await world.sync();
  expect(await statuses(world)).toEqual(['pending', 'pending', 'pending', 'pending', 'pending']);
});

test('an order that a person skipped stays so when its customer arrives, and Sync brings it back', async () => {
  await using world = await createWorld();
  world.put(
    '/pending/au/orders_20260101T000000Z.csv',
    ordersCsv([{ ORDER_ID: '1', ORDER_NUMBER: 'SO-1', PERIDX: '1' }]),
  );
  await world.sync();
  expect(await statuses(world, '"order"')).toEqual(['waiting']);
  await change(world, 'skip', ['1'], 'orders');
  await change(world, 'sync', ['1'], 'orders');
  expect(await statuses(world, '"order"')).toEqual(['waiting']);
  await change(world, 'skip', ['1'], 'orders');
  world.put('/pending/au/customers_20260101T010000Z.csv', customersCsv(people(1)));

  await world.sync();
  expect(await statuses(world, '"order"')).toEqual(['skipped']);
  await change(world, 'sync', ['1'], 'orders');
  await world.sync();

  expect(await statuses(world, '"order"')).toEqual(['synced']);
});

test('Retry is about failed records that have something to send, Skip never about sent ones', async () => {
  await using world = await createWorld({ extra: DATA_SYNC_OFF });
  world.put(
    '/pending/au/customers_20260101T000000Z.csv',
    customersCsv([...people(5), { PERIDX: '6', EMAIL: 'not an address' }]),
  );
  await world.sync();
  await world.ctx.db.sql(
    `UPDATE customer SET status = (ARRAY['failed', 'synced', 'sending', 'held', 'pending'])[external_id::int]
      WHERE external_id <> '6'`,
  );

  expect(await change(world, 'retry', ['1', '2', '3', '4', '5', '6'])).toBe(1);
  expect((await statuses(world)).slice(0, 5)).toEqual(['pending', 'synced', 'sending', 'held', 'pending']);
  expect(await change(world, 'skip', ['1', '2', '3', '4', '5'])).toBe(3);
  expect((await statuses(world)).slice(0, 5)).toEqual(['skipped', 'synced', 'sending', 'skipped', 'skipped']);
});

test('every change is a line of the audit trail, with what each record was and is', async () => {
  await using world = await createWorld({ extra: DATA_SYNC_OFF });
  world.put('/pending/au/customers_20260101T000000Z.csv', customersCsv(people(2)));
  await world.sync();

  await change(world, 'skip', ['1', '2']);

  expect(await audit(world)).toEqual([
    {
      action: 'skip records',
      subject: '2 customers',
      changes: expect.arrayContaining([{ path: '1', before: 'pending', after: 'skipped' }]),
    },
  ]);
});

test('records of another shop stay as they are', async () => {
  await using world = await createWorld({ extra: DATA_SYNC_OFF });
  world.put('/pending/au/customers_20260101T000000Z.csv', customersCsv(people(1)));
  await world.sync();
  const stranger = await createShop(world.ctx.db, 'two.myshopify.com');
  const ids = (await stored(world)).map(({ id }) => id);

  const input = { kind: 'customers', ids, change: 'skip', actor: 'stranger' } as const;
  expect(await changeRecords(world.ctx, stranger.shopId, input)).toEqual([]);
  expect(await statuses(world)).toEqual(['pending']);
});

test('everything that matches a filter is changed by a task, in chunks, with one line in the audit trail', async () => {
  await using world = await createWorld({ extra: DATA_SYNC_OFF });
  world.put('/pending/au/customers_20260101T000000Z.csv', customersCsv(people(1_203)));
  await world.sync();

  const task = await runToEnd(world, await changeMatching(world, 'skip', { search: 'person1' }));

  const skipped = (await stored(world)).filter(({ status }) => status === 'skipped');
  expect(skipped.every(({ external_id: id }) => id.startsWith('1'))).toBe(true);
  expect(task).toEqual({
    status: 'done',
    done: skipped.length,
    outcome: `${skipped.length} customers marked as skipped.`,
  });
  expect(skipped.length).toBe(1 + 10 + 100 + 204);
  expect(await audit(world)).toHaveLength(1);
});

test('a task that is stopped and taken up again does nothing twice', async () => {
  await using world = await createWorld({ extra: DATA_SYNC_OFF });
  world.put('/pending/au/customers_20260101T000000Z.csv', customersCsv(people(1_203)));
  await world.sync();
  await world.ctx.db.sql(`UPDATE customer SET status = 'failed'`);
  const taskId = await changeMatching(world, 'sync', { tab: 'failed' });

  // The worker ends after its first chunk; meanwhile one of those fails again.
  const stop = new AbortController();
  const queue = { ...world.ctx.queue, add: async () => stop.abort() };
  await runTask({ ...world.ctx, queue }, world.shopId, { taskId, signal: stop.signal });
  const sent = (await stored(world)).filter((row) => row.send_now);
  expect(sent).toHaveLength(500);
  await world.ctx.db.sql(
    `UPDATE customer SET status = 'failed', send_now = false, updated_at = now() WHERE id = $1`,
    [sent[0]?.id],
  );

  expect(await runToEnd(world, taskId)).toMatchObject({ status: 'done', done: 1_203 });
  expect((await stored(world)).filter(({ status }) => status === 'failed').map(({ id }) => id)).toEqual([
    sent[0]?.id,
  ]);
  expect(await audit(world)).toHaveLength(1);
});

test('a task leaves alone what changed after it was asked for', async () => {
  await using world = await createWorld({ extra: DATA_SYNC_OFF });
  world.put('/pending/au/customers_20260101T000000Z.csv', customersCsv(people(2)));
  await world.sync();
  const taskId = await changeMatching(world, 'skip', {});
  world.put('/pending/au/customers_20260102T000000Z.csv', customersCsv(people(3)));
  await world.sync();

  await runToEnd(world, taskId);

  expect(await statuses(world)).toEqual(['skipped', 'skipped', 'pending']);
});
