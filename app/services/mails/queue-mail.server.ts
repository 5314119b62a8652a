import type { Sql } from '../../context.ts';
import type { WrittenMail } from '../../domain/mails/mail-content.ts';

/**
 * Puts a mail into the outbox, in the transaction that decided about it: one row for each address, so that one that is refused
 * holds up no other. The same `key` is never queued twice for one address.
 */
export async function queueMail(
  sql: Sql,
  shopId: string,
  input: { key: string; kind: 'problems' | 'file' | 'digest'; recipients: string[]; mail: WrittenMail },
): Promise<void> {
  const { key, kind, recipients, mail } = input;
  await sql(
    `INSERT INTO mail (shop_id, key, kind, recipient, subject, text, html)
     SELECT $1, $2, $3, recipient, $5, $6, $7 FROM unnest($4::text[]) AS recipient
     ON CONFLICT (shop_id, key, recipient) DO NOTHING`,
    [shopId, key, kind, recipients, mail.subject, mail.text, mail.html],
  );
}
