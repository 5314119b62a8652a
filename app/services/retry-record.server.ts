import type { Context } from '../context.ts';
import type { FormAnswer } from '../domain/form-answer.ts';
import { refusal } from '../domain/form-answer.ts';
import type { RecordKind } from '../domain/records.ts';
import { RECORD_TABLES } from '../pipeline/record-tables.ts';
import { findRecord, type RecordInput } from './find-record.server.ts';
import { writeAudit } from './write-audit.server.ts';

/**
 * Makes one failed record pending again and sends it with the next pass, which starts now. Null = the shop has no such record.
 * One that a mapping keeps back has nothing to send and is refused, as is one that travels.
 */
export async function retryRecord(
  ctx: Context,
  shopId: string,
  input: RecordInput,
): Promise<FormAnswer | null> {
  return sendAgain(ctx, shopId, input, {
    action: 'retry record',
    from: ['failed'],
    isAskedFor: false,
    message: 'Record retried',
  });
}

/** Sends one failed or pending record now, also while data sync is off (`send_now`). Otherwise as `retryRecord`. */
export async function syncRecordNow(
  ctx: Context,
  shopId: string,
  input: RecordInput,
): Promise<FormAnswer | null> {
  return sendAgain(ctx, shopId, input, {
    action: 'sync record now',
    from: ['failed', 'pending'],
    isAskedFor: true,
    message: 'Sync started',
  });
}

async function sendAgain(
  ctx: Context,
  shopId: string,
  input: RecordInput,
  how: { action: string; from: string[]; isAskedFor: boolean; message: string },
): Promise<FormAnswer | null> {
  const record = await findRecord(ctx, shopId, input);
  if (record === null) {
    return null;
  }
  if (record.isRemoved) {
    return refusal(`"${record.connection}" was removed: nothing is sent to it any more.`);
  }
  if (record.isPaused) {
    return refusal(`"${record.connection}" is paused. Resume the connection, then try again.`);
  }
  const isDone = await ctx.db.transaction(how.action, async (sql) => {
    const [row] = await sql(
      // Where the status is still what the page showed: a record that travels is never touched.
      `UPDATE ${RECORD_TABLES[input.kind]}
          SET status = 'pending', reason = NULL, attempts = 0, next_attempt_at = NULL, send_now = send_now OR $4, updated_at = now()
        WHERE id = $2 AND shop_id = $1 AND status = ANY($3) AND payload IS NOT NULL RETURNING id`,
      [shopId, input.id, how.from, how.isAskedFor],
    );
    if (row !== undefined) {
      await writeAudit(sql, shopId, {
        actor: input.actor,
        action: how.action,
        subject: record.name,
        changes: [{ path: 'status', before: record.status, after: 'pending' }],
      });
    }
    return row !== undefined;
  });
  if (!isDone) {
    return refusal(standsOtherwise(input.kind, record.status));
  }
  await ctx.queue.add('push.connection', { shopId, connectionId: record.connectionId });
  return { ok: true, message: how.message };
}

function standsOtherwise(kind: RecordKind, status: string): string {
  if (status === 'sending') {
    return 'It is on its way to Klaviyo already. Wait until it has arrived.';
  }
  return status === 'failed'
    ? `There is nothing to send: a mapping or the file keeps this ${kind === 'customers' ? 'customer' : 'record'} back. Fix the cause first.`
    : `It is ${status} by now. Look at it again before you go on.`;
}
