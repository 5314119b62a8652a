import type { Sql } from '../context.ts';
import { consentIsDue } from './consent-due.ts';

/**
 * Of several people with one e-mail the most recently updated one stands for the profile; the others are `skipped` with
 * the reason, and come back when the first one lets the address go. Looks at the addresses of this run and at everybody
 * who was skipped for this reason before.
 */
export async function rankSharedEmails(
  sql: Sql,
  input: { connectionId: string; runId: string | null },
): Promise<void> {
  await sql(
    `WITH touched AS (
       SELECT DISTINCT email FROM customer
        WHERE connection_id = $1 AND email IS NOT NULL
          AND (run_id = $2 OR (status = 'skipped' AND reason->>'code' = 'shared_email'))
     ), ranked AS (
       SELECT c.id, c.status, c.reason,
              first_value(c.external_id) OVER w AS winner,
              row_number() OVER w AS rank
         FROM customer c JOIN touched t ON t.email = c.email
        WHERE c.connection_id = $1 AND c.payload IS NOT NULL
       WINDOW w AS (PARTITION BY c.email ORDER BY c.source_updated_at DESC NULLS LAST, c.external_id DESC)
     )
     UPDATE customer c
        SET status = CASE WHEN r.rank > 1 THEN 'skipped'
                          WHEN c.payload_hash = c.synced_hash AND NOT ${consentIsDue('c')} THEN 'synced'
                          ELSE 'pending' END,
            reason = CASE WHEN r.rank > 1 THEN jsonb_build_object('code', 'shared_email', 'outcome', 'skipped',
                       'message', 'Person ' || r.winner || ' has the same e-mail and was updated later; the profile shows that person.') END,
            updated_at = now()
       FROM ranked r
      WHERE c.id = r.id
        AND ((r.rank > 1 AND c.status IN ('pending', 'failed', 'synced', 'held'))
          OR (r.rank = 1 AND c.status = 'skipped' AND c.reason->>'code' = 'shared_email'))`,
    [input.connectionId, input.runId],
  );
}
