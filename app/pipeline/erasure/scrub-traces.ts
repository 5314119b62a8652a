import type { Context } from '../../context.ts';
import { addressPatterns, type Person } from '../../domain/person.ts';
import { previewWithout } from '../../domain/preview-without.ts';
import type { JsonObject, RecordKind } from '../../domain/records.ts';
import { storedJson } from '../stored-json.ts';
import type { RecordKeys } from './scrub-errors.ts';

/** Previews are up to a few hundred samples each. */
const CHUNK = 20;

/**
 * Takes a person's samples out of the next stored previews of a connection. The caller holds the connection's lock.
 * Returns the run to go on after; null = that was the end.
 */
export async function scrubPreviews(
  ctx: Context,
  shopId: string,
  input: { connectionId: string; person: Person; keys: RecordKeys; after: string | null },
): Promise<{ after: string | null; scrubbed: number }> {
  const { person, keys } = input;
  const runs = await ctx.db.sql<{ id: string; preview: JsonObject & { kind: RecordKind } }>(
    `SELECT id, preview FROM import_run
      WHERE shop_id = $1 AND connection_id = $2 AND preview IS NOT NULL AND ($3::uuid IS NULL OR id > $3)
      ORDER BY id LIMIT ${CHUNK}`,
    [shopId, input.connectionId, input.after],
  );
  let scrubbed = 0;
  for (const { id, preview } of runs) {
    const rest = previewWithout(preview, person, keys[preview.kind] ?? []);
    if (rest !== preview) {
      scrubbed += 1;
      await ctx.db.sql('UPDATE import_run SET preview = $3 WHERE shop_id = $1 AND id = $2', [
        shopId,
        id,
        storedJson(rest),
      ]);
    }
  }
  return { after: runs.length < CHUNK ? null : (runs.at(-1)?.id ?? null), scrubbed };
}

/**
 * Removes what the small tables of a shop hold of a person's addresses: searches in tasks that have ended, values that a
 * translation was asked for, first rows of files without a header, and requests of Shopify. An open request for this person's data stays open, with nothing but
 * Shopify's number of the customer: there is no data any more, which is the answer. Safe to repeat.
 */
export async function scrubRest(
  ctx: Context,
  shopId: string,
  { emails, phones }: Pick<Person, 'emails' | 'phones'>,
): Promise<void> {
  const { sql } = ctx.db;
  const addresses = [...emails, ...phones];
  const patterns = addressPatterns({ emails, phones });
  await sql(
    `UPDATE task SET input = '{}' WHERE shop_id = $1 AND status IN ('done', 'failed') AND lower(input::text) ~ ANY($2::text[])`,
    [shopId, patterns],
  );
  await sql(
    `UPDATE source_file SET format = format || '{"header": [], "headerProblems": []}'
      WHERE shop_id = $1 AND lower(format->>'header') ~ ANY($2::text[])`,
    [shopId, patterns],
  );
  await sql('DELETE FROM translation_miss WHERE shop_id = $1 AND lower(value) ~ ANY($2::text[])', [
    shopId,
    patterns,
  ]);
  await sql(
    `UPDATE privacy_request
        SET payload = jsonb_build_object('customer', jsonb_build_object('id', payload->'customer'->'id'))
      WHERE shop_id = $1 AND topic = 'CUSTOMERS_DATA_REQUEST'
        AND (lower(payload->'customer'->>'email') = ANY($2::text[])
             OR regexp_replace(payload->'customer'->>'phone', '[^0-9+]', '', 'g') = ANY($2::text[]))`,
    [shopId, addresses],
  );
}
