import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileRules, mapOrder } from '#app/domain/mapping.ts';
import { presetColumns } from '#app/domain/presets.ts';
import type { SourceRow } from '#app/domain/records.ts';
import type { ConnectionRules, Mapping } from '#app/domain/rules.ts';
import { buildMapping, buildRules, mappedOf, presetRules } from './rules-builder.ts';

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

test('positive lines are one order event with the sum of their values', () => {
  const result = mappedOf(
    map([line({ LINE_ID: 'a', VALUE: '10.10' }), line({ LINE_ID: 'b', VALUE: '1,020.20' })]),
  );
  expect(result.payload).toEqual({
    events: [
      {
        part: 'order',
        name: 'In-Store Order',
        uniqueId: 'tl-seed-order-9',
        time: '2026-02-01T12:00:00+11:00',
        value: 1030.3,
        currency: 'AUD',
        properties: {},
      },
    ],
    profileProperties: {},
    backfill: false,
  });
  expect(result.label).toBe('N9');
  expect(result.occurredAt).toBe('2026-02-01T12:00:00+11:00');
});

test('negative lines are a return event of its own with a positive value', () => {
  const rows = [line({ LINE_ID: 'a' }), line({ LINE_ID: 'b', QUANTITY: '-2', VALUE: '-25.50' })];
  expect(events(rows)).toMatchObject([
    { part: 'order', name: 'In-Store Order', uniqueId: 'tl-seed-order-9', value: 10 },
    { part: 'return', name: 'In-Store Return', uniqueId: 'tl-seed-return-9', value: 25.5 },
  ]);
});

test('an order of returned items only has no order event', () => {
  expect(events([line({ QUANTITY: '-1', VALUE: '-5' })]).map(({ part }) => part)).toEqual(['return']);
});

test.each([
  ['', '-5', 'return'],
  ['0', '-5', 'return'],
  ['', '5', 'order'],
  ['', '', 'order'],
  ['-1', '', 'return'],
  ['x', '-5', 'return'],
])('a line of quantity "%s" and value "%s" belongs to the %s', (QUANTITY, VALUE, part) => {
  expect(events([line({ QUANTITY, VALUE })]).map((event) => event.part)).toEqual([part]);
});

test('values that are no numbers are warned about and left out of the sum', () => {
  const result = map([line({ LINE_ID: 'a', VALUE: 'ten' }), line({ LINE_ID: 'b', VALUE: '5' })]);
  expect(mappedOf(result).payload.events[0]?.value).toBe(5);
  expect(result.warnings).toMatchObject([{ code: 'not_a_number', column: 'VALUE', value: 'ten' }]);
  const [event] = events([line({ VALUE: '' })]);
  expect(event).not.toHaveProperty('value');
  expect(event).not.toHaveProperty('currency');
});

test('of two lines with one item id the later counts; lines without an id all count', () => {
  const rows = [
    line({ LINE_ID: 'a', VALUE: '1' }),
    line({ LINE_ID: '', VALUE: '2' }),
    line({ LINE_ID: 'a', VALUE: '4' }),
    line({ VALUE: '8' }),
  ];
  const result = map(rows);
  expect(result.folded).toEqual([0]);
  expect(mappedOf(result).payload.events[0]?.value).toBe(14);
});

test('item events have an id of their own and the properties of order and item', () => {
  const mappings = [
    buildMapping('order', 'properties.Store', '{{ STORE }}'),
    buildMapping('item', 'properties.Name', '{{ NAME }}'),
  ];
  const rows = [
    line({ LINE_ID: 'a', NAME: 'Dress', STORE: 'Sydney' }),
    line({ NAME: 'Belt', VALUE: '5' }),
    line({ LINE_ID: 'c', QUANTITY: '-1', VALUE: '-1' }),
  ];
  const items = events(rows, mappings, { itemEvents: true }).filter(({ part }) => part.startsWith('item:'));
  expect(items).toEqual([
    {
      part: 'item:a',
      name: 'In-Store Ordered Product',
      uniqueId: 'tl-seed-item-9-a',
      time: '2026-02-01T12:00:00+11:00',
      value: 10,
      currency: 'AUD',
      properties: { Store: 'Sydney', Name: 'Dress' },
    },
    {
      part: 'item:#2',
      name: 'In-Store Ordered Product',
      uniqueId: 'tl-seed-item-9-#2',
      time: '2026-02-01T12:00:00+11:00',
      value: 5,
      currency: 'AUD',
      properties: { Store: 'Sydney', Name: 'Belt' },
    },
  ]);
});

