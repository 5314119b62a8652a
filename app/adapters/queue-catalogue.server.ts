import { z } from 'zod';
import type { JobName, Jobs } from '#app/context.ts';

/** Queues are named by what their jobs wait for. */
export const QUEUES = ['intake', 'push', 'upkeep'] as const;
export type QueueName = (typeof QUEUES)[number];

type JobDefinition<Name extends JobName> = {
  queue: QueueName;
  /** Checked when the job is added and again when it is worked on: another version may have added it. */
  schema: z.ZodType<Jobs[Name]>;
  /** How often it is tried when the fault passes by itself. */
  attempts: number;
  /** First pause before a repeat, ms; it doubles. */
  backoffMs: number;
  /** Jobs with the same one are the same job. */
  sameAs: (payload: Jobs[Name]) => string;
};

const nothing = z.object({}).strict();
const ofShop = z.object({ shopId: z.string().uuid() });
const ofConnection = z.object({ shopId: z.string().uuid(), connectionId: z.string().uuid() });

/** Every job there is. A name that is retired stays here until no queue holds it any more. */
export const CATALOGUE: { [Name in JobName]: JobDefinition<Name> } = {
  'intake.connection': {
    queue: 'intake',
    schema: ofConnection,
    attempts: 5,
    backoffMs: 5_000,
    sameAs: ({ connectionId }) => connectionId,
  },
  'push.connection': {
    queue: 'push',
    schema: ofConnection,
    attempts: 8,
    backoffMs: 5_000,
    sameAs: ({ connectionId }) => connectionId,
  },
  // The sweep asks again until it has ended.
  'push.consent-back': {
    queue: 'push',
    schema: ofConnection,
    attempts: 1,
    backoffMs: 0,
    sameAs: ({ connectionId }) => connectionId,
  },
  'upkeep.task': {
    queue: 'upkeep',
    schema: z.object({ shopId: z.string().uuid(), taskId: z.string().uuid() }),
    attempts: 5,
    backoffMs: 5_000,
    sameAs: ({ taskId }) => taskId,
  },
  'upkeep.sweep': {
    queue: 'upkeep',
    schema: nothing,
    attempts: 1, // the next one comes soon
    backoffMs: 0,
    sameAs: () => 'sweep',
  },
  // The sweep asks for these again and again until they have ended: no attempts of their own.
  'upkeep.watch': upkeep(nothing, () => 'watch'),
  'upkeep.retention': upkeep(nothing, () => 'retention'),
  'upkeep.clean-files': upkeep(ofShop, ({ shopId }) => shopId),
  'upkeep.redact-shop': upkeep(ofShop, ({ shopId }) => shopId),
  'upkeep.mail': upkeep(nothing, () => 'mail'),
};

function upkeep<Payload>(schema: z.ZodType<Payload>, sameAs: (payload: Payload) => string) {
  return { queue: 'upkeep', schema, attempts: 1, backoffMs: 0, sameAs } as const;
}

export function isJobName(name: string): name is JobName {
  return Object.hasOwn(CATALOGUE, name);
}
