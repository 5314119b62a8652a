import { z } from 'zod';
import type { Context, Sql } from '../context.ts';

export const PRIVACY_TOPICS = ['CUSTOMERS_DATA_REQUEST', 'CUSTOMERS_REDACT', 'SHOP_REDACT'] as const;
export type PrivacyTopic = (typeof PRIVACY_TOPICS)[number];

type PrivacyRequest = { domain: string; topic: PrivacyTopic; payload: unknown };

// https://shopify.dev/docs/apps/build/compliance/privacy-law-compliance: only what the work needs is kept.
const personId = z.union([z.string(), z.number()]).nullish();
const payloadSchema = z.object({
  customer: z
    .object({ id: personId, email: z.string().nullish(), phone: z.string().nullish() })
    .nullish()
    .catch(null),
  data_request: z.object({ id: personId }).nullish().catch(null),
});

/**
 * Puts one of Shopify's privacy requests on the list of things to do within 30 days. A shop that never had data here
 * has nothing to do: then nothing is stored.
 */
export async function recordPrivacyRequest(
  ctx: Context,
  request: PrivacyRequest,
  sql: Sql = ctx.db.sql,
): Promise<void> {
  const payload = payloadSchema.catch({}).parse(request.payload);
  await sql(
    `INSERT INTO privacy_request (shop_id, topic, payload, received_at)
     SELECT id, $2, $3::jsonb, $4 FROM shop WHERE domain = $1`,
    [request.domain, request.topic, JSON.stringify(payload), ctx.clock.now()],
  );
}
