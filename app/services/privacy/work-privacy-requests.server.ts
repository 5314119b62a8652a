import type { Context } from '../../context.ts';
import type { PrivacyTopic } from '../record-privacy-request.server.ts';
import { passOnDataRequest } from './pass-on-data-request.server.ts';
import type { PrivacyRequest, PrivacyWork } from './privacy-work.ts';
import { redactCustomer } from './redact-customer.server.ts';
import { wakeErasures } from './start-erasure.server.ts';

/** One file per topic. `SHOP_REDACT` is no work of an installed shop and has a job of its own. */
const TOPICS: Partial<Record<PrivacyTopic, PrivacyWork>> = {
  CUSTOMERS_REDACT: redactCustomer,
  CUSTOMERS_DATA_REQUEST: passOnDataRequest,
};

const AT_ONCE = 100;

/**
 * Begins with Shopify's privacy requests that wait, and with erasures for which it is time. Every sweep does it; a request
 * that fails stays, holds up no other and is taken up by the next sweep.
 */
export async function workPrivacyRequests(ctx: Context): Promise<void> {
  const requests = await ctx.db.sql<PrivacyRequest & { shopId: string; topic: PrivacyTopic }>(
    `SELECT p.id, p.shop_id AS "shopId", p.topic, p.payload, p.received_at AS "receivedAt", s.timezone,
            s.phone_country AS "phoneCountry"
       FROM privacy_request p JOIN shop_settings s ON s.shop_id = p.shop_id
      WHERE p.done_at IS NULL AND p.taken_at IS NULL AND p.topic = ANY($1) ORDER BY p.received_at LIMIT ${AT_ONCE}`,
    [Object.keys(TOPICS)],
  );
  for (const { shopId, topic, ...request } of requests) {
    try {
      await TOPICS[topic]?.(ctx, shopId, request);
    } catch (error) {
      ctx.log.error(
        { shopId, request: request.id, topic, err: error },
        'a privacy request waits for the next sweep',
      );
    }
  }
  await wakeErasures(ctx);
}
