import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileRules, mapCustomer } from '#app/domain/mapping.ts';
import type { SourceRow } from '#app/domain/records.ts';
import type { ConnectionRules, Mapping } from '#app/domain/rules.ts';
import { bareColumns, buildMapping, buildRules, mappedOf } from './rules-builder.ts';

const identified = {
  ...bareColumns,
  customers: {
    primaryKey: 'PERIDX',
    email: 'EMAIL',
    phone: 'MOBILE',
    firstName: 'FIRST',
    lastName: 'LAST',
    updatedAt: 'UPDATED',
  },
};

function map(row: SourceRow, mappings: Mapping[] = [], own: Partial<ConnectionRules> = {}) {
  return mapCustomer(compileRules(buildRules({ mappings, ...own })), { PERIDX: '1', ...row });
}

function attributes(row: SourceRow, mappings: Mapping[] = [], own: Partial<ConnectionRules> = {}) {
  return mappedOf(map(row, mappings, own)).payload.attributes;
}

test('the primary key travels as external id and as property', () => {
  expect(attributes({})).toEqual({ external_id: '1', properties: { 'AP21 Person ID': '1' } });
});

test('a setting keeps the primary key out of external_id, not out of the properties', () => {
  const own = { columns: identified, sendExternalId: false };
  expect(attributes({ EMAIL: 'jane@example.org' }, [], own)).toEqual({
    email: 'jane@example.org',
    properties: { 'AP21 Person ID': '1' },
  });
});

test('the column settings give e-mail, phone and name where no mapping does', () => {
  const row = {
    EMAIL: ' Jane@Example.org',
    MOBILE: '0412 345 678',
    FIRST: 'JANE',
    LAST: 'Doe',
    UPDATED: '2026-01-01T10:00:00',
  };
  const result = mappedOf(map(row, [], { columns: identified }));
  expect(result.payload.attributes).toEqual({
    email: 'jane@example.org',
    phone_number: '+61412345678',
    first_name: 'JANE',
    last_name: 'Doe',
    external_id: '1',
    properties: { 'AP21 Person ID': '1' },
  });
  expect(result.updatedAt).toBe('2026-01-01T10:00:00+11:00');
});

test('a mapping of a target stands in for the column settings, also when it is blank', () => {
  const mapping = buildMapping('customer', 'email', '{{ WORK_EMAIL }}');
  const row = { EMAIL: 'home@example.org', WORK_EMAIL: '' };
  expect(attributes(row, [mapping], { columns: identified }).email).toBeUndefined();
});

test('unusable identifiers are left out with a warning and the row still goes', () => {
  const row = { EMAIL: 'none@none', MOBILE: '123' };
  const result = mappedOf(map(row, [], { columns: identified }));
  expect(result.payload.attributes).toEqual({ external_id: '1', properties: { 'AP21 Person ID': '1' } });
  expect(result.warnings).toMatchObject([
    { code: 'bad_email', severity: 'warning', column: 'EMAIL', target: 'email', value: 'none@none' },
    { code: 'bad_phone', severity: 'warning', column: 'MOBILE', target: 'phone_number', value: '123' },
  ]);
});

test('a row without any usable identity fails', () => {
  const result = map({ EMAIL: 'x' }, [], { columns: identified, sendExternalId: false });
  expect(result).toMatchObject({ outcome: 'failed', reason: { code: 'no_identity', severity: 'error' } });
  expect(result.outcome === 'failed' && result.reason.message).toContain('no e-mail, phone or id');
});

test("a phone number is read in the row's country first, then in the shop's", () => {
  const country = buildMapping('customer', 'location.country', '{{ COUNTRY }}');
  const own = { columns: identified };
  expect(attributes({ MOBILE: '021 123 4567', COUNTRY: 'New Zealand' }, [country], own).phone_number).toBe(
    '+64211234567',
  );
  expect(attributes({ MOBILE: '0412 345 678', COUNTRY: 'United Kingdom' }, [country], own).phone_number).toBe(
    '+61412345678',
  );
});

