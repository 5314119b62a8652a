import type { Context } from '../../context.ts';
import { compileRules } from '../../domain/compile-rules.ts';
import { mayLookAtCustomers } from '../order-customers.ts';
import { remapReleased } from '../remap-records.ts';
import { RECORD_TABLES } from '../record-tables.ts';
import type { Push } from './push.ts';

/**
 * Lets orders and rewards go whose customer has arrived in Klaviyo, in whatever order the files came. A person who
 * shares an e-mail with somebody more recent arrives with that profile; orders of people whom a rule skips are skipped.
 * Orders whose templates look at the customer are mapped anew: their customer may not have been known when they came.
 * Set-based and safe to repeat. Returns how many were released.
 */
export async function releaseWaiting(ctx: Context, push: Push): Promise<number> {
  return ctx.db.transaction('release waiting', async (sql) => {
    await sql(
      `UPDATE customer c SET arrived_at = w.arrived_at FROM customer w
        WHERE c.connection_id = $1 AND c.status = 'skipped' AND c.reason->>'code' = 'shared_email' AND c.arrived_at IS NULL
          AND w.connection_id = $1 AND w.email = c.email AND w.arrived_at IS NOT NULL`,
      [push.scope.id],
    );
    const { rules } = push.scope;
    const compiled = mayLookAtCustomers(rules) ? compileRules(rules) : null;
    let released = 0;
    for (const kind of ['orders', 'rewards'] as const) {
      const table = RECORD_TABLES[kind];
      const rows = await sql<{ id: string }>(
        `UPDATE ${table} t SET status = 'pending', reason = NULL, updated_at = now() FROM customer c
          WHERE t.connection_id = $1 AND c.connection_id = $1 AND c.external_id = t.customer_key AND c.arrived_at IS NOT NULL
            AND (t.status = 'waiting' OR (t.status = 'skipped' AND t.reason->>'code' = 'customer_skipped'))
          RETURNING t.id`,
        [push.scope.id],
      );
      released += rows.length;
      if (kind === 'orders' && compiled !== null) {
        const ids = rows.map(({ id }) => id);
        await remapReleased(sql, push.scope, { compiled, ids });
      }
      await sql(
        `UPDATE ${table} t SET status = 'skipped', updated_at = now(),
                reason = jsonb_build_object('code', 'customer_skipped', 'message', 'Its customer is skipped: ' || (c.reason->>'message'))
           FROM customer c
          WHERE t.connection_id = $1 AND t.status = 'waiting' AND c.connection_id = $1 AND c.external_id = t.customer_key
            AND c.arrived_at IS NULL AND c.status = 'skipped' AND c.reason->>'code' <> 'shared_email'`,
        [push.scope.id],
      );
    }
    return released;
  });
}
