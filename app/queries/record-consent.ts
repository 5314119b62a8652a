import type { Context } from '../context.ts';
import { CONFIRMATION_ASKED, CONFIRMATION_POSSIBLE, LEFT_CODES } from '../domain/consent.ts';
import type { ConsentChannel, ConsentWish } from '../domain/records.ts';
import { HAS_BULK_RULES } from '../pipeline/bulk-rules.ts';
import { namesAddress } from '../pipeline/consent-due.ts';
import { shopTime } from './shop-time.ts';

export type DecisionRow = {
  decided_at: Date;
  channel: ConsentChannel;
  wish: ConsentWish;
  action: string;
  code: string;
  reason: string;
  wish_set_at: Date | null;
  klaviyo: { state?: string; changedAt?: string | null } | null;
};

export type ConsentRow = {
  email: string | null;
  phone: string | null;
  names_email: boolean;
  names_phone: boolean;
  bulk: boolean;
  consent_email: ConsentWish | null;
  consent_email_done: string | null;
  consent_sms: ConsentWish | null;
  consent_sms_done: string | null;
  consent_source: string | null;
  consent_at: Date | null;
  consent_set_at: Date | null;
  consent_change_seen: boolean;
  status: string;
  reason: { message?: string; part?: string } | null;
};

/** SQL: these columns of the customer `t`. The flag falls once they are on their way; how their row was mapped stays. */
export const CONSENT_COLUMNS = `t.email, t.phone, ${namesAddress('t', 'email')} AS names_email, ${namesAddress('t', 'phone')} AS names_phone,
    (t.bulk OR ${HAS_BULK_RULES}) AS bulk, t.consent_email, t.consent_email_done, t.consent_sms, t.consent_sms_done,
    t.consent_source, t.consent_at, t.consent_set_at, t.consent_change_seen`;

export type ChannelConsent = {
  channel: 'E-mail' | 'SMS';
  /** What Apparel21 wants now. */
  wish: string;
  /** What was done about it. */
  done: string;
  why: string | null;
  since: string | null;
  /** The person left in Klaviyo, and that word stood. */
  isLeftInKlaviyo: boolean;
  /** When the person left in Klaviyo and what Apparel21 was told; null = nothing to tell. */
  left: string | null;
};

/** Somebody left a channel in Klaviyo, which is news for Apparel21. `file`: it was told in that file; null = not yet. */
export type LeavingRow = { channel: ConsentChannel; at: Date | null; file: string | null };

/** What Apparel21 is, or was, told of a customer who left in Klaviyo. */
export function readLeavingRows(ctx: Context, shopId: string, customerId: string): Promise<LeavingRow[]> {
  return ctx.db.sql<LeavingRow>(
    `SELECT l.channel, l.left_at AS at, e.name AS file
       FROM consent_leaving l LEFT JOIN consent_export e ON e.id = l.export_id AND e.status = 'written'
      WHERE l.shop_id = $1 AND l.customer_id = $2 ORDER BY l.channel`,
    [shopId, customerId],
  );
}

export type DecisionLine = {
  id: string;
  at: string;
  what: string;
  why: string;
  isLeftInKlaviyo: boolean;
};

const STATES: Record<string, string> = {
  'no-profile': 'there was no profile',
  never: 'there was no answer yet',
  subscribed: 'subscribed',
  unsubscribed: 'unsubscribed',
  suppressed: 'suppressed',
  bounced: 'the address bounced',
};

