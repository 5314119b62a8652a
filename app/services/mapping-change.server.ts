import type { Sql } from '../context.ts';
import { compileSettings } from '../domain/compile-rules.ts';
import { mappingChanges, mappingPath, type MappingState } from '../domain/mapping-changes.ts';
import { targetInWords } from '../domain/mapping-words.ts';
import type { TemplateSettings } from '../domain/template-filters.ts';
import { shopTime } from '../queries/shop-time.ts';
import { writeAudit } from './write-audit.server.ts';

/** What all changes of mappings share: one at a time in a shop, what was is kept, and a line in the audit trail. */

/** Makes this transaction the only one that changes mappings of the shop. */
export async function lockMappings(sql: Sql, shopId: string): Promise<void> {
  // NO KEY: the imports' foreign keys do not wait for it.
  await sql('SELECT 1 FROM shop_settings WHERE shop_id = $1 FOR NO KEY UPDATE', [shopId]);
}

/** Keeps what a mapping is before it is changed or removed; of one that was just made (`isNew`), that it was not there. */
export async function keepRevision(
  sql: Sql,
  shopId: string,
  { mappingId, actor, isNew = false }: { mappingId: string; actor: string; isNew?: boolean },
): Promise<void> {
  // The moment of the change: a transaction that waited for the lock began before the one it waited for.
  await sql(
    `INSERT INTO mapping_revision (shop_id, mapping_id, snapshot, actor, created_at)
     SELECT $1, $2, CASE WHEN NOT $4 THEN (SELECT to_jsonb(m) FROM mapping m WHERE m.shop_id = $1 AND m.id = $2) END,
            $3, clock_timestamp()`,
    [shopId, mappingId, actor, isNew],
  );
}

/** The line of the audit trail about one mapping. */
export async function auditMapping(
  sql: Sql,
  shopId: string,
  input: { actor: string; action: string; before: MappingState | null; after: MappingState | null },
): Promise<void> {
  const { actor, action, before, after } = input;
  const mapping = after ?? before;
  if (mapping === null) {
    return;
  }
  await writeAudit(sql, shopId, {
    actor,
    action,
    subject: targetInWords(mapping.scope, mapping.target),
    changes: mappingChanges(before, after).map(({ path, ...change }) => ({
      path: `${mappingPath(mapping)}.${path}`,
      ...change,
    })),
  });
}

/** Who changed a mapping last and when, in words; null = the trail knows nothing of it, so it never was the shop's. */
export async function lastChange(sql: Sql, shopId: string, mappingId: string): Promise<string | null> {
  const [last] = await sql<{ actor: string; at: Date; timezone: string }>(
    `SELECT r.actor, r.created_at AS at, s.timezone FROM mapping_revision r JOIN shop_settings s ON s.shop_id = r.shop_id
      WHERE r.shop_id = $1 AND r.mapping_id = $2 ORDER BY r.created_at DESC, r.id DESC LIMIT 1`,
    [shopId, mappingId],
  );
  return last === undefined ? null : `${last.actor} at ${shopTime(last.at, last.timezone)}`;
}

/** What templates and conditions of the shop are checked with. */
export async function checkSettings(sql: Sql, shopId: string): Promise<TemplateSettings> {
  const [shop] = await sql<{ timezone: string; phoneCountry: string }>(
    'SELECT timezone, phone_country AS "phoneCountry" FROM shop_settings WHERE shop_id = $1',
    [shopId],
  );
  const tables = await sql<{ name: string }>('SELECT name FROM translation_table WHERE shop_id = $1', [
    shopId,
  ]);
  return compileSettings({
    timezone: shop?.timezone ?? 'UTC',
    phoneCountry: shop?.phoneCountry ?? 'AU',
    // Only their names matter: a template may name no other.
    translations: Object.fromEntries(tables.map(({ name }) => [name, { whenMissing: 'keep', entries: {} }])),
  });
}

/** The name of a connection that is there; undefined = the shop has none of that id, null = no connection was asked for. */
export async function connectionName(
  sql: Sql,
  shopId: string,
  connectionId: string | null,
): Promise<string | null | undefined> {
  if (connectionId === null) {
    return null;
  }
  const [connection] = await sql<{ name: string }>(
    'SELECT name FROM connection WHERE shop_id = $1 AND id = $2 AND removed_at IS NULL',
    [shopId, connectionId],
  );
  return connection?.name;
}
