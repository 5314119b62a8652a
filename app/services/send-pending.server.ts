import type { Context } from '../context.ts';
import { refusal, type FormAnswer } from '../domain/form-answer.ts';
import { NO_FILTER, recordFilterParameters, type RecordFilter } from '../domain/record-filter.ts';
import { pendingFigures } from '../queries/pending-figures.server.ts';
import { changeMatchingRecords } from './change-records.server.ts';

/**
 * Has everything that is pending sent once while data sync stays off: a task for each connection and kind of record that
 * has some, except paused connections. What is asked for already is not asked for again.
 */
export async function sendPending(
  ctx: Context,
  shopId: string,
  input: { actor: string },
): Promise<FormAnswer> {
  const [settings] = await ctx.db.sql<{ data_sync: boolean }>(
    'SELECT data_sync FROM shop_settings WHERE shop_id = $1',
    [shopId],
  );
  if (settings?.data_sync === true) {
    return refusal('Data sync is on: pending records are sent by themselves. Reload the page.');
  }
  const { places } = await pendingFigures(ctx, shopId);
  if (places.length === 0) {
    return refusal('Nothing is pending any more. Reload the page to see where the records are.');
  }
  const open = await openOnes(ctx, shopId);
  for (const { connectionId, kind } of places) {
    const filter: RecordFilter = { ...NO_FILTER, tab: 'pending', connectionId };
    if (!open.has(`${kind} ${recordFilterParameters(filter).toString()}`)) {
      await changeMatchingRecords(ctx, shopId, { kind, filter, change: 'sync', actor: input.actor });
    }
  }
  return { ok: true, message: 'Sending started' };
}

async function openOnes(ctx: Context, shopId: string): Promise<Set<string>> {
  const rows = await ctx.db.sql<{ kind: string; filter: string }>(
    `SELECT input->>'kind' AS kind, input->>'filter' AS filter FROM task
      WHERE shop_id = $1 AND kind = 'change-records' AND status IN ('waiting', 'running') AND input->>'change' = 'sync'`,
    [shopId],
  );
  return new Set(rows.map(({ kind, filter }) => `${kind} ${filter}`));
}
