import type { Context } from '../context.ts';
import type { CompiledRules } from '../domain/compile-rules.ts';
import { PROBLEM_KINDS, type ProblemKind } from '../domain/data-quality.ts';
import { tablesNamed } from '../domain/translation-use.ts';
import { loadConnections, type ConnectionScope } from '../pipeline/load-connections.ts';
import { compiledOrNull } from './compiled-rules.ts';

/** What the data-quality report of one connection works with. */
export type QualityScope = {
  shopId: string;
  connection: ConnectionScope;
  /** Today's rules; null when they have a mistake. */
  compiled: CompiledRules | null;
  /** The translation tables that the connection's mappings use. */
  tables: string[];
};

/** A connection of the shop as the data-quality report looks at it. Null = the shop has no such connection. */
export async function openQuality(
  ctx: Context,
  shopId: string,
  connectionId: string,
): Promise<QualityScope | null> {
  const connection = (await loadConnections(ctx, shopId)).find(({ id }) => id === connectionId);
  if (connection === undefined) {
    return null;
  }
  const { rules, rulesHash: hash } = connection;
  const templates = rules.mappings.flatMap((mapping) => mapping.rules.map(({ template }) => template));
  return {
    shopId,
    connection,
    compiled: compiledOrNull({ rules, hash }),
    tables: [...new Set(templates.flatMap(tablesNamed))],
  };
}

/** Problems that occur together in a row, as the database writes them (`{bad_email,bad_phone}`), and how many rows have just these. */
export type Combination = { issues: string; kinds: ProblemKind[]; count: number };

/**
 * Which problems the rows of a connection have, hopping from one combination to the next in the index of problems: as many steps
 * as there are combinations. Each is counted up to `most`, null = to its end.
 */
export async function readCombinations(
  ctx: Context,
  { connection }: QualityScope,
  { most }: { most: number | null },
): Promise<Combination[]> {
  const rows = await ctx.db.sql<{ issues: string; kinds: string[]; count: number }>(
    `WITH RECURSIVE combination AS (
       (SELECT t.issues FROM customer t WHERE t.connection_id = $1 AND t.issues <> '{}' ORDER BY t.issues LIMIT 1)
       UNION ALL
       SELECT n.issues FROM combination CROSS JOIN LATERAL (
         SELECT t.issues FROM customer t
          WHERE t.connection_id = $1 AND t.issues <> '{}' AND t.issues > combination.issues
          ORDER BY t.issues LIMIT 1) n
     )
     SELECT c.issues::text AS issues, c.issues AS kinds,
            (SELECT count(*)::int FROM (
               SELECT FROM customer t WHERE t.connection_id = $1 AND t.issues <> '{}' AND t.issues = c.issues
                ORDER BY t.issues, t.id LIMIT $2) few) AS count
       FROM combination c`,
    [connection.id, most],
  );
  return rows.map(({ issues, kinds, count }) => ({
    issues,
    // A later release may know more kinds than this one.
    kinds: PROBLEM_KINDS.filter((kind) => kinds.includes(kind)),
    count,
  }));
}
