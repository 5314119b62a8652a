import type { Context, Sql } from '../context.ts';

export type Delivery = {
  /** Shopify's id of the event, the same in every repeat. */
  id: string;
  topic: string;
  /** Domain of the shop, from the verified headers. */
  domain: string;
};

/**
 * Runs `act` once per webhook, however often Shopify delivers it. The receipt and what `act` writes stand or fall
 * together: when `act` fails nothing is left and the next delivery tries again.
 */
export async function receiveWebhook(
  ctx: Context,
  delivery: Delivery,
  act: (sql: Sql) => Promise<void>,
): Promise<'acted' | 'repeated'> {
  const outcome = await ctx.db.transaction(`webhook ${delivery.topic}`, async (sql) => {
    const receipts = await sql(
      `INSERT INTO webhook_receipt (id, topic, shop, received_at) VALUES ($1, $2, $3, $4)
       ON CONFLICT (id) DO NOTHING RETURNING id`,
      // One event may be announced under several topics.
      [`${delivery.topic}/${delivery.id}`, delivery.topic, delivery.domain, ctx.clock.now()],
    );
    if (receipts.length === 0) {
      return 'repeated' as const;
    }
    await act(sql);
    return 'acted' as const;
  });
  ctx.log.info({ shop: delivery.domain, topic: delivery.topic, outcome }, 'webhook received');
  return outcome;
}
