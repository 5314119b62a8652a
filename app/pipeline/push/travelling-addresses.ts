import type { Sql } from '../../context.ts';
import type { Push } from './push.ts';

/** SQL: tells the address by which Klaviyo knows customer `row` from others; null = there is none. */
const ADDRESS_MARK = (row: string) =>
  `md5(coalesce(${row}.payload->'attributes'->>'email', ${row}.payload->'attributes'->>'phone_number'))`;

/**
 * Notes on the items of a batch of profiles by which address each travels: the record may have another one before the batch
 * has arrived.
 */
export async function noteAddresses(sql: Sql, batchId: string): Promise<void> {
  await sql(
    `UPDATE push_item i SET detail = ${ADDRESS_MARK('c')} FROM customer c
      WHERE i.batch_id = $1 AND i.open AND i.code IS NULL AND c.id = i.record_id`,
    [batchId],
  );
}

/**
 * Leaves out who would write to a profile that is on its way with somebody else (their e-mail was handed on meanwhile): of two jobs
 * for one profile Klaviyo may do the later one first. They go once the other has arrived. Looks only at batches that left before the
 * newest of these records became what it is: it changed, or the file that brought it, maybe in several turns, came to its end.
 */
export async function leaveTravelling(sql: Sql, push: Push, ids: string[]): Promise<string[]> {
  const rows = await sql<{ id: string }>(
    `WITH asked AS MATERIALIZED (
       SELECT c.id, greatest(c.updated_at, r.imported_at) AS since, ${ADDRESS_MARK('c')} AS mark
         FROM customer c LEFT JOIN import_run r ON r.id = c.run_id WHERE c.id = ANY($2::uuid[]))
     SELECT asked.id FROM push_batch b JOIN push_item i ON i.batch_id = b.id JOIN asked ON asked.mark = i.detail
      WHERE b.connection_id = $1 AND b.status IN ('sending', 'accepted') AND b.kind IN ('profile-import', 'profile-upsert')
        AND b.sent_at < (SELECT max(since) FROM asked) AND i.open AND i.record_id <> asked.id`,
    [push.scope.id, ids],
  );
  const travelling = new Set(rows.map(({ id }) => id));
  return ids.filter((id) => !travelling.has(id));
}
