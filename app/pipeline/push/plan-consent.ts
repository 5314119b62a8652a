import type { Context, Sql } from '../../context.ts';
import { decideConsent, type ConsentDecision, type KlaviyoConsent, withOptIn } from '../../domain/consent.ts';
import { asOthersLeftIt, isEcho, type OwnCall } from '../../domain/own-consent.ts';
import type { ConsentChannel, ConsentWish } from '../../domain/records.ts';
import { noteLeavings } from '../consent-back/note-leavings.ts';
import { consentIsDue, namesAddress } from '../consent-due.ts';
import { phoneIsLeftOut } from '../event-profile.ts';
import { wishTime, type WishTimes } from '../wish-time.ts';
import { addressMark, settleStatuses } from './batch-items.ts';
import { readOptIn } from './resolve-list.ts';
import { readConsentStates, type PersonState } from './consent-states.ts';
import { noteKeptOut } from './note-kept-out.ts';
import { insertBatch, mayGo, WAITS_FOR_LIST } from './due-records.ts';
import { groupWishes } from './group-wishes.ts';
import type { Push } from './push.ts';
import { capTestMode, mayStillReach, noteReached } from './test-slots.ts';

/** Read and decided together: few rounds fill the requests, and the state is seconds old when they leave. */
const PEOPLE_PER_ROUND = 10_000;

type DueRow = WishTimes & {
  id: string;
  email: string | null;
  phone: string | null;
  phone_left_out: boolean;
  names_email: boolean;
  names_phone: boolean;
  list_name: string | null;
  consent_email: ConsentWish | null;
  consent_email_done: string | null;
  consent_sms: ConsentWish | null;
  consent_sms_done: string | null;
  consent_source: string | null;
};

type Decided = {
  row: DueRow;
  channel: ConsentChannel;
  wish: ConsentWish;
  state: PersonState;
  decision: ConsentDecision;
};

/** Consent is due when the profile is in Klaviyo and Apparel21's opinion differs from the one that was acted upon. */
function consentDue(push: Push): string {
  return `${mayGo(push, WAITS_FOR_LIST)} AND t.payload_hash = t.synced_hash AND ${consentIsDue('t')}`;
}

/**
 * Takes people whose consent is due, reads Klaviyo's state just before, decides each channel and plans what has to be
 * sent. Every decision is kept with its reason. False when nobody is due.
 */
export async function planConsent(ctx: Context, push: Push): Promise<boolean> {
  const rows = await readDue(ctx, push);
  if (rows.length === 0) {
    return false;
  }
  const states = await readConsentStates(ctx, push, rows);
  const ownCalls = await readOwnCalls(
    ctx,
    rows.map((row) => row.id),
  );
  const gone = new Set(await sendAnewWhoIsGone(ctx, push, rows, states));
  const allDecided = await noteConfirmations(
    ctx,
    push,
    rows.flatMap((row, index) => (gone.has(row.id) ? [] : decideRow(row, states[index] ?? null, ownCalls))),
  );
  await ctx.db.transaction('plan consent', async (sql) => {
    const decided = await stillPending(sql, allDecided);
    await sql(
      `INSERT INTO consent_decision (shop_id, connection_id, customer_id, channel, wish, action, code, reason, wish_set_at, klaviyo)
       SELECT $1, $2, d.id, d.channel, d.wish, d.action, d.code, d.reason, d.set_at, coalesce(d.klaviyo, 'null'::jsonb)
         FROM jsonb_to_recordset($3::jsonb) AS d(id uuid, channel text, wish text, action text, code text, reason text,
              set_at timestamptz, klaviyo jsonb)`,
      [
        push.shopId,
        push.scope.id,
        JSON.stringify(
          decided.map(({ row, channel, wish, state, decision }) => ({
            id: row.id,
            channel,
            wish,
            action: decision.action,
            code: decision.code,
            reason: decision.reason,
            set_at: wishTime(row, wish).at,
            klaviyo: state?.[channel] ?? null,
          })),
        ),
      ],
    );
    await noteKeptOut(
      sql,
      decided.map(({ row, channel, decision }) => ({
        customerId: row.id,
        address: channel === 'email' ? row.email : row.phone,
        ...decision,
      })),
    );
    await noteDecided(sql, push, decided);
    const settled = decided.filter(({ decision }) => decision.action === 'none');
    await sql(
      `UPDATE customer c
          SET consent_email_done = coalesce(d.email, c.consent_email_done), consent_sms_done = coalesce(d.sms, c.consent_sms_done)
         FROM jsonb_to_recordset($1::jsonb) AS d(id uuid, email text, sms text) WHERE c.id = d.id`,
      [JSON.stringify(mergeByRow(settled))],
    );
    await settleStatuses(sql, 'customers', [...new Set(settled.map(({ row }) => row.id))]);
    for (const { kind, grouping, items } of groupWishes(decided)) {
      await insertBatch(sql, ctx, push, { kind, grouping, recordKind: 'customers', items });
    }
  });
  return true;
}

