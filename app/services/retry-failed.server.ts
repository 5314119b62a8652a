import type { Context } from '../context.ts';
import { RECORD_KINDS } from '../domain/records.ts';
import { writeAudit } from './write-audit.server.ts';
import { RECORD_TABLES } from '../pipeline/record-tables.ts';

/**
 * Makes failed records pending again, of one connection or run or of the whole shop. Records that a mapping keeps back
 * stay failed: they have nothing to send until their row or the mapping changes. Returns how many go again.
 */
export async function retryFailed(
  ctx: Context,
  shopId: string,
  input: { connectionId?: string; runId?: string; actor: string },
): Promise<number> {
  let count = 0;
  for (const kind of RECORD_KINDS) {
    const rows = await ctx.db.sql(
      `UPDATE ${RECORD_TABLES[kind]} SET status = 'pending', reason = NULL, attempts = 0, next_attempt_at = NULL, updated_at = now()
        WHERE shop_id = $1 AND status = 'failed' AND payload IS NOT NULL
          AND ($2::uuid IS NULL OR connection_id = $2) AND ($3::uuid IS NULL OR run_id = $3) RETURNING id`,
      [shopId, input.connectionId ?? null, input.runId ?? null],
    );
    count += rows.length;
  }
  await writeAudit(ctx.db.sql, shopId, {
    actor: input.actor,
    action: 'retry',
    subject: 'failed records',
    changes: [{ path: 'records', before: 'failed', after: `${count} pending` }],
  });
  return count;
}
