import type { Context } from '../../context.ts';
import type { FormAnswer } from '../../domain/form-answer.ts';
import { startErasure, wakeErasures } from './start-erasure.server.ts';

/** "Erase this person…" on a customer's page. Null = the shop has no such customer. */
export async function eraseCustomer(
  ctx: Context,
  shopId: string,
  input: { customerId: string; connectionIds: string[]; actor: string },
): Promise<FormAnswer | null> {
  const [customer] = await ctx.db.sql<{
    connection_id: string;
    external_id: string;
    email: string | null;
    phone: string | null;
  }>('SELECT connection_id, external_id, email, phone FROM customer WHERE shop_id = $1 AND id = $2', [
    shopId,
    input.customerId,
  ]);
  if (customer === undefined) {
    return null;
  }
  const { connection_id: connectionId, external_id: key, email, phone } = customer;
  const person = {
    emails: email === null ? [] : [email],
    phones: phone === null ? [] : [phone],
    keys: [{ connectionId, key }],
  };
  await startErasure(ctx, shopId, { person, actor: input.actor, connectionIds: input.connectionIds });
  await wakeErasures(ctx);
  return { ok: true, message: 'The person is being erased' };
}