/**
 * Somebody whose profile was sent long ago and is no longer in Klaviyo (deleted there) is sent anew before consent: Klaviyo
 * takes a subscription without a list for nobody. Returns their ids; the next round of the pass decides about them.
 */
async function sendAnewWhoIsGone(
  ctx: Context,
  push: Push,
  rows: DueRow[],
  states: PersonState[],
): Promise<string[]> {
  const ids = rows.filter((_, index) => (states[index] ?? null) === null).map((row) => row.id);
  const gone = await ctx.db.sql<{ id: string }>(
    // What was sent just now may not show in Klaviyo's search yet.
    `UPDATE customer SET synced_hash = NULL
      WHERE id = ANY($1::uuid[]) AND status = 'pending' AND synced_at < now() - interval '5 minutes' RETURNING id`,
    [ids],
  );
  push.hasProfilesAgain ||= gone.length > 0;
  return gone.map(({ id }) => id);
}

/** What was read for a decision tells as well who left in Klaviyo, and who is subscribed (again). */
async function noteDecided(sql: Sql, push: Push, decided: Decided[]): Promise<void> {
  await noteLeavings(
    sql,
    push.scope,
    decided.flatMap(({ row, channel, wish, state, decision }) => {
      const klaviyo = state?.[channel];
      const isBack = decision.action === 'subscribe' || klaviyo?.state === 'subscribed';
      const isNews = wish === 'subscribe' && decision.action === 'none';
      return isBack || (isNews && (klaviyo?.state === 'unsubscribed' || klaviyo?.state === 'suppressed'))
        ? [{ customerId: row.id, channel, klaviyo: klaviyo ?? NEVER, isLeft: !isBack }]
        : [];
    }),
  );
}

const NEVER: KlaviyoConsent = { state: 'never', changedAt: null };

/** Reading Klaviyo takes a while: whom a person skipped meanwhile is left out. The rest is locked until it travels. */
async function stillPending(sql: Sql, decided: Decided[]): Promise<Decided[]> {
  const rows = await sql<{ id: string }>(
    `SELECT id FROM customer WHERE id = ANY($1::uuid[]) AND status = 'pending' ORDER BY id FOR UPDATE`,
    [[...new Set(decided.map(({ row }) => row.id))]],
  );
  const pending = new Set(rows.map(({ id }) => id));
  return decided.filter(({ row }) => pending.has(row.id));
}

async function readDue(ctx: Context, push: Push): Promise<DueRow[]> {
  const columns = `t.id, t.email, t.phone, ${phoneIsLeftOut('t')} AS phone_left_out, ${namesAddress('t', 'email')} AS names_email,
    ${namesAddress('t', 'phone')} AS names_phone, t.list_name, t.consent_email, t.consent_email_done, t.consent_sms,
    t.consent_sms_done, t.consent_source, t.consent_at, t.consent_set_at, t.consent_change_seen`;
  if (push.scope.mode !== 'test') {
    return ctx.db.sql<DueRow>(
      `SELECT ${columns} FROM customer t WHERE ${consentDue(push)} ORDER BY t.id LIMIT $2`,
      [push.scope.id, PEOPLE_PER_ROUND],
    );
  }
  await noteReached(ctx.db.sql, push, 'customers');
  const rows = await ctx.db.sql<DueRow>(
    `SELECT ${columns} FROM customer t WHERE ${consentDue(push)} AND ${mayStillReach('$3')} ORDER BY t.id LIMIT $2`,
    [push.scope.id, PEOPLE_PER_ROUND, push.scope.testMaxRecords],
  );
  const ids = rows.map((row) => row.id);
  const allowed = new Set(await capTestMode(ctx.db.sql, push, 'customers', ids));
  return rows.filter((row) => allowed.has(row.id));
}

