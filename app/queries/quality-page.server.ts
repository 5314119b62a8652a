import type { Context } from '../context.ts';
import { QUALITY_KINDS, type QualityKind } from '../domain/data-quality.ts';
import { newestWithProblem, nextSharing, nextUnknown, type QualityRow } from './quality-rows.server.ts';
import {
  openQuality,
  readCombinations,
  type Combination,
  type QualityScope,
} from './quality-scope.server.ts';
import { shopTime } from './shop-time.ts';

export type QualityExample = Omit<QualityRow, 'kind' | 'seen'> & {
  seen: { times: number; first: string; last: string } | null;
};

export type QualityFinding = {
  kind: QualityKind;
  /** People, or values; `isMore`: at least so many. */
  count: number;
  isMore: boolean;
  examples: QualityExample[];
};

export type QualityPage = {
  connectionId: string;
  connection: string;
  isSample: boolean;
  /** Every kind, also those that nobody has. */
  findings: QualityFinding[];
  /** Some people were last mapped by a release that noted no problems. */
  isPartial: boolean;
  /** The connection has people at all. */
  hasPeople: boolean;
};

/** A list to look at, not to work off: that is the download. */
const EXAMPLES = 5;
/** Unknown values that the most frequent ones are chosen from. */
const VALUES_WEIGHED = 2_000;

/**
 * What Apparel21's data lacks in one connection: how many of each kind and a few examples. Reads partial indexes that hold just the
 * people with problems, never the table of customers. `most`: each kind is counted about so far, null = to its end. Null: the shop
 * has no such connection.
 */
export async function qualityPage(
  ctx: Context,
  shop: { id: string; timezone: string },
  { connectionId, most }: { connectionId: string; most: number | null },
): Promise<QualityPage | null> {
  const scope = await openQuality(ctx, shop.id, connectionId);
  if (scope === null) {
    return null;
  }
  const combinations = await readCombinations(ctx, scope, { most });
  const [people, sharing, sharedCount, values, standing] = await Promise.all([
    newestWithProblem(ctx, scope, { combinations, limit: EXAMPLES }),
    nextSharing(ctx, scope, { after: null, limit: EXAMPLES }),
    countSharing(ctx, scope, most),
    readValues(ctx, scope, most),
    readStanding(ctx, scope),
  ]);
  const examples = [...sharing.rows, ...people, ...values.rows];
  return {
    connectionId: scope.connection.id,
    connection: scope.connection.name,
    isSample: scope.connection.mode === 'sample',
    findings: QUALITY_KINDS.map((kind) => ({
      kind,
      ...(kind === 'shared_email'
        ? sharedCount
        : kind === 'unknown_store'
          ? values.count
          : countOf(combinations, kind, most)),
      examples: examples.filter((row) => row.kind === kind).map((row) => toExample(row, shop.timezone)),
    })),
    ...standing,
  };
}

type Count = Pick<QualityFinding, 'count' | 'isMore'>;

function countOf(combinations: Combination[], kind: QualityKind, most: number | null): Count {
  const having = combinations.filter(({ kinds }) => kinds.some((one) => one === kind));
  return {
    count: having.reduce((sum, { count }) => sum + count, 0),
    isMore: having.some(({ count }) => count === most),
  };
}

async function countSharing(ctx: Context, { connection }: QualityScope, most: number | null): Promise<Count> {
  const [row] = await ctx.db.sql<{ losers: number; addresses: number }>(
    `SELECT count(*)::int AS losers, count(DISTINCT email)::int AS addresses FROM (
       SELECT c.email FROM customer c
        WHERE c.connection_id = $1 AND c.reason->>'code' = 'shared_email' AND c.email IS NOT NULL
        ORDER BY c.email, c.id LIMIT $2) few`,
    [connection.id, most],
  );
  const { losers = 0, addresses = 0 } = row ?? {};
  return { count: losers + addresses, isMore: losers === most };
}

async function readValues(
  ctx: Context,
  scope: QualityScope,
  most: number | null,
): Promise<{ rows: QualityRow[]; count: Count }> {
  const [row] = await ctx.db.sql<{ count: number }>(
    `SELECT coalesce(sum(m.count), 0)::int AS count FROM unnest($2::text[]) AS t(name) CROSS JOIN LATERAL (
       SELECT count(*) FROM (
         SELECT FROM translation_miss WHERE shop_id = $1 AND table_name = t.name ORDER BY value LIMIT $3) few) m`,
    [scope.shopId, scope.tables, most],
  );
  const pages = await Promise.all(
    scope.tables.map((table) => nextUnknown(ctx, scope, { table, after: null, limit: VALUES_WEIGHED })),
  );
  const count = row?.count ?? 0;
  return {
    rows: pages
      .flatMap(({ rows }) => rows)
      .sort((a, b) => (b.seen?.times ?? 0) - (a.seen?.times ?? 0))
      .slice(0, EXAMPLES),
    count: { count, isMore: most !== null && count >= most },
  };
}

async function readStanding(
  ctx: Context,
  { connection }: QualityScope,
): Promise<Pick<QualityPage, 'isPartial' | 'hasPeople'>> {
  const [row] = await ctx.db.sql<{ is_partial: boolean; has_people: boolean }>(
    // The orders keep both looks in an index.
    `SELECT (SELECT id FROM customer WHERE connection_id = $1 AND issues IS NULL ORDER BY id LIMIT 1) IS NOT NULL AS is_partial,
            (SELECT id FROM customer WHERE connection_id = $1 ORDER BY external_id LIMIT 1) IS NOT NULL AS has_people`,
    [connection.id],
  );
  return { isPartial: row?.is_partial ?? false, hasPeople: row?.has_people ?? false };
}

function toExample({ kind: _, seen, ...row }: QualityRow, timezone: string): QualityExample {
  return {
    ...row,
    seen:
      seen === null
        ? null
        : {
            times: seen.times,
            first: shopTime(seen.first, timezone),
            last: shopTime(seen.last, timezone),
          },
  };
}
