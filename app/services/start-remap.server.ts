import type { Context } from '../context.ts';
import { refusal, type FormAnswer } from '../domain/form-answer.ts';
import { recordFigures } from '../queries/record-figures.server.ts';
import { findRemap } from './find-remap.server.ts';
import { startTask } from './tasks/start-task.server.ts';
import { writeAudit } from './write-audit.server.ts';

/**
 * Has the existing records that a mapping is about mapped anew; one such task of a kind of record at a time. Null = the shop has
 * no such mapping or connection.
 */
export async function startRemap(
  ctx: Context,
  shopId: string,
  input: { mappingId: string; connectionId: string | null; actor: string },
): Promise<FormAnswer | null> {
  const target = await findRemap(ctx, shopId, input);
  if (target === null) {
    return null;
  }
  const { kind, name, scopes } = target;
  const connectionIds = scopes.map(({ id }) => id);
  const [open] = await ctx.db.sql(
    `SELECT 1 FROM task WHERE shop_id = $1 AND kind = 'remap-records' AND status IN ('waiting', 'running') AND input->>'kind' = $2`,
    [shopId, kind],
  );
  if (open !== undefined) {
    return refusal(`The ${kind} are being updated already. Wait until that is done, then apply it again.`);
  }
  const figures = await recordFigures(ctx, shopId, connectionIds);
  const total = [...figures.values()].reduce((sum, one) => sum + one[kind].total, 0);
  await writeAudit(ctx.db.sql, shopId, {
    actor: input.actor,
    action: 'apply mapping to existing records',
    subject: name,
    changes: [{ path: kind, before: null, after: `${total} checked` }],
  });
  await startTask(ctx, shopId, {
    kind: 'remap-records',
    input: { kind, connectionIds },
    connectionId: connectionIds.length === 1 ? (connectionIds[0] ?? null) : null,
    total,
    actor: input.actor,
  });
  return { ok: true, message: 'Update started' };
}