test('an id that Klaviyo would find too long is left out', () => {
  const result = map({ PERIDX: 'x'.repeat(256), EMAIL: 'jane@example.org' }, [], { columns: identified });
  expect(mappedOf(result).payload.attributes.external_id).toBeUndefined();
  expect(result.warnings.map(({ code }) => code)).toEqual(['external_id_too_long']);
});

test('a skip rule leaves the row out with its description; a no does not', () => {
  const skip = buildMapping('customer', 'skip', '{{ STAFF }}', { description: 'Staff stay out' });
  expect(map({ STAFF: 'Yes' }, [skip])).toMatchObject({
    outcome: 'skipped',
    reason: { code: 'skipped_by_rule', message: 'Left out by the rule "Staff stay out".' },
  });
  expect(map({ STAFF: 'No' }, [skip]).outcome).toBe('mapped');
  expect(map({ STAFF: '' }, [skip]).outcome).toBe('mapped');
});

test("a mapping names the list, else it is the connection's", () => {
  const list = buildMapping('customer', 'list', [
    { when: { column: 'VIP', is: 'equals', value: true }, template: 'VIP' },
  ]);
  expect(mappedOf(map({ VIP: 'Y' }, [list])).payload.list).toBe('VIP');
  expect(mappedOf(map({ VIP: 'N' }, [list])).payload.list).toBe('Retail Customers');
  const none = buildMapping('customer', 'list', '{{ VIP }}', { blank: 'clear' });
  expect(mappedOf(map({ VIP: '' }, [none])).payload.list).toBeNull();
});

test.each([
  ['Yes', 'subscribe'],
  ['n', 'unsubscribe'],
  ['1', 'subscribe'],
  ['Unsubscribed', 'unsubscribe'],
  ['TRUE', 'subscribe'],
  ['', undefined],
  ['perhaps', undefined],
])('a consent of "%s" means %s', (cell, wish) => {
  const mappings = [
    buildMapping('customer', 'consent.email', '{{ FLAG }}'),
    buildMapping('customer', 'consent.sms', '{{ FLAG | boolean }}'),
  ];
  const result = mappedOf(map({ FLAG: cell }, mappings));
  expect(result.consent).toEqual(wish === undefined ? {} : { email: wish, sms: wish });
  expect(result.warnings.map(({ code }) => code)).toEqual(
    cell === 'perhaps' ? ['not_yes_or_no', 'unknown_consent'] : [],
  );
});

test('source and time of consent come from their mappings', () => {
  const mappings = [
    buildMapping('customer', 'consent.source', '{{ STORE | translate: "stores" }}'),
    buildMapping('customer', 'consent.at', '{{ SINCE }}'),
  ];
  const translations = { stores: { whenMissing: 'keep', entries: { SYD01: 'Sydney' } } };
  expect(mappedOf(map({ STORE: 'SYD01', SINCE: '1/2/2020' }, mappings, { translations })).consent).toEqual({
    source: 'Sydney',
    at: '2020-02-01T00:00:00+11:00',
  });
  const late = map({ STORE: 'PER03', SINCE: 'ever' }, mappings, { translations });
  expect(mappedOf(late).consent).toEqual({ source: 'PER03' });
  expect(late.misses).toEqual([{ table: 'stores', value: 'PER03' }]);
  expect(late.warnings.map(({ code }) => code)).toEqual(['bad_date']);
});

test('pass-through sends every column that nothing uses under its name in ordinary letters', () => {
  const mapping = buildMapping('customer', 'properties.City', [
    { when: { column: 'STATE', is: 'equals', value: 'NSW' }, template: '{{ CITY }}' },
  ]);
  const row = {
    EMAIL: 'jane@example.org',
    STATE: 'NSW',
    CITY: 'Sydney',
    LOYALTY_CODE: 'L1',
    'Shoe size': '38',
    EMPTY: ' ',
  };
  const own = { columns: identified, passThrough: true };
  expect(attributes(row, [mapping], own).properties).toEqual({
    'AP21 Person ID': '1',
    City: 'Sydney',
    'Loyalty Code': 'L1',
    'Shoe Size': '38',
  });
});

