import type { Context } from '../context.ts';

/**
 * Folds a connection's figures, which every statement adds to, into one row per kind and status. Whoever reads them meanwhile
 * sees the same sums, before or after. Safe at any time, by any number of processes.
 */
export async function foldFigures(
  ctx: Context,
  shopId: string,
  input: { connectionId: string },
): Promise<void> {
  await ctx.db.sql(
    `WITH gone AS (DELETE FROM record_figure WHERE shop_id = $1 AND connection_id = $2
                   RETURNING shop_id, connection_id, record_kind, status, count)
     INSERT INTO record_figure (shop_id, connection_id, record_kind, status, count)
     SELECT shop_id, connection_id, record_kind, status, sum(count) FROM gone
      GROUP BY shop_id, connection_id, record_kind, status HAVING sum(count) <> 0`,
    [shopId, input.connectionId],
  );
}
