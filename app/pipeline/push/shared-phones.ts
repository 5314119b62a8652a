import type { Sql } from '../../context.ts';
import { phoneIsLeftOut } from '../event-profile.ts';
import type { Batch } from './push.ts';
import { recordRefused } from './record-outcomes.ts';

/** Code of an item, and of the remark on its record, whose phone number another person of the connection holds. */
export const SHARED_PHONE = 'shared_phone';

/** SQL: who of several people with one phone number comes first: who had it in Klaviyo, who arrived there first. */
function place(row: string): string {
  return `(${phoneIsLeftOut(row)}, ${row}.arrived_at IS NULL, coalesce(${row}.arrived_at, 'epoch'), ${row}.external_id)`;
}

/** SQL: the key of the person to whom the phone number of `c` belongs, when it is somebody else; else no row. */
const HOLDER = `SELECT o.external_id FROM customer o
  WHERE o.connection_id = c.connection_id AND o.phone = c.phone AND o.id <> c.id
    AND o.payload->'attributes'->>'phone_number' = o.phone AND c.payload->'attributes'->>'phone_number' = c.phone
    AND (o.synced_hash IS NOT NULL OR o.status NOT IN ('skipped', 'failed')) AND ${place('o')} < ${place('c')}
  ORDER BY ${place('o')} LIMIT 1`;

/**
 * In Klaviyo a phone number belongs to one profile, which whoever comes with the same number would write over. So of several
 * people with one number (a family) one carries it; the others of a batch go without it, with a remark. Who has nothing
 * else to be known by is refused.
 */
export async function leavePhonesToTheirHolders(sql: Sql, batch: Batch): Promise<void> {
  const rows = await sql<{ id: string; holder: string; is_known: boolean }>(
    `SELECT c.id, h.external_id AS holder,
            coalesce(c.payload->'attributes'->>'email', c.payload->'attributes'->>'external_id') IS NOT NULL AS is_known
       FROM push_item i JOIN customer c ON c.id = i.record_id CROSS JOIN LATERAL (${HOLDER}) h
      WHERE i.batch_id = $1 AND i.open AND c.phone IS NOT NULL`,
    [batch.id],
  );
  const nameless = rows.filter((row) => !row.is_known);
  await recordRefused(
    sql,
    batch,
    'customers',
    nameless.map(({ id, holder }) => ({
      id,
      part: 'profile',
      code: SHARED_PHONE,
      message: `Person ${holder} has the same phone number, and nothing else tells Klaviyo who this is. Give the customer an e-mail or a number of their own in Apparel21.`,
    })),
  );
  await sql(
    `UPDATE push_item i SET code = '${SHARED_PHONE}',
            detail = 'The phone number was left out: person ' || h.holder || ' has the same, and in Klaviyo it belongs to one profile.'
       FROM jsonb_to_recordset($2::jsonb) AS h(id uuid, holder text)
      WHERE i.batch_id = $1 AND i.open AND i.record_id = h.id`,
    [batch.id, JSON.stringify(rows.map(({ id, holder }) => ({ id, holder })))],
  );
}

/** Whoever went without a phone number that is now theirs alone is due again. */
export async function givePhonesBack(sql: Sql, connectionId: string): Promise<void> {
  await sql(
    `UPDATE customer c SET synced_hash = NULL, status = 'pending', reason = NULL, updated_at = now()
      WHERE c.connection_id = $1 AND c.reason->>'code' = '${SHARED_PHONE}' AND c.status = 'synced' AND NOT EXISTS (${HOLDER})`,
    [connectionId],
  );
}
