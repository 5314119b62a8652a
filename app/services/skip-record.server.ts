import type { Context } from '../context.ts';
import { refusal, type FormAnswer } from '../domain/form-answer.ts';
import { SKIPPED_BY_PERSON } from '../domain/records.ts';
import { RECORD_TABLES } from '../pipeline/record-tables.ts';
import { findRecord, type RecordInput } from './find-record.server.ts';
import { writeAudit } from './write-audit.server.ts';

/** What may be set aside: nothing that travels, and nothing that Klaviyo has. */
const SKIPPABLE = ['failed', 'pending', 'waiting', 'held'];

/**
 * Sets one record aside until a later file changes it. Null = the shop has no such record. A record that travels, or that
 * Klaviyo has, is refused.
 */
export async function skipRecord(
  ctx: Context,
  shopId: string,
  input: RecordInput,
): Promise<FormAnswer | null> {
  const record = await findRecord(ctx, shopId, input);
  if (record === null) {
    return null;
  }
  const isDone = await ctx.db.transaction('skip record', async (sql) => {
    const [row] = await sql(
      `UPDATE ${RECORD_TABLES[input.kind]}
          SET status = 'skipped', send_now = false, next_attempt_at = NULL, updated_at = now(),
              reason = jsonb_build_object('code', $4::text, 'outcome', 'skipped', 'message', $5::text)
        WHERE id = $2 AND shop_id = $1 AND status = ANY($3) RETURNING id`,
      [
        shopId,
        input.id,
        SKIPPABLE,
        SKIPPED_BY_PERSON,
        'Marked as skipped by a person. A later file that changes it brings it back.',
      ],
    );
    if (row !== undefined) {
      await writeAudit(sql, shopId, {
        actor: input.actor,
        action: 'skip record',
        subject: record.name,
        changes: [{ path: 'status', before: record.status, after: 'skipped' }],
      });
    }
    return row !== undefined;
  });
  return isDone
    ? { ok: true, message: 'Record skipped' }
    : refusal(
        record.status === 'sending'
          ? 'It is on its way to Klaviyo and cannot be called back. Wait until it has arrived.'
          : `It is ${record.status} by now: there is nothing to skip.`,
      );
}
