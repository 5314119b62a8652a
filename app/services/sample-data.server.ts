import type { Context } from '../context.ts';
import { presetEvents } from '../domain/presets.ts';
import { keyPlace } from '../pipeline/load-connections.ts';
import { startTask } from './tasks/start-task.server.ts';
import { writeAudit } from './write-audit.server.ts';

/** The one connection of a shop that has no Klaviyo account behind it. */
const SAMPLE = { name: 'Sample data', directory: '/pending/threadline-sample' };

/**
 * Gives a shop a connection with sample exports in it, mapped like real ones, so that every page shows something before
 * anything is connected. Nothing of it is ever sent: a connection in the mode `sample` counts as paused. Safe to repeat.
 */
export async function addSampleData(ctx: Context, shopId: string, input: { actor: string }): Promise<void> {
  const connectionId = await ctx.db.transaction('add sample data', async (sql) => {
    const id = ctx.ids.uuid();
    const [added] = await sql<{ id: string }>(
      `INSERT INTO connection (id, shop_id, name, position, directory, sealed_key, key_last4, event_seed, mode, events)
       VALUES ($1, $2, $3, 999, $4, $5, '', 'sample', 'sample', $6) ON CONFLICT DO NOTHING RETURNING id`,
      [
        id,
        shopId,
        SAMPLE.name,
        SAMPLE.directory,
        ctx.vault.seal('', keyPlace(shopId, id)),
        JSON.stringify(presetEvents),
      ],
    );
    if (added !== undefined) {
      await writeAudit(sql, shopId, {
        actor: input.actor,
        action: 'add sample data',
        subject: SAMPLE.name,
        changes: [],
      });
    }
    return added?.id;
  });
  if (connectionId !== undefined) {
    await startTask(ctx, shopId, { kind: 'load-sample', input: {}, connectionId, actor: input.actor });
  }
}

/** Takes the sample data away with all its records and files. */
export async function removeSampleData(
  ctx: Context,
  shopId: string,
  input: { actor: string },
): Promise<void> {
  await ctx.db.transaction('remove sample data', async (sql) => {
    const removed = await sql(`DELETE FROM connection WHERE shop_id = $1 AND mode = 'sample' RETURNING id`, [
      shopId,
    ]);
    if (removed.length > 0) {
      await writeAudit(sql, shopId, {
        actor: input.actor,
        action: 'remove sample data',
        subject: SAMPLE.name,
        changes: [],
      });
    }
  });
}
