import type { Context } from '../../context.ts';
import { explainRefusal } from '../../domain/klaviyo-errors.ts';
import { listMembersBody, upsertBody, type Omission } from '../../domain/wire.ts';
import { inParallel } from './in-parallel.ts';
import type { ListTrouble, Push } from './push.ts';
import { recordProfilesDone, recordRefused, type RefusedRecord } from './record-outcomes.ts';
import { forgetList, refusedList, resolveList } from './resolve-list.ts';
import { openProfileBatch, type ProfileItem } from './send-profiles.ts';
import { sendRequest } from './send-request.ts';

type Upserted =
  | { outcome: 'done'; id: string; profileId: string; omitted: readonly Omission[] }
  | { outcome: 'refused'; refused: RefusedRecord };

/**
 * What is left out, step by step, when an identifier belongs to another profile (409; or 404, which Klaviyo gives when
 * an id and an e-mail point to different profiles).
 */
const DEGRADATION: readonly (readonly Omission[])[] = [
  [],
  ['phone_number'],
  ['external_id'],
  ['phone_number', 'external_id'],
];

const REQUESTS_AT_ONCE = 8;

/** Sends a planned batch of profiles one by one and adds them to their list. Safe to repeat: upserts. */
export async function sendUpserts(ctx: Context, push: Push, batchId: string): Promise<void> {
  const { batch, items } = await openProfileBatch(ctx, batchId);
  const results = await inParallel(items, REQUESTS_AT_ONCE, (item) => upsertOne(ctx, push, item));
  const done = results.flatMap((result) => (result.outcome === 'done' ? [result] : []));
  const listName = batch.grouping.list ?? null;
  const trouble = listName !== null && done.length > 0 ? await addToList(ctx, push, listName, done) : null;
  const settled =
    trouble === null ? batch : { ...batch, grouping: { ...batch.grouping, list: null, waits: trouble } };
  await ctx.db.transaction('settle upserts', async (sql) => {
    await recordRefused(
      sql,
      batch,
      'customers',
      results.flatMap((result) => (result.outcome === 'refused' ? [result.refused] : [])),
    );
    await recordProfilesDone(
      sql,
      settled,
      done.flatMap(({ id, omitted }) =>
        omitted.length === 0
          ? []
          : [
              {
                id,
                code: 'identifier_taken',
                leftOut: omitted,
                message: leftOutWords(omitted),
              },
            ],
      ),
    );
  });
  push.sent.profiles += done.length;
}

function leftOutWords(omitted: readonly Omission[]): string {
  if (omitted.length > 1) {
    return 'The phone number and the external id were left out: another profile in Klaviyo has them.';
  }
  const name = omitted[0] === 'phone_number' ? 'phone number' : 'external id';
  return `The ${name} was left out: another profile in Klaviyo has it.`;
}

async function upsertOne(ctx: Context, push: Push, item: ProfileItem): Promise<Upserted> {
  let last: { status: number; body: unknown } = { status: 0, body: null };
  for (const step of DEGRADATION) {
    const omit = [...new Set([...item.omit, ...step])];
    const { attributes } = item.payload;
    if (!omit.every((name) => attributes[name] !== undefined) || !hasIdentity(attributes, omit)) {
      continue;
    }
    const answer = await sendRequest(
      ctx,
      push,
      {
        operation: 'upsertProfile',
        method: 'POST',
        path: '/api/profile-import',
        body: upsertBody(item.payload, omit),
      },
      { repeatable: true },
    );
    if (answer === null) {
      break;
    }
    const profileId = profileIdOf(answer.body);
    if ((answer.status === 200 || answer.status === 201) && profileId !== null) {
      return { outcome: 'done', id: item.id, profileId, omitted: omit };
    }
    last = answer;
    if (answer.status !== 409 && answer.status !== 404) {
      break;
    }
  }
  return {
    outcome: 'refused',
    refused: {
      id: item.id,
      part: 'profile',
      code: last.status === 409 ? 'identity_conflict' : `klaviyo_${last.status}`,
      message: explainRefusal(last.body),
    },
  };
}

function hasIdentity(attributes: ProfileItem['payload']['attributes'], omit: readonly Omission[]): boolean {
  return (
    attributes.email !== undefined ||
    (attributes.phone_number !== undefined && !omit.includes('phone_number')) ||
    (attributes.external_id !== undefined && !omit.includes('external_id'))
  );
}

function profileIdOf(body: unknown): string | null {
  if (body === null || typeof body !== 'object' || !('data' in body)) {
    return null;
  }
  const { data } = body;
  return data !== null && typeof data === 'object' && 'id' in data && typeof data.id === 'string'
    ? data.id
    : null;
}

async function addToList(
  ctx: Context,
  push: Push,
  listName: string,
  done: readonly { profileId: string }[],
): Promise<ListTrouble | null> {
  const body = listMembersBody([...new Set(done.map(({ profileId }) => profileId))]);
  async function send() {
    const list = await resolveList(ctx, push, listName);
    if (list.trouble !== null) {
      return list.trouble;
    }
    const path = `/api/lists/${encodeURIComponent(list.id)}/relationships/profiles`;
    return sendRequest(
      ctx,
      push,
      { operation: 'addToList', method: 'POST', path, body },
      { repeatable: true },
    );
  }
  let answer = await send();
  if (
    answer !== null &&
    'status' in answer &&
    answer.status === 404 &&
    (await forgetList(ctx, push, listName, answer.body))
  ) {
    answer = await send();
  }
  if (answer === null || !('status' in answer)) {
    return answer;
  }
  return answer.status < 400 ? null : refusedList(ctx, listName, explainRefusal(answer.body));
}
