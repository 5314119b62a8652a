import type { Sql } from '../context.ts';
import { SKIPPED_BY_PERSON } from '../domain/records.ts';
import { consentIsDue, listIsDue } from './consent-due.ts';
import { settleStatuses } from './push/batch-items.ts';

/** SQL: the bulk lane brought the person and has not made them a profile: it leaves alone whom others made. */
function isOfBulk(row: string): string {
  return `(${row}.bulk OR coalesce(${row}.reason->>'code' = 'exists_in_klaviyo', false))`;
}

/** SQL: who of several customers `c` with one e-mail stands for the profile comes first. */
export const MOST_RECENT_FIRST = `${isOfBulk('c')}, c.source_updated_at DESC NULLS LAST, c.external_id DESC`;

/** SQL: the addresses of everybody who was skipped because somebody else has theirs. */
const SHARED_BEFORE = `SELECT email FROM customer WHERE connection_id = $1 AND email IS NOT NULL
  AND status IN ('skipped', 'sending') AND reason->>'code' = 'shared_email'`;

/**
 * Of several people with one e-mail the most recently updated one stands for the profile, of the bulk lane only when there is
 * nobody else; the others are `skipped` with the reason, and come back when the first one lets the address go. Looks at the
 * addresses of this run, and at everybody who was skipped for this reason before; or only at the addresses that these customers
 * have and had (`formerEmails`). Somebody whose newest row no longer has the address loses it to those whose row has it: neither
 * consent nor events of the one may reach the other. Who travels at this moment is marked, and skipped by the outcome of the
 * batch (`settleStatuses`). Whom a person skipped before they reached Klaviyo stands for nothing. Whoever loses an address to
 * somebody has decided nothing about its consent any more: when it is theirs again, their word is held against what Klaviyo has
 * then. A word that was settled is an old one by then, whatever has changed since about SMS: both have one time.
 */
export async function rankSharedEmails(
  sql: Sql,
  input: { connectionId: string } & (
    { runId: string | null } | { customerIds: string[]; formerEmails?: readonly string[] }
  ),
): Promise<void> {
  const [isNew, newest] =
    'runId' in input ? ['run_id = $2', input.runId] : ['id = ANY($2::uuid[])', input.customerIds];
  const formerEmails = 'runId' in input ? [] : (input.formerEmails ?? []);
  await sql(
    `WITH touched AS (
       SELECT email FROM customer WHERE connection_id = $1 AND email IS NOT NULL AND ${isNew}
       UNION SELECT unnest($3::text[])
       ${'runId' in input ? `UNION ${SHARED_BEFORE}` : ''}
     ), ranked AS (
       SELECT c.id, c.status, c.reason,
              first_value(c.external_id) OVER w AS winner,
              ${isOfBulk('c')} AS is_of_bulk, first_value(${isOfBulk('c')}) OVER w AS winner_is_of_bulk,
              row_number() OVER w AS rank
         FROM customer c JOIN touched t ON t.email = c.email
        WHERE c.connection_id = $1 AND ${hasAddress('c')} AND NOT ${isKeptAway('c')}
       WINDOW w AS (PARTITION BY c.email ORDER BY ${MOST_RECENT_FIRST})
     )
     UPDATE customer c
        SET status = CASE WHEN c.status = 'sending' THEN 'sending'
                          WHEN r.rank > 1 THEN 'skipped'
                          WHEN c.payload_hash = c.synced_hash AND NOT ${listIsDue('c')} AND NOT ${consentIsDue('c')} THEN 'synced'
                          ELSE 'pending' END,
            reason = CASE WHEN r.rank > 1 THEN jsonb_build_object('code', 'shared_email', 'outcome', 'skipped',
                       'message', 'Person ' || r.winner || ' has the same e-mail' || CASE WHEN r.is_of_bulk AND NOT r.winner_is_of_bulk
                         THEN ', and the bulk lane leaves that person alone' ELSE ' and was updated later' END
                         || '; the profile shows that person. Orders of both go to it.') END,
            consent_email_done = CASE WHEN r.rank = 1 THEN c.consent_email_done END,
            consent_change_seen = c.consent_change_seen AND (r.rank = 1 OR c.consent_email_done IS DISTINCT FROM c.consent_email),
            send_now = false, updated_at = now()
       FROM ranked r
      WHERE c.id = r.id
        AND ((r.rank > 1 AND c.status IN ('pending', 'failed', 'synced', 'held', 'sending'))
          OR (r.rank = 1 AND c.status IN ('skipped', 'sending') AND c.reason->>'code' = 'shared_email'))`,
    [input.connectionId, newest, formerEmails],
  );
  const parted = await sql<{ id: string; status: string }>(
    // Address by address: a planner takes those who have it for few, and everybody would be read.
    `WITH former AS MATERIALIZED (
       SELECT f.id FROM (SELECT DISTINCT email FROM customer WHERE connection_id = $1 AND email IS NOT NULL AND ${isNew}) e
        CROSS JOIN LATERAL (
          SELECT c.id FROM customer c WHERE c.connection_id = $1 AND c.email = e.email AND ${hasAddress('c')} IS NOT TRUE OFFSET 0) f
        CROSS JOIN LATERAL (
          SELECT 1 FROM customer o WHERE o.connection_id = $1 AND o.email = e.email AND ${hasAddress('o')} LIMIT 1) o
     )
     UPDATE customer c SET email = NULL, consent_email_done = NULL FROM former f WHERE c.id = f.id
      RETURNING c.id, c.status`,
    [input.connectionId, newest],
  );
  await settleStatuses(
    sql,
    'customers',
    parted.filter(({ status }) => status === 'pending').map(({ id }) => id),
  );
}

/**
 * SQL: somebody has kept the person from ever reaching Klaviyo, so they stand for no profile. (`arrived_at` may be that of
 * whoever they share with.)
 */
export function isKeptAway(row: string): string {
  return `(${row}.status = 'skipped' AND ${row}.synced_at IS NULL AND coalesce(${row}.reason->>'code' = '${SKIPPED_BY_PERSON}', false))`;
}

/** SQL: the person's newest row has the address; it is not one that is kept from an earlier row. */
export function hasAddress(row: string): string {
  return `(${row}.payload->'attributes'->>'email' = ${row}.email)`;
}
