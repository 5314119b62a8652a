import { newerOf, readInstant, type KlaviyoConsent, type WishTime } from './consent.ts';
import { isEcho, type OwnCall } from './own-consent.ts';
import type { ConsentChannel, ConsentWish } from './records.ts';
import { guarded } from './translation-csv.ts';

/** How often Apparel21 is told who left in Klaviyo. Off, it is told only when a person asks for it. */
export const CONSENT_BACK = ['off', 'daily', 'hourly'] as const;
export type ConsentBack = (typeof CONSENT_BACK)[number];

/**
 * - `left`: the person left in Klaviyo, and Apparel21 does not know
 * - `back`: the person is subscribed (again)
 * - `own`: our own call took them off, for Apparel21: it knows
 * - `known`: Apparel21 says no by itself
 * - `newer`: Apparel21 was told yes later, and that word is about to be sent
 * - `nothing`: Klaviyo says nothing about it
 */
export type LeavingVerdict = 'left' | 'back' | 'own' | 'known' | 'newer' | 'nothing';

/**
 * Whether somebody's state in Klaviyo is news for Apparel21, for one channel. `wish` is Apparel21's own word; `isOpen`: nothing was decided about this word yet. `own` is the last consent call that we made for anybody with this address. An address that
 * bounces is no word of the person. What is unclear is told: people stay out.
 */
export function judgeLeaving(input: {
  klaviyo: KlaviyoConsent;
  wish: ConsentWish | null;
  wishSet: WishTime;
  isOpen: boolean;
  own: OwnCall | null;
}): LeavingVerdict {
  const { klaviyo, wish, wishSet, isOpen, own } = input;
  if (klaviyo.state === 'subscribed') {
    return 'back';
  }
  if (klaviyo.state !== 'unsubscribed' && klaviyo.state !== 'suppressed') {
    return 'nothing';
  }
  if (wish === 'unsubscribe') {
    return 'known';
  }
  if (own?.wish === 'unsubscribe' && (klaviyo.changedAt === null || isEcho(klaviyo, own))) {
    return 'own';
  }
  const isAboutToCount = wish === 'subscribe' && isOpen;
  return isAboutToCount && newerOf(wishSet, klaviyo.changedAt) === 'apparel21' ? 'newer' : 'left';
}

/** `consent_20260303T101500Z.csv`; seconds, in UTC. */
export function consentFileName(at: Date): string {
  return `consent_${at.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z.csv`;
}

/** The moment in such a name; null when it is none. */
export function consentFileTime(name: string): Date | null {
  const [, day, time] = /^consent_(\d{8})T(\d{6})Z\.csv$/.exec(name) ?? [];
  const iso = `${day?.replace(/(....)(..)(..)/, '$1-$2-$3')}T${time?.replace(/(..)(..)(..)/, '$1:$2:$3')}Z`;
  return day === undefined ? null : new Date(iso);
}

/** A channel that a person left, as the file tells it. `leftAt` null = Klaviyo does not say when. */
export type LeftChannel = {
  channel: ConsentChannel;
  state: 'unsubscribed' | 'suppressed';
  leftAt: Date | null;
};
export type LeftPerson = { key: string; email: string | null; phone: string | null; left: LeftChannel[] };

/** Header of the file: Apparel21's key under its own name, then what Apparel21's import needs. */
export function consentFileHeader(primaryKey: string): string[] {
  return [
    primaryKey,
    'EMAIL',
    'MOBILE',
    'EMAIL_OPT_IN',
    'SMS_OPT_IN',
    'LEFT_EMAIL_AT',
    'LEFT_SMS_AT',
    'REASON',
  ];
}

/** The row of a person. A channel that was not left is blank: nothing is said about it. Times are UTC. */
export function consentFileRow({ key, email, phone, left }: LeftPerson): string[] {
  const of = (channel: ConsentChannel) => left.find((one) => one.channel === channel);
  const [mail, sms] = [of('email'), of('sms')];
  return [
    key,
    email ?? '',
    phone ?? '',
    mail === undefined ? '' : 'No',
    sms === undefined ? '' : 'No',
    timeOf(mail),
    timeOf(sms),
    left.map(reasonOf).join(' '),
  ].map(asCell);
}

/** What would run as a formula gets an apostrophe in front; a number (a key, +61…) must arrive as it is, and runs as nothing. */
function asCell(text: string): string {
  return /^[+-]?\d+$/.test(text) ? text : guarded(text);
}

function timeOf(left: LeftChannel | undefined): string {
  return left === undefined || left.leftAt === null ? '' : `${left.leftAt.toISOString().slice(0, 19)}Z`;
}

function reasonOf({ channel, state }: LeftChannel): string {
  const what = channel === 'email' ? 'e-mail' : 'SMS';
  return state === 'suppressed'
    ? `Suppressed for ${what} in Klaviyo (spam complaint or by hand).`
    : `Unsubscribed from ${what} in Klaviyo.`;
}

/** Both sides of a look meet: Klaviyo's clock may differ from ours, and its search may lag. */
const OVERLAP_MS = 10 * 60_000;

/** Before Klaviyo was there. */
const BEGINNING = '2010-01-01T00:00:00Z';

/** From where a new look reads on: a little before where the last one came to; null = there was none. */
export function lookFrom(mark: Date | null): string {
  return mark === null ? BEGINNING : `${new Date(mark.getTime() - OVERLAP_MS).toISOString().slice(0, 19)}Z`;
}

/**
 * How far a look has come with a profile: the earliest of its times that the look asks for. Which of several suppressions
 * Klaviyo sorts by is not documented: with the earliest nobody is passed over. Null = it has none.
 */
export function earliestSince(times: readonly string[], from: string): Date | null {
  const since = readInstant(from);
  const late = times.map((time) => readInstant(time)).filter((time) => time >= since);
  return late.length === 0 ? null : new Date(Math.min(...late));
}
