import { expect, test } from 'vitest';
import { createTimeOrderedUuids } from '#app/adapters/time-ordered-uuid.server.ts';

const START = Date.parse('2026-01-01T00:00:00Z');

test('an id is a UUID of version 7 and begins with its time', () => {
  const id = createTimeOrderedUuids(() => START)();

  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(START);
});

test.each([
  ['the clock stands still', () => START],
  ['the clock is set back', (call: number) => START - call],
  ['the clock goes on now and then', (call: number) => START + Math.floor(call / 1_000)],
])('ids rise and differ when %s, however many there are', (_, timeOf) => {
  let call = 0;
  const next = createTimeOrderedUuids(() => timeOf((call += 1)));

  const ids = Array.from({ length: 20_000 }, next);

  expect(ids).toEqual(ids.toSorted());
  expect(new Set(ids).size).toBe(ids.length);
});
