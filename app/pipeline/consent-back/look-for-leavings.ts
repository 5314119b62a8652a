import { z } from 'zod';
import type { Context } from '../../context.ts';
import { suppressionTimes } from '../../domain/consent.ts';
import { earliestSince, lookFrom } from '../../domain/consent-back.ts';
import { AppError } from '../../domain/errors.ts';
import type { ConsentChannel, JsonValue } from '../../domain/records.ts';
import { sendRequest } from '../push/send-request.ts';
import { isOver, type Talk } from '../push/push.ts';
import { noteLeavings } from './note-leavings.ts';
import { readLeavings, type LookedProfile } from './whose-profiles.ts';

/** Where a look stands: what is read, from when on, and which page comes next. */
type Look = { channel: ConsentChannel; from: string; cursor: string | null };

const lookSchema: z.ZodType<Look> = z.object({
  channel: z.enum(['email', 'sms']),
  from: z.string(),
  cursor: z.string().nullable(),
});

const pageSchema = z.object({
  data: z.array(
    z.object({
      attributes: z.object({
        email: z.string().nullish(),
        phone_number: z.string().nullish(),
        external_id: z.string().nullish(),
        updated: z.string().nullish(),
        subscriptions: z.custom<JsonValue>().optional(),
      }),
    }),
  ),
  links: z.object({ next: z.string().nullish() }).nullish(),
});
type Page = { profiles: (LookedProfile & { updated: string | null })[]; cursor: string | null };

const SUPPRESSED = 'subscriptions.email.marketing.suppression.timestamp';

/**
 * Reads who left in Klaviyo since the last look, a hundred profiles a request, and notes it page by page together with how
 * far the look has come: a kill costs a page. False: the turn is over; the next one goes on.
 *
 * E-mail is asked for by the time of the suppression, which Klaviyo documents as a filter and a sort order (get_profiles,
 * revision 2026-07-15). For SMS there is no such filter: profiles are read that were updated since, which is documented as a
 * filter as well; that a change of SMS consent counts as an update is not. So it is done only where SMS consent is mapped.
 */
export async function lookForLeavings(ctx: Context, talk: Talk): Promise<boolean> {
  let look: Look | null = await resumeLook(ctx, talk);
  while (look !== null) {
    if (isOver(talk)) {
      return false;
    }
    const page = await readPage(ctx, talk, look);
    if (page === null) {
      // A page that Klaviyo no longer knows: from where the look has come to.
      look = await beginLook(ctx, talk, look.channel);
      continue;
    }
    look = await notePage(ctx, talk, look, page);
    ctx.onProgress({ connection: talk.scope.name, step: 'consent', note: 'who left in Klaviyo' });
  }
  return true;
}

async function resumeLook(ctx: Context, talk: Talk): Promise<Look> {
  const [row] = await ctx.db.sql<{ look: unknown }>(
    'SELECT consent_look AS look FROM connection WHERE shop_id = $1 AND id = $2',
    [talk.scope.shopId, talk.scope.id],
  );
  const stored = lookSchema.safeParse(row?.look);
  return stored.success ? stored.data : beginLook(ctx, talk, 'email');
}

async function beginLook(ctx: Context, { scope }: Talk, channel: ConsentChannel): Promise<Look> {
  const [row] = await ctx.db.sql<{ mark: Date | null }>(
    `SELECT ${markOf(channel)} AS mark FROM connection WHERE shop_id = $1 AND id = $2`,
    [scope.shopId, scope.id],
  );
  return { channel, from: lookFrom(row?.mark ?? null), cursor: null };
}

function markOf(channel: ConsentChannel): string {
  return channel === 'email' ? 'consent_mark_email' : 'consent_mark_sms';
}

/** Null = Klaviyo does not take the cursor of an earlier turn. */
async function readPage(ctx: Context, talk: Talk, { channel, from, cursor }: Look): Promise<Page | null> {
  const [filter, sort] =
    channel === 'email'
      ? [`greater-or-equal(${SUPPRESSED},${from})`, SUPPRESSED]
      : [`greater-than(updated,${from})`, 'updated'];
  const path =
    `/api/profiles?filter=${encodeURIComponent(filter)}&sort=${sort}` +
    '&additional-fields%5Bprofile%5D=subscriptions&fields%5Bprofile%5D=email,phone_number,external_id,updated,subscriptions' +
    `&page%5Bsize%5D=100${cursor === null ? '' : `&page%5Bcursor%5D=${encodeURIComponent(cursor)}`}`;
  const answer = await sendRequest(
    ctx,
    talk,
    { operation: 'getProfiles', method: 'GET', path },
    { repeatable: true, isWhole: true },
  );
  if (answer?.status === 400 && cursor !== null) {
    return null;
  }
  const parsed = pageSchema.safeParse(answer?.body);
  if (!parsed.success) {
    throw new AppError({
      code: 'klaviyo_unexpected',
      retry: 'later',
      message: `reading who left: status ${answer?.status ?? 'none'}`,
      hint: `Klaviyo gave an answer that we do not understand when we asked who left in "${talk.scope.name}". It is asked again later; nobody is forgotten.`,
    });
  }
  const next = parsed.data.links?.next ?? null;
  return {
    profiles: parsed.data.data.map(({ attributes }) => ({
      email: attributes.email ?? null,
      phone: attributes.phone_number ?? null,
      externalId: attributes.external_id ?? null,
      updated: attributes.updated ?? null,
      subscriptions: attributes.subscriptions,
    })),
    cursor: next === null ? null : new URL(next, 'https://a.klaviyo.com').searchParams.get('page[cursor]'),
  };
}

/** Notes a page and where the look goes on, both or neither. Null = the look has ended. */
async function notePage(ctx: Context, talk: Talk, look: Look, page: Page): Promise<Look | null> {
  const { scope } = talk;
  const leavings = await readLeavings(ctx, scope, page.profiles);
  const last = page.profiles.at(-1);
  const updated = last?.updated ?? null;
  const times =
    look.channel === 'email' ? suppressionTimes(last?.subscriptions) : updated === null ? [] : [updated];
  const next =
    page.cursor !== null
      ? { ...look, cursor: page.cursor }
      : look.channel === 'email' && mapsSms(talk)
        ? await beginLook(ctx, talk, 'sms')
        : null;
  await ctx.db.transaction('note who left in Klaviyo', async (sql) => {
    await noteLeavings(sql, scope, leavings);
    await sql(
      `UPDATE connection SET ${markOf(look.channel)} = greatest(${markOf(look.channel)}, $3), consent_look = $4
        WHERE shop_id = $1 AND id = $2`,
      [scope.shopId, scope.id, earliestSince(times, look.from), next === null ? null : JSON.stringify(next)],
    );
  });
  return next;
}

function mapsSms({ scope }: Talk): boolean {
  return scope.rules.mappings.some(({ target }) => target === 'consent.sms');
}
