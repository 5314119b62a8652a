import { existsSync, utimesSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { sweepSpool } from '#app/pipeline/upkeep/sweep-spool.ts';
import { createTestContext } from '#test/builders/context.ts';
import { createFile, createShop } from '#test/builders/shops.ts';

test('old copies of settled and of unknown files go; young ones, and those of open files, stay', async () => {
  await using made = await createTestContext();
  const { ctx } = made;
  const owner = await createShop(ctx.db, 'spool.myshopify.com');
  await createFile(ctx.db, owner, { name: 'open.csv', status: 'importing' });
  await createFile(ctx.db, owner, { name: 'settled.csv', status: 'archived' });
  const rows = await ctx.db.sql<{ id: string; name: string }>('SELECT id, name FROM source_file');
  const idOf = (name: string) => rows.find((row) => row.name === name)?.id ?? '';
  const twoDaysAgo = Date.now() / 1_000 - 2 * 86_400;
  function put(path: string, isOld: boolean): string {
    writeFileSync(path, 'a,b\n');
    if (isOld) {
      utimesSync(path, twoDaysAgo, twoDaysAgo);
    }
    return path;
  }
  const kept = [put(ctx.spool.pathOf(idOf('open.csv')), true), put(ctx.spool.pathOf('just-fetched'), false)];
  const orphans = [
    put(ctx.spool.pathOf(idOf('settled.csv')), true),
    put(`${ctx.spool.pathOf(idOf('settled.csv'))}.part`, true),
    put(ctx.spool.pathOf('unknown'), true),
    put(ctx.spool.pathOf(crypto.randomUUID()), true),
  ];

  expect(await sweepSpool(ctx)).toBe(4);
  expect(await sweepSpool(ctx)).toBe(0);
  expect(kept.map((path) => existsSync(path))).toEqual([true, true]);
  expect(orphans.map((path) => existsSync(path))).toEqual([false, false, false, false]);
});
