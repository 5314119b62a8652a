import { z } from 'zod';
import type { Context } from '../../context.ts';
import { AppError } from '../../domain/errors.ts';
import { explainRefusal } from '../../domain/klaviyo-errors.ts';
import { listBody } from '../../domain/wire.ts';
import type { OptIn } from '../../domain/consent.ts';
import type { FoundList, ListTrouble, Push } from './push.ts';
import { AskedToWait, sendRequest } from './send-request.ts';

const listPage = z.object({
  data: z.array(z.object({ id: z.string(), attributes: z.object({ name: z.string() }) })),
});
const oneList = z.object({
  data: z.object({
    id: z.string(),
    attributes: z.object({ opt_in_process: z.string().nullish() }).optional(),
  }),
});

/** What Klaviyo will not create may have been put right by then, ms. */
const AFTER_REFUSAL_MS = 60 * 60_000;

/**
 * The list of that name: remembered, found, or created. Creation is looked up before it is repeated, so that an ambiguous
 * answer does not make two lists. A list that was renamed in Klaviyo is still the one that is remembered. What cannot be
 * had (Klaviyo's lists of the day are used up, the account is full) is asked for once in a pass.
 * Errors: AppErrors of `sendRequest`.
 */
export function resolveList(ctx: Context, push: Push, name: string): Promise<FoundList> {
  const trouble = push.listTroubles.get(name);
  if (trouble !== undefined) {
    return Promise.resolve({ id: null, trouble });
  }
  const underWay = push.listsUnderWay.get(name);
  if (underWay !== undefined) {
    return underWay;
  }
  const found = lookUpList(ctx, push, name).finally(() => push.listsUnderWay.delete(name));
  push.listsUnderWay.set(name, found);
  return found;
}

/**
 * Whether people who subscribe through a list are asked to confirm (double opt-in), as Klaviyo says now; looked up once in a
 * pass. Without a list, or with one that cannot be had, the account's own setting counts, which no API tells.
 */
export function readOptIn(ctx: Context, push: Push, name: string | null): Promise<OptIn> {
  if (name === null) {
    return Promise.resolve('as-the-account');
  }
  const known = push.optIns.get(name);
  if (known !== undefined) {
    return known;
  }
  const optIn = askForOptIn(ctx, push, name);
  push.optIns.set(name, optIn);
  return optIn;
}

async function askForOptIn(ctx: Context, push: Push, name: string): Promise<OptIn> {
  for (let isRetry = false; ; isRetry = true) {
    const { id } = await resolveList(ctx, push, name);
    if (id === null) {
      return 'as-the-account';
    }
    const answer = await sendRequest(
      ctx,
      push,
      { operation: 'getLists', method: 'GET', path: `/api/lists/${encodeURIComponent(id)}` },
      { repeatable: true },
    );
    const list = oneList.safeParse(answer?.body);
    const isGone = answer?.status === 404 && !isRetry;
    if (!isGone || !(await forgetList(ctx, push, name, answer.body))) {
      return list.success && list.data.data.attributes?.opt_in_process === 'double_opt_in'
        ? 'double'
        : 'single';
    }
  }
}

async function lookUpList(ctx: Context, push: Push, name: string): Promise<FoundList> {
  const [row] = await ctx.db.sql<{ id: string | null }>(
    'SELECT list_ids->>$2 AS id FROM connection WHERE id = $1',
    [push.scope.id, name],
  );
  if (row?.id !== null && row?.id !== undefined) {
    return { id: row.id, trouble: null };
  }
  for (let attempt = 1; attempt <= ctx.settings.maxAttempts; attempt += 1) {
    const known = await findList(ctx, push, name);
    const list = known === null ? await createList(ctx, push, name) : { id: known, trouble: null };
    if (list?.trouble) {
      push.listTroubles.set(name, list.trouble);
    }
    if (list?.id) {
      await ctx.db.sql(
        `UPDATE connection SET list_ids = list_ids || jsonb_build_object($2::text, $3::text) WHERE id = $1`,
        [push.scope.id, name, list.id],
      );
    }
    if (list !== null) {
      return list;
    }
  }
  throw new AppError({
    code: 'klaviyo_unreachable',
    retry: 'later',
    message: `list ${name} could not be created`,
    hint: `Klaviyo does not answer when the list "${name}" is created. The next pass tries again.`,
  });
}

/**
 * Forgets a remembered list when a refusal says that Klaviyo no longer knows it. True when the request is worth
 * repeating with a list that is looked up anew; once per pass and list.
 */
export async function forgetList(
  ctx: Context,
  push: Push,
  name: string | null,
  refusal: unknown,
): Promise<boolean> {
  if (
    name === null ||
    push.forgottenLists.has(name) ||
    !/relationships\/list|list not found|list with id/i.test(JSON.stringify(refusal))
  ) {
    return false;
  }
  push.forgottenLists.add(name);
  push.optIns.delete(name);
  const rows = await ctx.db.sql(
    'UPDATE connection SET list_ids = list_ids - $2 WHERE id = $1 AND list_ids ? $2 RETURNING id',
    [push.scope.id, name],
  );
  return rows.length > 0;
}

async function findList(ctx: Context, push: Push, name: string): Promise<string | null> {
  const filter = encodeURIComponent(`equals(name,${JSON.stringify(name)})`);
  const answer = await sendRequest(
    ctx,
    push,
    { operation: 'getLists', method: 'GET', path: `/api/lists?filter=${filter}` },
    { repeatable: true },
  );
  const page = listPage.safeParse(answer?.body);
  const found = page.success ? page.data.data.find((list) => list.attributes.name === name) : undefined;
  return found?.id ?? null;
}

/** Klaviyo would not have people on a list, for this reason: they wait a while. */
export function refusedList(ctx: Context, name: string, why: string): ListTrouble {
  return {
    code: 'list_refused',
    message: `Not on the list "${name}" yet: ${why}`,
    againAt: new Date(ctx.clock.now().getTime() + AFTER_REFUSAL_MS).toISOString(),
  };
}

/** Null = nobody knows whether it was made. */
async function createList(ctx: Context, push: Push, name: string): Promise<FoundList | null> {
  try {
    const answer = await sendRequest(
      ctx,
      push,
      { operation: 'createList', method: 'POST', path: '/api/lists', body: listBody(name) },
      { repeatable: false },
    );
    if (answer === null) {
      return null;
    }
    const created = oneList.safeParse(answer.body);
    if (answer.status === 201 && created.success) {
      return { id: created.data.data.id, trouble: null };
    }
    const trouble = refusedList(ctx, name, `Klaviyo would not create it. ${explainRefusal(answer.body)}`);
    return { id: null, trouble };
  } catch (error) {
    if (!(error instanceof AskedToWait)) {
      throw error;
    }
    return {
      id: null,
      trouble: {
        code: 'list_quota',
        message: `Not on the list "${name}" yet: Klaviyo lets an account create only so many lists a day (150), and today's are used up. It is created when Klaviyo allows it; to have it sooner, create it in Klaviyo and press Sync now.`,
        againAt: new Date(ctx.clock.now().getTime() + error.ms).toISOString(),
      },
    };
  }
}
