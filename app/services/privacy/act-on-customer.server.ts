import { z } from 'zod';
import type { Context } from '../../context.ts';
import type { FormAnswer } from '../../domain/form-answer.ts';
import { issueDownload } from '../downloads/issue-download.server.ts';
import { startErasure, wakeErasures } from './start-erasure.server.ts';

/** What the page of a customer may ask for about the person. */
export const customerActSchema = z.discriminatedUnion('intent', [
  z.object({ intent: z.literal('erase'), connectionIds: z.array(z.string().uuid()).max(100) }),
  z.object({ intent: z.literal('download-data') }),
]);

type Answer = FormAnswer | { ok: true; message: string; download: string };

/**
 * `erase`: the person of a customer's page is erased, in Klaviyo, too, where that was ticked. `download-data`: everything
 * that is held of the person. Null = the shop has no such customer.
 */
export async function actOnCustomer(
  ctx: Context,
  shopId: string,
  input: { customerId: string; act: z.infer<typeof customerActSchema>; actor: string },
): Promise<Answer | null> {
  const { customerId, act, actor } = input;
  const [customer] = await ctx.db.sql<{
    connection_id: string;
    external_id: string;
    email: string | null;
    phone: string | null;
  }>('SELECT connection_id, external_id, email, phone FROM customer WHERE shop_id = $1 AND id = $2', [
    shopId,
    customerId,
  ]);
  if (customer === undefined) {
    return null;
  }
  if (act.intent === 'download-data') {
    const download = await issueDownload(ctx, shopId, { kind: 'person-data', input: { customerId } });
    return { ok: true, message: 'Download started', download };
  }
  const { connection_id: connectionId, external_id: key, email, phone } = customer;
  const person = {
    emails: email === null ? [] : [email],
    phones: phone === null ? [] : [phone],
    keys: [{ connectionId, key }],
  };
  await startErasure(ctx, shopId, { person, actor, connectionIds: act.connectionIds });
  await wakeErasures(ctx);
  return { ok: true, message: 'The person is being erased' };
}
