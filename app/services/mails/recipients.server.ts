import type { Sql } from '../../context.ts';
import { readEmail } from '../../domain/email.ts';

/** A connection that is in use, and who hears of it. Addresses in lower case, each once. */
export type Recipients = { connectionId: string; name: string; errors: string[]; successes: string[] };

/** The recipients of a shop's connections, in their order. What is no usable address is left out. */
export async function loadRecipients(sql: Sql, shopId: string): Promise<Recipients[]> {
  const rows = await sql<{
    id: string;
    name: string;
    notify: { errors?: string[]; successes?: string[] };
  }>(
    `SELECT id, name, notify FROM connection
      WHERE shop_id = $1 AND removed_at IS NULL AND mode <> 'sample' ORDER BY position, name`,
    [shopId],
  );
  return rows.map(({ id, name, notify }) => ({
    connectionId: id,
    name,
    errors: usable(notify.errors ?? []),
    successes: usable(notify.successes ?? []),
  }));
}

function usable(addresses: string[]): string[] {
  const read = addresses.map(readEmail).flatMap((one) => ('email' in one ? [one.email] : []));
  return [...new Set(read)];
}
