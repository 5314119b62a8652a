import { expect, test } from 'vitest';
import { compileRules, mapReward } from '#app/domain/mapping.ts';
import type { SourceRow } from '#app/domain/records.ts';
import type { ConnectionRules, Mapping } from '#app/domain/rules.ts';
import { buildMapping, buildRules, mappedOf } from './rules-builder.ts';

const reward = {
  REWARD_ID: 'R1',
  PERIDX: '1',
  EVENT_DATE: '2026-02-01',
  EVENT_TYPE: 'TIER_CHANGED',
  POINTS: '1,200',
};

function map(row: SourceRow = {}, mappings: Mapping[] = [], own: Partial<ConnectionRules> = {}) {
  return mapReward(compileRules(buildRules({ mappings, ...own })), { ...reward, ...row });
}

test('a reward is one event with the connection’s name and an id from its key', () => {
  const result = mappedOf(map());
  expect(result.payload).toEqual({
    events: [
      {
        part: 'reward',
        name: 'Reward',
        uniqueId: 'tl-seed-reward-R1',
        time: '2026-02-01T00:00:00+11:00',
        properties: {},
      },
    ],
    profileProperties: {},
    backfill: false,
  });
  expect(result.label).toBe('Reward');
});

test('its name comes from a translation; an unknown type falls back to the connection’s name and is gathered', () => {
  const name = buildMapping('reward', 'event.name', '{{ EVENT_TYPE | translate: "reward events" }}');
  expect(mappedOf(map({}, [name])).payload.events[0]?.name).toBe('Tier Changed');
  const unknown = map({ EVENT_TYPE: 'BIRTHDAY' }, [name]);
  expect(mappedOf(unknown).payload.events[0]?.name).toBe('Reward');
  expect(unknown.misses).toEqual([{ table: 'reward events', value: 'BIRTHDAY' }]);
});

test('it sets properties of the event and of the customer’s profile', () => {
  const mappings = [
    buildMapping('reward', 'properties.Points', '{{ POINTS | number }}'),
    buildMapping('reward', 'profile.Points Balance', '{{ POINTS | number }}'),
    buildMapping('reward', 'event.value', '{{ POINTS | number }}'),
    buildMapping('reward', 'properties.Empty', '{{ NOTHING }}', { blank: 'clear' }),
  ];
  const { payload } = mappedOf(map({}, mappings));
  expect(payload.events[0]).toMatchObject({ properties: { Points: 1200 }, value: 1200, currency: 'AUD' });
  expect(payload.events[0]?.properties).not.toHaveProperty('Empty');
  expect(payload.profileProperties).toEqual({ 'Points Balance': 1200 });
});

test('a mapped value that is no number is warned about', () => {
  const result = map({ POINTS: 'many' }, [buildMapping('reward', 'event.value', '{{ POINTS }}')]);
  expect(mappedOf(result).payload.events[0]).not.toHaveProperty('value');
  expect(result.warnings.map(({ code }) => code)).toEqual(['not_a_number']);
});

test('without a readable date it fails', () => {
  expect(map({ EVENT_DATE: '' })).toMatchObject({
    outcome: 'failed',
    reason: { code: 'missing_time', column: 'EVENT_DATE' },
  });
});

test('a skip rule leaves it out', () => {
  const skip = buildMapping('reward', 'skip', '{{ TEST }}', { description: 'Test rewards' });
  expect(map({ TEST: 'true' }, [skip])).toMatchObject({ outcome: 'skipped' });
  expect(map({ TEST: 'false' }, [skip]).outcome).toBe('mapped');
});

test('before the cut-off it is history', () => {
  expect(mappedOf(map({}, [], { historyBefore: '2026-02-02' })).payload.backfill).toBe(true);
});

test('pass-through sends the columns that nothing uses', () => {
  const mapping = buildMapping('reward', 'properties.Balance', '{{ POINTS | number }}');
  expect(
    mappedOf(map({ NEXT_TIER: 'Gold' }, [mapping], { passThrough: true })).payload.events[0]?.properties,
  ).toEqual({
    Balance: 1200,
    'Event Type': 'TIER_CHANGED',
    'Next Tier': 'Gold',
  });
});

test('more properties than Klaviyo takes are cut with a warning', () => {
  const many = Object.fromEntries(Array.from({ length: 450 }, (_, index) => [`P${index}`, 'x']));
  const result = map(many, [], { passThrough: true });
  expect(Object.keys(mappedOf(result).payload.events[0]?.properties ?? {})).toHaveLength(400);
  expect(result.warnings.map(({ code }) => code)).toEqual(['too_many_properties']);
});
