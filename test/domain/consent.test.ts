import { expect, test } from 'vitest';
import {
  CONSENT_TABLE,
  decideConsent,
  KLAVIYO_CONSENT_STATES,
  readKlaviyoConsent,
  type KlaviyoConsentState,
} from '#app/domain/consent.ts';
import type { ConsentWish, JsonValue } from '#app/domain/records.ts';

const early = '2026-01-01T10:00:00+11:00';
const late = '2026-02-01T10:00:00+11:00';

type Expected = [
  ConsentWish,
  KlaviyoConsentState,
  'wish' | 'klaviyo' | 'same' | 'no wish time' | 'no klaviyo time',
  string,
  string,
];

const times = {
  wish: { wishSetAt: late, changedAt: early },
  klaviyo: { wishSetAt: early, changedAt: late },
  same: { wishSetAt: early, changedAt: early },
  'no wish time': { wishSetAt: null, changedAt: early },
  'no klaviyo time': { wishSetAt: late, changedAt: null },
};

const table: Expected[] = [
  ['subscribe', 'no-profile', 'no klaviyo time', 'subscribe', 'subscribe_new'],
  ['subscribe', 'never', 'no klaviyo time', 'subscribe', 'subscribe_new'],
  ['subscribe', 'never', 'klaviyo', 'subscribe', 'subscribe_new'],
  ['subscribe', 'subscribed', 'wish', 'none', 'already_subscribed'],
  ['subscribe', 'subscribed', 'klaviyo', 'none', 'already_subscribed'],
  ['subscribe', 'unsubscribed', 'wish', 'subscribe', 'resubscribe'],
  ['subscribe', 'unsubscribed', 'klaviyo', 'none', 'left_in_klaviyo'],
  ['subscribe', 'unsubscribed', 'same', 'none', 'left_at_unknown_time'],
  ['subscribe', 'unsubscribed', 'no wish time', 'none', 'left_at_unknown_time'],
  ['subscribe', 'unsubscribed', 'no klaviyo time', 'none', 'left_at_unknown_time'],
  ['subscribe', 'suppressed', 'wish', 'subscribe', 'resubscribe'],
  ['subscribe', 'suppressed', 'klaviyo', 'none', 'suppressed_in_klaviyo'],
  ['subscribe', 'suppressed', 'no klaviyo time', 'none', 'left_at_unknown_time'],
  ['subscribe', 'bounced', 'wish', 'none', 'address_bounces'],
  ['subscribe', 'bounced', 'klaviyo', 'none', 'address_bounces'],
  ['unsubscribe', 'no-profile', 'no klaviyo time', 'unsubscribe', 'unsubscribe'],
  ['unsubscribe', 'never', 'klaviyo', 'unsubscribe', 'unsubscribe'],
  ['unsubscribe', 'subscribed', 'wish', 'unsubscribe', 'unsubscribe'],
  ['unsubscribe', 'subscribed', 'klaviyo', 'none', 'subscribed_later'],
  ['unsubscribe', 'subscribed', 'same', 'unsubscribe', 'unsubscribe'],
  ['unsubscribe', 'subscribed', 'no wish time', 'unsubscribe', 'unsubscribe'],
  ['unsubscribe', 'subscribed', 'no klaviyo time', 'unsubscribe', 'unsubscribe'],
  ['unsubscribe', 'unsubscribed', 'wish', 'none', 'already_unsubscribed'],
  ['unsubscribe', 'unsubscribed', 'klaviyo', 'none', 'already_unsubscribed'],
  ['unsubscribe', 'suppressed', 'klaviyo', 'unsubscribe', 'unsubscribe'],
  ['unsubscribe', 'bounced', 'klaviyo', 'unsubscribe', 'unsubscribe'],
];

test.each(table)('wish %s, Klaviyo %s, newer %s: %s (%s)', (wish, state, newer, action, code) => {
  const { wishSetAt, changedAt } = times[newer];
  for (const channel of ['email', 'sms'] as const) {
    const wishSet = { at: wishSetAt, isAtLatest: false };
    const decision = decideConsent({ channel, wish, wishSet, klaviyo: { state, changedAt } });
    expect(decision).toMatchObject({ action, code });
    expect(decision.reason).toMatch(/^[A-Z].*\.$/);
  }
});

test('every wish meets every state and every order of times in exactly one row', () => {
  for (const wish of ['subscribe', 'unsubscribe'] as const) {
    for (const state of KLAVIYO_CONSENT_STATES) {
      for (const newer of ['apparel21', 'klaviyo', 'unknown'] as const) {
        const rows = CONSENT_TABLE.filter(
          (row) => row.wish === wish && row.state === state && (row.newer === 'any' || row.newer === newer),
        );
        expect(rows).toHaveLength(1);
      }
    }
  }
});

