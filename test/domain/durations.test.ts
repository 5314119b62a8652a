import { expect, test } from 'vitest';
import { readDuration } from '#app/domain/durations.ts';

test.each([
  ['45s', 45_000],
  ['30m', 1_800_000],
  ['24h', 86_400_000],
  ['2d', 172_800_000],
  [' 2 h ', 7_200_000],
  ['1w', null],
  ['h', null],
  ['1.5h', null],
  ['', null],
])('the duration %j is %s ms', (text, ms) => {
  expect(readDuration(text)).toBe(ms);
});
