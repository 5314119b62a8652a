import type { Context, Sql } from '../../context.ts';
import type { KlaviyoParts } from '../../domain/erasure.ts';
import { marksOfPerson, type Person } from '../../domain/person.ts';
import { erasureHasher, suppress } from '../../pipeline/erasure/erased-people.ts';
import { sealPerson } from '../../pipeline/erasure/sealed-person.ts';
import { writeAudit } from '../write-audit.server.ts';

export type NewErasure = {
  person: Person;
  actor: string;
  /** Connections in whose Klaviyo accounts the person is deleted, too. */
  connectionIds: string[];
  /** Shopify's request that asks for it. One is carried out once. */
  requestId?: string;
};

/**
 * Notes that a person is to be erased: from this moment no file brings them in, and a worker removes what is held of them.
 * Who it is stands sealed; the trail says "a person" with the start of a keyed hash. Returns the erasure's id; null = the
 * request is being carried out already. `wakeErasures` starts the work, and so does every sweep.
 */
export async function startErasure(
  ctx: Context,
  shopId: string,
  input: NewErasure,
  /** What happens together with it. */
  also?: (sql: Sql) => Promise<void>,
): Promise<string | null> {
  const { person, actor } = input;
  const hash = await erasureHasher(ctx, shopId);
  const hashes = marksOfPerson(person).map(hash);
  const label = (hashes[0] ?? '').slice(0, 8);
  const id = ctx.ids.uuid();
  return ctx.db.transaction('start erasure', async (sql) => {
    const connections = await sql<{ id: string; name: string }>(
      `SELECT id, name FROM connection
        WHERE shop_id = $1 AND id = ANY($2::uuid[]) AND removed_at IS NULL AND mode <> 'sample' ORDER BY position, name`,
      [shopId, input.connectionIds],
    );
    const parts: KlaviyoParts = Object.fromEntries(connections.map((one) => [one.id, { state: 'wanted' }]));
    const rows = await sql(
      `INSERT INTO erasure (id, shop_id, request_id, actor, label, sealed_person, klaviyo, next_attempt_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, now()) ON CONFLICT (request_id) DO NOTHING RETURNING id`,
      [
        id,
        shopId,
        input.requestId ?? null,
        actor,
        label,
        sealPerson(ctx, shopId, id, person),
        JSON.stringify(parts),
      ],
    );
    if (rows.length === 0) {
      return null;
    }
    await suppress(sql, shopId, { erasureId: id, hashes });
    const accounts = connections.map(({ name }) => name).join(', ');
    await writeAudit(sql, shopId, {
      actor,
      action: 'erase person',
      subject: `a person (${label})${accounts === '' ? '' : `, also in ${accounts}`}`,
      changes: [],
    });
    await also?.(sql);
    return id;
  });
}

/** Starts the work on erasures for which it is time, each once. When the queue does not answer, the next sweep does it. */
export async function wakeErasures(ctx: Context): Promise<void> {
  const tasks = await ctx.db.sql<{ id: string; shop_id: string }>(
    // Together: a kill in between would lose the erasure.
    `WITH due AS (
       UPDATE erasure SET next_attempt_at = NULL
        WHERE id IN (SELECT id FROM erasure WHERE next_attempt_at <= now() AND finished_at IS NULL
                      ORDER BY next_attempt_at LIMIT 100 FOR UPDATE SKIP LOCKED)
        RETURNING id, shop_id, actor)
     INSERT INTO task (shop_id, kind, input, actor)
     SELECT shop_id, 'erase-person', jsonb_build_object('erasureId', id), actor FROM due RETURNING id, shop_id`,
  );
  try {
    for (const { id, shop_id: shopId } of tasks) {
      await ctx.queue.add('upkeep.task', { shopId, taskId: id });
    }
  } catch (error) {
    ctx.log.warn({ err: error }, 'erasures wait for the next sweep');
  }
}