test('nobody who left is subscribed again unless Apparel21 was provably told later', () => {
  const risky = CONSENT_TABLE.filter(
    (row) => row.action === 'subscribe' && ['unsubscribed', 'suppressed', 'bounced'].includes(row.state),
  );
  expect(risky.every((row) => row.newer === 'apparel21')).toBe(true);
  expect(CONSENT_TABLE.every((row) => row.action === 'none' || row.action === row.wish)).toBe(true);
});

test('times without offset are UTC and times with one are compared as instants', () => {
  const klaviyo = { state: 'unsubscribed', changedAt: '2026-01-31T23:30:00.123456' } as const;
  const wish = { channel: 'email', wish: 'subscribe', klaviyo } as const;
  const codeAt = (at: string) => decideConsent({ ...wish, wishSet: { at, isAtLatest: false } }).code;
  expect(codeAt('2026-02-01T10:00:00+11:00')).toBe('left_in_klaviyo');
  expect(codeAt('2026-02-01T11:00:00+11:00')).toBe('resubscribe');
  expect(codeAt('soon')).toBe('left_at_unknown_time');
});

test.each([
  ['subscribe', 'unsubscribed', late, early, 'left_at_unknown_time'],
  ['subscribe', 'unsubscribed', early, late, 'left_in_klaviyo'],
  ['subscribe', 'suppressed', late, early, 'left_at_unknown_time'],
  ['unsubscribe', 'subscribed', late, early, 'unsubscribe'],
  ['unsubscribe', 'subscribed', early, late, 'subscribed_later'],
] as const)(
  'a value that may be older than its row’s time is never taken for the later word: %s, Klaviyo %s',
  (wish, state, at, changedAt, code) => {
    const wishSet = { at, isAtLatest: true };

    const decision = decideConsent({ channel: 'email', wish, wishSet, klaviyo: { state, changedAt } });

    expect(decision.code).toBe(code);
  },
);

function subscriptions(email: JsonValue, sms: JsonValue = { consent: 'NEVER_SUBSCRIBED' }): JsonValue {
  return { email: { marketing: email }, sms: { marketing: sms } };
}

const hardBounce = { reason: 'HARD_BOUNCE', timestamp: early };
const left = { reason: 'UNSUBSCRIBE', timestamp: late };
const spam = { reason: 'SPAM_COMPLAINT', timestamp: early };

test.each([
  [{ consent: 'NEVER_SUBSCRIBED', consent_timestamp: null, suppression: [] }, 'never', null],
  [
    { consent: 'SUBSCRIBED', consent_timestamp: early, last_updated: late, suppression: [] },
    'subscribed',
    early,
  ],
  [{ consent: 'SUBSCRIBED', consent_timestamp: null, last_updated: late }, 'subscribed', late],
  [{ consent: 'UNSUBSCRIBED', consent_timestamp: early, last_updated: late }, 'unsubscribed', late],
  [{ consent: 'UNSUBSCRIBED', consent_timestamp: null, last_updated: null }, 'unsubscribed', null],
  [{ consent: 'SUBSCRIBED', consent_timestamp: early, suppression: [left] }, 'unsubscribed', late],
  [
    { consent: 'NEVER_SUBSCRIBED', suppression: [{ reason: 'USER_SUPPRESSED', timestamp: late }, spam] },
    'suppressed',
    late,
  ],
  [{ consent: 'SUBSCRIBED', suppression: [spam, hardBounce] }, 'bounced', early],
  [{ consent: 'SUBSCRIBED', suppression: [{ reason: 'INVALID_EMAIL' }] }, 'bounced', null],
  [{}, 'never', null],
  [null, 'never', null],
])('the e-mail consent %j reads as %s at %s', (marketing, state, changedAt) => {
  expect(readKlaviyoConsent(subscriptions(marketing), 'email')).toEqual({ state, changedAt });
});

test('SMS has a state of its own, untouched by suppressed e-mail', () => {
  const both = subscriptions(
    { consent: 'UNSUBSCRIBED', suppression: [spam] },
    { consent: 'SUBSCRIBED', consent_timestamp: early },
  );
  expect(readKlaviyoConsent(both, 'sms')).toEqual({ state: 'subscribed', changedAt: early });
  expect(readKlaviyoConsent(undefined, 'sms')).toEqual({ state: 'never', changedAt: null });
});
