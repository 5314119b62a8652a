import type { QueueName } from './queue-catalogue.server.ts';

/** A job that works at this moment. */
type Working = { queue: QueueName; shopId: string | null; startedAtMs: number; turn: AbortController };

export type QueueShares = {
  /**
   * Counts a job in, and gives the signal that its turn is over and what counts it out again. Null = its shop has its
   * share of this process already: the job has to come again.
   */
  enter(queue: QueueName, shopId: string | null): { turn: AbortSignal; leave(): void } | null;
  /** Ends every turn: the process stops. */
  endAll(): void;
  /** Looks who waits, and ends the longest turns for them. */
  look(): Promise<void>;
};

export type SharesOptions = {
  concurrency: Record<QueueName, number>;
  /** A job works for so long at least before its turn ends for others, ms. */
  turnMs: number;
  /** Jobs of the queue that could start at once if there were a slot. */
  countWaiting(queue: QueueName): Promise<number>;
};

/** A shop that was turned away counts as waiting for this long, ms: its job comes again much sooner. */
const TURNED_AWAY_MS = 3_000;

/**
 * Shares the slots of a process among shops. A shop has at most half of a queue's slots here, and so in the whole cluster:
 * the files of the others start at once. And where all slots are taken, who has worked for a whole turn gives the slot back
 * as long as anybody waits, and goes to the end of the line: so every connection has its turn.
 */
export function queueShares({ concurrency, turnMs, countWaiting }: SharesOptions): QueueShares {
  const working = new Set<Working>();
  const turnedAway = new Map<string, number>();

  function of(queue: QueueName): Working[] {
    return [...working].filter((job) => job.queue === queue && !job.turn.signal.aborted);
  }

  async function lookAt(queue: QueueName): Promise<void> {
    const now = Date.now();
    const long = of(queue)
      .filter((job) => now - job.startedAtMs >= turnMs)
      .sort((a, b) => a.startedAtMs - b.startedAtMs);
    for (const job of long) {
      const key = `${queue} ${job.shopId ?? ''}`;
      if (now - (turnedAway.get(key) ?? 0) < TURNED_AWAY_MS) {
        turnedAway.delete(key);
        job.turn.abort();
      }
    }
    const held = [...working].filter((job) => job.queue === queue).length;
    if (long.length > 0 && held >= concurrency[queue]) {
      const waiting = await countWaiting(queue);
      long.slice(0, waiting).forEach((job) => job.turn.abort());
    }
  }

  return {
    enter(queue, shopId) {
      const share = Math.ceil(concurrency[queue] / 2);
      const ofShop = [...working].filter((job) => job.queue === queue && job.shopId === shopId).length;
      if (shopId !== null && ofShop >= share) {
        turnedAway.set(`${queue} ${shopId}`, Date.now());
        return null;
      }
      const job = { queue, shopId, startedAtMs: Date.now(), turn: new AbortController() };
      working.add(job);
      return { turn: job.turn.signal, leave: () => void working.delete(job) };
    },
    endAll: () => working.forEach((job) => job.turn.abort()),
    async look() {
      for (const queue of new Set([...working].map((job) => job.queue))) {
        await lookAt(queue);
      }
    },
  };
}
