import type { Context } from '../context.ts';
import { RECORD_KINDS, RECORD_STATUSES, type RecordKind, type RecordStatus } from '../domain/records.ts';

export type RecordCounts = Record<RecordStatus | 'total', number>;
export type ConnectionFigures = Record<RecordKind, RecordCounts>;

/**
 * How many records each connection of a shop holds, by kind and status: sums of a handful of rows, whatever the number of
 * records. Exact at every moment (database triggers keep them). A connection without records has zeroes.
 */
export async function recordFigures(
  ctx: Context,
  shopId: string,
  connectionIds: string[],
): Promise<Map<string, ConnectionFigures>> {
  const rows = await ctx.db.sql<{ id: string; kind: RecordKind; status: RecordStatus; count: number }>(
    `SELECT connection_id AS id, record_kind AS kind, status, sum(count)::int AS count FROM record_figure
      WHERE shop_id = $1 AND connection_id = ANY($2::uuid[]) GROUP BY connection_id, record_kind, status`,
    [shopId, connectionIds],
  );
  const figures = new Map(connectionIds.map((id) => [id, noFigures()]));
  for (const { id, kind, status, count } of rows) {
    const counts = figures.get(id)?.[kind];
    if (counts !== undefined) {
      counts[status] = count;
      counts.total += count;
    }
  }
  return figures;
}

/** The figures of several connections together. */
export function sumFigures(figures: Iterable<ConnectionFigures>): ConnectionFigures {
  const sum = noFigures();
  for (const one of figures) {
    for (const kind of RECORD_KINDS) {
      for (const status of [...RECORD_STATUSES, 'total'] as const) {
        sum[kind][status] += one[kind][status];
      }
    }
  }
  return sum;
}

function noFigures(): ConnectionFigures {
  const [customers, orders, rewards] = RECORD_KINDS.map(noCounts) as [
    RecordCounts,
    RecordCounts,
    RecordCounts,
  ];
  return { customers, orders, rewards };
}

function noCounts(): RecordCounts {
  const zeroes = Object.fromEntries(RECORD_STATUSES.map((status) => [status, 0])) as Record<
    RecordStatus,
    number
  >;
  return { total: 0, ...zeroes };
}
