import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { sealedSessionStorage } from '#app/adapters/session-storage.server.ts';
import { openVault } from '#app/adapters/vault.server.ts';
import type { Context } from '#app/context.ts';
import { keyPlace, openKlaviyo, loadConnections, readSftpSettings } from '#app/pipeline/load-connections.ts';
import { checkSecrets, rekeySecrets, SEALED_STORES } from '#app/services/sealed-secrets.server.ts';
import { createTestDatabase } from '#test/builders/database.ts';
import { recordingLog } from '#test/builders/log.ts';
import { createShop } from '#test/builders/shops.ts';
import { storeSession } from '#test/builders/web.ts';
import { createWorld } from '#test/builders/world.ts';

const fresh = { id: 'fresh', key: randomBytes(32) };
/** The key of the test world. */
const old = { id: 'test', key: Buffer.alloc(32, 7) };
const input = { actor: 'command line', dryRun: false };

const withKeys = (ctx: Context, ...keys: (typeof fresh)[]): Context => ({ ...ctx, vault: openVault(keys) });

test('rekey seals every secret with the first key: afterwards the old one is not needed', async () => {
  await using world = await createWorld();
  await storeSession(world.ctx, 'world.myshopify.com');
  const both = withKeys(world.ctx, fresh, old);

  expect(await checkSecrets(both)).toEqual({ current: 0, older: 3, lost: [] });
  expect(await rekeySecrets(both, input)).toEqual({ resealed: 3, current: 0, lost: [] });

  const only = withKeys(world.ctx, fresh);
  expect(await checkSecrets(only)).toEqual({ current: 3, older: 0, lost: [] });
  expect(await readSftpSettings(only, world.shopId)).toMatchObject({ password: 'secret-of-sftp' });
  const [scope] = await loadConnections(only, world.shopId);
  await expect(openKlaviyo(only, scope as NonNullable<typeof scope>)).resolves.toBeDefined();
  const storage = sealedSessionStorage({
    prisma: only.db.prisma,
    vault: only.vault,
    log: recordingLog().log,
  });
  expect(await storage.loadSession('offline_world.myshopify.com')).toBeDefined();
});

test('rekey a second time finds nothing to do, and a dry run changes nothing', async () => {
  await using world = await createWorld();
  const both = withKeys(world.ctx, fresh, old);

  expect(await rekeySecrets(both, { ...input, dryRun: true })).toMatchObject({ resealed: 2, current: 0 });
  expect(await checkSecrets(world.ctx)).toEqual({ current: 2, older: 0, lost: [] });
  await rekeySecrets(both, input);
  expect(await rekeySecrets(both, input)).toEqual({ resealed: 0, current: 2, lost: [] });
});

test('rekey leaves one audit line for each secret of a shop, without the secret', async () => {
  await using world = await createWorld();
  await rekeySecrets(withKeys(world.ctx, fresh, old), input);

  const lines = await world.ctx.db.sql(
    `SELECT actor, subject, changes FROM audit_log WHERE shop_id = $1 AND action = 'replace encryption key' ORDER BY subject`,
    [world.shopId],
  );
  expect(lines).toEqual([
    { actor: 'command line', subject: 'Klaviyo key of "Klaviyo AU"', changes: [] },
    { actor: 'command line', subject: 'SFTP password', changes: [] },
  ]);
});

test('rekey goes through more secrets than one chunk, names whose cannot be opened and goes on', async () => {
  await using database = await createTestDatabase();
  const ctx = { db: database.db, vault: openVault([old]) } as Context;
  const { shopId } = await createShop(database.db, 'many.myshopify.com');
  await database.db.sql('DELETE FROM connection');
  const ids = Array.from(
    { length: 450 },
    (_, index) => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
  );
  await database.db.sql(
    `INSERT INTO connection (id, shop_id, name, directory, sealed_key, key_last4, event_seed, events)
     SELECT r.id, $1, 'C' || r.id, '/' || r.id, r.sealed, '1234', 'seed', '{}'
       FROM jsonb_to_recordset($2::jsonb) AS r(id uuid, sealed text)`,
    [
      shopId,
      JSON.stringify(ids.map((id) => ({ id, sealed: ctx.vault.seal(`pk_${id}`, keyPlace(shopId, id)) }))),
    ],
  );
  // Copied from another connection: it opens nowhere else.
  await database.db.sql('UPDATE connection SET sealed_key = $2 WHERE id = $1', [
    ids[300],
    ctx.vault.seal('pk_moved', keyPlace(shopId, ids[0] ?? '')),
  ]);

  const report = await rekeySecrets(withKeys(ctx, fresh, old), input);

  expect(report).toEqual({
    resealed: 449,
    current: 0,
    lost: [{ shop: 'many.myshopify.com', what: `Klaviyo key of "C${ids[300]}"` }],
  });
});

test('a secret that is lost is nobody’s trouble once its connection was removed', async () => {
  await using world = await createWorld();
  const wrong = withKeys(world.ctx, fresh);
  expect((await checkSecrets(wrong)).lost).toEqual([
    { shop: 'world.myshopify.com', what: 'Klaviyo key of "Klaviyo AU"' },
    { shop: 'world.myshopify.com', what: 'SFTP password' },
  ]);

  await world.ctx.db.sql('UPDATE connection SET removed_at = now()');

  expect((await checkSecrets(wrong)).lost).toEqual([{ shop: 'world.myshopify.com', what: 'SFTP password' }]);
});

// `key_check` seals itself anew at every start.
test('no column that holds sealed values is forgotten', async () => {
  await using database = await createTestDatabase();
  const found = await database.db.sql<{ name: string }>(
    `SELECT table_name || '.' || column_name AS name FROM information_schema.columns
      WHERE table_schema = 'public' AND table_name <> 'key_check' AND (column_name LIKE 'sealed%' OR column_name IN ('accessToken', 'refreshToken'))
      ORDER BY 1`,
  );
  const known = SEALED_STORES.flatMap(({ table, columns }) =>
    columns.map((column) => `${table}.${column}`.replaceAll('"', '')),
  );
  expect(known.sort()).toEqual(found.map(({ name }) => name).sort());
});
