import { expect, test } from 'vitest';
import { daysOfRevisionLeft, readRetirement } from '#app/domain/klaviyo-revision.ts';

const at = (headers: Record<string, string>, status = 200) =>
  readRetirement({ status, headers }, '2026-07-15');

test.each([
  ['nothing', {}, 200, null],
  ['our own revision', { 'x-klaviyo-api-revision': '2026-07-15' }, 200, null],
  ['an older revision', { 'x-klaviyo-api-revision': '2026-04-15' }, 200, null],
  ['a newer revision', { 'x-klaviyo-api-revision': '2028-10-15' }, 200, 'answered by 2028-10-15'],
  ['a sunset', { sunset: 'Sat, 15 Jul 2028 00:00:00 GMT' }, 200, 'sunset 2028-07-15'],
  ['a sunset that is no date', { sunset: 'soon' }, 200, null],
  ['a deprecation', { deprecation: '@1688169599' }, 200, 'deprecated'],
  ['a deprecation as of old', { deprecation: 'true' }, 200, 'deprecated'],
  ['a denied deprecation', { deprecation: 'false' }, 200, null],
  ['both', { deprecation: 'true', sunset: 'Sat, 15 Jul 2028 00:00:00 GMT' }, 200, 'sunset 2028-07-15'],
  ['the end', {}, 410, 'gone'],
])('an answer with %s', (_, headers, status, key) => {
  expect(at(headers as Record<string, string>, status)?.key ?? null).toBe(key);
});

test.each([
  ['2027-06-01', null],
  ['2028-01-20', 177],
  ['2028-07-15', 0],
  ['2028-07-25', -10],
])('on %s the revision has %s days left', (day, days) => {
  expect(daysOfRevisionLeft(new Date(`${day}T00:00:00Z`), '2026-07-15')).toBe(days);
});
