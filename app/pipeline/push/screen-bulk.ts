import type { Context } from '../../context.ts';
import { readConsentStates, type Person } from './consent-states.ts';
import { mayGo } from './due-records.ts';
import type { Push } from './push.ts';

const PEOPLE_PER_ROUND = 1_000;

/**
 * The bulk lane creates only profiles that do not exist: looks its people up in Klaviyo, skips the ones that are there
 * (they count as arrived, so that their orders may go) and lets the others through to planning. False when none is left.
 */
export async function screenBulk(ctx: Context, push: Push): Promise<boolean> {
  const rows = await ctx.db.sql<{ id: string } & Person>(
    `SELECT t.id, t.email, t.phone, t.payload->'attributes'->>'external_id' AS external_id FROM customer t WHERE ${mayGo(push)} AND t.bulk ORDER BY t.id LIMIT $2`,
    [push.scope.id, PEOPLE_PER_ROUND],
  );
  if (rows.length === 0) {
    return false;
  }
  const states = await readConsentStates(ctx, push, rows);
  const known = rows
    .filter((_, index) => states[index] !== null && states[index] !== undefined)
    .map((row) => row.id);
  await ctx.db.transaction('screen bulk', async (sql) => {
    await sql(
      `UPDATE customer SET status = 'skipped', send_now = false, arrived_at = coalesce(arrived_at, now()), updated_at = now(),
              reason = jsonb_build_object('code', 'exists_in_klaviyo', 'outcome', 'skipped',
                'message', 'The profile exists in Klaviyo already; the bulk lane leaves it alone.')
        WHERE id = ANY($1::uuid[]) AND status = 'pending'`,
      [known],
    );
    await sql('UPDATE customer SET bulk = false WHERE id = ANY($1::uuid[]) AND NOT (id = ANY($2::uuid[]))', [
      rows.map((row) => row.id),
      known,
    ]);
  });
  return true;
}
