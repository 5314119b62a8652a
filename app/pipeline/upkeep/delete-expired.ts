import type { Context, Sql } from '../../context.ts';
import { RETENTION_DAYS } from '../../domain/retention.ts';
import { forgetBudgets } from '../forget-budgets.ts';
import { foldFigures } from '../fold-figures.ts';

/** Rows per statement: short locks, and little to do again after a kill. */
const CHUNK = 1_000;

/** `$1` = days, `$2` = rows per statement, `$3` = a connection, where the step goes by connection. Returns a row per deletion. */
type Step = { name: keyof typeof RETENTION_DAYS; perConnection: boolean; sql: string };

function deletion(table: string, where: string, order: string): string {
  return `DELETE FROM ${table} WHERE ctid = ANY(ARRAY(
            SELECT x.ctid FROM ${table} x WHERE ${where} ORDER BY ${order} LIMIT $2)) RETURNING 1`;
}

const AGE = `now() - $1::int * interval '1 day'`;

/** In the order in which they are done. Tables that grow with the records go by connection: that is how they are indexed. */
const STEPS: Step[] = [
  {
    name: 'expiredDownload',
    perConnection: false,
    sql: deletion('download_ticket', `x.expires_at < ${AGE}`, 'x.expires_at'),
  },
  {
    name: 'webhookReceipt',
    perConnection: false,
    sql: deletion('webhook_receipt', `x.received_at < ${AGE}`, 'x.received_at'),
  },
  {
    name: 'finishedTask',
    perConnection: false,
    sql: deletion('task', `x.status IN ('done', 'failed') AND x.finished_at < ${AGE}`, 'x.finished_at'),
  },
  {
    name: 'resolvedAlert',
    perConnection: false,
    sql: deletion('alert', `x.resolved_at < ${AGE}`, 'x.resolved_at'),
  },
  {
    name: 'unseenTranslation',
    perConnection: false,
    sql: deletion('translation_miss', `x.last_seen < ${AGE}`, 'x.last_seen'),
  },
  {
    name: 'auditLog',
    perConnection: false,
    sql: deletion('audit_log', `x.created_at < ${AGE}`, 'x.created_at'),
  },
  {
    name: 'recordError',
    perConnection: true,
    sql: deletion('record_error', `x.connection_id = $3 AND x.created_at < ${AGE}`, 'x.created_at'),
  },
  {
    name: 'replacedDecision',
    perConnection: true,
    sql: deletion(
      'consent_decision',
      `x.connection_id = $3 AND x.decided_at < ${AGE}
         AND EXISTS (SELECT 1 FROM consent_decision n WHERE n.shop_id = x.shop_id AND n.customer_id = x.customer_id
                        AND n.channel = x.channel AND n.decided_at > x.decided_at)`,
      'x.decided_at',
    ),
  },
  {
    // Items go with their request; the first requests whose items together stay within the chunk, or the one that alone does
    // not. In test mode the requests of an open run say how many of its records have gone: they stay until it is settled.
    name: 'settledBatch',
    perConnection: true,
    sql: `DELETE FROM push_batch WHERE id = ANY(ARRAY(
            SELECT id FROM (
              SELECT x.id, sum(x.item_count) OVER (ORDER BY x.created_at, x.id) - x.item_count AS items
                FROM (SELECT id, created_at, item_count FROM push_batch b
                       WHERE b.connection_id = $3 AND b.created_at < ${AGE} AND b.status IN ('done', 'withdrawn')
                         AND b.kind NOT IN ('subscribe', 'unsubscribe')
                         AND NOT EXISTS (SELECT 1 FROM push_item i WHERE i.batch_id = b.id AND i.open)
                         AND NOT EXISTS (SELECT 1 FROM import_run r WHERE r.connection_id = $3 AND r.status = 'imported'
                                            AND r.settled_at IS NULL AND r.started_at <= b.created_at)
                       ORDER BY b.created_at LIMIT 200) x) y
             WHERE items < $2)) RETURNING 1`,
  },
];

/** Figures of a connection are folded when there are more rows than its kinds and statuses can make, twice. */
const MANY_FIGURES = 50;

/**
 * Deletes what has outlived its use (`RETENTION_DAYS`), in chunks, until all is done or the signal is aborted: the next turn
 * goes on, because what is gone is not found again. Returns whether all is done.
 */
export async function deleteExpired(ctx: Context, { signal }: { signal: AbortSignal }): Promise<boolean> {
  await dropOldSessions(ctx.db.sql);
  const connections = await ctx.db.sql<{ shop_id: string; id: string }>('SELECT shop_id, id FROM connection');
  const deleted: Record<string, number> = {};
  let isOver = true;
  for (const step of STEPS) {
    for (const connection of step.perConnection ? connections : [null]) {
      const { rows, isDone } = await drain(ctx, step, connection?.id ?? null, signal);
      deleted[step.name] = (deleted[step.name] ?? 0) + rows;
      isOver &&= isDone;
    }
  }
  if (Object.values(deleted).some((count) => count > 0)) {
    ctx.log.info({ deleted }, 'deleted what has outlived its use');
  }
  await foldIdleFigures(ctx);
  await forgetBudgets(ctx);
  return isOver;
}

async function drain(
  ctx: Context,
  step: Step,
  connectionId: string | null,
  signal: AbortSignal,
): Promise<{ rows: number; isDone: boolean }> {
  const parameters = [RETENTION_DAYS[step.name], CHUNK, ...(connectionId === null ? [] : [connectionId])];
  for (let rows = 0; ;) {
    if (signal.aborted) {
      return { rows, isDone: false };
    }
    const gone = await ctx.db.sql(step.sql, parameters);
    if (gone.length === 0) {
      return { rows, isDone: true };
    }
    rows += gone.length;
  }
}

/** What an uninstallation could not drop because somebody was logging in just then. */
async function dropOldSessions(sql: Sql): Promise<void> {
  await sql(
    `DELETE FROM "Session" WHERE shop IN (SELECT domain FROM shop WHERE uninstalled_at < now() - interval '1 hour')`,
  );
}

/** A pass folds its connection's figures; what changes records without passes (tasks, removals) leaves rows. */
async function foldIdleFigures(ctx: Context): Promise<void> {
  const idle = await ctx.db.sql<{ shop_id: string; connection_id: string }>(
    'SELECT shop_id, connection_id FROM record_figure GROUP BY shop_id, connection_id HAVING count(*) > $1',
    [MANY_FIGURES],
  );
  for (const { shop_id: shopId, connection_id: connectionId } of idle) {
    await foldFigures(ctx, shopId, { connectionId });
  }
}
