import type { Context } from '../../context.ts';
import type { ConsentChannel } from '../../domain/records.ts';
import { BIRTH_DATE_PROPERTY } from '../../domain/presets.ts';
import { subscribeBody, unsubscribeBody, type ConsentItem } from '../../domain/wire.ts';
import {
  addressMark,
  findBatches,
  loadBatch,
  markSending,
  withdrawBatch,
  withdrawFailing,
} from './batch-items.ts';
import { insertBatch } from './due-records.ts';
import { isSatisfied, readConsentStates } from './consent-states.ts';
import { pause } from '../turn.ts';
import { comeAgain, type Batch, type Push } from './push.ts';
import { recordConsentDone } from './record-outcomes.ts';
import { forgetList, resolveList } from './resolve-list.ts';
import { sendRequest, type Answered } from './send-request.ts';
import { settleRefusal } from './settle-refusal.ts';

type WishRow = {
  id: string;
  part: string;
  wish: string;
  email: string | null;
  phone: string | null;
  consent_at: Date | null;
  birth_date: string | null;
};

/** SQL: what a consent request says about the people of its items. The date of birth is the profile's property of that name. */
const WISH_COLUMNS = `c.id, i.part, i.payload_hash AS wish, c.email, c.phone, c.consent_at,
  substring(c.payload->'attributes'->'properties'->>'${BIRTH_DATE_PROPERTY}' FROM '^\\d{4}-\\d{2}-\\d{2}$') AS birth_date`;

/** Sends a planned subscribe or unsubscribe batch. No clear answer → `uncertain`: Klaviyo's state will tell. */
export async function sendConsent(ctx: Context, push: Push, batchId: string): Promise<void> {
  const { batch, rows } = await ctx.db.transaction('open consent batch', async (sql) => {
    const opened = await loadBatch(sql, batchId);
    const items = await sql<WishRow>(
      `SELECT ${WISH_COLUMNS}
         FROM push_item i JOIN customer c ON c.id = i.record_id WHERE i.batch_id = $1 AND i.open ORDER BY i.position`,
      [batchId],
    );
    await sql(
      `UPDATE push_item i SET detail = ${addressMark('c', 'i')} FROM customer c
        WHERE i.batch_id = $1 AND i.open AND c.id = i.record_id`,
      [batchId],
    );
    return { batch: opened, rows: items };
  });
  if (rows.length === 0) {
    await ctx.db.transaction('drop empty batch', (sql) => withdrawBatch(sql, batch));
    return;
  }
  const withBirthDate = push.asksBirthDate;
  const items = rows.map((row) => toItem(row, withBirthDate));
  const listName = batch.kind === 'subscribe' ? (batch.grouping.list ?? null) : null;
  // The profile is in Klaviyo: consent does not wait for a list that cannot be had.
  const listId = listName === null ? null : (await resolveList(ctx, push, listName)).id;
  // Marked at the last moment: everything before may be repeated without anybody noticing.
  await markSending(ctx.db.sql, batch.id);
  const answer = await sendRequest(ctx, push, consentRequest(batch, items, listId), {
    repeatable: false,
    isWhole: true,
  });
  if (answer === null) {
    await ctx.db.sql(`UPDATE push_batch SET status = 'uncertain' WHERE id = $1`, [batch.id]);
    return;
  }
  if (answer.status === 202) {
    await ctx.db.transaction('consent done', (sql) => recordConsentDone(sql, batch));
    push.sent[batch.kind === 'subscribe' ? 'subscribes' : 'unsubscribes'] += rows.length;
    return;
  }
  await settleConsentRefusal(ctx, push, { batch, rows, listName, answer, withBirthDate });
}

async function settleConsentRefusal(
  ctx: Context,
  push: Push,
  input: {
    batch: Batch;
    rows: WishRow[];
    listName: string | null;
    answer: Answered;
    withBirthDate: boolean;
  },
): Promise<void> {
  const { batch, rows, listName, answer, withBirthDate } = input;
  if (await forgetList(ctx, push, listName, answer.body)) {
    await ctx.db.transaction('list is gone', (sql) => withdrawBatch(sql, batch));
    return;
  }
  const items = rows.map(({ id, part, wish }) => ({ id, part, wish }));
  if (!withBirthDate && /age_gated_date_of_birth/i.test(JSON.stringify(answer.body))) {
    // Only an account that asks for dates of birth gets them.
    push.asksBirthDate = true;
    await ctx.db.transaction('ask again with dates of birth', async (sql) => {
      await withdrawBatch(sql, batch);
      const { kind, grouping } = batch;
      await insertBatch(sql, ctx, push, { kind, grouping, recordKind: 'customers', items });
    });
    return;
  }
  await settleRefusal(ctx, push, { batch, recordKind: 'customers', items, answer });
}

