import type { Context } from '../../context.ts';
import { UNDELIVERABLE } from './undeliverable.server.ts';

const KEEP = `interval '30 days'`;
const CHUNK = 1_000;

/** Rows are deleted in chunks of one turn; what is left goes in the next ones. */
const MOST_CHUNKS = 20;

/** Removes mails, and the memory of causes that are over, 30 days after; and resolves the alerts of addresses that nobody uses any more. */
export async function forgetMails(ctx: Context, signal: AbortSignal): Promise<void> {
  await inChunks(
    ctx,
    signal,
    `DELETE FROM mail WHERE id IN (SELECT id FROM mail WHERE created_at < now() - ${KEEP} ORDER BY created_at LIMIT ${CHUNK})
     RETURNING 1`,
  );
  // A cause that is still open stays known, or it would be written about again.
  await inChunks(
    ctx,
    signal,
    `DELETE FROM mail_cause WHERE (shop_id, cause) IN (
       SELECT shop_id, cause FROM mail_cause m
        WHERE mailed_at < now() - ${KEEP} AND cause <> 'digest'
          AND NOT EXISTS (SELECT 1 FROM alert a WHERE a.shop_id = m.shop_id AND a.cause = m.cause AND a.resolved_at IS NULL)
        ORDER BY mailed_at LIMIT ${CHUNK})
     RETURNING 1`,
  );
  await ctx.db.sql(
    `UPDATE alert a SET resolved_at = now()
      WHERE a.resolved_at IS NULL AND a.code = '${UNDELIVERABLE}'
        AND NOT EXISTS (
          SELECT 1 FROM connection c
           CROSS JOIN jsonb_array_elements_text(
                 coalesce(c.notify->'errors', '[]') || coalesce(c.notify->'successes', '[]')) address
           WHERE c.shop_id = a.shop_id AND c.removed_at IS NULL AND 'mail:' || lower(trim(address)) = a.cause)`,
  );
}

async function inChunks(ctx: Context, signal: AbortSignal, statement: string): Promise<void> {
  for (let chunk = 0; chunk < MOST_CHUNKS && !signal.aborted; chunk += 1) {
    if ((await ctx.db.sql(statement)).length < CHUNK) {
      return;
    }
  }
}
