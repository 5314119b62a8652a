import type { Sql } from '../../context.ts';
import { KEPT_OUT_CODES } from '../../domain/consent.ts';

/** Somebody whom Apparel21 says yes for, by which address, and what was decided. */
export type KeptOut = { customerId: string; address: string | null; code: string; reason: string };

/**
 * Lists people who are not subscribed although Apparel21 says yes (they left in Klaviyo, their address bounces) with the
 * warnings of the file that brought them, all of them: a merchant wants to know who. Others are passed over.
 */
export async function noteKeptOut(sql: Sql, decided: readonly KeptOut[]): Promise<void> {
  const keptOut = decided.filter(({ code }) => KEPT_OUT_CODES.includes(code));
  if (keptOut.length === 0) {
    return;
  }
  await sql(
    `WITH noted AS (
       INSERT INTO record_error (shop_id, connection_id, file_id, record_kind, record_key, severity, code, message, line, value)
       SELECT c.shop_id, c.connection_id, r.file_id, 'customers', c.external_id, 'warning', d.code, d.reason, c.line, d.address
         FROM jsonb_to_recordset($1::jsonb) AS d("customerId" uuid, address text, code text, reason text)
         JOIN customer c ON c.id = d."customerId" JOIN import_run r ON r.id = c.run_id
       RETURNING file_id, code),
     counted AS (SELECT file_id, code, count(*)::int AS count FROM noted GROUP BY file_id, code)
     UPDATE import_run r
        SET warnings = r.warnings || (
              SELECT jsonb_object_agg(n.code, n.count + coalesce((r.warnings->>n.code)::int, 0))
                FROM counted n WHERE n.file_id = r.file_id)
      WHERE r.file_id IN (SELECT file_id FROM counted)`,
    [JSON.stringify(keptOut)],
  );
}