test('a property that a mapping sets is not overwritten by a column of the same name', () => {
  const mappings = [
    buildMapping('customer', 'properties.City', 'mapped'),
    buildMapping('customer', 'properties.State', '{{ NOTHING }}', { blank: 'clear' }),
  ];
  const { payload } = mappedOf(map({ CITY: 'Sydney', STATE: 'NSW' }, mappings, { passThrough: true }));
  expect(payload.attributes.properties?.City).toBe('mapped');
  expect(payload.unset).toEqual(['State']);
});

test('the trace tells for every target which mapping and rule gave what', () => {
  const mappings = [
    buildMapping(
      'customer',
      'properties.P',
      [{ when: { column: 'A', is: 'not-empty' }, template: 'never' }],
      { description: 'one' },
    ),
    buildMapping('customer', 'properties.P', '{{ B }}', { description: 'two' }),
    buildMapping(
      'customer',
      'properties.P',
      [{ when: { column: 'A', is: 'not-empty' }, template: 'x' }, { template: '{{ C }}' }],
      {
        description: 'three',
      },
    ),
  ];
  const result = mapCustomer(
    compileRules(buildRules({ mappings })),
    { PERIDX: '1', C: 'c' },
    { trace: true },
  );
  expect(result.trace).toEqual([
    {
      scope: 'customer',
      target: 'properties.P',
      mapping: 'one',
      rule: null,
      template: null,
      result: null,
      standing: 'not-applied',
    },
    {
      scope: 'customer',
      target: 'properties.P',
      mapping: 'two',
      rule: 0,
      template: '{{ B }}',
      result: null,
      standing: 'blank',
    },
    {
      scope: 'customer',
      target: 'properties.P',
      mapping: 'three',
      rule: 1,
      template: '{{ C }}',
      result: 'c',
      standing: 'used',
    },
  ]);
  expect(mapCustomer(compileRules(buildRules({ mappings })), { PERIDX: '1', C: 'c' })).not.toHaveProperty(
    'trace',
  );
});

test('mapping the same row twice gives the same, and nothing in it is null or blank', () => {
  const cell = fc.oneof(
    fc.string({ maxLength: 8 }),
    fc.constantFrom('Yes', 'No', '0412 345 678', 'jane@example.org', '1,5', ''),
  );
  const columns = ['A', 'B', 'EMAIL', 'MOBILE', 'FIRST'];
  const target = fc.constantFrom(
    'properties.P',
    'properties.Q',
    'first_name',
    'location.city',
    'consent.email',
    'list',
    'locale',
  );
  const template = fc.constantFrom(
    '{{ A }}',
    '{{ B | number }}',
    '{{ A | json }}',
    '{{ A | default: B }}',
    'text',
    '{{ B | boolean }}',
  );
  const blank = fc.constantFrom('keep', 'clear', 'other');
  const mapping = fc
    .tuple(target, template, blank)
    .map(([name, text, policy]) =>
      buildMapping('customer', name, text, { blank: name.startsWith('consent') ? 'keep' : policy }),
    );
  const row = fc.record(Object.fromEntries(columns.map((column) => [column, cell])));
  fc.assert(
    fc.property(fc.array(mapping, { maxLength: 6 }), row, fc.boolean(), (mappings, cells, passThrough) => {
      const compiled = compileRules(buildRules({ mappings, columns: identified, passThrough }));
      const first = mapCustomer(compiled, { PERIDX: '7', ...cells });
      expect(mapCustomer(compiled, { PERIDX: '7', ...cells })).toEqual(first);
      const { payload } = mappedOf(first);
      const values = [
        ...Object.values(payload.attributes),
        ...Object.values(payload.attributes.properties ?? {}),
      ];
      expect(values.every((value) => value !== null && value !== undefined && value !== '')).toBe(true);
      expect(payload.unset.filter((name) => payload.attributes.properties?.[name] !== undefined)).toEqual([]);
      expect(payload.attributes.external_id).toBe('7');
    }),
    { numRuns: 300 },
  );
});
