import { expect, test } from 'vitest';
import { recordFigures } from '#app/queries/record-figures.server.ts';
import { addSampleData, removeSampleData } from '#app/services/sample-data.server.ts';
import { runTask } from '#app/services/tasks/run-task.server.ts';
import { createWorld, type World } from '#test/builders/world.ts';

async function addAndRun(world: World): Promise<void> {
  await addSampleData(world.ctx, world.shopId, { actor: 'test' });
  const tasks = await world.ctx.db.sql<{ id: string }>(`SELECT id FROM task WHERE status = 'waiting'`);
  for (const { id } of tasks) {
    await runTask(world.ctx, world.shopId, { taskId: id, signal: new AbortController().signal });
  }
}

test('sample data fills a connection of its own by the path of real files, and none of it is sent', async () => {
  await using world = await createWorld();
  await addAndRun(world);
  await addAndRun(world);

  const { status } = await world.sync();

  const sample = status.connections.find(({ name }) => name === 'Sample data');
  expect(sample?.records.customers).toMatchObject({ total: 25, pending: 25, synced: 0 });
  expect(sample?.records.orders.total).toBe(14);
  expect(sample?.records.rewards.total).toBe(8);
  expect(sample?.files.map((file) => [file.status, file.balanced])).toEqual([
    ['archived', true],
    ['archived', true],
    ['archived', true],
  ]);
  expect(Object.values(world.klaviyo.state().accounts).flatMap(({ profiles }) => profiles)).toEqual([]);
});

test('removing the sample data leaves nothing of it and everything else', async () => {
  await using world = await createWorld();
  await addAndRun(world);
  await removeSampleData(world.ctx, world.shopId, { actor: 'test' });

  const { connections } = await world.status();
  expect(connections.map(({ name }) => name)).toEqual(['Klaviyo AU']);
  const left = await world.ctx.db.sql('SELECT id FROM record_figure UNION ALL SELECT line FROM customer');
  expect(left).toEqual([]);
});

test('applying a configuration leaves the sample data alone, and an export does not show it', async () => {
  await using world = await createWorld();
  await addAndRun(world);
  await world.apply(world.yaml);

  const [sample] = await world.ctx.db.sql<{ id: string }>(
    `SELECT id FROM connection WHERE mode = 'sample' AND removed_at IS NULL`,
  );
  const figures = await recordFigures(world.ctx, world.shopId, [sample?.id ?? '']);
  expect(figures.get(sample?.id ?? '')?.customers.total).toBe(25);
});
