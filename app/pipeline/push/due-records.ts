import type { Context, Sql } from '../../context.ts';
import { RECORD_KINDS, type RecordKind } from '../../domain/records.ts';
import { RECORD_TABLES } from '../record-tables.ts';
import { takeTestSlots } from './test-slots.ts';
import { LIST_TROUBLES, type BatchGrouping, type BatchKind, type Push } from './push.ts';

/** SQL: the profile of `t` waits for a list that cannot be had now; nothing else of the person does. */
export const WAITS_FOR_LIST = `coalesce(t.reason->>'code' IN (${LIST_TROUBLES.map((code) => `'${code}'`).join(', ')}), false)`;

/**
 * SQL: `t` is a pending record that may go now. Records of an import that is still running wait for its end: a later
 * row of the file could supersede them. While data sync is off only those go that a person asked for. `also`: what goes although its next
 * attempt is later. `$1` = connection.
 */
export function mayGo(push: Push, also = 'false'): string {
  return `t.connection_id = $1 AND t.status = 'pending'${push.askedForOnly ? ' AND t.send_now' : ''}
  AND (t.next_attempt_at IS NULL OR t.next_attempt_at <= now() OR ${also})
  AND NOT EXISTS (SELECT 1 FROM import_run r WHERE r.id = t.run_id AND r.status = 'importing')`;
}

/** Whether a person asked for records of a connection to be sent although data sync is off. */
export async function isAskedFor(ctx: Context, connectionId: string): Promise<boolean> {
  const looks = RECORD_KINDS.map(
    (kind) =>
      `EXISTS (SELECT 1 FROM ${RECORD_TABLES[kind]} WHERE connection_id = $1 AND send_now AND status IN ('pending', 'sending'))`,
  );
  const [found] = await ctx.db.sql<{ asked: boolean }>(`SELECT ${looks.join(' OR ')} AS asked`, [
    connectionId,
  ]);
  return found?.asked ?? false;
}

export type Candidate = { id: string; payload_bytes: number; event_count?: number };

/** Writes a planned batch with its items and marks the records as travelling. Returns its id. */
export async function insertBatch(
  sql: Sql,
  ctx: Context,
  push: Push,
  batch: {
    kind: BatchKind;
    grouping: BatchGrouping;
    recordKind: RecordKind;
    items: { id: string; part: string; wish?: string }[];
  },
): Promise<string> {
  const id = ctx.ids.uuid();
  await sql(
    `INSERT INTO push_batch (id, shop_id, connection_id, kind, status, grouping, item_count)
     VALUES ($1, $2, $3, $4, 'planned', $5, $6)`,
    [id, push.shopId, push.scope.id, batch.kind, JSON.stringify(batch.grouping), batch.items.length],
  );
  await sql(
    `INSERT INTO push_item (batch_id, position, record_kind, record_id, part, payload_hash)
     SELECT $1, i.place - 1, $2, i.id, i.part, i.wish
       FROM unnest($3::uuid[], $4::text[], $5::text[]) WITH ORDINALITY AS i(id, part, wish, place)`,
    [
      id,
      batch.recordKind,
      batch.items.map((item) => item.id),
      batch.items.map((item) => item.part),
      batch.items.map((item) => item.wish ?? null),
    ],
  );
  const ids = batch.items.map((item) => item.id);
  await sql(`UPDATE ${RECORD_TABLES[batch.recordKind]} SET status = 'sending' WHERE id = ANY($1::uuid[])`, [
    ids,
  ]);
  await takeTestSlots(sql, push, batch.recordKind, ids);
  return id;
}

/** The planned batch of these kinds that waits longest, or null. */
export async function nextPlanned(
  ctx: Context,
  push: Push,
  kinds: BatchKind[],
): Promise<{ id: string; kind: BatchKind } | null> {
  const [row] = await ctx.db.sql<{ id: string; kind: BatchKind }>(
    `UPDATE push_batch SET status = 'sending', attempts = attempts + 1
      WHERE id = (SELECT id FROM push_batch WHERE connection_id = $1 AND status = 'planned' AND kind = ANY($2)
                   ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED)
      RETURNING id, kind`,
    [push.scope.id, kinds],
  );
  return row ?? null;
}
