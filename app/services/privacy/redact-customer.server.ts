import { startErasure } from './start-erasure.server.ts';
import { personOf, type PrivacyWork } from './privacy-work.ts';

/**
 * `customers/redact`: the person is erased here. In Klaviyo only where the shop has chosen so: Klaviyo's own Shopify app gets
 * the same request, and not every merchant wants us to delete there.
 */
export const redactCustomer: PrivacyWork = async (ctx, shopId, request) => {
  const person = personOf(request.payload, request.phoneCountry);
  if (person === null) {
    // Shopify knows neither e-mail nor phone of this customer, so nothing here can be theirs.
    await ctx.db.sql(
      `UPDATE privacy_request SET taken_at = now(), done_at = now(), payload = '{}' WHERE shop_id = $1 AND id = $2`,
      [shopId, request.id],
    );
    return;
  }
  const connections = await ctx.db.sql<{ id: string }>(
    `SELECT c.id FROM connection c JOIN shop_settings s ON s.shop_id = c.shop_id
      WHERE c.shop_id = $1 AND s.redact_in_klaviyo AND c.removed_at IS NULL`,
    [shopId],
  );
  const erasure = {
    person,
    actor: 'shopify',
    connectionIds: connections.map(({ id }) => id),
    requestId: request.id,
  };
  await startErasure(ctx, shopId, erasure, async (sql) => {
    // Who it is stands sealed with the erasure from now on.
    await sql(`UPDATE privacy_request SET taken_at = now(), payload = '{}' WHERE shop_id = $1 AND id = $2`, [
      shopId,
      request.id,
    ]);
  });
};
