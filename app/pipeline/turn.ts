import type { Context } from '../context.ts';
import { AppError, isAppError } from '../domain/errors.ts';

/** When a piece of work has to end, and what it may wait for meanwhile. */
export type Turn = {
  /** The process stops, or the connection was paused or removed: stop at the next safe point. */
  halt: AbortSignal;
  /** Halted, or others wait for the slot: stop where nothing has to be done again for it. */
  over: AbortSignal;
  /** False: what takes its time (a job at Klaviyo, a file that must rest) is looked at again in a later turn. */
  mayWait: boolean;
};

const NEVER = new AbortController().signal;

/** Works until all is done, as the command line does. */
export const WHOLE_PASS: Turn = { halt: NEVER, over: NEVER, mayWait: true };

/** A slot is given back for this long at least when work is left, ms: long enough for whoever waits to take it. */
export const NEXT_TURN_MS = 50;

/** Ends work that is to go on later; what was done of it is kept. No failure: nobody is told. */
export function stopped(): AppError {
  return new AppError({
    code: 'stopped',
    retry: 'later',
    message: 'the work was stopped',
    hint: 'The work was stopped. Nothing is lost; it goes on by itself.',
  });
}

/** True for the end of a turn, which is no failure. */
export function isStopped(error: unknown): boolean {
  return isAppError(error, 'stopped');
}

/** Sleeps, unless `signal` ends it: then the work is `stopped`. */
export async function pause(ctx: Context, ms: number, signal: AbortSignal): Promise<void> {
  try {
    await ctx.clock.sleep(ms, signal);
  } catch (error) {
    throw signal.aborted ? stopped() : error;
  }
}

/** The earlier of two moments to go on at, ms from now; null = there is nothing to go on with. */
export function sooner(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}

/** What `work` gives, unless `signal` comes first: then the work is `stopped`, and `undo` is given what comes too late. */
export async function unlessHalted<Result>(
  work: Promise<Result>,
  signal: AbortSignal,
  undo: (late: Result) => Promise<void>,
): Promise<Result> {
  let halt: () => void = () => undefined;
  const halted = new Promise<never>((_, reject) => {
    halt = () => reject(stopped());
    signal.addEventListener('abort', halt);
  });
  try {
    return signal.aborted ? await Promise.reject(stopped()) : await Promise.race([work, halted]);
  } catch (error) {
    if (signal.aborted) {
      work.then(undo).catch(() => undefined);
    }
    throw error;
  } finally {
    signal.removeEventListener('abort', halt);
  }
}
