import type { Context } from '../../context.ts';
import { refusal, type FormAnswer } from '../../domain/form-answer.ts';
import { isUuid } from '../../domain/uuid.ts';
import { resolveAlerts } from '../../pipeline/raise-alert.ts';
import { issueDownload } from '../downloads/issue-download.server.ts';
import { writeAudit } from '../write-audit.server.ts';

/** Somebody sent the person their data: the request is done, and who it was is forgotten. */
export async function finishDataRequest(
  ctx: Context,
  shopId: string,
  input: { requestId: string; actor: string },
): Promise<FormAnswer> {
  const { requestId, actor } = input;
  const isDone = await ctx.db.transaction('finish data request', async (sql) => {
    const rows = isUuid(requestId)
      ? await sql(
          `UPDATE privacy_request SET done_at = now(), payload = '{}'
            WHERE shop_id = $1 AND id = $2 AND topic = 'CUSTOMERS_DATA_REQUEST' AND done_at IS NULL RETURNING id`,
          [shopId, requestId],
        )
      : [];
    if (rows.length > 0) {
      await writeAudit(sql, shopId, {
        actor,
        action: 'confirm data request',
        subject: 'a person’s data was sent',
        changes: [],
      });
    }
    return rows.length > 0;
  });
  if (!isDone) {
    return refusal('This request is done already. Reload the page.');
  }
  await resolveAlerts(ctx, shopId, `data-request:${requestId}`);
  return { ok: true, message: 'Request marked as done' };
}

/** The address under which the data of a request may be fetched once. A request that is done has none. */
export async function downloadRequestedData(
  ctx: Context,
  shopId: string,
  { requestId }: { requestId: string },
): Promise<FormAnswer | { ok: true; message: string; download: string }> {
  const [open] = isUuid(requestId)
    ? await ctx.db.sql(
        `SELECT id FROM privacy_request
          WHERE shop_id = $1 AND id = $2 AND topic = 'CUSTOMERS_DATA_REQUEST' AND done_at IS NULL`,
        [shopId, requestId],
      )
    : [];
  return open === undefined
    ? refusal('This request is done already. Reload the page.')
    : {
        ok: true,
        message: 'Download started',
        download: await issueDownload(ctx, shopId, { kind: 'person-data', input: { requestId } }),
      };
}
