import type { Sql } from '../context.ts';
import type { MappingState } from '../domain/mapping-changes.ts';

/** A mapping with where it stands. */
export type StoredMapping = MappingState & {
  id: string;
  connectionId: string | null;
  position: number;
  /** Changes with everything a person can change, and with nothing else: what "changed meanwhile" is told by. */
  version: string;
};

const COLUMNS = `m.id, m.connection_id AS "connectionId", c.name AS connection, m.scope, m.target, m.description, m.blank, m.rules,
  m.position, m.enabled,
  md5(jsonb_build_array(m.connection_id, m.target, m.description, m.blank, m.rules, m.enabled)::text) AS version`;

/** The mapping of that id; undefined when the shop has none. */
export async function readMapping(sql: Sql, shopId: string, id: string): Promise<StoredMapping | undefined> {
  const [mapping] = await sql<StoredMapping>(
    `SELECT ${COLUMNS} FROM mapping m LEFT JOIN connection c ON c.id = m.connection_id WHERE m.shop_id = $1 AND m.id = $2`,
    [shopId, id],
  );
  return mapping;
}

/** All mappings of a shop in their order, but those of connections that were removed. */
export async function readMappings(sql: Sql, shopId: string): Promise<StoredMapping[]> {
  return sql<StoredMapping>(
    `SELECT ${COLUMNS} FROM mapping m LEFT JOIN connection c ON c.id = m.connection_id
      WHERE m.shop_id = $1 AND c.removed_at IS NULL ORDER BY m.position, m.id`,
    [shopId],
  );
}

/** What a mapping was, as `mapping_revision.snapshot` keeps it; null = it was not there yet. */
export type Snapshot = {
  connection_id: string | null;
  scope: MappingState['scope'];
  target: string;
  description: string;
  blank: string;
  rules: MappingState['rules'];
  position: number;
  enabled: boolean;
} | null;

/** A snapshot as a state; `connection` is the name that its connection has today. */
export function stateOf(snapshot: Snapshot, connection: string | null): MappingState | null {
  if (snapshot === null) {
    return null;
  }
  const { connection_id: connectionId, scope, target, description, blank, rules, enabled } = snapshot;
  return {
    scope,
    target,
    description,
    blank,
    rules,
    enabled,
    connection: connectionId === null ? null : (connection ?? 'A removed connection'),
  };
}
