import type { Context } from '../context.ts';
import type { RecordKind, RecordStatus } from '../domain/records.ts';

export type RecordTotal = { kind: RecordKind; status: RecordStatus; count: number };

/** Records of all shops together by kind and status: for the operator's monitoring, never for a page. */
export async function recordTotals(ctx: Context): Promise<RecordTotal[]> {
  return ctx.db.sql<RecordTotal>(
    `SELECT record_kind AS kind, status, sum(count)::int AS count FROM record_figure GROUP BY record_kind, status`,
  );
}
