import type { Context } from '../../context.ts';
import { AppError, type AppErrorOptions } from '../../domain/errors.ts';
import { backoffMs } from '../../domain/backoff.ts';
import { readRetirement } from '../../domain/klaviyo-revision.ts';
import { explainRefusal } from '../../domain/klaviyo-errors.ts';
import type { KlaviyoAnswer, KlaviyoRequest } from '../../domain/ports/klaviyo.ts';
import { isStopped, pause, stopped } from '../turn.ts';
import { comeAgain, type Talk } from './push.ts';

/** Klaviyo asks to wait for longer than a pass does: the day's requests of an operation are used up. */
export class AskedToWait extends AppError {
  constructor(
    readonly ms: number,
    options: AppErrorOptions,
  ) {
    super(options);
  }
}

export type Answered = Extract<KlaviyoAnswer, { outcome: 'answered' }>;

/** A longer wait ends the pass: the day's quota is used up, or Klaviyo is down for a while. */
const LONGEST_WAIT_MS = 5 * 60_000;

/** A turn that may not wait gives its slot back for a longer one. */
const LONGEST_WAIT_IN_TURN_MS = 5_000;

/** So many tries without an answer count as Klaviyo being down when the turn ends. */
const FAILURES_THAT_COUNT = 3;

/**
 * Sends a request until Klaviyo answers it: waits out 429s, repeats with jittered backoff what never left.
 * `repeatable` requests (reads, upserts, events with a unique id) are repeated after an ambiguous failure, too; others
 * come back as null: nobody knows whether they were done. `isWhole` = the request is all of its batch: as long as it waits
 * for its turn at Klaviyo it may be taken back when ours is over; others go through with what was begun, unless halted. A
 * request that has left is always awaited.
 * Errors: AppError `klaviyo_unreachable` (later), `klaviyo_key_refused`, `klaviyo_scope_missing` and `klaviyo_retired` (a person);
 * `stopped` at the end of the turn: nothing was done, or it may be repeated.
 */
export async function sendRequest(
  ctx: Context,
  push: Talk,
  request: KlaviyoRequest,
  options: { repeatable: boolean; isWhole?: boolean },
): Promise<Answered | null> {
  const patience = options.isWhole === true ? push.turn.over : push.turn.halt;
  let failures = 0;
  for (;;) {
    const answer = await push.klaviyo.send(request, undefined, patience);
    if (answer.outcome === 'answered') {
      push.retirement ??= readRetirement(answer);
      refuseKeyProblems(push, answer);
      return answer;
    }
    if (answer.outcome === 'throttled') {
      await waitItOut(ctx, push, request, answer.retryAfterMs, patience);
      continue;
    }
    if (answer.outcome === 'ambiguous' && !options.repeatable) {
      ctx.log.warn({ operation: request.operation, reason: answer.reason }, 'no clear answer from Klaviyo');
      return null;
    }
    if (patience.aborted && failures < FAILURES_THAT_COUNT) {
      throw stopped();
    }
    failures += 1;
    const isTurnOver = push.turn.over.aborted && failures >= FAILURES_THAT_COUNT;
    if (failures >= ctx.settings.maxAttempts || isTurnOver) {
      throw unreachable(push, `${request.operation}: ${answer.reason}`, 'gets no answer from Klaviyo');
    }
    const ms = backoffMs(failures, ctx.ids.random());
    ctx.log.debug({ operation: request.operation, reason: answer.reason, pause: ms }, 'trying again');
    // A service that is down holds nobody up: whoever waits for the slot gets it.
    await pause(ctx, ms, push.turn.over).catch((error: unknown) => {
      if (!isStopped(error)) {
        throw error;
      }
    });
  }
}

async function waitItOut(
  ctx: Context,
  push: Talk,
  request: KlaviyoRequest,
  ms: number,
  patience: AbortSignal,
): Promise<void> {
  if (ms > LONGEST_WAIT_MS) {
    const what = 'has used up its requests for now';
    throw new AskedToWait(ms, unreachable(push, `${request.operation}: asked to wait ${ms} ms`, what));
  }
  if (ms > LONGEST_WAIT_IN_TURN_MS && !push.turn.mayWait) {
    comeAgain(push, ms, { leave: true });
    throw stopped();
  }
  ctx.onProgress({ connection: push.scope.name, step: 'wait', note: 'Klaviyo asks to slow down' });
  await pause(ctx, ms, patience);
}

function unreachable(push: Talk, message: string, what: string): AppError {
  return new AppError({
    code: 'klaviyo_unreachable',
    retry: 'later',
    message,
    hint: `"${push.scope.name}" ${what}. Nothing is lost; the next pass goes on.`,
  });
}

function refuseKeyProblems(push: Talk, answer: Answered): void {
  if (answer.status === 401) {
    throw new AppError({
      code: 'klaviyo_key_refused',
      retry: 'person',
      message: `401 for connection ${push.scope.id}`,
      hint: `Klaviyo refuses the private key of "${push.scope.name}". Create a new key in Klaviyo and enter it for this connection; what is pending goes out then.`,
    });
  }
  if (answer.status === 403) {
    throw new AppError({
      code: 'klaviyo_scope_missing',
      retry: 'person',
      message: `403 for connection ${push.scope.id}`,
      hint: `The private key of "${push.scope.name}" may not do this: ${explainRefusal(answer.body)} Create a key with these scopes and enter it for this connection.`,
    });
  }
  if (answer.status === 410) {
    // No row is at fault: nothing is failed, everything stays pending.
    throw new AppError({
      code: 'klaviyo_retired',
      retry: 'person',
      message: `410 for connection ${push.scope.id}`,
      hint: `Klaviyo no longer answers the version of its API that Threadline speaks. Ask whoever runs Threadline for an update; what is pending goes out then.`,
    });
  }
}
