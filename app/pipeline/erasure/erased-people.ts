import { randomBytes } from 'node:crypto';
import type { Context, Sql } from '../../context.ts';
import { AppError, isAppError } from '../../domain/errors.ts';
import { keyedHash } from '../../domain/hash.ts';

/** Who was erased in a shop, known by nothing but keyed hashes. */
export type ErasedPeople = {
  /** Row by row: the hash by which somebody who was erased is known in its marks; null = nobody. */
  recognise(rows: readonly (readonly string[])[]): Promise<(string | null)[]>;
  hash(mark: string): string;
};

/** So many hashes are held in memory (some 10 MB); of more, those of a chunk are looked up. */
const HELD_AT_MOST = 50_000;

/** Those who were erased in a shop, as of now; null = nobody. Errors: AppError `erasure_key_lost`. */
export async function loadErased(ctx: Context, shopId: string): Promise<ErasedPeople | null> {
  const rows = await ctx.db.sql<{ hash: string }>(
    'SELECT identity_hash AS hash FROM suppression WHERE shop_id = $1 LIMIT $2',
    [shopId, HELD_AT_MOST + 1],
  );
  if (rows.length === 0) {
    return null;
  }
  const hash = await erasureHasher(ctx, shopId);
  const held = rows.length > HELD_AT_MOST ? null : new Set(rows.map((row) => row.hash));
  return {
    hash,
    async recognise(marksOfRows) {
      const hashed = marksOfRows.map((marks) => marks.map(hash));
      const known = held ?? (await lookUp(ctx, shopId, hashed.flat()));
      return hashed.map((hashes) => hashes.find((one) => known.has(one)) ?? null);
    },
  };
}

async function lookUp(ctx: Context, shopId: string, hashes: string[]): Promise<Set<string>> {
  const rows = await ctx.db.sql<{ hash: string }>(
    `SELECT s.identity_hash AS hash FROM unnest($2::text[]) AS h(hash)
       JOIN suppression s ON s.shop_id = $1 AND s.identity_hash = h.hash`,
    [shopId, hashes],
  );
  return new Set(rows.map((row) => row.hash));
}

/** Where a shop's key of these hashes stands: the additional data of its seal. */
export function erasureKeyPlace(shopId: string): string {
  return `shop_settings/sealed_erasure_key/${shopId}/${shopId}`;
}

/**
 * Hashes texts with the shop's own key, which is made at first use. Without the key nobody can try out addresses, and the
 * hashes of two shops have nothing in common. Errors: AppError `erasure_key_lost`: without it nobody can tell who was erased.
 */
export async function erasureHasher(ctx: Context, shopId: string): Promise<(mark: string) => string> {
  const fresh = ctx.vault.seal(randomBytes(32).toString('base64'), erasureKeyPlace(shopId));
  await ctx.db.sql(
    'UPDATE shop_settings SET sealed_erasure_key = $2 WHERE shop_id = $1 AND sealed_erasure_key IS NULL',
    [shopId, fresh],
  );
  const [row] = await ctx.db.sql<{ sealed: string }>(
    'SELECT sealed_erasure_key AS sealed FROM shop_settings WHERE shop_id = $1',
    [shopId],
  );
  const key = openKey(ctx, shopId, row?.sealed ?? '');
  return (mark) => keyedHash(key, mark);
}

function openKey(ctx: Context, shopId: string, sealed: string): string {
  try {
    return ctx.vault.open(sealed, erasureKeyPlace(shopId));
  } catch (error) {
    if (!isAppError(error)) {
      throw error;
    }
    throw new AppError({
      code: 'erasure_key_lost',
      // Not a fault of any file: none is held, and reading goes on by itself once the key is back.
      retry: 'later',
      message: `the key of erased people cannot be opened: ${error.message}`,
      hint: 'It cannot be told who was erased: the key for it does not open. Put the encryption key that was used back into THREADLINE_ENCRYPTION_KEYS. Until then no file is read, so that nobody who was erased comes back.',
      cause: error,
    });
  }
}

/**
 * Keeps the hashes of somebody's marks. What earlier erasures hold of the same person belongs to this one from now on: all
 * of it is lifted together.
 */
export async function suppress(
  sql: Sql,
  shopId: string,
  input: { erasureId: string; hashes: readonly string[] },
): Promise<void> {
  const { erasureId, hashes } = input;
  await sql(
    `UPDATE suppression SET erasure_id = $3 WHERE shop_id = $1 AND erasure_id IN (
       SELECT erasure_id FROM suppression WHERE shop_id = $1 AND identity_hash = ANY($2::text[]))`,
    [shopId, hashes, erasureId],
  );
  await sql(
    `INSERT INTO suppression (shop_id, identity_hash, erasure_id) SELECT $1, hash, $3 FROM unnest($2::text[]) AS h(hash)
     ON CONFLICT (shop_id, identity_hash) DO NOTHING`,
    [shopId, hashes, erasureId],
  );
}
