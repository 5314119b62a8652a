import { existsSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { automationPage } from '#app/queries/automation-page.server.ts';
import { filePage } from '#app/queries/file-page.server.ts';
import { cleanFiles } from '#app/pipeline/upkeep/clean-files.ts';
import { claimDueShops } from '#app/pipeline/upkeep/schedule.ts';
import { customersCsv, ordersCsv, people } from '#test/builders/exports.ts';
import { createWorld, type World } from '#test/builders/world.ts';

const NAME = 'customers_20260105T200000Z.csv';

function clean(world: World): Promise<{ isOver: boolean }> {
  return cleanFiles(world.ctx, world.shopId, { signal: new AbortController().signal });
}

function processed(world: World): string[] {
  const folder = path.join(world.sftpRoot, 'processed/au');
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

/** As if everything in `/processed` had been there for so many days. */
async function age(world: World, days: number): Promise<void> {
  await world.ctx.db.sql(`UPDATE source_file SET archived_at = archived_at - $1::int * interval '1 day'`, [
    days,
  ]);
  for (const name of processed(world)) {
    const file = path.join(world.sftpRoot, 'processed/au', name);
    const at = statSync(file).mtimeMs / 1_000 - days * 86_400;
    utimesSync(file, at, at);
  }
}

async function withProcessedFile(days = 31): Promise<World> {
  const world = await createWorld();
  world.put(`/pending/au/${NAME}`, customersCsv(people(3)));
  await world.sync();
  await age(world, days);
  return world;
}

function openAlerts(world: World) {
  return world.ctx.db.sql<{ cause: string; code: string; message: string }>(
    'SELECT cause, code, message FROM alert WHERE resolved_at IS NULL ORDER BY cause',
  );
}

test('a processed file older than the retention days is deleted on the server, and its page says so', async () => {
  await using world = await withProcessedFile();
  const shop = { id: world.shopId, timezone: 'Australia/Sydney', dataSync: true };
  expect(processed(world)).toEqual([NAME]);

  await clean(world);

  const [file] = await world.ctx.db.sql<{ id: string; status: string }>('SELECT id, status FROM source_file');
  const page = await filePage(world.ctx, shop, file?.id ?? '', { cause: null, turn: null });
  const automation = await automationPage(world.ctx, world.shopId);
  expect(processed(world)).toEqual([]);
  expect(file?.status).toBe('archived');
  expect(page).toMatchObject({ path: null, left: { how: 'deleted', afterDays: 31 } });
  expect(automation.cleanup).toMatchObject({ removed: 1 });
});

test('a file that is younger than the retention days stays', async () => {
  await using world = await withProcessedFile(29);
  await clean(world);
  expect(processed(world)).toEqual([NAME]);
});

test('with the clean-up switched off everything stays', async () => {
  await using world = await withProcessedFile();
  await world.ctx.db.sql('UPDATE shop_settings SET cleanup_enabled = false');
  await clean(world);
  expect(processed(world)).toEqual([NAME]);
});

test('files that Threadline did not put there stay, also under the name of one that it did', async () => {
  await using world = await withProcessedFile();
  world.put('/processed/au/customers_20200101T000000Z.csv', 'old');
  world.put('/processed/au/notes.txt', 'mine');
  world.put(`/processed/au/${NAME}`, 'another content');
  await clean(world);
  expect(processed(world)).toEqual(['customers_20200101T000000Z.csv', NAME, 'notes.txt']);
});

test('a file whose records are not all settled stays until they are', async () => {
  await using world = await createWorld();
  world.put('/pending/au/orders_20260105T203000Z.csv', ordersCsv([{ ORDER_ID: 'O1', PERIDX: '1' }]));
  await world.sync();
  await age(world, 31);

  await clean(world);
  const before = processed(world);
  world.put(`/pending/au/${NAME}`, customersCsv(people(1)));
  await world.sync();
  await clean(world);

  expect(before).toEqual(['orders_20260105T203000Z.csv']);
  expect(processed(world)).toEqual([NAME]);
});

test('of two workers at one clean-up one acts', async () => {
  await using world = await withProcessedFile();
  let logins = 0;
  let second: Promise<unknown> = Promise.resolve();
  const open = world.ctx.sftp.open.bind(world.ctx.sftp);
  // The second comes while the first is at work, and ends before it.
  world.ctx.sftp = {
    async open(settings) {
      logins += 1;
      second = logins === 1 ? clean(world) : second;
      await second;
      return open(settings);
    },
  };
  await clean(world);
  expect(logins).toBe(1);
  expect(processed(world)).toEqual([]);
});

test('killed between the deletion and its note, the next run notes it; killed before the deletion, it deletes', async () => {
  await using world = await withProcessedFile();
  world.put('/pending/au/customers_20260106T200000Z.csv', customersCsv(people(4)));
  await world.sync();
  await age(world, 31);
  await world.ctx.db.sql('UPDATE source_file SET cleaning_at = now()');
  rmSync(path.join(world.sftpRoot, 'processed/au', NAME));

  await clean(world);

  const files = await world.ctx.db.sql<{ name: string; cleaned: boolean; missing: boolean }>(
    'SELECT name, cleaned_at IS NOT NULL AS cleaned, missing_at IS NOT NULL AS missing FROM source_file ORDER BY name',
  );
  expect(processed(world)).toEqual([]);
  expect(files).toEqual([
    { name: NAME, cleaned: true, missing: false },
    { name: 'customers_20260106T200000Z.csv', cleaned: true, missing: false },
  ]);
});

test('nothing of a paused connection or an uninstalled shop is deleted', async () => {
  await using world = await withProcessedFile();
  await world.ctx.db.sql('UPDATE connection SET paused = true');
  await clean(world);
  await world.ctx.db.sql('UPDATE connection SET paused = false');
  await world.ctx.db.sql('UPDATE shop SET uninstalled_at = now()');
  await clean(world);
  expect(processed(world)).toEqual([NAME]);
  expect(await claimDueShops(world.ctx)).toEqual([]);
});

test('a server that is down is tried again, and told only when that lasts; the alert resolves itself', async () => {
  await using world = await withProcessedFile();
  const { sql } = world.ctx.db;
  expect(await claimDueShops(world.ctx)).toEqual([{ shopId: world.shopId, name: 'clean-files' }]);
  const [account] = await sql<{ port: number }>('SELECT port FROM sftp_account');
  await sql('UPDATE sftp_account SET port = 1');

  expect(await clean(world)).toEqual({ isOver: true });
  const atFirst = await openAlerts(world);
  await sql(
    `UPDATE shop_upkeep SET failing_since = now() - interval '25 hours', asked_at = now() - interval '16 minutes'`,
  );
  const dueAgain = await claimDueShops(world.ctx);
  await clean(world);
  const afterADay = await openAlerts(world);
  await sql('UPDATE sftp_account SET port = $1', [account?.port]);
  await clean(world);

  expect(atFirst).toEqual([]);
  expect(dueAgain).toHaveLength(1);
  expect(afterADay).toMatchObject([{ cause: `cleanup:${world.shopId}`, code: 'sftp_unreachable' }]);
  expect(await openAlerts(world)).toEqual([]);
  expect(processed(world)).toEqual([]);
});

test('an export that somebody puts into processed is told and left alone; the alert goes with it', async () => {
  await using world = await withProcessedFile(0);
  world.put('/processed/au/orders_20260107T203000Z.csv', 'x');
  await clean(world);
  const told = await openAlerts(world);
  rmSync(path.join(world.sftpRoot, 'processed/au/orders_20260107T203000Z.csv'));
  await clean(world);
  expect(told).toMatchObject([{ code: 'processed_unknown' }]);
  expect(told[0]?.message).toContain('"orders_20260107T203000Z.csv"');
  expect(await openAlerts(world)).toEqual([]);
});

test('a file that somebody takes away from processed is marked, and unmarked when it is back', async () => {
  await using world = await withProcessedFile(0);
  const file = path.join(world.sftpRoot, 'processed/au', NAME);
  rmSync(file);
  await clean(world);
  const [missing] = await world.ctx.db.sql('SELECT missing_at IS NOT NULL AS missing FROM source_file');
  const told = await openAlerts(world);
  world.put(`/processed/au/${NAME}`, customersCsv(people(3)));
  await clean(world);
  const [back] = await world.ctx.db.sql('SELECT missing_at IS NOT NULL AS missing FROM source_file');
  expect(missing).toEqual({ missing: true });
  expect(told).toMatchObject([{ code: 'processed_missing' }]);
  expect(back).toEqual({ missing: false });
  expect(await openAlerts(world)).toEqual([]);
});

test('a move that a kill kept from being noted is noted by the next comparison', async () => {
  await using world = await withProcessedFile(0);
  await world.ctx.db.sql(`UPDATE source_file SET archived_path = NULL, path = path || '#' || id`);
  await clean(world);
  const [file] = await world.ctx.db.sql('SELECT path, archived_path FROM source_file');
  expect(file).toEqual({ path: `/processed/au/${NAME}`, archived_path: `/processed/au/${NAME}` });
  expect(await openAlerts(world)).toEqual([]);
});
