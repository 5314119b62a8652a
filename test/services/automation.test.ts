import { expect, test } from 'vitest';
import type { AutomationForm } from '#app/domain/automation-form.ts';
import { automationPage } from '#app/queries/automation-page.server.ts';
import { pauseConnection } from '#app/services/pause-connection.server.ts';
import { installShop } from '#app/services/install-shop.server.ts';
import { saveAutomation } from '#app/services/save-automation.server.ts';
import { sendPending } from '#app/services/send-pending.server.ts';
import { runTask } from '#app/services/tasks/run-task.server.ts';
import { customersCsv, ordersCsv, people } from '#test/builders/exports.ts';
import { createWorld, type World } from '#test/builders/world.ts';

const OFF = 'automation: { dataSync: false }';
const USUAL: AutomationForm = {
  dataSync: true,
  pollSeconds: '30',
  cleanupEnabled: true,
  retentionDays: '30',
  digest: 'off',
};

function save(world: World, changes: Partial<AutomationForm>) {
  return saveAutomation(world.ctx, world.shopId, { form: { ...USUAL, ...changes }, actor: 'Ann' });
}

/** The queue's part: every task that was started runs to its end. */
async function runTasks(world: World): Promise<void> {
  const tasks = await world.ctx.db.sql<{ id: string; shop_id: string }>(
    `SELECT id, shop_id FROM task WHERE status = 'waiting'`,
  );
  for (const { id, shop_id: shopId } of tasks) {
    await runTask(world.ctx, shopId, { taskId: id, signal: new AbortController().signal });
  }
}

test('what runs by itself is saved by the rules of shop.yaml, with a line in the audit trail', async () => {
  await using world = await createWorld();

  const answer = await save(world, {
    dataSync: false,
    pollSeconds: ' 60 ',
    cleanupEnabled: false,
    retentionDays: '7',
    digest: 'weekly',
  });

  const { form } = await automationPage(world.ctx, world.shopId);
  const [audit] = await world.ctx.db.sql(
    `SELECT actor, action, changes FROM audit_log WHERE action = 'save automation'`,
  );
  expect(answer).toEqual({ ok: true, message: 'Automation saved' });
  expect(form).toEqual({
    dataSync: false,
    pollSeconds: '60',
    cleanupEnabled: false,
    retentionDays: '7',
    digest: 'weekly',
  });
  expect(audit).toEqual({
    actor: 'Ann',
    action: 'save automation',
    changes: [
      { path: 'automation.dataSync', before: 'true', after: 'false' },
      { path: 'automation.pollSeconds', before: '30', after: '60' },
      { path: 'automation.fileCleanup.enabled', before: 'true', after: 'false' },
      { path: 'automation.fileCleanup.retentionDays', before: '30', after: '7' },
      { path: 'automation.digest', before: 'off', after: 'weekly' },
    ],
  });
});

test.each([
  ['pollSeconds', ''],
  ['pollSeconds', '0'],
  ['pollSeconds', '2.5'],
  ['pollSeconds', 'often'],
  ['retentionDays', '4000'],
  ['retentionDays', '1e3'],
] as const)('%s of %j is refused beside its field', async (field, typed) => {
  await using world = await createWorld();

  const answer = await save(world, { [field]: typed });

  expect(answer).toMatchObject({
    ok: false,
    problems: [{ field, message: expect.stringMatching(/whole number/) as string }],
  });
});

test('saving what is stored already writes no line', async () => {
  await using world = await createWorld();

  await save(world, {});

  expect(await world.ctx.db.sql(`SELECT 1 FROM audit_log WHERE action = 'save automation'`)).toEqual([]);
});

test('data sync that is switched on has the workers look at connections at once', async () => {
  await using world = await createWorld({ extra: OFF });
  const asked: unknown[] = [];
  const queue = { ...world.ctx.queue, add: async (name: string) => void asked.push(name) };
  const ctx = { ...world.ctx, queue };

  await saveAutomation(ctx, world.shopId, {
    form: { ...USUAL, dataSync: false, pollSeconds: '60' },
    actor: 'Ann',
  });
  const before = [...asked];
  await saveAutomation(ctx, world.shopId, { form: USUAL, actor: 'Ann' });

  expect(before).toEqual([]);
  expect(asked).toEqual(['intake.connection']);
});

