import type { Context } from '../../context.ts';
import { changesBetween } from '../../domain/config-changes.ts';
import type { FormAnswer } from '../../domain/form-answer.ts';
import { writeAudit } from '../write-audit.server.ts';

/** Whether people whom Shopify asks to erase are deleted in Klaviyo, too. Counts for requests from now on. */
export async function saveRedaction(
  ctx: Context,
  shopId: string,
  input: { inKlaviyo: boolean; actor: string },
): Promise<FormAnswer> {
  const { inKlaviyo, actor } = input;
  await ctx.db.transaction('save redaction', async (sql) => {
    const rows = await sql(
      'UPDATE shop_settings SET redact_in_klaviyo = $2 WHERE shop_id = $1 AND redact_in_klaviyo <> $2 RETURNING shop_id',
      [shopId, inKlaviyo],
    );
    if (rows.length > 0) {
      await writeAudit(sql, shopId, {
        actor,
        action: 'save privacy settings',
        subject: 'shop',
        changes: changesBetween({ deleteInKlaviyo: !inKlaviyo }, { deleteInKlaviyo: inKlaviyo }),
      });
    }
  });
  return { ok: true, message: 'Privacy settings saved' };
}
