import type { Context } from '../context.ts';

/**
 * Closes the books of runs whose records are all settled: nothing pending, sending or waiting. A run whose balance does
 * not close is a fault of ours: it is logged and stays open for a person.
 */
export async function settleRuns(
  ctx: Context,
  shopId: string,
  input: { connectionId: string },
): Promise<void> {
  const open = `('pending', 'sending', 'waiting')`;
  await ctx.db.sql(
    `UPDATE import_run r SET settled_at = now()
      WHERE r.shop_id = $1 AND r.connection_id = $2 AND r.status = 'imported' AND r.settled_at IS NULL
        AND r.read = r.created + r.changed + r.unchanged + r.folded + r.rejected AND r.read = r.total_rows
        AND NOT EXISTS (SELECT 1 FROM customer t WHERE t.run_id = r.id AND t.status IN ${open})
        AND NOT EXISTS (SELECT 1 FROM "order" t WHERE t.run_id = r.id AND t.status IN ${open})
        AND NOT EXISTS (SELECT 1 FROM reward t WHERE t.run_id = r.id AND t.status IN ${open})`,
    [shopId, input.connectionId],
  );
  const unbalanced = await ctx.db.sql<{ id: string; read: number; total_rows: number }>(
    `SELECT id, read, total_rows FROM import_run r
      WHERE r.shop_id = $1 AND r.connection_id = $2 AND r.status = 'imported'
        AND (r.read <> r.created + r.changed + r.unchanged + r.folded + r.rejected OR r.read <> r.total_rows)`,
    [shopId, input.connectionId],
  );
  for (const run of unbalanced) {
    ctx.log.error(
      { shopId, run: run.id, read: run.read, totalRows: run.total_rows },
      'the balance of a run does not close',
    );
  }
}
