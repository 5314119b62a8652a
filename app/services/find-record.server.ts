import type { Context } from '../context.ts';
import type { RecordKind } from '../domain/records.ts';
import { RECORD_TABLES } from '../pipeline/record-tables.ts';

/** A record that a person does something to, by its own id. */
export type RecordInput = { kind: RecordKind; id: string; actor: string };

export type FoundRecord = {
  connectionId: string;
  connection: string;
  isPaused: boolean;
  isRemoved: boolean;
  status: string;
  /** As the audit trail calls it. */
  name: string;
};

const NOUNS: Record<RecordKind, string> = { customers: 'customer', orders: 'order', rewards: 'reward' };

/** What every deed on one record needs to know of it; null = the shop has no such record. */
export async function findRecord(
  ctx: Context,
  shopId: string,
  { kind, id }: RecordInput,
): Promise<FoundRecord | null> {
  const [row] = await ctx.db.sql<Omit<FoundRecord, 'name'> & { key: string }>(
    `SELECT t.connection_id AS "connectionId", c.name AS connection, c.paused AS "isPaused",
            c.removed_at IS NOT NULL AS "isRemoved", t.status, t.external_id AS key
       FROM ${RECORD_TABLES[kind]} t JOIN connection c ON c.id = t.connection_id
      WHERE t.id = $2 AND t.shop_id = $1`,
    [shopId, id],
  );
  if (row === undefined) {
    return null;
  }
  const { key, ...found } = row;
  return { ...found, name: `${NOUNS[kind]} ${key} of ${found.connection}` };
}
