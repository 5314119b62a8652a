import type { Context } from '../context.ts';
import { RECORD_KINDS, type RecordKind } from '../domain/records.ts';
import { recordFigures, sumFigures } from './record-figures.server.ts';

export type PendingFigures = {
  total: number;
  kinds: Record<RecordKind, number>;
  /** Where they are: only kinds that have some. */
  places: { connectionId: string; kind: RecordKind }[];
  /** Names of paused connections: what is pending there stays and is not counted. */
  paused: string[];
};

/** What would go to Klaviyo if somebody had it sent now: pending records of all connections that are not paused. */
export async function pendingFigures(ctx: Context, shopId: string): Promise<PendingFigures> {
  const connections = await ctx.db.sql<{ id: string; name: string; paused: boolean }>(
    `SELECT id, name, paused FROM connection
      WHERE shop_id = $1 AND removed_at IS NULL AND mode <> 'sample' ORDER BY position, name`,
    [shopId],
  );
  const active = connections.filter(({ paused }) => !paused).map(({ id }) => id);
  const figures = await recordFigures(ctx, shopId, active);
  const sum = sumFigures(figures.values());
  const kinds = {
    customers: sum.customers.pending,
    orders: sum.orders.pending,
    rewards: sum.rewards.pending,
  };
  return {
    kinds,
    total: kinds.customers + kinds.orders + kinds.rewards,
    places: [...figures].flatMap(([connectionId, one]) =>
      RECORD_KINDS.filter((kind) => one[kind].pending > 0).map((kind) => ({ connectionId, kind })),
    ),
    paused: connections.filter(({ paused }) => paused).map(({ name }) => name),
  };
}
