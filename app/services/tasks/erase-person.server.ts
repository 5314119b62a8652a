import { z } from 'zod';
import type { Context } from '../../context.ts';
import { NO_FIGURES, removedWords, type ErasureFigures } from '../../domain/erasure.ts';
import { isAppError } from '../../domain/errors.ts';
import { marksOfPerson, type Person } from '../../domain/person.ts';
import { erasureHasher, suppress } from '../../pipeline/erasure/erased-people.ts';
import { eraseRecords } from '../../pipeline/erasure/erase-records.ts';
import { findPerson, placesOf, type Place } from '../../pipeline/erasure/find-person.ts';
import { readRecordKeys, scrubErrors } from '../../pipeline/erasure/scrub-errors.ts';
import { scrubPreviews, scrubRest } from '../../pipeline/erasure/scrub-traces.ts';
import { openPerson, sealPerson } from '../../pipeline/erasure/sealed-person.ts';
import { raiseAlert } from '../../pipeline/raise-alert.ts';
import { eraseInKlaviyo, noteLastSent } from '../privacy/erase-in-klaviyo.server.ts';
import type { TaskKind, TaskRun } from './task.ts';

const schema = z.object({ erasureId: z.string().uuid() });
type Input = z.infer<typeof schema>;

/**
 * How far it is: connections before `place` are done; in that one `step` goes on after `after`. Errors and previews come
 * before the records, because only these tell which orders are the person's.
 */
const progressSchema = z.object({
  round: z.number().default(0),
  place: z.number().default(0),
  step: z.enum(['find', 'errors', 'previews', 'records']).default('find'),
  after: z.unknown(),
  /** This round found another address: connections that are done are looked through once more. */
  hasGrown: z.boolean().default(false),
  figures: z
    .object({
      customers: z.number(),
      orders: z.number(),
      rewards: z.number(),
      errors: z.number(),
      previews: z.number(),
    })
    .default(NO_FIGURES),
});
type Progress = z.infer<typeof progressSchema>;

/** Each round needs a new address of the person; somebody with more than a few is a mistake in the data. */
const MOST_ROUNDS = 5;
const LOCK_LOOK_MS = 500;

/**
 * Removes a person from everything of a shop: records, source rows, row errors, previews, decisions, requests; then asks
 * Klaviyo, where that is wanted. Each chunk is done under its connection's lock, so that no import that began before the
 * erasure is still writing; imports after it leave the person out.
 */
export const erasePersonTask: TaskKind<Input> = {
  schema,
  async run(ctx, shopId, run) {
    const { erasureId } = run.input;
    try {
      return await erase(ctx, shopId, run);
    } catch (error) {
      if (isAppError(error)) {
        await ctx.db.sql(
          `UPDATE erasure SET next_attempt_at = now() + interval '1 hour' WHERE shop_id = $1 AND id = $2`,
          [shopId, erasureId],
        );
        await raiseAlert(ctx, shopId, {
          connectionId: null,
          cause: `erasure:${erasureId}`,
          code: 'erasure_open',
          message: `A person could not be erased. ${error.hint}`,
        });
      }
      throw error;
    }
  },
};

async function erase(ctx: Context, shopId: string, run: TaskRun<Input>): Promise<string | null> {
  const { erasureId } = run.input;
  const [erasure] = await ctx.db.sql<{
    sealed_person: string | null;
    erased_at: Date | null;
    figures: Partial<ErasureFigures>;
  }>(`SELECT sealed_person, erased_at, figures FROM erasure WHERE shop_id = $1 AND id = $2`, [
    shopId,
    erasureId,
  ]);
  if (erasure === undefined || erasure.sealed_person === null) {
    return 'Nothing was left to do.';
  }
  let figures: ErasureFigures = { ...NO_FIGURES, ...erasure.figures };
  let person = openPerson(ctx, shopId, erasureId, erasure.sealed_person);
  if (erasure.erased_at === null) {
    const walked = await walk(ctx, shopId, run, person);
    if (walked === null) {
      return null;
    }
    ({ person, figures } = walked);
    await scrubRest(ctx, shopId, person);
    await noteErased(ctx, shopId, { erasureId, figures });
  }
  const klaviyo = await eraseInKlaviyo(ctx, shopId, { erasureId, person });
  return `Erased ${removedWords(figures)}. ${klaviyo}`.trim();
}

/** Looks through all connections until nothing more is found. Null = interrupted. */
async function walk(
  ctx: Context,
  shopId: string,
  run: TaskRun<Input>,
  who: Person,
): Promise<{ person: Person; figures: ErasureFigures } | null> {
  let person = who;
  let progress = progressSchema.parse(run.progress);
  const places = await placesOf(ctx, shopId);
  for (;;) {
    const place = places[progress.place];
    if (place === undefined && progress.hasGrown && progress.round < MOST_ROUNDS) {
      const { figures } = progress;
      progress = { ...progressSchema.parse({}), round: progress.round + 1, figures };
      continue;
    }
    if (place === undefined) {
      return { person, figures: progress.figures };
    }
    if (run.signal.aborted) {
      return null;
    }
    const input = { run, place, person, progress };
    const reached = await ctx.db.withLock(`connection ${place.id}`, () => doStep(ctx, shopId, input));
    if (reached === null) {
      await ctx.clock.sleep(LOCK_LOOK_MS);
    } else {
      ({ person, progress } = reached);
    }
  }
}

