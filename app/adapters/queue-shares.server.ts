import type { QueueName } from './queue-catalogue.server.ts';

/** A job that works at this moment. */
type Working = { queue: QueueName; shopId: string | null; startedAtMs: number; turn: AbortController };

export type QueueShares = {
  /**
   * Counts a job in, and gives the signal that its turn is over and what counts it out again. Null = its shop has its
   * share of this process already, or a job of the shop that came before is let in first: this one has to come again.
   */
  enter(queue: QueueName, shopId: string | null, jobId: string): { turn: AbortSignal; leave(): void } | null;
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

/** A job that was turned away counts as waiting for this long, ms: it comes again much sooner, here or in another process. */
const TURNED_AWAY_MS = 2_000;

/**
 * Shares the slots of a process among shops. A shop has at most half of a queue's slots here, and so in the whole cluster:
 * the files of the others start at once. And where all slots are taken, who has worked for a whole turn gives the slot back
 * as long as anybody waits, and goes to the end of the line: so every connection has its turn.
 */
export function queueShares({ concurrency, turnMs, countWaiting }: SharesOptions): QueueShares {
  const working = new Set<Working>();
  /** Jobs that were turned away, by queue and shop: when each was here last, in the order in which they came first. */
  const lines = new Map<string, Map<string, number>>();

  function lineOf(queue: QueueName, shopId: string | null): Map<string, number> {
    const key = `${queue} ${shopId ?? ''}`;
    const line = lines.get(key) ?? new Map<string, number>();
    for (const [jobId, seenAtMs] of line) {
      if (Date.now() - seenAtMs > TURNED_AWAY_MS) {
        line.delete(jobId);
      }
    }
    if (line.size === 0) {
      lines.delete(key);
    }
    return line;
  }

  function of(queue: QueueName): Working[] {
    return [...working].filter((job) => job.queue === queue && !job.turn.signal.aborted);
  }

  async function lookAt(queue: QueueName): Promise<void> {
    const now = Date.now();
    const long = of(queue)
      .filter((job) => now - job.startedAtMs >= turnMs)
      .sort((a, b) => a.startedAtMs - b.startedAtMs);
    for (const shopId of new Set(long.map((job) => job.shopId))) {
      const ofShop = long.filter((job) => job.shopId === shopId);
      ofShop.slice(0, lineOf(queue, shopId).size).forEach((job) => job.turn.abort());
    }
    const held = [...working].filter((job) => job.queue === queue).length;
    if (long.length > 0 && held >= concurrency[queue]) {
      const waiting = await countWaiting(queue);
      long.slice(0, waiting).forEach((job) => job.turn.abort());
    }
  }

  return {
    enter(queue, shopId, jobId) {
      const share = Math.ceil(concurrency[queue] / 2);
      const ofShop = [...working].filter((job) => job.queue === queue && job.shopId === shopId).length;
      const line = lineOf(queue, shopId);
      const room = share - ofShop;
      if (
        shopId !== null &&
        (line.has(jobId) ? [...line.keys()].indexOf(jobId) >= room : line.size >= room)
      ) {
        line.set(jobId, Date.now()); // keeps its place
        lines.set(`${queue} ${shopId}`, line);
        return null;
      }
      line.delete(jobId);
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
