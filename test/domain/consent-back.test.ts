import { expect, test } from 'vitest';
import {
  consentFileHeader,
  consentFileName,
  consentFileRow,
  consentFileTime,
  earliestSince,
  judgeLeaving,
  lookFrom,
} from '#app/domain/consent-back.ts';
import { readKlaviyoConsent } from '#app/domain/consent.ts';

const LEFT = { state: 'unsubscribed' as const, changedAt: '2026-03-03T10:15:00Z' };
const told = (at: string | null, isAtLatest = false) => ({ at, isAtLatest });
const PLAIN = { klaviyo: LEFT, wish: null, wishSet: told(null), isOpen: false, own: null };
const own = (wish: 'subscribe' | 'unsubscribe', sentAt: string) => ({ wish, sentAt: new Date(sentAt) });

test.each([
  ['who unsubscribed', PLAIN, 'left'],
  ['who was suppressed', { ...PLAIN, klaviyo: { ...LEFT, state: 'suppressed' as const } }, 'left'],
  ['who left at an unknown time', { ...PLAIN, klaviyo: { ...LEFT, changedAt: null } }, 'left'],
  [
    'whom Apparel21 wants, as it did before',
    { ...PLAIN, wish: 'subscribe' as const, wishSet: told('2026-03-01') },
    'left',
  ],
  [
    'about whom Apparel21 has said yes since, long decided',
    { ...PLAIN, wish: 'subscribe' as const, wishSet: told('2026-03-04') },
    'left',
  ],
  [
    'about whom Apparel21 was told yes since, which is about to be sent',
    { ...PLAIN, wish: 'subscribe' as const, wishSet: told('2026-03-04'), isOpen: true },
    'newer',
  ],
  [
    'about whom Apparel21 may have been told yes long before',
    { ...PLAIN, wish: 'subscribe' as const, wishSet: told('2026-03-04', true), isOpen: true },
    'left',
  ],
  ['whom Apparel21 itself opted out', { ...PLAIN, wish: 'unsubscribe' as const }, 'known'],
  [
    'whom our own call took off just before',
    { ...PLAIN, own: own('unsubscribe', '2026-03-03T10:14:00Z') },
    'own',
  ],
  [
    'whom our own call took off, and Klaviyo does not say when',
    { ...PLAIN, klaviyo: { ...LEFT, changedAt: null }, own: own('unsubscribe', '2026-03-03T10:14:00Z') },
    'own',
  ],
  [
    'who left long after our own call took them off',
    { ...PLAIN, own: own('unsubscribe', '2026-01-01T00:00:00Z') },
    'left',
  ],
  ['whom we had subscribed', { ...PLAIN, own: own('subscribe', '2026-03-03T10:14:00Z') }, 'left'],
  ['who is subscribed', { ...PLAIN, klaviyo: { ...LEFT, state: 'subscribed' as const } }, 'back'],
  ['who never said anything', { ...PLAIN, klaviyo: { ...LEFT, state: 'never' as const } }, 'nothing'],
  ['whose address bounces', { ...PLAIN, klaviyo: { ...LEFT, state: 'bounced' as const } }, 'nothing'],
])('%s: $2', (_, input, verdict) => {
  expect(judgeLeaving(input)).toBe(verdict);
});

test('a bounce does not hide that somebody has left', () => {
  const subscriptions = {
    email: {
      marketing: {
        consent: 'UNSUBSCRIBED',
        suppression: [
          { reason: 'HARD_BOUNCE', timestamp: '2026-03-05T00:00:00Z' },
          { reason: 'UNSUBSCRIBE', timestamp: '2026-03-03T10:15:00Z' },
        ],
      },
    },
  };

  expect(readKlaviyoConsent(subscriptions, 'email').state).toBe('bounced');
  expect(readKlaviyoConsent(subscriptions, 'email', { heedsBounces: false })).toEqual(LEFT);
});

test('a name is the second in UTC, and is read back', () => {
  const name = consentFileName(new Date('2026-03-03T10:15:07.900Z'));

  expect(name).toBe('consent_20260303T101507Z.csv');
  expect(consentFileTime(name)?.toISOString()).toBe('2026-03-03T10:15:07.000Z');
  expect(consentFileTime('consent.csv')).toBeNull();
});

test('a row has a cell for each column, and nothing about a channel that was not left', () => {
  const row = consentFileRow({
    key: '4711',
    email: 'a@shop.example',
    phone: '+61400000201',
    left: [{ channel: 'sms', state: 'unsubscribed', leftAt: null }],
  });

  expect(consentFileHeader('PERIDX')).toHaveLength(row.length);
  expect(row).toEqual([
    '4711',
    'a@shop.example',
    '+61400000201',
    '',
    'No',
    '',
    '',
    'Unsubscribed from SMS in Klaviyo.',
  ]);
});

test('what would run as a formula does not; numbers arrive as they are', () => {
  const row = consentFileRow({ key: '=1+1', email: '+a@shop.example', phone: '+61400000201', left: [] });

  expect(row.slice(0, 3)).toEqual(["'=1+1", "'+a@shop.example", '+61400000201']);
});

test('a look reads the last ten minutes again, the first one everything', () => {
  expect(lookFrom(new Date('2026-03-03T10:15:00Z'))).toBe('2026-03-03T10:05:00Z');
  expect(Date.parse(lookFrom(null))).toBeLessThan(Date.parse('2012-01-01'));
});

test('of several suppressions the earliest that was asked for tells how far a look has come', () => {
  const times = ['2025-01-01T00:00:00+00:00', '2026-03-02T00:00:00+00:00', '2026-03-04T00:00:00+00:00'];

  expect(earliestSince(times, '2026-03-01T00:00:00Z')?.toISOString()).toBe('2026-03-02T00:00:00.000Z');
  expect(earliestSince(times, '2026-04-01T00:00:00Z')).toBeNull();
});
