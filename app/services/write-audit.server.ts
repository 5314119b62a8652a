import type { Sql } from '../context.ts';
import type { ConfigChange } from '../domain/config-changes.ts';

export type AuditEntry = {
  /** A person (`actorOf`), or `shopify`, or the name of a command. */
  actor: string;
  /** What was done, a verb: `save mapping`, `release file`. */
  action: string;
  /** To what: its name as people know it. */
  subject: string;
  /** What it was and is; secrets masked by whoever made the list (`changesBetween` does it). */
  changes: ConfigChange[];
};

/** A line of the audit trail. Give it the transaction of the change: what did not happen is not written down. */
export async function writeAudit(sql: Sql, shopId: string, entry: AuditEntry): Promise<void> {
  await sql('INSERT INTO audit_log (shop_id, actor, action, subject, changes) VALUES ($1, $2, $3, $4, $5)', [
    shopId,
    entry.actor,
    entry.action,
    entry.subject,
    JSON.stringify(entry.changes),
  ]);
}
