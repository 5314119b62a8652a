import { z } from 'zod';
import type { Context } from '../../context.ts';
import { isUncounted, RECORD_TABS, type RecordFilter, type RecordPlace } from '../../domain/record-filter.ts';
import { RECORD_CHANGES, recordCount, type RecordChange } from '../../domain/record-change.ts';
import { RECORD_KINDS, type JsonObject, type RecordKind } from '../../domain/records.ts';
import { walkRecords } from '../../queries/record-walk.server.ts';
import { liveConnections } from '../../queries/records-page.server.ts';
import { applyChange, CHANGED_STATUSES, storedFilter } from '../change-records.server.ts';
import { wakePush } from '../wake-connections.server.ts';
import { writeAudit } from '../write-audit.server.ts';
import type { TaskKind, TaskRun } from './task.ts';

const schema = z.object({
  kind: z.enum(RECORD_KINDS),
  change: z.enum(RECORD_CHANGES),
  filter: z.string(),
  askedAt: z.string().datetime(),
});
type Input = z.infer<typeof schema>;

const progressSchema = z.object({
  from: z.object({ segment: z.number(), key: z.string(), id: z.string() }).nullable().default(null),
  isNoted: z.boolean().default(false),
});

const CHUNK = 500;

/**
 * Changes everything that matched a filter when it was asked for, 500 at a time, each chunk with its place and its count in one
 * transaction. A record that changed since then (also by this task) is not touched: a repeat does nothing twice.
 */
export const changeRecordsTask: TaskKind<Input> = {
  schema,
  async run(ctx, shopId, run) {
    const { kind, change } = run.input;
    const filter = storedFilter(kind, run.input.filter);
    const connectionIds = (await liveConnections(ctx, shopId)).map(({ id }) => id);
    const since = filter.since === null ? null : daysBefore(run.input.askedAt, filter.since);
    const walk = {
      kind,
      filter,
      connectionIds,
      since,
      statuses: CHANGED_STATUSES[change],
      asOfTask: run.taskId,
    };
    const progress = progressSchema.parse(run.progress);
    let { from } = progress;
    let { done } = run;
    for (;;) {
      if (run.signal.aborted) {
        return null;
      }
      const places = await walkRecords(ctx, walk, { from, isBackward: false, limit: CHUNK });
      from = places.at(-1) ?? null;
      if (from === null) {
        break;
      }
      done = await changeChunk(ctx, shopId, run, { kind, change, places, done });
    }
    if (!progress.isNoted) {
      await noteChange(ctx, shopId, run, { kind, change, filter, done });
    }
    return outcomeOf(kind, change, done);
  },
};

/** One chunk; returns how many records are done with it. */
async function changeChunk(
  ctx: Context,
  shopId: string,
  run: TaskRun<Input>,
  input: { kind: RecordKind; change: RecordChange; places: RecordPlace[]; done: number },
): Promise<number> {
  const { kind, change, places } = input;
  const ids = places.map(({ id }) => id);
  const changed = await ctx.db.transaction('change many records', async (sql) => {
    const rows = await applyChange(sql, shopId, { kind, ids, change, asOfTask: run.taskId });
    await sql('UPDATE task SET done = $3, progress = $4 WHERE shop_id = $1 AND id = $2', [
      shopId,
      run.taskId,
      input.done + rows.length,
      JSON.stringify({ from: places.at(-1) ?? null }),
    ]);
    return rows;
  });
  await wakePush(ctx, shopId, changed);
  return input.done + changed.length;
}

/** The line of the audit trail, once. */
async function noteChange(
  ctx: Context,
  shopId: string,
  run: TaskRun<Input>,
  input: { kind: RecordKind; change: RecordChange; filter: RecordFilter; done: number },
): Promise<void> {
  const progress: JsonObject = { isNoted: true };
  await ctx.db.transaction('note change of records', async (sql) => {
    await writeAudit(sql, shopId, {
      actor: run.actor,
      action: `${input.change} records`,
      subject: `${recordCount(input.kind, input.done)}, ${inWords(input.filter)}`,
      changes: [],
    });
    await sql('UPDATE task SET progress = $3 WHERE shop_id = $1 AND id = $2', [
      shopId,
      run.taskId,
      JSON.stringify(progress),
    ]);
  });
}

function inWords(filter: RecordFilter): string {
  const tab = RECORD_TABS.find((one) => one === filter.tab) ?? 'all';
  return `everything that matched: ${tab}${isUncounted(filter) || filter.connectionId !== null ? ', filtered' : ''}`;
}

function daysBefore(moment: string, days: number): string {
  return new Date(Date.parse(moment) - days * 86_400_000).toISOString();
}

const OUTCOMES: Record<RecordChange, string> = {
  sync: 'sent now',
  retry: 'pending again',
  skip: 'marked as skipped',
};

function outcomeOf(kind: RecordKind, change: RecordChange, done: number): string {
  return done === 0
    ? `None of these ${kind} could be changed: they moved on meanwhile.`
    : `${recordCount(kind, done)} ${OUTCOMES[change]}.`;
}
