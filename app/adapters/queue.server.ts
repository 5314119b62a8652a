import type { Queue } from 'bullmq';
import { QUEUE_STATES, type JobQueue, type Log } from '#app/context.ts';
import { CATALOGUE, QUEUES, type QueueName } from './queue-catalogue.server.ts';
import { inTime } from './in-time.server.ts';
import type { QueueAddress } from './queue-store.server.ts';

/** A store that does not answer must not hold up a web request or a command. */
const PATIENCE_MS = 10_000;

/** A probe asks often and wants to know soon. */
const PROBE_PATIENCE_MS = 2_000;

const KEEP = {
  removeOnComplete: { age: 3_600, count: 1_000 },
  removeOnFail: { age: 7 * 24 * 3_600, count: 1_000 },
};

export type OpenQueueOptions = QueueAddress & {
  log: Log;
  /** How long a store that does not answer is waited for. */
  patienceMs?: number;
};

/**
 * The producing side of the job queues. Connects at the first `add` or `isReady`: a command that adds no job does not
 * pay for it. Errors: AppError `queue_unreachable`; a payload that does not fit its schema is a TypeError.
 */
export function openQueue({ log, patienceMs = PATIENCE_MS, ...address }: OpenQueueOptions): JobQueue {
  const probeMs = Math.min(patienceMs, PROBE_PATIENCE_MS);
  const queues = new Map<QueueName, Promise<Queue>>();
  let isClosing = false;

  /** BullMQ costs a quarter of a second to load: only who uses the queue pays for it. */
  async function loadStore() {
    const { queueStore, queueUnreachable } = await import('./queue-store.server.ts');
    return { store: queueStore(address), queueUnreachable };
  }

  async function connect(name: QueueName, limitMs: number): Promise<Queue> {
    const { queueUnreachable, store } = await loadStore();
    const queue = store.openQueue(name);
    queue.on('error', (error) => {
      if (!isClosing) {
        log.warn({ queue: name, err: error }, 'the job queue has trouble');
      }
    });
    try {
      await inTime(queue.waitUntilReady(), limitMs);
      return queue;
    } catch (error) {
      await queue.close().catch(() => undefined);
      throw queueUnreachable(store, error);
    }
  }

  function queueOf(name: QueueName, limitMs = patienceMs): Promise<Queue> {
    const known = queues.get(name);
    if (known) {
      return known;
    }
    const opening = connect(name, limitMs);
    queues.set(name, opening);
    opening.catch(() => queues.delete(name)); // the next call tries again
    return opening;
  }

  return {
    async add(name, payload) {
      const { queue, schema, attempts, backoffMs, sameAs } = CATALOGUE[name];
      const parsed = schema.safeParse(payload);
      if (!parsed.success) {
        throw new TypeError(`not a payload of ${name}: ${parsed.error.message}`);
      }
      const opened = await queueOf(queue);
      try {
        await inTime(
          opened.add(name, parsed.data, {
            attempts,
            backoff: { type: 'exponential', delay: backoffMs, jitter: 0.3 },
            deduplication: { id: `${name}_${sameAs(parsed.data)}`, keepLastIfActive: true },
            ...KEEP,
          }),
          patienceMs,
        );
      } catch (error) {
        const { queueUnreachable, store } = await loadStore();
        throw queueUnreachable(store, error);
      }
    },
    async isReady() {
      try {
        const queue = await queueOf('upkeep', probeMs);
        await inTime(queue.getJobCounts('waiting'), probeMs);
        return true;
      } catch {
        return false;
      }
    },
    async depths() {
      const found = await Promise.all(
        QUEUES.map(async (name) => {
          const queue = await queueOf(name, probeMs);
          const counts = await inTime(queue.getJobCounts(...QUEUE_STATES), probeMs).catch(async (error) => {
            const { queueUnreachable, store } = await loadStore();
            throw queueUnreachable(store, error);
          });
          return QUEUE_STATES.map((state) => ({ queue: name, state, count: counts[state] ?? 0 }));
        }),
      );
      return found.flat();
    },
    async close() {
      isClosing = true;
      const opened = await Promise.allSettled(queues.values());
      queues.clear();
      await Promise.all(
        opened.map((result) => (result.status === 'fulfilled' ? result.value.close() : undefined)),
      );
    },
  };
}
