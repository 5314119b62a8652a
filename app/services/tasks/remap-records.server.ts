import { z } from 'zod';
import type { Context } from '../../context.ts';
import { compileRules } from '../../domain/compile-rules.ts';
import { RECORD_KINDS, type RecordKind } from '../../domain/records.ts';
import { withConnection } from '../../pipeline/connection-turns.ts';
import { loadConnections, type ConnectionScope } from '../../pipeline/load-connections.ts';
import { remapRecords, type RemapStep } from '../../pipeline/remap-records.ts';
import type { TaskKind, TaskRun } from './task.ts';

const schema = z.object({ kind: z.enum(RECORD_KINDS), connectionIds: z.array(z.string().uuid()) });

/** How far it is: connections before `place` are done, of that one every key up to `after`. */
const progressSchema = z.object({
  place: z.number().default(0),
  after: z.string().nullable().default(null),
  checked: z.number().default(0),
  sent: z.number().default(0),
  keptBack: z.number().default(0),
  alreadySent: z.number().default(0),
});

type Input = z.infer<typeof schema>;
type RemapProgress = z.infer<typeof progressSchema>;

/** A pass over the connection may hold its lock for long. */
const LOCK_LOOK_MS = 500;

/** Maps all stored records of a kind anew under today's rules, connection by connection; what changed is sent again. */
export const remapRecordsTask: TaskKind<Input> = {
  schema,
  async run(ctx, shopId, task) {
    let progress = progressSchema.parse(task.progress);
    const scopes = await loadConnections(ctx, shopId);
    for (const connectionId of task.input.connectionIds.slice(progress.place)) {
      // One that was removed meanwhile has nothing to send to.
      const scope = scopes.find(({ id }) => id === connectionId);
      const done =
        scope === undefined ? next(progress) : await remapConnection(ctx, shopId, { task, scope, progress });
      if (done === null) {
        return null;
      }
      progress = done;
    }
    return outcomeText(task.input.kind, progress);
  },
};

async function remapConnection(
  ctx: Context,
  shopId: string,
  input: { task: TaskRun<Input>; scope: ConnectionScope; progress: RemapProgress },
): Promise<RemapProgress | null> {
  const { task, scope } = input;
  const { kind } = task.input;
  const compiled = compileRules(scope.rules);
  let { progress } = input;
  const { place } = progress;
  while (progress.place === place) {
    if (task.signal.aborted) {
      return null;
    }
    const { after } = progress;
    // Nothing is imported and nothing is sent in this connection meanwhile; between two chunks it may.
    const admission = await withConnection(ctx, scope, 'remap', async () => {
      let then = progress;
      await remapRecords(ctx, shopId, {
        scope,
        compiled,
        kind,
        after,
        commit: async (sql, step) => {
          then = afterStep(progress, step);
          await task.save({ done: then.checked, progress: then }, sql);
        },
      });
      return then;
    });
    if (admission.got === 'done') {
      progress = admission.result;
    } else {
      await ctx.clock.sleep(LOCK_LOOK_MS);
    }
  }
  await askForPush(ctx, shopId, scope.id);
  return progress;
}

function afterStep(
  progress: RemapProgress,
  { last, checked, sent, keptBack, alreadySent }: RemapStep,
): RemapProgress {
  const sums = {
    ...progress,
    checked: progress.checked + checked,
    sent: progress.sent + sent,
    keptBack: progress.keptBack + keptBack,
    alreadySent: progress.alreadySent + alreadySent,
  };
  return last === null ? next(sums) : { ...sums, after: last };
}

function next(progress: RemapProgress): RemapProgress {
  return { ...progress, place: progress.place + 1, after: null };
}

async function askForPush(ctx: Context, shopId: string, connectionId: string): Promise<void> {
  try {
    await ctx.queue.add('push.connection', { shopId, connectionId });
  } catch (error) {
    ctx.log.warn({ shopId, connectionId, err: error }, 'records wait for the next pass to be sent');
  }
}

const ONE: Record<RecordKind, string> = { customers: 'customer', orders: 'order', rewards: 'reward' };

function outcomeText(kind: RecordKind, { checked, sent, keptBack, alreadySent }: RemapProgress): string {
  const sentences = [
    `Checked ${figure(checked)} ${checked === 1 ? ONE[kind] : kind}, ${sent === 0 ? 'none' : figure(sent)} will be sent again.`,
  ];
  if (keptBack > 0) {
    sentences.push(`${figure(keptBack)} ${keptBack === 1 ? 'is' : 'are'} left out now.`);
  }
  if (alreadySent > 0) {
    const words =
      alreadySent === 1
        ? 'was sent before: Klaviyo keeps its event'
        : 'were sent before: Klaviyo keeps their events';
    sentences.push(`${figure(alreadySent)} ${words}.`);
  }
  if (kind === 'customers') {
    sentences.push('Consent was not touched.');
  }
  return sentences.join(' ');
}

function figure(count: number): string {
  return count.toLocaleString('en-AU');
}
