import { existsSync, mkdirSync, renameSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { cleanFiles } from '#app/pipeline/upkeep/clean-files.ts';
import { filePage } from '#app/queries/file-page.server.ts';
import { customersCsv, people } from '#test/builders/exports.ts';
import { shown } from '#test/builders/shown.ts';
import { createWorld, type World } from '#test/builders/world.ts';

const NAME = (day: string) => `customers_202601${day}T200000Z.csv`;

function file(day: string, folder = 'au', lane = 'pending'): string {
  return `/${lane}/${folder}/${NAME(day)}`;
}

function lies(world: World, remotePath: string): boolean {
  return existsSync(path.join(world.sftpRoot, remotePath));
}

/** The connection reads /pending/nz from now on. */
async function moveOn(world: World): Promise<void> {
  mkdirSync(path.join(world.sftpRoot, 'pending/nz'), { recursive: true });
  await world.apply(world.yaml.replace('/pending/au', '/pending/nz'));
}

async function pageOf({ ctx, shopId }: World, remotePath: string) {
  const [row] = await ctx.db.sql<{ id: string }>('SELECT id FROM source_file WHERE path = $1', [remotePath]);
  const shop = { id: shopId, timezone: 'Australia/Sydney', dataSync: true };
  return filePage(ctx, shop, row?.id ?? '', { cause: null, turn: null });
}

test('files of the old directory stay where they are and say so; those of the new one are taken, and moved to its own folder', async () => {
  await using world = await createWorld();
  world.put(file('05'), customersCsv(people(2)));
  await world.sync();
  // One is held, one waits for a start, one has only just come.
  world.put(file('06'), customersCsv(people(2)).replace('PERIDX', 'KEY'));
  world.put(file('06', 'au', 'bulk'), customersCsv(people(2, 20)));
  await world.sync();
  await moveOn(world);
  world.put(file('07'), customersCsv(people(2, 30)));
  world.put(file('08', 'nz'), customersCsv(people(2, 40)));

  const { status } = await world.sync();
  await world.sync();

  expect(
    world.klaviyo
      .state()
      .accounts[0]?.profiles.map((one) => one.external_id)
      .sort(),
  ).toEqual(['1', '2', '40', '41']);
  expect([file('06'), file('06', 'au', 'bulk'), file('07')].map((one) => lies(world, one))).toEqual([
    true,
    true,
    true,
  ]);
  expect(lies(world, file('08', 'nz', 'processed'))).toBe(true);
  expect(status.connections[0]?.files.map((one) => [one.name, one.status])).toEqual([
    [NAME('05'), 'archived'],
    [NAME('08'), 'archived'],
  ]);
  for (const old of [file('06'), file('06', 'au', 'bulk')]) {
    expect(await pageOf(world, old)).toMatchObject({
      status: 'gone',
      problem: {
        code: 'left_behind',
        message:
          'It was not read: it lay in a directory that "Klaviyo AU" had before. The connection reads /pending/nz now. Move the file there to have it read, or leave it where it is.',
      },
    });
  }
  const { json, page } = await shown(world, 'customers', '40');
  expect([json.file, page.file?.name, json.standing]).toEqual([NAME('08'), NAME('08'), page.standing]);
});

test('a file that is moved to the new directory is read, and rows that were sent before are not sent again', async () => {
  await using world = await createWorld();
  world.put(file('05'), customersCsv(people(2)));
  await world.sync();
  world.put(file('06', 'au', 'bulk'), customersCsv(people(2, 20)));
  await world.sync();
  await moveOn(world);
  await world.sync();
  renameSync(
    path.join(world.sftpRoot, file('06', 'au', 'bulk')),
    path.join(world.sftpRoot, file('06', 'nz')),
  );
  world.put(file('07', 'nz'), customersCsv(people(2)));

  const { status } = await world.sync();

  expect(status.connections[0]?.records.customers).toMatchObject({ total: 4, synced: 4 });
  expect(status.connections[0]?.files.map((one) => [one.name, one.status]).sort()).toEqual([
    [NAME('05'), 'archived'],
    [NAME('06'), 'archived'],
    [NAME('07'), 'archived'],
  ]);
  expect(world.klaviyo.state().accounts[0]?.received).toMatchObject({ profiles: 4, subscribes: 4 });
});

test('back in the old directory what lies there is read after all', async () => {
  await using world = await createWorld();
  world.put(file('06', 'au', 'bulk'), customersCsv(people(2, 20)));
  await world.sync();
  await moveOn(world);
  await world.sync();
  await world.apply(world.yaml);

  await world.sync();

  expect(await pageOf(world, file('06', 'au', 'bulk'))).toMatchObject({
    status: 'waiting-for-start',
    problem: null,
  });
});

test('a file that was half read when the directory changed is read to its end and moved away', async () => {
  await using world = await createWorld();
  world.put(file('05'), customersCsv(people(3)));
  await world.sync();
  // As a killed process leaves it: imported and not moved.
  renameSync(path.join(world.sftpRoot, file('05', 'au', 'processed')), path.join(world.sftpRoot, file('05')));
  await world.ctx.db.sql(
    `UPDATE source_file SET status = 'imported', archived_at = NULL, archived_path = NULL, path = $1`,
    [file('05')],
  );
  await moveOn(world);

  const { status } = await world.sync();

  expect(status.connections[0]?.files).toMatchObject([{ status: 'archived', balanced: true }]);
  expect(lies(world, file('05', 'nz', 'processed'))).toBe(true);
  expect(status.connections[0]?.records.customers).toMatchObject({ total: 3, synced: 3 });
});

test('the clean-up still finds what lies in the processed folder from before, and nobody is alarmed', async () => {
  await using world = await createWorld();
  world.put(file('05'), customersCsv(people(2)));
  await world.sync();
  await moveOn(world);
  world.put(file('06', 'nz'), customersCsv(people(2, 20)));
  await world.sync();

  await cleanFiles(world.ctx, world.shopId, { signal: AbortSignal.timeout(20_000) });
  const alerts = (await world.status()).alerts;
  await world.ctx.db.sql(`UPDATE source_file SET archived_at = archived_at - interval '40 days'`);
  for (const old of [file('05', 'au', 'processed'), file('06', 'nz', 'processed')]) {
    utimesSync(path.join(world.sftpRoot, old), 0, new Date('2026-01-01'));
  }
  await world.ctx.db.sql(`UPDATE shop_upkeep SET finished_at = now() - interval '1 day'`);
  await cleanFiles(world.ctx, world.shopId, { signal: AbortSignal.timeout(20_000) });

  expect(alerts).toEqual([]);
  const [before, after] = [file('05', 'au', 'processed'), file('06', 'nz', 'processed')];
  expect([lies(world, before), lies(world, after)]).toEqual([false, false]);
  expect(await world.ctx.db.sql('SELECT name FROM source_file WHERE missing_at IS NOT NULL')).toEqual([]);
});
