import { expect, test } from 'vitest';
import { describeSchedule, type ScheduleFacts } from '#app/domain/schedule.ts';
import { listed, paceInWords } from '#app/domain/schedule-words.ts';

const NONE = { pending: 0, waiting: 0, sending: 0, synced: 0, failed: 0, skipped: 0, held: 0 };

/** A connection at rest, with some of it changed. What the database holds is tested with the query. */
function facts(changes: Partial<ScheduleFacts> = {}): ScheduleFacts {
  return {
    directory: '/pending/au',
    isPaused: false,
    isKeyRefused: false,
    keyRefusedAt: null,
    hasSftp: true,
    dataSync: true,
    mode: 'production',
    testMaxRecords: 50,
    historyBefore: null,
    poll: { everySeconds: 30, lastAt: new Date('2026-01-01T10:41:05Z') },
    files: {
      ...{ importing: null, queued: 0, first: [], unsettled: 0, toMove: 0 },
      ...{ held: 0, bulk: 0, unrecognised: 0 },
    },
    records: { customers: NONE, orders: NONE, rewards: NONE },
    later: { kinds: { customers: 0, orders: 0, rewards: 0 }, isMore: false, firstAt: null },
    asked: { kinds: { customers: 0, orders: 0, rewards: 0 }, isMore: false },
    batches: [],
    limitedUntil: null,
    trouble: { intake: null, push: null },
    lastSync: null,
    testUsedUp: null,
    estimate: null,
    ...changes,
  };
}

const CLOCK = {
  now: new Date('2026-01-01T10:41:20Z'),
  at: (moment: Date) => moment.toISOString().slice(11, 19),
};

const DUE = { customers: { ...NONE, pending: 9 }, orders: NONE, rewards: NONE };

test('at Klaviyo’s limit the schedule says until when', () => {
  const limitedUntil = new Date('2026-01-01T10:52:10Z');

  const schedule = describeSchedule(facts({ records: DUE, limitedUntil }), CLOCK);

  expect(schedule).toMatchObject({
    state: 'due',
    headline: '9 customers due, at Klaviyo’s limit until 10:52:10.',
  });
  expect(schedule.push.map(({ text }) => text)).toEqual([
    'Klaviyo’s limit is reached: sending goes on at 10:52:10.',
    'Due: 9 customers, from 10:52:10 on. Profiles go first, then their consent, then orders and rewards.',
  ]);
});

test('a limit that is over holds nothing up', () => {
  const limitedUntil = new Date('2026-01-01T10:41:19Z');

  const { push } = describeSchedule(facts({ records: DUE, limitedUntil }), CLOCK);

  expect(push.map(({ code }) => code)).toEqual(['due']);
});

test('rare records that were not counted to their end are more than so many', () => {
  const later = {
    kinds: { customers: 10_000, orders: 0, rewards: 0 },
    isMore: true,
    firstAt: new Date('2026-01-01T10:52:00Z'),
  };

  const { push } = describeSchedule(facts({ later }), CLOCK);

  expect(push.find(({ code }) => code === 'later')?.text).toBe(
    'Tried again later: more than 10,000 customers, the first at 10:52:00.',
  );
});

test('an estimate below a minute names no number of minutes, a longer one is a lower bound', () => {
  const estimate = { requests: {}, totalRequests: 420, minutes: 2.1 };

  const { push } = describeSchedule(facts({ records: DUE, estimate }), CLOCK);

  expect(push.find(({ code }) => code === 'estimate')?.text).toContain(
    'That takes about 420 requests: at least 2 minutes at Klaviyo’s limits.',
  );
});

test('import jobs of a paused connection are asked for when it goes on', () => {
  const since = new Date('2026-01-01T10:38:00Z');
  const batches = [{ kind: 'profile-import', status: 'accepted' as const, batches: 1, items: 5, since }];

  const { push } = describeSchedule(facts({ isPaused: true, batches }), CLOCK);

  expect(push.find(({ code }) => code === 'import-jobs')?.text).toBe(
    'Klaviyo works on 1 import job with 5 customers since 10:38:00. What becomes of them is asked for when the connection is resumed.',
  );
});

test('lists and paces read as people write them', () => {
  expect([listed(['a']), listed(['a', 'b']), listed(['a', 'b', 'c'])]).toEqual([
    'a',
    'a and b',
    'a, b and c',
  ]);
  expect([1, 30, 60, 90, 300].map(paceInWords)).toEqual([
    '1 second',
    '30 seconds',
    '1 minute',
    '90 seconds',
    '5 minutes',
  ]);
});