/** Where each channel of a customer stands. `decisions` newest first. */
export function channelsOf(
  row: ConsentRow,
  decisions: readonly DecisionRow[],
  leavings: readonly LeavingRow[],
  timezone: string,
): ChannelConsent[] {
  return (['email', 'sms'] as const).map((channel) => {
    const wish = channel === 'email' ? row.consent_email : row.consent_sms;
    const done = channel === 'email' ? row.consent_email_done : row.consent_sms_done;
    const [address, isNamed] =
      channel === 'email' ? [row.email, row.names_email] : [row.phone, row.names_phone];
    const last = decisions.find((one) => one.channel === channel);
    const setAt = wish === 'subscribe' ? (row.consent_at ?? row.consent_set_at) : row.consent_set_at;
    const isExact = row.consent_change_seen || (wish === 'subscribe' && row.consent_at !== null);
    const isSettled = wish !== null && wish === done;
    const leaving = leavings.find((one) => one.channel === channel);
    // Why somebody was subscribed before they left would read as if it held on.
    const isOutdated = leaving !== undefined && last !== undefined && !LEFT_CODES.includes(last.code);
    const isRefused = !isSettled && row.status === 'failed' && row.reason?.part === `consent.${channel}`;
    return {
      channel: channel === 'email' ? 'E-mail' : 'SMS',
      wish: wishWords(wish, row.bulk),
      done:
        isOutdated && isSettled && last.action === 'subscribe'
          ? 'Was subscribed in Klaviyo before.'
          : doneWords({
              wish,
              isSettled,
              isRefused,
              hasAddress: address !== null && (isNamed || wish !== 'subscribe' || isSettled),
              channel,
              last,
            }),
      why: isRefused
        ? (row.reason?.message ?? null)
        : wish === null || isOutdated
          ? null
          : (last?.reason ?? null),
      since: wish === null || setAt === null ? null : sinceWords(setAt, isExact, timezone),
      isLeftInKlaviyo:
        leaving !== undefined || (isSettled && last !== undefined && LEFT_CODES.includes(last.code)),
      left: leaving === undefined ? null : leftWords(leaving, timezone),
    };
  });
}

function sinceWords(setAt: Date, isExact: boolean, timezone: string): string {
  const time = shopTime(setAt, timezone);
  return isExact ? `Apparel21 says so since ${time}.` : `Apparel21 says so since ${time} or longer.`;
}

function leftWords({ at, file }: LeavingRow, timezone: string): string {
  const when =
    at === null
      ? 'Left in Klaviyo; Klaviyo does not say when.'
      : `Left in Klaviyo on ${shopTime(at, timezone)}.`;
  return `${when} ${file === null ? 'Apparel21 has not been told yet.' : `Apparel21 was told in ${file}.`}`;
}

function wishWords(wish: ConsentWish | null, isBulk: boolean): string {
  if (wish === null) {
    return isBulk ? 'Bulk files never say anything about consent.' : 'Apparel21 says nothing.';
  }
  return wish === 'subscribe' ? 'Apparel21 says yes.' : 'Apparel21 says no.';
}

function doneWords(of: {
  wish: ConsentWish | null;
  isSettled: boolean;
  isRefused: boolean;
  hasAddress: boolean;
  channel: ConsentChannel;
  last: DecisionRow | undefined;
}): string {
  if (of.wish === null) {
    return 'Klaviyo was left as it is.';
  }
  if (!of.hasAddress) {
    return of.channel === 'email' ? 'Waits for an e-mail address.' : 'Waits for a phone number.';
  }
  if (of.isRefused) {
    return 'Klaviyo refused it.';
  }
  if (!of.isSettled || of.last === undefined) {
    return of.isSettled ? 'Done.' : 'Not sent yet.';
  }
  return actionWords(of.last);
}

function actionWords({ action, code }: Pick<DecisionRow, 'action' | 'code'>): string {
  if (code === CONFIRMATION_ASKED) {
    return 'Klaviyo asked the person to confirm.';
  }
  if (code === CONFIRMATION_POSSIBLE) {
    return 'Klaviyo was asked to subscribe the person.';
  }
  return action === 'subscribe'
    ? 'Subscribed in Klaviyo.'
    : action === 'unsubscribe'
      ? 'Unsubscribed in Klaviyo.'
      : 'Left in Klaviyo as it was.';
}

/** A decision of the history in words. */
export function toDecision(row: DecisionRow, timezone: string): DecisionLine {
  const channel = row.channel === 'email' ? 'E-mail' : 'SMS';
  const state = STATES[row.klaviyo?.state ?? ''];
  const seen = state === undefined ? '' : ` In Klaviyo: ${state}${changed(row, timezone)}.`;
  return {
    id: `${row.channel} ${row.decided_at.toISOString()}`,
    at: shopTime(row.decided_at, timezone),
    what: `${channel}: Apparel21 said ${row.wish === 'subscribe' ? 'yes' : 'no'}. ${actionWords(row)}`,
    why: `${row.reason}${seen}`,
    isLeftInKlaviyo: LEFT_CODES.includes(row.code),
  };
}

function changed({ klaviyo }: DecisionRow, timezone: string): string {
  const text = klaviyo?.changedAt ?? '';
  // Klaviyo documents its times without offset; they are UTC.
  const at = new Date(/(Z|[+-]\d{2}:?\d{2})$/i.test(text) || !text.includes('T') ? text : `${text}Z`);
  return Number.isNaN(at.getTime()) ? '' : ` since ${shopTime(at, timezone)}`;
}
