import type { Context } from '../context.ts';
import { loadConnections } from './load-connections.ts';
import { syncConnection, type ConnectionPass, type PassInput } from './sync-connection.ts';

/**
 * One complete pass over a shop's connections, all at once: a dead or throttled account delays nobody else. Returns when
 * every record of the pass is settled.
 */
export async function syncShop(
  ctx: Context,
  shopId: string,
  input: { connection?: string } & Omit<PassInput, 'scope'>,
): Promise<ConnectionPass[]> {
  const { connection, ...pass } = input;
  const scopes = await loadConnections(ctx, shopId, connection);
  return Promise.all(scopes.map((scope) => syncConnection(ctx, shopId, { ...pass, scope })));
}
