import type { Sql } from '../../context.ts';
import type { RecordKind } from '../../domain/records.ts';
import { RECORD_TABLES } from '../record-tables.ts';
import type { Push } from './push.ts';

/**
 * Test mode: at most N records of each run reach Klaviyo. Who was let through is written down (`test_slot`) in the transaction
 * that plans the request, so no two workers give the same place away, a repeated request needs no second one, and a record that a
 * newer file takes over still counts for the older one. The first N places may go: fewer where N was lowered since.
 */

/** SQL: the places of the run of record `t`, in their order. */
const PLACES = `(SELECT record_id, row_number() OVER (ORDER BY place, record_id) AS rank FROM test_slot WHERE run_id = t.run_id)`;

/** SQL: record `t` is among the first `most` of its run, or there is room among them. */
export function mayStillReach(most: string): string {
  return `coalesce((SELECT p.rank <= ${most}::int FROM ${PLACES} p WHERE p.record_id = t.id),
    (SELECT count(*) FROM test_slot s WHERE s.run_id = t.run_id) < ${most}::int)`;
}

/**
 * Gives places to what has left without one, while the connection was not in test mode: it counts, too. What was taken back may
 * have arrived all the same once it had left. Looks only at runs that have something pending and room.
 */
export async function noteReached(sql: Sql, push: Push, kind: RecordKind): Promise<void> {
  const table = RECORD_TABLES[kind];
  await sql(
    `INSERT INTO test_slot (run_id, record_id, place)
     SELECT r.id, reached.id, 0
       FROM import_run r CROSS JOIN LATERAL (
         SELECT DISTINCT t.id FROM push_batch b JOIN push_item i ON i.batch_id = b.id JOIN ${table} t ON t.id = i.record_id
          WHERE b.connection_id = $1 AND b.created_at >= r.started_at AND i.record_kind = '${kind}' AND t.run_id = r.id
            AND (i.outcome IS DISTINCT FROM 'withdrawn' OR b.sent_at IS NOT NULL) LIMIT $2::int) reached
      WHERE r.connection_id = $1 AND EXISTS (SELECT 1 FROM ${table} t WHERE t.run_id = r.id AND t.status = 'pending')
        AND (SELECT count(*) FROM test_slot s WHERE s.run_id = r.id) < $2::int
     ON CONFLICT (run_id, record_id) DO NOTHING`,
    [push.scope.id, push.scope.testMaxRecords],
  );
}

/** Cuts candidates to what test mode still lets through; other modes let everything through. */
export async function capTestMode(sql: Sql, push: Push, kind: RecordKind, ids: string[]): Promise<string[]> {
  if (push.scope.mode !== 'test' || ids.length === 0) {
    return ids;
  }
  await noteReached(sql, push, kind);
  const allowed = await sql<{ id: string }>(
    `WITH asked AS MATERIALIZED (
       SELECT t.id, t.run_id FROM ${RECORD_TABLES[kind]} t WHERE t.id = ANY($1::uuid[])), taken AS MATERIALIZED (
       SELECT s.run_id, s.record_id, row_number() OVER (PARTITION BY s.run_id ORDER BY s.place, s.record_id) AS rank
         FROM test_slot s WHERE s.run_id IN (SELECT run_id FROM asked)), used AS (
       SELECT run_id, count(*) AS records FROM taken GROUP BY run_id), ranked AS (
       SELECT asked.id, coalesce(taken.rank, coalesce(used.records, 0)
                + row_number() OVER (PARTITION BY asked.run_id, taken.rank IS NULL ORDER BY asked.id)) AS rank
         FROM asked LEFT JOIN used ON used.run_id = asked.run_id
         LEFT JOIN taken ON taken.run_id = asked.run_id AND taken.record_id = asked.id)
     SELECT id FROM ranked WHERE rank <= $2::int`,
    [ids, push.scope.testMaxRecords],
  );
  const kept = new Set(allowed.map((row) => row.id));
  return ids.filter((id) => kept.has(id));
}

/** Writes down who is let through, in the transaction that plans it. */
export async function takeTestSlots(sql: Sql, push: Push, kind: RecordKind, ids: string[]): Promise<void> {
  if (push.scope.mode === 'test') {
    await sql(
      `INSERT INTO test_slot (run_id, record_id, place)
       SELECT t.run_id, t.id, 1 + coalesce((SELECT max(s.place) FROM test_slot s WHERE s.run_id = t.run_id), 0)
         FROM ${RECORD_TABLES[kind]} t WHERE t.id = ANY($1::uuid[]) AND t.run_id IS NOT NULL
       ON CONFLICT (run_id, record_id) DO NOTHING`,
      [ids],
    );
  }
}

/** Gives places back of which nothing has ever left: somebody else may have them. */
export async function freeTestSlots(sql: Sql, kind: RecordKind, ids: string[]): Promise<void> {
  await sql(
    `DELETE FROM test_slot s USING ${RECORD_TABLES[kind]} t, import_run r
      WHERE t.id = ANY($1::uuid[]) AND s.run_id = t.run_id AND s.record_id = t.id AND r.id = t.run_id
        AND NOT EXISTS (SELECT 1 FROM push_item i JOIN push_batch b ON b.id = i.batch_id
                         WHERE i.record_id = t.id AND b.created_at >= r.started_at AND (i.open OR b.sent_at IS NOT NULL))`,
    [ids],
  );
}
