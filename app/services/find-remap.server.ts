import type { Context } from '../context.ts';
import type { RecordKind } from '../domain/records.ts';
import { KIND_OF_SCOPE, type MappingScope } from '../domain/rules.ts';
import { loadConnections, type ConnectionScope } from '../pipeline/load-connections.ts';

/** Which records a mapping is about. */
export type RemapTarget = {
  kind: RecordKind;
  /** The mapping as people know it. */
  name: string;
  /** The mapping's own connection, the one asked for, or all of the shop. */
  scopes: ConnectionScope[];
};

/** The records that a mapping is about. Null = the shop has no such mapping or connection. */
export async function findRemap(
  ctx: Context,
  shopId: string,
  { mappingId, connectionId }: { mappingId: string; connectionId: string | null },
): Promise<RemapTarget | null> {
  const [[mapping], scopes] = await Promise.all([
    ctx.db.sql<{ scope: MappingScope; target: string; description: string; connection_id: string | null }>(
      'SELECT scope, target, description, connection_id FROM mapping WHERE shop_id = $1 AND id = $2',
      [shopId, mappingId],
    ),
    loadConnections(ctx, shopId),
  ]);
  const isStranger = connectionId !== null && !scopes.some(({ id }) => id === connectionId);
  if (mapping === undefined || isStranger) {
    return null;
  }
  const only = mapping.connection_id ?? connectionId;
  return {
    kind: KIND_OF_SCOPE[mapping.scope],
    name: mapping.description === '' ? mapping.target : mapping.description,
    scopes: only === null ? scopes : scopes.filter(({ id }) => id === only),
  };
}
