import type { Sql } from '../../context.ts';
import { readInstant, type KlaviyoConsent } from '../../domain/consent.ts';
import type { ConsentChannel } from '../../domain/records.ts';
import type { ConnectionScope } from '../load-connections.ts';

/** What was read of a customer's channel in Klaviyo. `isLeft` false: the person is subscribed there. */
export type ReadLeaving = {
  customerId: string;
  channel: ConsentChannel;
  klaviyo: KlaviyoConsent;
  isLeft: boolean;
};

/**
 * Keeps who left in Klaviyo, and forgets who came back, so that they are noted anew when they leave again. Of whom Apparel21
 * was told is told again only when they left after that. Safe to repeat; the caller holds the connection's lock.
 */
export async function noteLeavings(
  sql: Sql,
  scope: Pick<ConnectionScope, 'shopId' | 'id'>,
  read: readonly ReadLeaving[],
): Promise<void> {
  const [left, back] = [read.filter(({ isLeft }) => isLeft), read.filter(({ isLeft }) => !isLeft)];
  if (back.length > 0) {
    await sql(
      `DELETE FROM consent_leaving l USING jsonb_to_recordset($2::jsonb) AS r(id uuid, channel text)
        WHERE l.shop_id = $1 AND l.customer_id = r.id AND l.channel = r.channel`,
      [scope.shopId, JSON.stringify(back.map(({ customerId, channel }) => ({ id: customerId, channel })))],
    );
  }
  if (left.length > 0) {
    await sql(
      `INSERT INTO consent_leaving (shop_id, connection_id, customer_id, channel, state, left_at)
       SELECT $1, $2, r.id, r.channel, r.state, r.left_at
         FROM jsonb_to_recordset($3::jsonb) AS r(id uuid, channel text, state text, left_at timestamptz)
       ON CONFLICT (customer_id, channel) DO UPDATE
         SET state = EXCLUDED.state, left_at = EXCLUDED.left_at, noted_at = now(), export_id = NULL
       WHERE consent_leaving.export_id IS NULL OR EXCLUDED.left_at > consent_leaving.left_at`,
      [scope.shopId, scope.id, JSON.stringify(onceEach(left))],
    );
  }
}

/** An INSERT may meet a row once only: of two profiles of one person the one that was left later counts. */
function onceEach(
  left: readonly ReadLeaving[],
): { id: string; channel: string; state: string; left_at: string | null }[] {
  const rows = new Map<string, { id: string; channel: string; state: string; left_at: string | null }>();
  for (const { customerId, channel, klaviyo } of left) {
    const key = `${customerId} ${channel}`;
    const at = readInstant(klaviyo.changedAt);
    const leftAt = Number.isNaN(at) ? null : new Date(at).toISOString();
    const known = rows.get(key);
    if (known === undefined || (leftAt ?? '') > (known.left_at ?? '')) {
      rows.set(key, { id: customerId, channel, state: klaviyo.state, left_at: leftAt });
    }
  }
  return [...rows.values()];
}
