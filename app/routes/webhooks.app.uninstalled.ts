import type { ActionFunctionArgs } from '@remix-run/node';
import { receiveWebhook } from '#app/services/receive-webhook.server.ts';
import { uninstallShop } from '#app/services/uninstall-shop.server.ts';

/** May come several times, and when the shop's session is long gone. */
export async function action({ request, context }: ActionFunctionArgs): Promise<Response> {
  const webhook = await context.shopify.authenticate.webhook(request);
  const ctx = context.threadline;
  const delivery = { id: webhook.eventId ?? webhook.webhookId, topic: webhook.topic, domain: webhook.shop };
  const happenedAt = webhook.triggeredAt === undefined ? null : new Date(webhook.triggeredAt);
  await receiveWebhook(ctx, delivery, (sql) => uninstallShop(ctx, { domain: webhook.shop, happenedAt }, sql));
  return new Response();
}
