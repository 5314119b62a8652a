import type { Context } from '../../context.ts';
import { isAppError } from '../../domain/errors.ts';
import type { KlaviyoOperation } from '../../domain/ports/klaviyo.ts';
import { learnAccount } from '../learn-account.ts';
import { openKlaviyo, type ConnectionScope } from '../load-connections.ts';
import { isStopped, NEXT_TURN_MS, pause, type Turn } from '../turn.ts';
import { findBatches, loadBatch, withdrawBatch } from './batch-items.ts';
import { confirmJobs } from './confirm-jobs.ts';
import { nextPlanned } from './due-records.ts';
import { settleAll } from './in-parallel.ts';
import { planConsent } from './plan-consent.ts';
import { planEvents } from './plan-events.ts';
import { planProfiles } from './plan-profiles.ts';
import { comeAgain, isOver, type BatchKind, type Push } from './push.ts';
import { recoverBatches } from './recover-batches.ts';
import { noteLists } from './note-lists.ts';
import { noteRetirement } from './note-retirement.ts';
import { releaseWaiting } from './release-waiting.ts';
import { screenBulk } from './screen-bulk.ts';
import { resolveUncertainConsent, sendConsent } from './send-consent.ts';
import { sendEvents, sendEventSingles } from './send-events.ts';
import { sendProfileImport } from './send-profiles.ts';
import { sendUpserts } from './send-upserts.ts';

export type RequestCounts = {
  profileImport: number;
  events: number;
  subscribe: number;
  unsubscribe: number;
  reads: number;
};
export type PushReport = { requests: RequestCounts; sent: Push['sent'] };

/** Requests to Klaviyo that may be under way at once for one connection. The pacing of each operation is the client's. */
const SENDERS = 3;
const FIRST_LOOK_MS = 200;
const LONGEST_LOOK_MS = 5_000;
/** A job that has taken long is looked at after this share of its age. */
const LOOKS_PER_AGE = 4;

/**
 * Drains one connection: profiles, then consent, then events, until nothing is due and every import job has ended.
 * The caller holds the connection's lock. Everything is resumable: a kill at any line costs at most a repeat that is
 * harmless. Errors: AppErrors of `sendRequest`; what was planned and not sent is pending again. `onEnd` is told what was
 * sent, also before an error. `askedForOnly`: only records with `send_now` are planned; what an earlier pass has handed to
 * Klaviyo is still followed to its end. Where the turn ends before, or may not wait for Klaviyo, returns after how many ms
 * to go on; else null.
 */
export async function pushConnection(
  ctx: Context,
  shopId: string,
  input: { scope: ConnectionScope; askedForOnly?: boolean; turn: Turn; onEnd(report: PushReport): void },
): Promise<number | null> {
  await learnAccount(ctx, input.scope);
  const push: Push = {
    shopId,
    scope: input.scope,
    klaviyo: await openKlaviyo(ctx, input.scope),
    askedForOnly: input.askedForOnly ?? false,
    cursors: new Map(),
    plannedSinceWrap: new Set(),
    forgottenLists: new Set(),
    listsUnderWay: new Map(),
    listTroubles: new Map(),
    optIns: new Map(),
    asksBirthDate: false,
    retirement: null,
    sent: { profiles: 0, subscribes: 0, unsubscribes: 0, events: 0 },
    turn: input.turn,
    againInMs: null,
    hasProfilesAgain: false,
    isLeaving: false,
  };
  try {
    await recoverBatches(ctx, push);
    while (!isOver(push) && (await drainOnce(ctx, push))) {
      // what was settled may have left work
    }
    await noteLists(ctx, push);
    return push.againInMs ?? (push.turn.over.aborted ? NEXT_TURN_MS : null);
  } catch (error) {
    if (!isStopped(error)) {
      throw error;
    }
    return push.againInMs ?? NEXT_TURN_MS;
  } finally {
    input.onEnd({ requests: countRequests(push), sent: push.sent });
    await takeBackPlanned(ctx, push);
    await keepCounts(ctx, push);
    if (push.retirement !== null) {
      await noteRetirement(ctx, push.scope, push.retirement);
    }
  }
}

/** Profiles, then consent, then events; each waits for what comes before it. True when anything was done. */
async function drainOnce(ctx: Context, push: Push): Promise<boolean> {
  push.hasProfilesAgain = false;
  const hadProfiles = await drainProfiles(ctx, push);
  const hadConsent = !isOver(push) && (await drainConsent(ctx, push));
  const released = isOver(push) ? 0 : await releaseWaiting(ctx, push);
  const hadEvents = !isOver(push) && (await drainEvents(ctx, push));
  return hadProfiles || hadConsent || hadEvents || released > 0 || push.hasProfilesAgain;
}

async function drainProfiles(ctx: Context, push: Push): Promise<boolean> {
  let hadWork = false;
  while (!isOver(push) && (await screenBulk(ctx, push))) {
    hadWork = true;
  }
  for (let lookMs = FIRST_LOOK_MS; ; lookMs = Math.min(LONGEST_LOOK_MS, lookMs * 1.5)) {
    const sent = await drainPlanned(
      ctx,
      push,
      ['profile-import', 'profile-upsert'],
      () => planProfiles(ctx, push),
      {
        step: 'profiles',
        send: (kind, id) =>
          kind === 'profile-import' ? sendProfileImport(ctx, push, id) : sendUpserts(ctx, push, id),
      },
    );
    hadWork ||= sent;
    const { open, settled, oldestSentAt } = await confirmJobs(ctx, push);
    if (isOver(push) || (open === 0 && settled === 0 && !sent)) {
      return hadWork;
    }
    hadWork ||= settled > 0;
    if (open > 0 && !push.turn.mayWait) {
      if (settled === 0) {
        comeAgain(push, nextLookMs(ctx, oldestSentAt), { leave: true });
        return true;
      }
    } else if (open > 0) {
      hadWork = true;
      ctx.onProgress({
        connection: push.scope.name,
        step: 'confirm',
        note: `${open} import jobs at Klaviyo`,
      });
      await pause(ctx, lookMs, push.turn.halt);
    }
    if (sent) {
      lookMs = FIRST_LOOK_MS;
    }
  }
}

