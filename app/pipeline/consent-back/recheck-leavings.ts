import type { Context } from '../../context.ts';
import type { ConsentChannel } from '../../domain/records.ts';
import { readConsentStates } from '../push/consent-states.ts';
import { isOver, type Talk } from '../push/push.ts';
import { noteLeavings } from './note-leavings.ts';

/** What was read within this time is not read again before it is told. */
const FRESH = `interval '1 hour'`;

const PEOPLE = 500;

type Row = {
  id: string;
  email: string | null;
  phone: string | null;
  external_id: string;
  channels: string[];
};

/**
 * Asks Klaviyo once more about people who were noted a while ago and of whom Apparel21 is still to be told: who came back
 * meanwhile is forgotten. False: the turn is over; the next one goes on.
 */
export async function recheckLeavings(ctx: Context, talk: Talk): Promise<boolean> {
  const { scope } = talk;
  for (;;) {
    if (isOver(talk)) {
      return false;
    }
    const rows = await ctx.db.sql<Row>(
      `SELECT c.id, c.email, c.phone, c.external_id, array_agg(l.channel) AS channels
         FROM consent_leaving l JOIN customer c ON c.id = l.customer_id
        WHERE l.shop_id = $1 AND l.connection_id = $2 AND l.export_id IS NULL AND l.noted_at < now() - ${FRESH}
        GROUP BY c.id LIMIT ${PEOPLE}`,
      [scope.shopId, scope.id],
    );
    if (rows.length === 0) {
      return true;
    }
    const states = await readConsentStates(
      ctx,
      talk,
      rows.map(({ email, phone, external_id: key }) => ({
        email,
        phone,
        external_id: scope.rules.sendExternalId ? key : null,
      })),
    );
    const back = rows.flatMap((row, index) =>
      (row.channels as ConsentChannel[]).flatMap((channel) => {
        const klaviyo = states[index]?.[channel];
        return klaviyo?.state === 'subscribed'
          ? [{ customerId: row.id, channel, klaviyo, isLeft: false }]
          : [];
      }),
    );
    await ctx.db.transaction('recheck who left in Klaviyo', async (sql) => {
      await noteLeavings(sql, scope, back);
      await sql(
        `UPDATE consent_leaving SET noted_at = now()
          WHERE shop_id = $1 AND customer_id = ANY($2::uuid[]) AND export_id IS NULL`,
        [scope.shopId, rows.map(({ id }) => id)],
      );
    });
  }
}
