import { expect, test } from 'vitest';
import { compileRules } from '#app/domain/compile-rules.ts';
import { explainRecord, mapStored } from '#app/domain/explain-record.ts';
import { jsonLines, nearestOf, pointerTo } from '#app/domain/json-lines.ts';
import type { JsonValue } from '#app/domain/records.ts';
import { buildMapping, buildRules } from './rules-builder.ts';

test('the lines of JSON are what JSON.stringify prints, and a pointer finds the nearest thing that is known', () => {
  const value: JsonValue = { a: [{ 'b/c': 'x, "y",' }, {}], d: null, e: { f: 1 } };

  const text = jsonLines(value)
    .map(({ depth, name, text: line }) => `${'  '.repeat(depth)}${name}${line}`)
    .join('\n');

  expect(text).toBe(JSON.stringify(value, null, 2));
  const path = pointerTo('', 'a', 0, 'b/c');
  expect(nearestOf({ '/a': 'the list' }, path)).toBe('the list');
  expect(nearestOf({ '/b': 'other' }, path)).toBeUndefined();
});

test('a value that a second mapping gave says why the first did not', () => {
  const compiled = compileRules(
    buildRules({
      mappings: [
        buildMapping('customer', 'properties.Shop', [
          { when: { column: 'CLOSED', is: 'not-empty' }, template: 'x' },
        ]),
        buildMapping('customer', 'properties.Shop', '{{ MISSING }}', { description: 'from the till' }),
        buildMapping('customer', 'properties.Shop', '{{ SHOP }}', {
          blank: 'Online',
          description: 'fallback',
        }),
      ],
    }),
  );
  const unit = { kind: 'customers', key: '1', rows: [{ PERIDX: '1', SHOP: '' }], isBulk: false } as const;
  const mapped = mapStored(compiled, unit);

  const { reasons } = explainRecord(compiled, unit, {
    wire: null,
    parts: [],
    warnings: mapped.warnings,
    profile: { email: null, phone: null, externalId: '1' },
  });

  expect(reasons['/attributes/properties/Shop']).toMatchObject({
    words: 'fallback',
    rule: 'Its only rule, which always holds. It came out blank, and a blank sends "Online" instead.',
    passedOver: ['"sets properties.Shop" has no rule that holds here.', '"from the till" came out blank.'],
  });
});
