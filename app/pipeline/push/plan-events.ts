import type { Context } from '../../context.ts';
import { cutBySize } from '../../domain/batch.ts';
import { RECORD_TABLES } from '../record-tables.ts';
import { insertBatch, mayGo } from './due-records.ts';
import { wrapCursor, type Push } from './push.ts';
import { capTestMode } from './test-slots.ts';

/** Klaviyo's limit for one bulk request, events in total. */
const EVENTS_PER_BATCH = 1_000;

/** Plans the next batch of events of one kind of record. False when nothing is due. */
export async function planEvents(ctx: Context, push: Push, kind: 'orders' | 'rewards'): Promise<boolean> {
  return ctx.db.transaction('plan events', async (sql) => {
    const after = push.cursors.get(kind) ?? null;
    const candidates = await sql<{ id: string; payload_bytes: number; event_count: number }>(
      `SELECT t.id, t.payload_bytes, t.event_count FROM ${RECORD_TABLES[kind]} t
        WHERE ${mayGo(push)} AND t.payload IS NOT NULL AND ($2::uuid IS NULL OR t.id > $2)
        ORDER BY t.id LIMIT $3 FOR UPDATE SKIP LOCKED`,
      [push.scope.id, after, EVENTS_PER_BATCH],
    );
    const big =
      candidates[0] !== undefined && candidates[0].event_count > EVENTS_PER_BATCH
        ? candidates.slice(0, 1)
        : null;
    const fitting =
      big ??
      cutByEvents(
        cutBySize(
          candidates,
          { maxCount: EVENTS_PER_BATCH, maxBytes: ctx.settings.batchBytes },
          (one) => one.payload_bytes,
        ),
      );
    const last = fitting.at(-1);
    if (last === undefined) {
      return wrapCursor(push, kind);
    }
    push.cursors.set(kind, last.id);
    const ids = await capTestMode(
      sql,
      push,
      kind,
      fitting.map((one) => one.id),
    );
    if (ids.length > 0) {
      push.plannedSinceWrap.add(kind);
      await insertBatch(sql, ctx, push, {
        kind: big === null ? 'events' : 'event-single',
        grouping: { recordKind: kind },
        recordKind: kind,
        items: ids.map((id) => ({ id, part: 'events' })),
      });
    }
    return true;
  });
}

function cutByEvents<Item extends { event_count: number }>(items: readonly Item[]): Item[] {
  let events = 0;
  const cut = items.findIndex((item) => {
    events += item.event_count;
    return events > EVENTS_PER_BATCH;
  });
  return cut === -1 ? [...items] : items.slice(0, cut);
}
