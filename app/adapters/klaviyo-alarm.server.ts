import type { Context } from '#app/context.ts';

/** One timer for a whole line. */
export type Alarm = {
  /** Rings in `ms`, which is at `atMs`. False: it is set to that time or an earlier one already, and stays so. */
  set(atMs: number, ms: number): boolean;
  stop(): void;
};

/** `ring` is given the error when the clock itself fails (a sleep that ends before its time without having been stopped). */
export function openAlarm(clock: Context['clock'], ring: (error?: unknown) => void): Alarm {
  let sleeping: { atMs: number; wake: AbortController } | null = null;

  function stop(): void {
    const mine = sleeping;
    sleeping = null;
    mine?.wake.abort();
  }

  return {
    set(atMs, ms) {
      if (sleeping && sleeping.atMs <= atMs) {
        return false;
      }
      stop();
      const mine = { atMs, wake: new AbortController() };
      sleeping = mine;
      function end(error?: unknown): void {
        // A sleep that is cut short may resolve or reject; either way `sleeping` tells whether it is still ours.
        if (sleeping === mine) {
          sleeping = null;
          ring(error);
        }
      }
      clock.sleep(ms, mine.wake.signal).then(() => end(), end);
      return true;
    },
    stop,
  };
}

/** Milliseconds that never run backwards: a wall clock that is set back must not stop the line for that long. */
export function neverBackwards(clock: Context['clock']): () => number {
  let last = -Infinity;
  let offset = 0;
  return () => {
    const raw = clock.now().getTime();
    offset += Math.max(0, last - (raw + offset));
    last = raw + offset;
    return last;
  };
}

/** `work` that is done once however often it is called. */
export function once(work: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) {
      isDone = true;
      work();
    }
  };
}
