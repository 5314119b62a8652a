type Waiter<Turn> = { resolve(turn: Turn): void; signal: AbortSignal | undefined; hasLeft: boolean };

/** A first-come-first-served line of promises. Every operation is O(1) amortised, also with one signal for thousands. */
export type WaitingLine<Turn> = {
  /** Joins at the end. When the signal fires, the waiter gets `leaving` and `onLeave` is called. */
  join(signal: AbortSignal | undefined): Promise<Turn>;
  /** Gives the first in line its turn. Nothing happens when nobody waits. */
  callFirst(turn: Turn): void;
  size(): number;
};

/** `leaving` is what a waiter gets whose signal fires. */
export function waitingLine<Turn>(leaving: Turn, onLeave: () => void): WaitingLine<Turn> {
  let waiters: Waiter<Turn>[] = [];
  let head = 0;
  let size = 0;
  // One listener per signal: Node walks all listeners of a signal for each one that is added.
  const watched = new Map<AbortSignal, { waiters: Set<Waiter<Turn>>; stop(): void }>();

  function watch(waiter: Waiter<Turn>, signal: AbortSignal): void {
    const known = watched.get(signal);
    if (known) {
      known.waiters.add(waiter);
      return;
    }
    const group = new Set([waiter]);
    function leave(): void {
      watched.delete(signal);
      for (const one of group) {
        one.hasLeft = true;
        size -= 1;
        one.resolve(leaving);
      }
      if (size === 0) {
        waiters = [];
        head = 0;
      }
      onLeave();
    }
    signal.addEventListener('abort', leave, { once: true });
    watched.set(signal, { waiters: group, stop: () => signal.removeEventListener('abort', leave) });
  }

  function unwatch(waiter: Waiter<Turn>): void {
    const group = waiter.signal && watched.get(waiter.signal);
    if (!group || !waiter.signal) {
      return;
    }
    group.waiters.delete(waiter);
    if (group.waiters.size === 0) {
      group.stop();
      watched.delete(waiter.signal);
    }
  }

  function takeFirst(): Waiter<Turn> | undefined {
    let first = waiters[head];
    while (first) {
      head += 1;
      if (!first.hasLeft) {
        break;
      }
      first = waiters[head];
    }
    if (head > 1_024 && head * 2 > waiters.length) {
      waiters = waiters.slice(head);
      head = 0;
    }
    return first;
  }

  return {
    join(signal) {
      return new Promise((resolve) => {
        const waiter = { resolve, signal, hasLeft: false };
        if (signal) {
          watch(waiter, signal);
        }
        waiters.push(waiter);
        size += 1;
      });
    },
    callFirst(turn) {
      const first = takeFirst();
      if (!first) {
        return;
      }
      size -= 1;
      unwatch(first);
      first.resolve(turn);
    },
    size: () => size,
  };
}
