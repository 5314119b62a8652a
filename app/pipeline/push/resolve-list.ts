import { z } from 'zod';
import type { Context } from '../../context.ts';
import { AppError } from '../../domain/errors.ts';
import { explainRefusal } from '../../domain/klaviyo-errors.ts';
import { listBody } from '../../domain/wire.ts';
import type { Push } from './push.ts';
import { sendRequest } from './send-request.ts';

const listPage = z.object({
  data: z.array(z.object({ id: z.string(), attributes: z.object({ name: z.string() }) })),
});
const oneList = z.object({ data: z.object({ id: z.string() }) });

/**
 * The id of the list of that name: remembered, found, or created. Creation is looked up before it is repeated, so that
 * an ambiguous answer does not make two lists.
 * Errors: AppError `klaviyo_list` when Klaviyo will not create it.
 */
export function resolveList(ctx: Context, push: Push, name: string): Promise<string> {
  const underWay = push.listsUnderWay.get(name);
  if (underWay !== undefined) {
    return underWay;
  }
  const found = lookUpList(ctx, push, name).finally(() => push.listsUnderWay.delete(name));
  push.listsUnderWay.set(name, found);
  return found;
}

async function lookUpList(ctx: Context, push: Push, name: string): Promise<string> {
  const [row] = await ctx.db.sql<{ id: string | null }>(
    'SELECT list_ids->>$2 AS id FROM connection WHERE id = $1',
    [push.scope.id, name],
  );
  if (row?.id !== null && row?.id !== undefined) {
    return row.id;
  }
  for (let attempt = 1; attempt <= ctx.settings.maxAttempts; attempt += 1) {
    const id = (await findList(ctx, push, name)) ?? (await createList(ctx, push, name));
    if (id !== null) {
      await ctx.db.sql(
        `UPDATE connection SET list_ids = list_ids || jsonb_build_object($2::text, $3::text) WHERE id = $1`,
        [push.scope.id, name, id],
      );
      return id;
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

async function createList(ctx: Context, push: Push, name: string): Promise<string | null> {
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
    return created.data.data.id;
  }
  throw new AppError({
    code: 'klaviyo_list',
    retry: 'person',
    message: `list ${name}: ${answer.status}`,
    hint: `Klaviyo would not create the list "${name}" for "${push.scope.name}": ${explainRefusal(answer.body)} Create it in Klaviyo, or choose another list.`,
  });
}
