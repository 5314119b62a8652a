import { expect, test } from 'vitest';
import {
  exhaustedForMs,
  klaviyoLimits,
  ownShare,
  parseRatePolicies,
  parseRetryAfterMs,
} from '#app/adapters/klaviyo-limits.server.ts';

const now = new Date('2026-07-15T10:00:00Z');

test('reads the windows of a RateLimit-Limit header as Klaviyo writes it', () => {
  expect(parseRatePolicies('10, 10;w=1, 150;w=60')).toEqual([
    { limit: 10, windowMs: 1_000 },
    { limit: 150, windowMs: 60_000 },
  ]);
  expect(parseRatePolicies('1, 10;w=1,150;w=60, 150;w=86400')).toHaveLength(3);
});

test.each([
  undefined,
  '',
  '10',
  'ten;w=1',
  '0;w=1',
  '5;w=0',
  '-3;w=1',
  '999999999999;w=1',
  '5;w=9999999',
  ';;,,',
])('learns nothing from the header %j', (header) => {
  expect(parseRatePolicies(header)).toEqual([]);
});

test.each([
  ['7', 7_000],
  ['0', 1_000],
  [undefined, 1_000],
  ['soon', 1_000],
  ['Wed, 15 Jul 2026 10:00:30 GMT', 30_000],
  ['Wed, 15 Jul 2026 09:00:00 GMT', 1_000],
  ['999999', 86_400_000],
  ['-5', 1_000],
])('a Retry-After of %j means %d ms', (header, ms) => {
  expect(parseRetryAfterMs(header, now)).toBe(ms);
});

test('waits for the reset only when nothing remains', () => {
  expect(exhaustedForMs({ 'ratelimit-remaining': '0', 'ratelimit-reset': '42' })).toBe(42_000);
  expect(exhaustedForMs({ 'ratelimit-remaining': '1', 'ratelimit-reset': '42' })).toBe(0);
  expect(exhaustedForMs({ 'ratelimit-remaining': '0' })).toBe(0);
  expect(exhaustedForMs({ 'ratelimit-reset': '42' })).toBe(0);
  expect(exhaustedForMs({})).toBe(0);
});

test('does not take a point in time for a number of seconds', () => {
  expect(exhaustedForMs({ 'ratelimit-remaining': '0', 'ratelimit-reset': '1784109600' })).toBe(0);
});

test('takes nine tenths of a burst, 97 % of a minute, and never less than one', () => {
  expect(ownShare({ limit: 10, windowMs: 1_000 }).count).toBe(9);
  expect(ownShare({ limit: 150, windowMs: 60_000 }).count).toBe(145);
  expect(ownShare({ limit: 1, windowMs: 1_000 }).count).toBe(1);
  expect(ownShare({ limit: 15, windowMs: 60_000 }).count).toBe(14);
});

test('knows a burst and a minute for every operation, and the daily limit of new lists', () => {
  for (const policies of Object.values(klaviyoLimits)) {
    expect(policies.map((policy) => policy.windowMs).slice(0, 2)).toEqual([1_000, 60_000]);
  }
  expect(klaviyoLimits.createList).toContainEqual({ limit: 150, windowMs: 86_400_000 });
});
