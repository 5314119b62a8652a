import { expect, test } from 'vitest';
import { compileRules, mapOrder } from '#app/domain/mapping.ts';
import { presetColumns } from '#app/domain/presets.ts';
import type { SourceRow } from '#app/domain/records.ts';
import type { ConnectionRules, Mapping } from '#app/domain/rules.ts';
import { bareColumns, buildMapping, buildRules, mappedOf } from './rules-builder.ts';

const columns = presetColumns;

function line(own: SourceRow = {}): SourceRow {
  return {
    ORDER_ID: '9',
    PERIDX: '1',
    ORDER_DATE: '2026-02-01T12:00:00',
    ORDER_NUMBER: 'N9',
    QUANTITY: '1',
    VALUE: '10',
    ...own,
  };
}

function map(rows: SourceRow[], mappings: Mapping[] = [], own: Partial<ConnectionRules> = {}) {
  return mapOrder(compileRules(buildRules({ mappings, columns, ...own })), rows, { orderKey: '9' });
}

function events(rows: SourceRow[], mappings: Mapping[] = [], own: Partial<ConnectionRules> = {}) {
  return mappedOf(map(rows, mappings, own)).payload.events;
}

test('order mappings see the first line and all items of their side', () => {
  const mappings = [
    buildMapping(
      'order',
      'properties.Names',
      '{% for item in items %}{{ item.NAME }}{% unless forloop.last %}, {% endunless %}{% endfor %}',
    ),
    buildMapping('order', 'properties.First', '{{ NAME }}'),
    buildMapping('order', 'properties.City', '{{ customer.CITY }}'),
  ];
  const rows = [line({ LINE_ID: 'a', NAME: 'Dress' }), line({ LINE_ID: 'b', NAME: 'Belt' })];
  const compiled = compileRules(buildRules({ mappings, columns }));
  const result = mapOrder(compiled, rows, { orderKey: '9', customerRow: { CITY: 'Sydney' } });
  expect(mappedOf(result).payload.events[0]?.properties).toEqual({
    Names: 'Dress, Belt',
    First: 'Dress',
    City: 'Sydney',
  });
});

test('name, value and id of mappings are about the sale; time and currency about both', () => {
  const mappings = [
    buildMapping('order', 'event.name', 'Web Order'),
    buildMapping('order', 'event.value', '{{ TOTAL | number }}'),
    buildMapping('order', 'event.id', 'own-{{ ORDER_ID }}'),
    buildMapping('order', 'event.time', '{{ PAID }}'),
    buildMapping('order', 'event.currency', '{{ MONEY }}'),
  ];
  const rows = [
    line({ TOTAL: '99', PAID: '2/2/2026', MONEY: 'nzd' }),
    line({ QUANTITY: '-1', VALUE: '-3', TOTAL: '99', PAID: '', MONEY: 'dollars' }),
  ];
  const result = map(rows, mappings);
  expect(mappedOf(result).payload.events).toMatchObject([
    { name: 'Web Order', value: 99, uniqueId: 'own-9', time: '2026-02-02T00:00:00+11:00', currency: 'NZD' },
    {
      name: 'In-Store Return',
      value: 3,
      uniqueId: 'tl-seed-return-9',
      time: '2026-02-01T12:00:00+11:00',
      currency: 'AUD',
    },
  ]);
  expect(result.warnings.map(({ code }) => code)).toEqual(['bad_currency']);
});

test("the currency is the mapping's, else the row's CURRENCY, else the connection's", () => {
  expect(events([line({ CURRENCY: 'NZD' })])[0]?.currency).toBe('NZD');
  expect(events([line({ CURRENCY: '' })])[0]?.currency).toBe('AUD');
});

test('an order before the cut-off in the shop’s zone is history', () => {
  const historyBefore = '2026-02-01';
  function isHistory(time: string): boolean {
    return mappedOf(map([line({ ORDER_DATE: time })], [], { historyBefore })).payload.backfill;
  }
  expect(isHistory('2026-01-31T23:59:59')).toBe(true);
  expect(isHistory('2026-02-01T00:00:00')).toBe(false);
  expect(isHistory('2026-01-31T12:59:59Z')).toBe(true);
  expect(isHistory('2026-01-31T13:00:00Z')).toBe(false);
});

test.each([
  ['', 'missing_time'],
  ['soon', 'bad_time'],
  ['1989-12-31', 'time_too_early'],
])('an order of the date "%s" fails: %s', (date, code) => {
  expect(map([line({ ORDER_DATE: date })])).toMatchObject({
    outcome: 'failed',
    reason: { code, column: 'ORDER_DATE', severity: 'error' },
  });
});

test('an event name that Klaviyo would refuse fails the order', () => {
  const mapping = buildMapping('order', 'event.name', 'x'.repeat(128));
  expect(map([line()], [mapping])).toMatchObject({
    outcome: 'failed',
    reason: { code: 'event_name_too_long' },
  });
});

test('a skip rule of the order leaves it out; one of the items leaves out lines', () => {
  const order = buildMapping('order', 'skip', [
    { when: { column: 'STORE', is: 'equals', value: 'WEB' }, template: 'yes' },
  ]);
  const item = buildMapping('item', 'skip', [
    { when: { column: 'NAME', is: 'equals', value: 'Gift wrap' }, template: 'yes' },
  ]);
  expect(map([line({ STORE: 'WEB' })], [order]).outcome).toBe('skipped');
  const rows = [line({ LINE_ID: 'a', NAME: 'Dress' }), line({ LINE_ID: 'b', NAME: 'Gift wrap', VALUE: '3' })];
  expect(events(rows, [item])[0]?.value).toBe(10);
  expect(map([line({ NAME: 'Gift wrap' })], [item])).toMatchObject({
    outcome: 'skipped',
    reason: { code: 'skipped_by_rule' },
  });
});

test('pass-through sends the columns of a line that nothing uses with its item', () => {
  const mapping = buildMapping('order', 'properties.Store', '{{ STORE }}');
  const rows = [line({ STORE: 'Sydney', FABRIC: 'Silk', VALUE: '' })];
  const [event] = events(rows, [mapping], { passThrough: true, columns: bareColumns });
  expect(event?.properties).toEqual({
    Store: 'Sydney',
    Items: [{ 'Order Number': 'N9', Quantity: '1', Fabric: 'Silk' }],
  });
});

test('profile properties come from the sale, else from the return', () => {
  const mapping = buildMapping('order', 'profile.Last Store', '{{ STORE }}');
  const rows = [line({ STORE: 'Sydney' }), line({ STORE: 'Perth', QUANTITY: '-1' })];
  expect(mappedOf(map(rows, [mapping])).payload.profileProperties).toEqual({ 'Last Store': 'Sydney' });
  expect(mappedOf(map(rows.slice(1), [mapping])).payload.profileProperties).toEqual({
    'Last Store': 'Perth',
  });
});