type StepInput = { run: TaskRun<Input>; place: Place; person: Person; progress: Progress };
type Reached = { person: Person; progress: Progress };

/** One chunk of one step. Repeating it is harmless. */
async function doStep(ctx: Context, shopId: string, input: StepInput): Promise<Reached> {
  const { run, place, person, progress } = input;
  const { figures } = progress;
  if (progress.step === 'find') {
    return findMore(ctx, shopId, input);
  }
  if (progress.step === 'records') {
    return removeRecords(ctx, shopId, input);
  }
  const keys = await readRecordKeys(ctx, shopId, { connectionId: place.id, person });
  let next: Progress;
  if (progress.step === 'errors') {
    const cursor = errorCursor.parse(progress.after);
    const { after, scrubbed } = await scrubErrors(ctx, shopId, { place, person, keys, after: cursor });
    next = {
      ...progress,
      ...(after === null ? { step: 'previews', after: null } : { after }),
      figures: { ...figures, errors: figures.errors + scrubbed },
    };
  } else {
    const cursor = previewCursor.parse(progress.after);
    const where = { connectionId: place.id, person, keys, after: cursor };
    const { after, scrubbed } = await scrubPreviews(ctx, shopId, where);
    next = {
      ...progress,
      ...(after === null ? { step: 'records', after: null } : { after }),
      figures: { ...figures, previews: figures.previews + scrubbed },
    };
  }
  await run.save({ done: removed(next.figures), progress: asJson(next) });
  return { person, progress: next };
}

const errorCursor = z
  .object({ at: z.string(), id: z.string() })
  .nullish()
  .transform((value) => value ?? null);
const keyCursor = z
  .string()
  .nullish()
  .transform((value) => value ?? null);
const previewCursor = keyCursor;

/** Finds the person's customers; what they add to what is known of the person is noted at once, here and for later files. */
async function findMore(ctx: Context, shopId: string, input: StepInput): Promise<Reached> {
  const { run, place, progress } = input;
  const { erasureId } = run.input;
  const after = keyCursor.parse(progress.after);
  const { person, last } = await findPerson(ctx, shopId, { place, person: input.person, after });
  const hasNewAddress =
    person.emails.length > input.person.emails.length || person.phones.length > input.person.phones.length;
  const next: Progress = {
    ...progress,
    ...(last === null ? { step: 'errors', after: null } : { after: last }),
    hasGrown: progress.hasGrown || hasNewAddress,
  };
  const hash = await erasureHasher(ctx, shopId);
  await ctx.db.transaction('find person', async (sql) => {
    if (person !== input.person) {
      await sql('UPDATE erasure SET sealed_person = $3 WHERE shop_id = $1 AND id = $2', [
        shopId,
        erasureId,
        sealPerson(ctx, shopId, erasureId, person),
      ]);
      await suppress(sql, shopId, { erasureId, hashes: marksOfPerson(person).map(hash) });
    }
    await run.save({ done: removed(next.figures), progress: asJson(next) }, sql);
  });
  return { person, progress: next };
}

async function removeRecords(ctx: Context, shopId: string, input: StepInput): Promise<Reached> {
  const { run, place, person, progress } = input;
  const { erasureId } = run.input;
  let next = progress;
  await eraseRecords(ctx, shopId, {
    connectionId: place.id,
    keys: person.keys.flatMap((one) => (one.connectionId === place.id ? [one.key] : [])),
    emails: person.emails,
    commit: async (sql, { counts, sentAt, isLast }) => {
      const { figures } = progress;
      next = {
        ...progress,
        ...(isLast ? { place: progress.place + 1, step: 'find' as const, after: null } : {}),
        figures: {
          ...figures,
          customers: figures.customers + counts.customers,
          orders: figures.orders + counts.orders,
          rewards: figures.rewards + counts.rewards,
        },
      };
      await noteLastSent(sql, shopId, { erasureId, connectionId: place.id, sentAt });
      await run.save({ done: removed(next.figures), progress: asJson(next) }, sql);
    },
  });
  return { person, progress: next };
}

async function noteErased(
  ctx: Context,
  shopId: string,
  { erasureId, figures }: { erasureId: string; figures: ErasureFigures },
): Promise<void> {
  await ctx.db.transaction('note erased', async (sql) => {
    const [erasure] = await sql<{ request_id: string | null }>(
      `UPDATE erasure SET erased_at = now(), figures = $3 WHERE shop_id = $1 AND id = $2 RETURNING request_id`,
      [shopId, erasureId, JSON.stringify(figures)],
    );
    await sql('UPDATE privacy_request SET done_at = now() WHERE shop_id = $1 AND id = $2', [
      shopId,
      erasure?.request_id ?? null,
    ]);
  });
}

function removed({ customers, orders, rewards }: ErasureFigures): number {
  return customers + orders + rewards;
}

function asJson(progress: Progress): Parameters<TaskRun<Input>['save']>[0]['progress'] {
  return JSON.parse(JSON.stringify(progress)) as Parameters<TaskRun<Input>['save']>[0]['progress'];
}
