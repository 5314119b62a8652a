import type { Context } from '../context.ts';
import { refusal, type FormAnswer } from '../domain/form-answer.ts';
import { mappingPath } from '../domain/mapping-changes.ts';
import { targetInWords } from '../domain/mapping-words.ts';
import { readMappings } from '../queries/stored-mapping.server.ts';
import { lockMappings } from './mapping-change.server.ts';
import { writeAudit } from './write-audit.server.ts';

/**
 * Moves a mapping before another of its scope, or to the end of its scope (`beforeId` null). The order of the others stays.
 * Null = the shop has no such mapping.
 */
export async function moveMapping(
  ctx: Context,
  shopId: string,
  input: { mappingId: string; beforeId: string | null; actor: string },
): Promise<FormAnswer | null> {
  const { mappingId, beforeId, actor } = input;
  return ctx.db.transaction('move mapping', async (sql) => {
    await lockMappings(sql, shopId);
    const all = await readMappings(sql, shopId);
    const moved = all.find(({ id }) => id === mappingId);
    if (moved === undefined) {
      return null;
    }
    const old = all.filter(({ scope }) => scope === moved.scope);
    const rest = old.filter(({ id }) => id !== mappingId);
    const place = beforeId === null ? rest.length : rest.findIndex(({ id }) => id === beforeId);
    if (place === -1 && beforeId !== mappingId) {
      return refusal('The order was changed meanwhile. Look at it again, then move the mapping.');
    }
    const order = beforeId === mappingId ? old : rest.toSpliced(place, 0, moved);
    const [from, to] = [old.indexOf(moved), order.indexOf(moved)];
    if (from !== to) {
      // Only the places of this scope are given out anew: the order of the other scopes stays as it is.
      const places = old.map(({ position }) => position);
      const areDistinct = new Set(all.map(({ position }) => position)).size === all.length;
      const queue = order.values();
      const ids = areDistinct
        ? order.map(({ id }) => id)
        : all.map((one) => (one.scope === moved.scope ? (queue.next().value ?? one) : one).id);
      await sql(
        `UPDATE mapping m SET position = o.position FROM unnest($2::uuid[], $3::int[]) AS o(id, position)
          WHERE m.shop_id = $1 AND m.id = o.id AND m.position <> o.position`,
        [shopId, ids, areDistinct ? places : ids.map((_, index) => index)],
      );
      await writeAudit(sql, shopId, {
        actor,
        action: 'move mapping',
        subject: targetInWords(moved.scope, moved.target),
        changes: [
          {
            path: `${mappingPath(moved)}.place`,
            before: String(from + 1),
            after: String(to + 1),
          },
        ],
      });
    }
    return { ok: true, message: 'Mapping moved' };
  });
}
