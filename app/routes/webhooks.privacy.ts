import type { ActionFunctionArgs } from '@remix-run/node';
import { receiveWebhook } from '#app/services/receive-webhook.server.ts';
import { PRIVACY_TOPICS, recordPrivacyRequest } from '#app/services/record-privacy-request.server.ts';

/** The three compliance topics of shopify.app.toml: noted now, done within 30 days. */
export async function action({ request, context }: ActionFunctionArgs): Promise<Response> {
  const webhook = await context.shopify.authenticate.webhook(request);
  const topic = PRIVACY_TOPICS.find((known) => known === webhook.topic);
  if (topic === undefined) {
    return new Response(null, { status: 404 });
  }
  const ctx = context.threadline;
  const delivery = { id: webhook.eventId ?? webhook.webhookId, topic, domain: webhook.shop };
  const privacy = { domain: webhook.shop, topic, payload: webhook.payload };
  await receiveWebhook(ctx, delivery, (sql) => recordPrivacyRequest(ctx, privacy, sql));
  return new Response();
}
