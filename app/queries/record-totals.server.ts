import type { Context } from '../context.ts';
import type { RecordKind, RecordStatus } from '../domain/records.ts';

export type RecordTotal = { kind: RecordKind; status: RecordStatus; count: number };

/** Records of all shops together by kind and status: for the operator's monitoring, never for a page. */
export async function recordTotals(ctx: Context): Promise<RecordTotal[]> {
  return ctx.db.sql<RecordTotal>(
    `SELECT 'customers' AS kind, status, count(*)::int AS count FROM customer GROUP BY status
     UNION ALL SELECT 'orders', status, count(*)::int FROM "order" GROUP BY status
     UNION ALL SELECT 'rewards', status, count(*)::int FROM reward GROUP BY status`,
  );
}
