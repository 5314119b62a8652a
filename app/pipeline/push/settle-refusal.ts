import type { Context } from '../../context.ts';
import { explainRefusal, rowsRefused } from '../../domain/klaviyo-errors.ts';
import type { RecordKind } from '../../domain/records.ts';
import { withdrawBatch } from './batch-items.ts';
import type { Batch, Push } from './push.ts';
import { insertBatch } from './due-records.ts';
import { recordRefused } from './record-outcomes.ts';
import type { Answered } from './send-request.ts';

export type SentItem = { id: string; part: string; wish?: string };

/**
 * After Klaviyo refused a request as a whole: the rows that it names are taken out and failed, the rest is planned
 * again; when it names no row the batch is halved, down to the one row that is refused.
 * `items` are the request's items in the order of the request.
 */
export async function settleRefusal(
  ctx: Context,
  push: Push,
  input: { batch: Batch; recordKind: RecordKind; items: readonly SentItem[]; answer: Answered },
): Promise<void> {
  const { batch, recordKind, items, answer } = input;
  const { rows: refused } = rowsRefused(answer.body, items.length);
  await ctx.db.transaction('settle refusal', async (sql) => {
    const [only] = items;
    if (refused.size === 0 && items.length === 1 && only !== undefined) {
      const message = explainRefusal(answer.body);
      refused.set(0, { code: `klaviyo_${answer.status}`, message, hint: message });
    }
    await recordRefused(
      sql,
      batch,
      recordKind,
      items.flatMap((item, index) => {
        const why = refused.get(index);
        return why === undefined ? [] : [{ id: item.id, part: item.part, code: why.code, message: why.hint }];
      }),
    );
    await withdrawBatch(sql, batch);
    const rest = items.filter((_, index) => !refused.has(index));
    const middle = refused.size > 0 ? rest.length : Math.ceil(rest.length / 2);
    for (const half of [rest.slice(0, middle), rest.slice(middle)]) {
      if (half.length > 0) {
        await insertBatch(sql, ctx, push, {
          kind: batch.kind,
          grouping: batch.grouping,
          recordKind,
          items: [...half],
        });
      }
    }
  });
  ctx.log.info(
    {
      connection: push.scope.id,
      kind: batch.kind,
      status: answer.status,
      refused: refused.size,
      of: items.length,
    },
    'Klaviyo refused a request; the rest goes on',
  );
}
