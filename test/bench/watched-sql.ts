import type { Context, Sql } from '#app/context.ts';

/** Tables that no page may read whole. */
const LARGE = new Set(['customer', 'order', 'reward', 'push_item', 'consent_decision', 'record_error']);

export type WatchedSql = {
  /** The context with every statement of its SQL written down while a page is watched. */
  ctx: Context;
  /** Runs `work` and tells which of its statements the planner would answer by reading a large table whole. */
  wholeReads(work: () => Promise<unknown>): Promise<string[]>;
};

type Statement = { text: string; parameters: readonly unknown[] };
type Plan = { 'Node Type': string; 'Relation Name'?: string; Plans?: Plan[] };

/** Asks PostgreSQL for the plan of what a page really sent, with its own parameters. Prisma's statements (configuration) are not seen. */
export function watchSql(ctx: Context): WatchedSql {
  let seen: Statement[] | null = null;
  function watched(sql: Sql): Sql {
    return (text, parameters = []) => {
      seen?.push({ text, parameters });
      return sql(text, parameters);
    };
  }
  return {
    ctx: {
      ...ctx,
      db: {
        ...ctx.db,
        sql: watched(ctx.db.sql),
        transaction: (name, work) => ctx.db.transaction(name, (sql) => work(watched(sql))),
      },
    },
    async wholeReads(work) {
      const statements: Statement[] = [];
      seen = statements;
      await work().finally(() => {
        seen = null;
      });
      const found: string[] = [];
      for (const { text, parameters } of statements.filter((one) => /^\s*(SELECT|WITH)\b/i.test(one.text))) {
        const [row] = await ctx.db.sql<{ 'QUERY PLAN': { Plan: Plan }[] }>(
          `EXPLAIN (FORMAT JSON) ${text}`,
          parameters,
        );
        const tables = row?.['QUERY PLAN'].flatMap(({ Plan: plan }) => wholeTables(plan)) ?? [];
        if (tables.length > 0) {
          found.push(
            `${[...new Set(tables)].join(', ')} read whole by: ${text.replace(/\s+/g, ' ').trim().slice(0, 160)}`,
          );
        }
      }
      return found;
    },
  };
}

function wholeTables(plan: Plan): string[] {
  const own = plan['Relation Name'];
  const isWhole = plan['Node Type'] === 'Seq Scan' && own !== undefined && LARGE.has(own);
  return [...(isWhole ? [own] : []), ...(plan.Plans ?? []).flatMap(wholeTables)];
}
