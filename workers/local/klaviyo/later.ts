/** Work that Klaviyo does after it has answered. */
export type Later = {
  /** Puts work on the list for a time (milliseconds of the stand-in's clock). */
  at(due: number, work: (now: number) => void): void;
  /** Does what is due, in order of time. */
  run(now: number): void;
  /** Does everything that is on the list, at the latest at `now`. */
  settle(now: number): void;
  clear(): void;
};

type Task = { due: number; work: (now: number) => void };

/**
 * A list instead of timers: what is due happens when the next request looks, so that an injected clock decides and
 * nothing keeps the process alive.
 */
export function createLater(): Later {
  let tasks: Task[] = [];

  function run(until: number, now: number): void {
    for (;;) {
      const next = tasks[0];
      if (next === undefined || next.due > until) {
        return;
      }
      tasks.shift();
      next.work(Math.min(next.due, now));
    }
  }

  return {
    at(due, work) {
      let index = tasks.length;
      while (index > 0 && (tasks[index - 1]?.due ?? 0) > due) {
        index -= 1;
      }
      tasks.splice(index, 0, { due, work });
    },
    run(now) {
      run(now, now);
    },
    settle(now) {
      run(Number.POSITIVE_INFINITY, now);
    },
    clear() {
      tasks = [];
    },
  };
}
