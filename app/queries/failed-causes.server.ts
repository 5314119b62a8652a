import type { Context } from '../context.ts';
import type { RecordKind } from '../domain/records.ts';
import { RECORD_TABLES } from '../pipeline/record-tables.ts';

/** A cause that failed records have, with the message of one of them. */
export type FailedCause = { code: string; example: string };

/** A list to choose from ends somewhere; there are a few dozen causes at most. */
const CAUSES_SHOWN = 50;

/**
 * Which causes the failed records of these connections of a shop have. Hops from one cause to the next in the index of causes:
 * as many steps as there are causes, however many records failed.
 */
export async function failedCauses(
  ctx: Context,
  shopId: string,
  input: { kind: RecordKind; connectionIds: string[] },
): Promise<FailedCause[]> {
  const table = RECORD_TABLES[input.kind];
  return ctx.db.sql<FailedCause>(
    `WITH RECURSIVE cause AS (
       SELECT c.id AS connection_id, n.code FROM unnest($2::uuid[]) AS c(id) CROSS JOIN LATERAL (
         SELECT t.reason->>'code' AS code FROM ${table} t
          WHERE t.connection_id = c.id AND t.status = 'failed' AND t.reason->>'code' IS NOT NULL
          ORDER BY t.reason->>'code' LIMIT 1) n
       UNION ALL
       SELECT cause.connection_id, n.code FROM cause CROSS JOIN LATERAL (
         SELECT t.reason->>'code' AS code FROM ${table} t
          WHERE t.connection_id = cause.connection_id AND t.status = 'failed' AND t.reason->>'code' > cause.code
          ORDER BY t.reason->>'code' LIMIT 1) n
     ), example AS (
       SELECT DISTINCT ON (cause.code) cause.code, e.message FROM cause CROSS JOIN LATERAL (
         SELECT t.reason->>'message' AS message FROM ${table} t
          WHERE t.shop_id = $1 AND t.connection_id = cause.connection_id AND t.status = 'failed'
            AND t.reason->>'code' = cause.code
          ORDER BY t.updated_at DESC LIMIT 1) e
        ORDER BY cause.code)
     SELECT code, coalesce(message, '') AS example FROM example ORDER BY code LIMIT $3`,
    [shopId, input.connectionIds, CAUSES_SHOWN],
  );
}
