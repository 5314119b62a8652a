import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { actOnFile, type FileAct } from '#app/services/act-on-file.server.ts';
import { discardFile, releaseFile } from '#app/services/decide-file.server.ts';
import { customersCsv, people } from '#test/builders/exports.ts';
import { createShop } from '#test/builders/shops.ts';
import { createWorld, type World } from '#test/builders/world.ts';

const HELD = '/pending/au/customers_20260105T200000Z.csv';

/** A file that is held because a column is missing. */
async function holdFile(world: World): Promise<string> {
  world.put(HELD, customersCsv(people(3)).replace('EMAIL', 'E_MAIL'));
  await world.sync();
  return (await world.ctx.db.prisma.sourceFile.findFirstOrThrow()).id;
}

function act(world: World, fileId: string, intent: FileAct, shopId = world.shopId) {
  return actOnFile(world.ctx, shopId, { fileId, intent, actor: 'Kim' });
}

async function statusOf(world: World, fileId: string): Promise<string | undefined> {
  return (await world.ctx.db.prisma.sourceFile.findFirst({ where: { id: fileId } }))?.status;
}

function auditTrail(world: World) {
  return world.ctx.db.sql(
    `SELECT actor, action, subject, changes FROM audit_log WHERE actor = 'Kim' ORDER BY created_at`,
  );
}

test('a held file is released, written down with who did it, and read again', async () => {
  await using world = await createWorld();
  const fileId = await holdFile(world);

  expect(await act(world, fileId, 'release')).toEqual({ ok: true, message: 'File released' });

  expect(await auditTrail(world)).toEqual([
    {
      actor: 'Kim',
      action: 'release file',
      subject: path.basename(HELD),
      changes: [{ path: 'status', before: 'held', after: 'discovered' }],
    },
  ]);
  expect(await statusOf(world, fileId)).toBe('discovered');
});

test('a held file is discarded: moved away, and not read again', async () => {
  await using world = await createWorld();
  const fileId = await holdFile(world);

  expect(await act(world, fileId, 'discard')).toEqual({ ok: true, message: 'File discarded' });

  await world.sync();
  expect(await statusOf(world, fileId)).toBe('discarded');
  expect(existsSync(path.join(world.sftpRoot, HELD))).toBe(false);
  expect(existsSync(path.join(world.sftpRoot, HELD.replace('pending', 'processed')))).toBe(true);
});

test('of two people who decide at the same moment one decides', async () => {
  await using world = await createWorld();
  const fileId = await holdFile(world);

  const answers = await Promise.all([act(world, fileId, 'release'), act(world, fileId, 'release')]);

  expect(answers.filter((answer) => answer?.ok === true)).toHaveLength(1);
  expect(answers.find((answer) => answer?.ok === false)).toMatchObject({
    problems: [{ message: expect.stringContaining('is not held; it is about to be read') as string }],
  });
  expect(await auditTrail(world)).toHaveLength(1);
});

test('a file that cannot be moved stays held, and the person is told why', async () => {
  await using world = await createWorld();
  const fileId = await holdFile(world);
  // The processed folder is a file: nothing can be moved into it.
  mkdirSync(path.join(world.sftpRoot, 'processed'), { recursive: true });
  rmSync(path.join(world.sftpRoot, 'processed/au'), { recursive: true, force: true });
  writeFileSync(path.join(world.sftpRoot, 'processed/au'), '');
  chmodSync(path.join(world.sftpRoot, 'processed/au'), 0o600);

  const answer = await act(world, fileId, 'discard');

  expect(answer).toMatchObject({
    ok: false,
    problems: [{ message: expect.stringMatching(/SFTP server/) as string }],
  });
  expect(await statusOf(world, fileId)).toBe('held');
  expect(existsSync(path.join(world.sftpRoot, HELD))).toBe(true);
});

test('one file of the bulk lane is started, the other goes on waiting', async () => {
  await using world = await createWorld();
  world.put('/bulk/au/customers_20200101T000000Z.csv', customersCsv(people(2)));
  world.put('/bulk/au/customers_20200102T000000Z.csv', customersCsv(people(2, 50)));
  await world.sync();
  const files = await world.ctx.db.prisma.sourceFile.findMany({ orderBy: { name: 'asc' } });

  expect(await act(world, files[0]?.id ?? '', 'start')).toEqual({ ok: true, message: 'Import started' });

  const { status } = await world.sync();
  expect(status.connections[0]?.files.map((file) => file.status).sort()).toEqual([
    'archived',
    'waiting-for-start',
  ]);
});

test('a file that does not wait for its start is not started', async () => {
  await using world = await createWorld();
  const fileId = await holdFile(world);

  expect(await act(world, fileId, 'start')).toMatchObject({
    ok: false,
    problems: [{ message: expect.stringContaining('is not waiting for its start; it is held') as string }],
  });
});

test('another shop can neither decide a file nor learn that it exists', async () => {
  await using world = await createWorld();
  const fileId = await holdFile(world);
  const { shopId } = await createShop(world.ctx.db, 'two.myshopify.com');

  for (const intent of ['release', 'discard', 'start', 'download-errors', 'download-original'] as const) {
    expect(await act(world, fileId, intent, shopId)).toBeNull();
  }
  await expect(releaseFile(world.ctx, shopId, { fileId, actor: 'x' })).rejects.toThrow(/unknown/);
  await expect(discardFile(world.ctx, shopId, { fileId, actor: 'x' })).rejects.toThrow(/unknown/);
  expect(await statusOf(world, fileId)).toBe('held');
});
