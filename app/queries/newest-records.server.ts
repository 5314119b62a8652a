import type { Context } from '../context.ts';
import { RECORD_STATUSES, type RecordKind } from '../domain/records.ts';
import type { StoredSource } from '../domain/stored-rows.ts';
import { RECORD_TABLES } from '../pipeline/record-tables.ts';

export type StoredRecord = { key: string; source: StoredSource };

type Place = { connectionId: string; kind: RecordKind };

/** The ids of the newest records: each status's newest by its index, merged. `$1` shop, `$2` connection, `$3` statuses, `$4` how many. */
function newestIds(kind: RecordKind): string {
  return `SELECT n.id, n.updated_at FROM unnest($3::text[]) AS s(status) CROSS JOIN LATERAL (
     SELECT t.id, t.updated_at FROM ${RECORD_TABLES[kind]} t
      WHERE t.connection_id = $2 AND t.status = s.status AND t.shop_id = $1
      ORDER BY t.updated_at DESC, t.id DESC LIMIT $4) n
   ORDER BY n.updated_at DESC, n.id DESC LIMIT $4`;
}

/** The ids of the newest records of a kind in a connection, newest first. */
export async function newestRecordIds(
  ctx: Context,
  shopId: string,
  { connectionId, kind, limit }: Place & { limit: number },
): Promise<string[]> {
  const rows = await ctx.db.sql<{ id: string }>(newestIds(kind), [
    shopId,
    connectionId,
    RECORD_STATUSES,
    limit,
  ]);
  return rows.map(({ id }) => id);
}

/** The newest records of a kind in a connection with their source rows, newest first. */
export async function newestRecords(
  ctx: Context,
  shopId: string,
  { connectionId, kind, limit }: Place & { limit: number },
): Promise<StoredRecord[]> {
  return ctx.db.sql<StoredRecord>(
    // Id by id: a planner that joins may read the whole table for a thousand rows.
    `SELECT r.key, r.source FROM (${newestIds(kind)}) n CROSS JOIN LATERAL (
       SELECT t.external_id AS key, t.source FROM ${RECORD_TABLES[kind]} t WHERE t.id = n.id LIMIT 1) r
      ORDER BY n.updated_at DESC, n.id DESC`,
    [shopId, connectionId, RECORD_STATUSES, limit],
  );
}

/** Changes when the newest records do: what a cache of them is kept by. Null = there is none. */
export async function newestStamp(
  ctx: Context,
  shopId: string,
  { connectionId, kind }: Place,
): Promise<string | null> {
  const [newest] = await ctx.db.sql<{ stamp: string }>(
    `SELECT n.id || ' ' || n.updated_at AS stamp FROM (${newestIds(kind)}) n`,
    [shopId, connectionId, RECORD_STATUSES, 1],
  );
  return newest?.stamp ?? null;
}

/** One record's source by its key. */
export async function recordByKey(
  ctx: Context,
  shopId: string,
  { connectionId, kind, key }: Place & { key: string },
): Promise<StoredRecord | null> {
  const [record] = await ctx.db.sql<StoredRecord>(
    `SELECT external_id AS key, source FROM ${RECORD_TABLES[kind]}
      WHERE shop_id = $1 AND connection_id = $2 AND external_id = $3`,
    [shopId, connectionId, key],
  );
  return record ?? null;
}

/** The columns of a connection's newest file of a kind, as its header writes them; null = none with a header was read yet. */
export async function newestHeader(
  ctx: Context,
  shopId: string,
  { connectionId, kind }: Place,
): Promise<string[] | null> {
  const [file] = await ctx.db.sql<{ header: string[] | null }>(
    `SELECT format->'header' AS header FROM source_file
      WHERE shop_id = $1 AND connection_id = $2 AND kind = $3 AND format->'header' <> '[]'
      ORDER BY first_seen_at DESC, id DESC LIMIT 1`,
    [shopId, connectionId, kind],
  );
  return file?.header ?? null;
}