function nextLookMs(ctx: Context, oldestSentAt: Date | null): number {
  const ageMs = ctx.clock.now().getTime() - (oldestSentAt?.getTime() ?? 0);
  return Math.min(LONGEST_LOOK_MS, Math.max(FIRST_LOOK_MS, Math.round(ageMs / LOOKS_PER_AGE)));
}

async function drainConsent(ctx: Context, push: Push): Promise<boolean> {
  const hadWork = await drainPlanned(ctx, push, ['subscribe', 'unsubscribe'], () => planConsent(ctx, push), {
    step: 'consent',
    send: (_, id) => sendConsent(ctx, push, id),
  });
  await resolveUncertainConsent(ctx, push);
  return hadWork;
}

async function drainEvents(ctx: Context, push: Push): Promise<boolean> {
  let hadWork = false;
  for (const kind of ['orders', 'rewards'] as const) {
    if (isOver(push)) {
      return hadWork;
    }
    const sent = await drainPlanned(
      ctx,
      push,
      ['events', 'event-single'],
      () => planEvents(ctx, push, kind),
      {
        step: 'events',
        send: (batchKind, id) =>
          batchKind === 'events' ? sendEvents(ctx, push, id) : sendEventSingles(ctx, push, id),
      },
    );
    hadWork ||= sent;
  }
  return hadWork;
}

/** Plans and sends until nothing is planned and nothing is due, a few requests at once. True when anything was sent. */
async function drainPlanned(
  ctx: Context,
  push: Push,
  kinds: BatchKind[],
  plan: () => Promise<boolean>,
  how: { step: 'profiles' | 'consent' | 'events'; send: (kind: BatchKind, id: string) => Promise<void> },
): Promise<boolean> {
  let hadWork = false;
  let planning: Promise<boolean> = Promise.resolve(true);
  function planOnce(): Promise<boolean> {
    planning = planning.then(plan, plan);
    return planning;
  }
  async function sender(): Promise<void> {
    while (!isOver(push)) {
      const next = await nextPlanned(ctx, push, kinds);
      if (next === null) {
        if (!(await planOnce())) {
          return;
        }
        continue;
      }
      hadWork = true;
      await sendOrTakeBack(ctx, next, how.send);
      ctx.onProgress({ connection: push.scope.name, step: how.step, done: doneOf(push, how.step) });
    }
  }
  await settleAll(Array.from({ length: SENDERS }, sender));
  return hadWork;
}

/**
 * What `send` throws about Klaviyo is definite: the request was refused, or never left, or may be repeated. So the batch
 * goes back and its records are pending, not stuck. (A replay of single events keeps its place: it must stay a replay.)
 * After any other error (the database would not note an outcome) nobody knows: the batch stays as a kill leaves it.
 */
async function sendOrTakeBack(
  ctx: Context,
  next: { id: string; kind: BatchKind },
  send: (kind: BatchKind, id: string) => Promise<void>,
): Promise<void> {
  try {
    await send(next.kind, next.id);
  } catch (error) {
    if (next.kind === 'event-single') {
      await ctx.db.sql(`UPDATE push_batch SET status = 'planned' WHERE id = $1`, [next.id]);
    } else if (isStopped(error) || (isAppError(error) && error.code.startsWith('klaviyo_'))) {
      await ctx.db.transaction('take back batch', async (sql) =>
        withdrawBatch(sql, await loadBatch(sql, next.id)),
      );
    }
    throw error;
  }
}

function doneOf(push: Push, step: 'profiles' | 'consent' | 'events'): number {
  const { profiles, subscribes, unsubscribes, events } = push.sent;
  return step === 'profiles' ? profiles : step === 'events' ? events : subscribes + unsubscribes;
}

/** After an error: whatever was planned and never left goes back to pending. */
async function takeBackPlanned(ctx: Context, push: Push): Promise<void> {
  for (const batch of await findBatches(ctx, push, ['planned'])) {
    if (batch.kind !== 'event-single') {
      await ctx.db.transaction('take back batch', (sql) => withdrawBatch(sql, batch));
    }
  }
}

function countRequests(push: Pick<Push, 'klaviyo'>): RequestCounts {
  const kinds: Partial<Record<KlaviyoOperation, keyof RequestCounts>> = {
    importProfiles: 'profileImport',
    upsertProfile: 'profileImport',
    createEvents: 'events',
    createEvent: 'events',
    subscribe: 'subscribe',
    unsubscribe: 'unsubscribe',
  };
  const counts: RequestCounts = { profileImport: 0, events: 0, subscribe: 0, unsubscribe: 0, reads: 0 };
  for (const [operation, count] of Object.entries(push.klaviyo.counts())) {
    counts[kinds[operation as KlaviyoOperation] ?? 'reads'] += count;
  }
  return counts;
}

/** Adds what this client has sent to what the connection has sent since ever. */
export async function keepCounts(ctx: Context, push: Pick<Push, 'klaviyo' | 'scope'>): Promise<void> {
  const counts = countRequests(push);
  await ctx.db.sql(
    `UPDATE connection SET requests = (
        SELECT jsonb_object_agg(k.key, coalesce((requests->>k.key)::int, 0) + k.value::int) FROM jsonb_each_text($2::jsonb) k)
      WHERE id = $1`,
    [push.scope.id, JSON.stringify(counts)],
  );
}
