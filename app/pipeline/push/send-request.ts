import type { Context } from '../../context.ts';
import { AppError } from '../../domain/errors.ts';
import { backoffMs } from '../../domain/backoff.ts';
import { readRetirement } from '../../domain/klaviyo-revision.ts';
import { explainRefusal } from '../../domain/klaviyo-errors.ts';
import type { KlaviyoAnswer, KlaviyoRequest } from '../../domain/ports/klaviyo.ts';
import type { Push } from './push.ts';

export type Answered = Extract<KlaviyoAnswer, { outcome: 'answered' }>;

/** A longer wait ends the pass: the day's quota is used up, or Klaviyo is down for a while. */
const LONGEST_WAIT_MS = 5 * 60_000;

/**
 * Sends a request until Klaviyo answers it: waits out 429s, repeats with jittered backoff what never left.
 * `repeatable` requests (reads, upserts, events with a unique id) are repeated after an ambiguous failure, too; others
 * come back as null: nobody knows whether they were done.
 * Errors: AppError `klaviyo_unreachable` (later), `klaviyo_key_refused`, `klaviyo_scope_missing` and
 * `klaviyo_retired` (a person).
 */
export async function sendRequest(
  ctx: Context,
  push: Push,
  request: KlaviyoRequest,
  options: { repeatable: boolean },
): Promise<Answered | null> {
  let failures = 0;
  for (;;) {
    const answer = await push.klaviyo.send(request);
    if (answer.outcome === 'answered') {
      push.retirement ??= readRetirement(answer);
      refuseKeyProblems(push, answer);
      return answer;
    }
    if (answer.outcome === 'throttled' && answer.retryAfterMs > LONGEST_WAIT_MS) {
      throw unreachable(
        push,
        `${request.operation}: asked to wait ${answer.retryAfterMs} ms`,
        'has used up its requests for now',
      );
    }
    if (answer.outcome === 'throttled') {
      ctx.onProgress({ connection: push.scope.name, step: 'wait', note: 'Klaviyo asks to slow down' });
      await ctx.clock.sleep(answer.retryAfterMs);
      continue;
    }
    if (answer.outcome === 'ambiguous' && !options.repeatable) {
      ctx.log.warn({ operation: request.operation, reason: answer.reason }, 'no clear answer from Klaviyo');
      return null;
    }
    failures += 1;
    if (failures >= ctx.settings.maxAttempts) {
      throw unreachable(push, `${request.operation}: ${answer.reason}`, 'gets no answer from Klaviyo');
    }
    const pause = backoffMs(failures, ctx.ids.random());
    ctx.log.debug({ operation: request.operation, reason: answer.reason, pause }, 'trying again');
    await ctx.clock.sleep(pause);
  }
}

function unreachable(push: Push, message: string, what: string): AppError {
  return new AppError({
    code: 'klaviyo_unreachable',
    retry: 'later',
    message,
    hint: `"${push.scope.name}" ${what}. Nothing is lost; the next pass goes on.`,
  });
}

function refuseKeyProblems(push: Push, answer: Answered): void {
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