/** Our last calls for the addresses that these people have now, by customer and channel. */
export async function readOwnCalls(ctx: Context, ids: string[]): Promise<Map<string, OwnCall>> {
  const calls = await ctx.db.sql<{ record_id: string; part: string; wish: ConsentWish; sent_at: Date }>(
    `SELECT DISTINCT ON (i.record_id, i.part) i.record_id, i.part, i.payload_hash AS wish, b.sent_at
       FROM push_item i JOIN push_batch b ON b.id = i.batch_id JOIN customer c ON c.id = i.record_id
      WHERE i.record_id = ANY($1::uuid[]) AND i.part LIKE 'consent.%' AND i.outcome = 'done' AND b.sent_at IS NOT NULL
        AND coalesce(i.detail = ${addressMark('c', 'i')}, true)
      ORDER BY i.record_id, i.part, b.sent_at DESC`,
    [ids],
  );
  return new Map(
    calls.map((call) => [`${call.record_id} ${call.part}`, { wish: call.wish, sentAt: call.sent_at }]),
  );
}

function decideRow(row: DueRow, state: PersonState, ownCalls: Map<string, OwnCall>): Decided[] {
  const due: { channel: ConsentChannel; wish: ConsentWish | null; done: string | null }[] = [
    { channel: 'email', wish: row.consent_email, done: row.consent_email_done },
    { channel: 'sms', wish: row.consent_sms, done: row.consent_sms_done },
  ];
  return due.flatMap(({ channel, wish, done }) => {
    const address = channel === 'email' ? row.email : row.phone;
    const isNamed = channel === 'email' ? row.names_email : row.names_phone;
    if (wish === null || wish === done || address === null || (wish === 'subscribe' && !isNamed)) {
      return [];
    }
    const own = ownCalls.get(`${row.id} consent.${channel}`) ?? null;
    return [{ row, channel, wish, state, decision: decide(row, channel, wish, state, own) }];
  });
}

function decide(
  row: DueRow,
  channel: ConsentChannel,
  wish: ConsentWish,
  state: PersonState,
  own: OwnCall | null,
): ConsentDecision {
  if (channel === 'sms' && (row.phone_left_out || (state !== null && state.phone !== row.phone))) {
    return {
      action: 'none',
      code: 'phone_taken',
      reason: 'Another profile in Klaviyo has this phone number: SMS to it is that person’s to decide.',
    };
  }
  const klaviyo = state === null ? { state: 'no-profile' as const, changedAt: null } : state[channel];
  const isOwnState = own !== null && isEcho(klaviyo, own);
  const wishSet = wishTime(row, wish);
  return decideConsent({
    channel,
    wish,
    // What our own call left there was Apparel21's word before this one, however little is known of when this one was said.
    wishSet: isOwnState ? { ...wishSet, isAtLatest: false } : wishSet,
    klaviyo: asOthersLeftIt(klaviyo, own),
  });
}

/** Subscriptions with double opt-in ask the person first; history was asked long ago. */
async function noteConfirmations(ctx: Context, push: Push, decided: Decided[]): Promise<Decided[]> {
  const asked: Decided[] = [];
  for (const one of decided) {
    const { decision, row } = one;
    if (decision.action === 'subscribe' && row.consent_at === null) {
      const optIn = await readOptIn(ctx, push, row.list_name);
      asked.push({ ...one, decision: withOptIn(decision, optIn, row.list_name) });
    } else {
      asked.push(one);
    }
  }
  return asked;
}

/** One row a person, so that an UPDATE does not meet the same row twice. */
function mergeByRow(settled: Decided[]): { id: string; email: string | null; sms: string | null }[] {
  const merged = new Map<string, { id: string; email: string | null; sms: string | null }>();
  for (const { row, channel, wish } of settled) {
    const entry = merged.get(row.id) ?? { id: row.id, email: null, sms: null };
    entry[channel] = wish;
    merged.set(row.id, entry);
  }
  return [...merged.values()];
}