test('item mappings fill the entries of Items, each side with its own lines', () => {
  const mappings = [
    buildMapping('item', 'properties.Name', '{{ NAME }}'),
    buildMapping('item', 'properties.Quantity', '{{ QUANTITY | abs | number }}'),
  ];
  const rows = [
    line({ LINE_ID: 'a', NAME: 'Dress' }),
    line({ LINE_ID: 'b', NAME: 'Belt', QUANTITY: '-2', VALUE: '-4' }),
  ];
  expect(events(rows, mappings).map(({ properties }) => properties)).toEqual([
    { Items: [{ Name: 'Dress', Quantity: 1 }] },
    { Items: [{ Name: 'Belt', Quantity: 2 }] },
  ]);
});

test('an id over 255 characters is hashed, the same way every time', () => {
  const key = 'k'.repeat(300);
  const compiled = compileRules(buildRules({ columns }));
  const [a, b] = [1, 2].map(
    () => mappedOf(mapOrder(compiled, [line()], { orderKey: key })).payload.events[0]?.uniqueId,
  );
  expect(a).toMatch(/^tl-seed-order-[0-9a-f]{64}$/);
  expect(a).toBe(b);
});

test('no two items of any two orders share an id', () => {
  const compiled = compileRules(buildRules({ columns, itemEvents: true }));
  const text = fc.stringMatching(/^[a%2-]{1,4}$/);
  fc.assert(
    fc.property(text, text, text, text, (keyA, itemA, keyB, itemB) => {
      fc.pre(keyA !== keyB || itemA !== itemB);
      const [a, b] = [
        [keyA, itemA],
        [keyB, itemB],
      ].map(
        ([orderKey = '', LINE_ID = '']) =>
          mappedOf(mapOrder(compiled, [line({ LINE_ID })], { orderKey })).payload.events[1]?.uniqueId,
      );
      expect(a).not.toBe(b);
    }),
    { numRuns: 500 },
  );
});

test('whatever the lines: every event id is unique, values add up, and a second look gives the same', () => {
  const compiled = compileRules(presetRules({ itemEvents: true }));
  const row = fc
    .record({
      LINE_ID: fc.constantFrom('', 'a', 'b', 'c'),
      QUANTITY: fc.constantFrom('', '0', '1', '2', '-1', 'x'),
      cents: fc.integer({ min: -10_000, max: 10_000 }),
      STYLE_NAME: fc.string({ maxLength: 5 }),
    })
    .map(({ cents, ...cells }) => line({ ...cells, VALUE: String(cents / 100) }));
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 8 }), (rows) => {
      const result = mapOrder(compiled, rows, { orderKey: '9' });
      expect(mapOrder(compiled, rows, { orderKey: '9' })).toEqual(result);
      const { events: all } = mappedOf(result).payload;
      expect(new Set(all.map(({ uniqueId }) => uniqueId)).size).toBe(all.length);
      expect(new Set(all.map(({ part }) => part)).size).toBe(all.length);
      const kept = rows.filter((_, index) => !result.folded.includes(index));
      const items = all.filter(({ part }) => part.startsWith('item:'));
      const returned = all.find(({ part }) => part === 'return')?.properties.Items;
      expect(items.length + (Array.isArray(returned) ? returned.length : 0)).toBe(kept.length);
      const sold = Math.round(items.reduce((sum, item) => sum + (item.value ?? 0), 0) * 100);
      const order = all.find(({ part }) => part === 'order');
      expect(Math.round((order?.value ?? 0) * 100)).toBe(sold);
    }),
    { numRuns: 300 },
  );
});
