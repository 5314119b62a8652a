import { expect, test } from 'vitest';
import { compileRules, mapCustomer } from '#app/domain/mapping.ts';
import type { SourceRow } from '#app/domain/records.ts';
import type { ConnectionRules, Mapping } from '#app/domain/rules.ts';
import { buildMapping, buildRules, mappedOf } from './rules-builder.ts';

function map(row: SourceRow, mappings: Mapping[] = [], own: Partial<ConnectionRules> = {}) {
  return mapCustomer(compileRules(buildRules({ mappings, ...own })), { PERIDX: '1', ...row });
}

function attributes(row: SourceRow, mappings: Mapping[] = [], own: Partial<ConnectionRules> = {}) {
  return mappedOf(map(row, mappings, own)).payload.attributes;
}

function warnings(row: SourceRow, mappings: Mapping[] = [], own: Partial<ConnectionRules> = {}): string[] {
  return map(row, mappings, own).warnings.map((issue) => issue.code);
}

test('the first rule that holds gives the value', () => {
  const mapping = buildMapping('customer', 'properties.Tier', [
    { when: { column: 'SPEND', is: 'greater-than', value: 1000 }, template: 'Gold' },
    { when: { column: 'SPEND', is: 'greater-than', value: 100 }, template: 'Silver' },
    { template: 'Bronze' },
  ]);
  expect(attributes({ SPEND: '2,000' }, [mapping]).properties?.Tier).toBe('Gold');
  expect(attributes({ SPEND: '200' }, [mapping]).properties?.Tier).toBe('Silver');
  expect(attributes({ SPEND: '' }, [mapping]).properties?.Tier).toBe('Bronze');
});

test('mappings that share a target are tried until one gives something', () => {
  const mappings = [
    buildMapping('customer', 'properties.Store', [
      { when: { column: 'A', is: 'equals', value: 'x' }, template: 'first' },
    ]),
    buildMapping('customer', 'properties.Store', '{{ B }}'),
    buildMapping('customer', 'properties.Store', '{{ C }}'),
  ];
  expect(attributes({ A: 'x', B: 'b', C: 'c' }, mappings).properties?.Store).toBe('first');
  expect(attributes({ B: 'b', C: 'c' }, mappings).properties?.Store).toBe('b');
  expect(attributes({ B: ' ', C: 'c' }, mappings).properties?.Store).toBe('c');
});

test('a blank is kept, cleared or filled as the mapping says', () => {
  const mappings = [
    buildMapping('customer', 'properties.Kept', '{{ A }}'),
    buildMapping('customer', 'properties.Gone', '{{ A }}', { blank: 'clear' }),
    buildMapping('customer', 'properties.Filled', '{{ A }}', { blank: 'unknown' }),
    buildMapping('customer', 'first_name', '{{ A }}', { blank: 'clear' }),
    buildMapping('customer', 'location.city', '{{ A }}', { blank: 'clear' }),
  ];
  const { payload } = mappedOf(map({ A: '' }, mappings));
  expect(payload.attributes.properties).toEqual({ 'AP21 Person ID': '1', Filled: 'unknown' });
  expect(payload.unset).toEqual(['Gone']);
  expect(payload.clear).toEqual(['first_name', 'location.city']);
});

test('a mapping whose rules do not hold clears nothing', () => {
  const never = [{ when: { column: 'A', is: 'not-empty' as const }, template: '{{ A }}' }];
  const mapping = buildMapping('customer', 'properties.Gone', never, { blank: 'clear' });
  expect(mappedOf(map({ A: '' }, [mapping])).payload.unset).toEqual([]);
});

test('when all mappings of a target are blank the first that wants more than keep decides', () => {
  const mappings = [
    buildMapping('customer', 'properties.P', '{{ A }}'),
    buildMapping('customer', 'properties.P', '{{ A }}', { blank: 'clear' }),
    buildMapping('customer', 'properties.P', '{{ A }}', { blank: 'filled' }),
  ];
  expect(mappedOf(map({}, mappings)).payload.unset).toEqual(['P']);
});

test('typed results stay typed in properties and become text in attributes', () => {
  const mappings = [
    buildMapping('customer', 'properties.Spend', '{{ SPEND | number }}'),
    buildMapping('customer', 'properties.Staff', '{{ STAFF | boolean }}'),
    buildMapping('customer', 'properties.Tags', '{{ TAGS | json }}'),
    buildMapping('customer', 'organization', '{{ SPEND | number }}'),
    buildMapping('customer', 'title', '{{ TAGS | json }}'),
    buildMapping('customer', 'location.latitude', '{{ LAT }}'),
  ];
  const result = mappedOf(map({ SPEND: '1,200.50', STAFF: 'Yes', TAGS: '["a"]', LAT: '-33.87' }, mappings));
  expect(result.payload.attributes).toEqual({
    external_id: '1',
    organization: '1200.5',
    location: { latitude: -33.87 },
    properties: { 'AP21 Person ID': '1', Spend: 1200.5, Staff: true, Tags: ['a'] },
  });
  expect(result.warnings.map(({ code, target }) => [code, target])).toEqual([['not_text', 'title']]);
});

test('values that Klaviyo would refuse are left out with a warning', () => {
  const mappings = [
    buildMapping('customer', 'locale', '{{ A }}'),
    buildMapping('customer', 'image', '{{ A }}'),
    buildMapping('customer', 'location.longitude', '{{ B }}'),
    buildMapping('customer', 'properties.Number', '{{ A | number }}'),
    buildMapping('customer', 'properties.Long', '{{ C }}'),
  ];
  const row = { A: 'not right', B: '181', C: 'é'.repeat(50_001) };
  expect(warnings(row, mappings)).toEqual([
    'not_a_number',
    'bad_locale',
    'bad_image',
    'bad_coordinate',
    'text_too_long',
  ]);
  expect(attributes(row, mappings)).toEqual({ external_id: '1', properties: { 'AP21 Person ID': '1' } });
});

test('a profile over 100 KB fails and names the longest cell', () => {
  const mappings = ['A', 'B'].map((column) =>
    buildMapping('customer', `properties.${column}`, `{{ ${column} }}`),
  );
  const result = map({ A: 'a'.repeat(60_000), B: 'b'.repeat(50_000) }, mappings);
  expect(result).toMatchObject({ outcome: 'failed', reason: { code: 'profile_too_large', column: 'A' } });
});