test('while data sync is off everything that is pending is sent when somebody asks for it', async () => {
  await using world = await createWorld({ extra: OFF });
  world.put('/pending/au/customers_20260105T200000Z.csv', customersCsv(people(3)));
  world.put('/pending/au/orders_20260105T210000Z.csv', ordersCsv([{ ORDER_ID: 'O1', PERIDX: '1' }]));
  const { status: unsent } = await world.sync();
  const { pending } = await automationPage(world.ctx, world.shopId);

  const answer = await sendPending(world.ctx, world.shopId, { actor: 'Ann' });
  const { sending } = await automationPage(world.ctx, world.shopId);
  await runTasks(world);
  const { status } = await world.sync();

  expect(unsent.connections[0]?.records.customers).toMatchObject({ pending: 3, synced: 0 });
  expect(pending).toMatchObject({ total: 3, kinds: { customers: 3 }, paused: [] });
  expect(answer).toEqual({ ok: true, message: 'Sending started' });
  expect(sending).toEqual({ done: 0, total: 3 });
  expect(status.connections[0]?.records.customers).toMatchObject({ pending: 0, synced: 3 });
  expect((await automationPage(world.ctx, world.shopId)).sending).toBeNull();
});

test('asking twice starts nothing twice', async () => {
  await using world = await createWorld({ extra: OFF });
  world.put('/pending/au/customers_20260105T200000Z.csv', customersCsv(people(2)));
  await world.sync();

  await sendPending(world.ctx, world.shopId, { actor: 'Ann' });
  await sendPending(world.ctx, world.shopId, { actor: 'Ann' });

  expect(await world.ctx.db.sql('SELECT kind FROM task')).toEqual([{ kind: 'change-records' }]);
});

test('what belongs to a paused connection is neither counted nor sent', async () => {
  await using world = await createWorld({ extra: OFF });
  world.put('/pending/au/customers_20260105T200000Z.csv', customersCsv(people(2)));
  await world.sync();
  const [connection] = await world.ctx.db.sql<{ id: string }>('SELECT id FROM connection');
  await pauseConnection(world.ctx, world.shopId, {
    connectionId: connection?.id ?? '',
    isPaused: true,
    actor: 'Ann',
  });

  const { pending } = await automationPage(world.ctx, world.shopId);
  const answer = await sendPending(world.ctx, world.shopId, { actor: 'Ann' });

  expect(pending).toMatchObject({ total: 0, paused: ['Klaviyo AU'] });
  expect(answer).toMatchObject({ ok: false });
  expect(await world.ctx.db.sql('SELECT 1 FROM task')).toEqual([]);
});

test('while data sync is on nobody has to send anything', async () => {
  await using world = await createWorld();

  const answer = await sendPending(world.ctx, world.shopId, { actor: 'Ann' });

  expect(answer).toMatchObject({ ok: false, problems: [{ message: expect.stringMatching(/on/) as string }] });
  expect((await automationPage(world.ctx, world.shopId)).pending).toBeNull();
});

test('another shop’s records and settings stay as they are', async () => {
  await using world = await createWorld({ extra: OFF });
  world.put('/pending/au/customers_20260105T200000Z.csv', customersCsv(people(2)));
  await world.sync();
  const other = await installShop(world.ctx, { domain: 'other.myshopify.com' });

  const { pending } = await automationPage(world.ctx, other);
  await sendPending(world.ctx, other, { actor: 'Bob' });
  await saveAutomation(world.ctx, other, { form: { ...USUAL, pollSeconds: '99' }, actor: 'Bob' });

  expect(pending).toMatchObject({ total: 0 });
  expect(await world.ctx.db.sql('SELECT 1 FROM task')).toEqual([]);
  expect((await automationPage(world.ctx, world.shopId)).form).toMatchObject({
    dataSync: false,
    pollSeconds: '30',
  });
});
