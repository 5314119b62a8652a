import type { Context } from '../../context.ts';
import { explainRefusal } from '../../domain/klaviyo-errors.ts';
import { listMembersBody, upsertBody, type UpsertOmission } from '../../domain/wire.ts';
import { inParallel } from './in-parallel.ts';
import type { Push } from './push.ts';
import { recordProfilesDone, recordRefused, type RefusedRecord } from './record-outcomes.ts';
import { forgetList, resolveList } from './resolve-list.ts';
import { openProfileBatch, type ProfileItem } from './send-profiles.ts';
import { sendRequest } from './send-request.ts';

type Upserted =
  | { outcome: 'done'; id: string; profileId: string; omitted: readonly UpsertOmission[] }
  | { outcome: 'refused'; refused: RefusedRecord };

/**
 * What is left out, step by step, when an identifier belongs to another profile (409; or 404, which Klaviyo gives when
 * an id and an e-mail point to different profiles).
 */
const DEGRADATION: readonly (readonly UpsertOmission[])[] = [
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
  if (listName !== null && done.length > 0) {
    await addToList(ctx, push, listName, done);
  }
  await ctx.db.transaction('settle upserts', async (sql) => {
    await recordRefused(
      sql,
      batch,
      'customers',
      results.flatMap((result) => (result.outcome === 'refused' ? [result.refused] : [])),
    );
    await recordProfilesDone(
      sql,
      batch,
      done.flatMap(({ id, omitted }) =>
        omitted.length === 0
          ? []
          : [
              {
                id,
                code: 'identifier_taken',
                message: `${omitted.map(nameOf).join(' and ')} left out: another profile in Klaviyo has it.`,
              },
            ],
      ),
    );
  });
  push.sent.profiles += done.length;
}

function nameOf(omission: UpsertOmission): string {
  return omission === 'phone_number' ? 'The phone number was' : 'The external id was';
}

async function upsertOne(ctx: Context, push: Push, item: ProfileItem): Promise<Upserted> {
  let last: { status: number; body: unknown } = { status: 0, body: null };
  for (const omit of DEGRADATION) {
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

function hasIdentity(
  attributes: ProfileItem['payload']['attributes'],
  omit: readonly UpsertOmission[],
): boolean {
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
): Promise<void> {
  const body = listMembersBody([...new Set(done.map(({ profileId }) => profileId))]);
  async function send() {
    const path = `/api/lists/${encodeURIComponent(await resolveList(ctx, push, listName))}/relationships/profiles`;
    return sendRequest(
      ctx,
      push,
      { operation: 'addToList', method: 'POST', path, body },
      { repeatable: true },
    );
  }
  let answer = await send();
  if (answer?.status === 404 && (await forgetList(ctx, push, listName, answer.body))) {
    answer = await send();
  }
  if (answer !== null && answer.status >= 400) {
    ctx.log.warn(
      { connection: push.scope.id, list: listName, status: answer.status },
      'profiles were not added to their list',
    );
  }
}