function toItem(row: WishRow, withBirthDate: boolean): ConsentItem {
  const channel: ConsentChannel = row.part === 'consent.sms' ? 'sms' : 'email';
  const consentedAt = row.consent_at?.toISOString() ?? null;
  const birthDate = withBirthDate ? row.birth_date : null;
  return { channel, email: row.email, phone: row.phone, consentedAt, birthDate };
}

function consentRequest(batch: Batch, items: ConsentItem[], listId: string | null) {
  if (batch.kind === 'unsubscribe') {
    return {
      operation: 'unsubscribe',
      method: 'POST',
      path: '/api/profile-subscription-bulk-delete-jobs',
      body: unsubscribeBody(items),
    } as const;
  }
  const { source, historical } = batch.grouping;
  return {
    operation: 'subscribe',
    method: 'POST',
    path: '/api/profile-subscription-bulk-create-jobs',
    body: subscribeBody(items, { listId, source: source ?? null, historical: historical ?? false }),
  } as const;
}

const LOOK_EVERY_MS = 1_000;

/**
 * Settles consent batches of which nobody knows whether they were done, by looking at Klaviyo's state until it shows the
 * wish or `consentSettleMs` have passed since they left. Only then the rest is planned anew, against a fresh state. A turn
 * that may not wait looks once and comes again.
 */
export async function resolveUncertainConsent(ctx: Context, push: Push): Promise<void> {
  const batches = (await findBatches(ctx, push, ['uncertain'])).filter(
    (batch) => batch.kind === 'subscribe' || batch.kind === 'unsubscribe',
  );
  for (const batch of batches) {
    await resolveOne(ctx, push, batch);
  }
}

async function resolveOne(ctx: Context, push: Push, batch: Batch): Promise<void> {
  const giveUpAt = (batch.sentAt?.getTime() ?? 0) + ctx.settings.consentSettleMs;
  for (;;) {
    const rows = await ctx.db.sql<WishRow>(
      `SELECT ${WISH_COLUMNS}
         FROM push_item i JOIN customer c ON c.id = i.record_id WHERE i.batch_id = $1 AND i.open ORDER BY i.position`,
      [batch.id],
    );
    const states = await readConsentStates(ctx, push, rows);
    const satisfied = rows.filter((row, index) =>
      isSatisfied(states[index] ?? null, row.part === 'consent.sms' ? 'sms' : 'email', row.wish),
    );
    await ctx.db.transaction('consent seen', (sql) =>
      recordConsentDone(
        sql,
        batch,
        satisfied.map((row) => row.id),
      ),
    );
    if (satisfied.length === rows.length) {
      return;
    }
    if (ctx.clock.now().getTime() >= giveUpAt) {
      await ctx.db.transaction('consent did not arrive', (sql) =>
        withdrawFailing(sql, batch, 'customers', {
          // A person may have been asked already, and is not asked twice: somebody has to look.
          maxAttempts: batch.grouping.asksFirst === true ? 1 : ctx.settings.maxAttempts,
          code: 'consent_unconfirmed',
          message:
            batch.grouping.asksFirst === true
              ? 'Klaviyo gave no clear answer, and may have asked the person to confirm. Look at the profile in Klaviyo; retry to ask again.'
              : 'Klaviyo never confirmed the change of consent. Look at the profile in Klaviyo, then retry.',
        }),
      );
      return;
    }
    if (!push.turn.mayWait) {
      comeAgain(push, LOOK_EVERY_MS, { leave: false });
      return;
    }
    ctx.onProgress({
      connection: push.scope.name,
      step: 'wait',
      note: 'waiting to see whether consent arrived',
    });
    await pause(ctx, LOOK_EVERY_MS, push.turn.halt);
  }
}
