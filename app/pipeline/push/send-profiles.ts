import type { Context } from '../../context.ts';
import type { CustomerPayload } from '../../domain/records.ts';
import { importBody, profileItem, type Omission } from '../../domain/wire.ts';
import { loadBatch, markSending, settleStatuses, withdrawBatch } from './batch-items.ts';
import type { Batch, ListTrouble, Push } from './push.ts';
import { waitForList } from './record-outcomes.ts';
import { forgetList, resolveList } from './resolve-list.ts';
import { sendRequest } from './send-request.ts';
import { settleRefusal } from './settle-refusal.ts';
import { leavePhonesToTheirHolders, SHARED_PHONE } from './shared-phones.ts';
import { noteAddresses } from './travelling-addresses.ts';

/** `omit`: what is not sent because somebody else has it. */
export type ProfileItem = { id: string; payload: CustomerPayload; omit: readonly Omission[] };

/** Reads what the batch carries now, freezes its hashes and marks it as leaving, in one transaction. */
export async function openProfileBatch(
  ctx: Context,
  batchId: string,
): Promise<{ batch: Batch; items: ProfileItem[] }> {
  return ctx.db.transaction('open profile batch', async (sql) => {
    const batch = await loadBatch(sql, batchId);
    // A record whose newest row may no longer be sent, or who stands for no profile any more, leaves the batch.
    const left = await sql<{ id: string }>(
      `UPDATE push_item i SET open = false, outcome = 'withdrawn' FROM customer c
        WHERE i.batch_id = $1 AND i.open AND c.id = i.record_id
          AND (c.payload IS NULL OR c.reason->>'code' = 'shared_email') RETURNING c.id`,
      [batchId],
    );
    await settleStatuses(
      sql,
      'customers',
      left.map(({ id }) => id),
    );
    // Before anybody is refused: what is refused is told from what changed meanwhile by this.
    await sql(
      `UPDATE push_item i SET payload_hash = c.payload_hash FROM customer c
        WHERE i.batch_id = $1 AND i.open AND c.id = i.record_id`,
      [batchId],
    );
    await leavePhonesToTheirHolders(sql, batch);
    await noteAddresses(sql, batchId);
    const items = await sql<ProfileItem>(
      `SELECT c.id, c.payload, CASE WHEN i.code = '${SHARED_PHONE}' THEN '["phone_number"]' ELSE '[]' END::jsonb AS omit
         FROM push_item i JOIN customer c ON c.id = i.record_id
        WHERE i.batch_id = $1 AND i.open ORDER BY i.position`,
      [batchId],
    );
    await markSending(sql, batchId);
    return { batch, items };
  });
}

/** Sends a planned bulk import job. Its job is followed to the end by `confirmJobs`. */
export async function sendProfileImport(ctx: Context, push: Push, batchId: string): Promise<void> {
  const { batch, items } = await openProfileBatch(ctx, batchId);
  if (items.length === 0) {
    await ctx.db.transaction('drop empty batch', (sql) => withdrawBatch(sql, batch));
    return;
  }
  const listName = batch.grouping.list ?? null;
  const list = listName === null ? null : await resolveList(ctx, push, listName);
  if (list !== null && list.trouble !== null) {
    await goWithoutList(ctx, batch, list.trouble);
    return;
  }
  const body = importBody(
    items.map((item) => profileItem(item.payload, item.omit)),
    list?.id ?? null,
  );
  const request = {
    operation: 'importProfiles',
    method: 'POST',
    path: '/api/profile-bulk-import-jobs',
    body,
  } as const;
  const answer = await sendRequest(ctx, push, request, { repeatable: true, isWhole: true });
  if (answer === null) {
    return;
  }
  const jobId = answer.status === 202 ? jobIdOf(answer.body) : null;
  if (jobId !== null) {
    await ctx.db.sql(`UPDATE push_batch SET status = 'accepted', job_id = $2 WHERE id = $1`, [
      batch.id,
      jobId,
    ]);
    push.sent.profiles += items.length;
    return;
  }
  if (await forgetList(ctx, push, listName, answer.body)) {
    await ctx.db.transaction('list is gone', (sql) => withdrawBatch(sql, batch));
    return;
  }
  await settleRefusal(ctx, push, {
    batch,
    recordKind: 'customers',
    items: items.map((item) => ({ id: item.id, part: 'profile' })),
    answer,
  });
}

/**
 * The list of a batch cannot be had now. Who is in Klaviyo already waits for it; the others are planned anew and go without
 * it: nobody waits for a list but its members.
 */
async function goWithoutList(ctx: Context, batch: Batch, trouble: ListTrouble): Promise<void> {
  await ctx.db.transaction('go without list', async (sql) => {
    const known = await sql<{ id: string }>(
      `UPDATE push_item i SET open = false, outcome = 'withdrawn' FROM customer c
        WHERE i.batch_id = $1 AND i.open AND c.id = i.record_id AND c.payload_hash = c.synced_hash RETURNING c.id`,
      [batch.id],
    );
    const ids = known.map(({ id }) => id);
    await settleStatuses(sql, 'customers', ids);
    await waitForList(sql, ids, trouble);
    await sql(`UPDATE push_batch SET status = 'planned', sent_at = NULL, grouping = $2 WHERE id = $1`, [
      batch.id,
      JSON.stringify({ ...batch.grouping, list: null, waits: trouble }),
    ]);
  });
}

function jobIdOf(body: unknown): string | null {
  if (body === null || typeof body !== 'object' || !('data' in body)) {
    return null;
  }
  const { data } = body;
  return data !== null && typeof data === 'object' && 'id' in data && typeof data.id === 'string'
    ? data.id
    : null;
}
