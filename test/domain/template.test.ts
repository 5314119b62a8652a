import fc from 'fast-check';
import { Liquid } from 'liquidjs';
import { expect, test } from 'vitest';
import { isAppError } from '#app/domain/errors.ts';
import type { JsonValue } from '#app/domain/records.ts';
import { cleanText, compileTemplate, type RenderScope } from '#app/domain/template.ts';
import { buildSettings, gatherNotes } from './rules-builder.ts';

const row = {
  MOBILE: '(04) 8375 9586',
  SPEND: '1,234.50',
  STAFF: 'yes',
  FIRSTNAME: ' JANE ',
  STORE: 'SYD01',
  OTHER: 'PER03',
  'Style ID': 'x1',
  JOINED: '20/03/2012 10:39:55 AM',
  TAGS: '[1,null,{"a":null,"b":"c"}]',
  WORD: 'abc',
  BLANK: '',
};

function render(
  source: string,
  scope: Partial<RenderScope> = {},
): { value: JsonValue; warnings: string[]; misses: string[] } {
  const notes = gatherNotes();
  const value = compileTemplate(source, buildSettings(), 'rules[0].template').render(
    { row, ...scope },
    notes,
  );
  return { value, warnings: notes.warnings, misses: notes.misses };
}

test.each([
  ['Online', 'Online'],
  ['{{ WORD }}', 'abc'],
  ['{{WORD}}', 'abc'],
  ['{{- WORD -}}', 'abc'],
  ['{{ SPEND }}', '1,234.50'],
  ['{{ FIRSTNAME }}', 'JANE'],
  ['{{ row["Style ID"] }}', 'x1'],
  ["{{ row['Style ID'] }}", 'x1'],
  ['{{ NOPE }}', ''],
  ['{{ constructor }}', ''],
  ['{{ row["__proto__"] }}', ''],
  ['{{ MOBILE | phone }}', '+61483759586'],
  ['{{ FIRSTNAME | titlecase_name }}', 'Jane'],
  ['{{ STORE | translate: "stores" }}', 'Sydney Pitt St'],
  ['{{ JOINED | date_in_zone }}', '2012-03-20T10:39:55+11:00'],
  ['{{ JOINED | date_in_zone: "yyyy-MM-dd" }}', '2012-03-20'],
  ['{{ JOINED | date: "%d %B %Y at %H" }}', '20 March 2012 at 10'],
  ['{{ SPEND | number }}', 1234.5],
  ['{{ SPEND | number | plus: 1 | number }}', 1235.5],
  ['{{ SPEND | number | plus: 1 }}', '1235.5'],
  ['x{{ SPEND | number }}', 'x1234.5'],
  ['{{ STAFF | boolean }}', true],
  ['{{ TAGS | json }}', [1, { b: 'c' }]],
  ['{{ WORD | json }}', 'abc'],
  ['{{ SPEND | split: "," | json }}', ['1', '234.50']],
  ['{{ BLANK | default: "none" }}', 'none'],
  ['{{ BLANK | number }}', ''],
  ['{{ BLANK | phone }}', ''],
  ['{{ BLANK | sha256 }}', ''],
  ['{{ WORD | sha256 }}', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ['{% if SPEND != "" %}{{ SPEND | number }}{% else %}{{ WORD | number }}{% endif %}', 1234.5],
  ['{% if SPEND != "" %}{{ SPEND | number }}{% else %}none{% endif %}', '1234.5'],
  ['{{ FIRSTNAME | strip | capitalize }} {{ WORD | upcase }}', 'Jane ABC'],
])('%s gives %j', (source, value) => {
  expect(render(source)).toEqual({ value, warnings: [], misses: [] });
});

test.each([
  ['{{ WORD | number }}', 'not_a_number'],
  ['{{ WORD | boolean }}', 'not_yes_or_no'],
  ['{{ WORD | date_in_zone }}', 'bad_date'],
  ['{{ WORD | phone }}', 'bad_phone'],
  ['{{ WORD | prepend: "[" | json }}', 'bad_json'],
  ['{{ "now" | date: "%Y" }}', 'bad_date'],
  ['{% for n in (1..99999999) %}x{% endfor %}', 'template_failed'],
])('%s gives nothing and warns %s', (source, warning) => {
  expect(render(source)).toEqual({ value: '', warnings: [warning], misses: [] });
});

test('a value without translation is kept and gathered by the rendering that met it', () => {
  const template = compileTemplate('{{ OTHER | translate: "stores" }}', buildSettings(), 'template');
  const first = gatherNotes();
  const second = gatherNotes();
  expect(template.render({ row }, first)).toBe('PER03');
  expect(template.render({ row: { OTHER: 'ADL04' } }, second)).toBe('ADL04');
  expect([first.misses, second.misses]).toEqual([['stores: PER03'], ['stores: ADL04']]);
  expect(render('Store {{ OTHER | translate: "stores" }}').misses).toEqual(['stores: PER03']);
});

test('a table that is named by a variable and does not exist leaves the value with a warning', () => {
  expect(render('{{ OTHER | translate: WORD }}')).toEqual({
    value: 'PER03',
    warnings: ['unknown_translation'],
    misses: [],
  });
});

test('templates of orders see the lines and the customer', () => {
  const items = [
    { NAME: 'Dress', QTY: '1' },
    { NAME: 'Belt', QTY: '2' },
  ];
  const customer = { CITY: 'Sydney' };
  expect(render('{% for item in items %}{{ item.NAME }} {% endfor %}', { items }).value).toBe('Dress Belt');
  expect(render('{{ items | sum: "QTY" | number }}', { items }).value).toBe(3);
  expect(render('{{ items | map: "NAME" | json }}', { items }).value).toEqual(['Dress', 'Belt']);
  expect(render('{{ items | json }}', { items }).value).toEqual(items);
  expect(render('{{ customer.CITY }}', { customer }).value).toBe('Sydney');
  expect(render('{{ customer.CITY }}').value).toBe('');
});

test('the country of a phone number may come from a column', () => {
  const scope = { row: { MOBILE: '021 123 4567', COUNTRY: 'New Zealand' } };
  expect(render('{{ MOBILE | phone: COUNTRY }}', scope).value).toBe('+64211234567');
  expect(render('{{ MOBILE | phone: "NZ" }}', scope).value).toBe('+64211234567');
  // Without its country the same digits are a landline of Sydney.
  expect(render('{{ MOBILE | phone }}', scope).value).toBe('+61211234567');
});

test.each([
  ['{{ A | nope }}', 'undefined filter: nope'],
  ['abc\n{{ A | nope }}', 'line 2'],
  ['{{ A', 'not closed'],
  ['{% if A %}x', 'not closed'],
  ['{% include "other" %}', '"include" not found'],
  ['{% render "other" %}', '"render" not found'],
  ['{% layout "other" %}', '"layout" not found'],
  ['{{ A | sample }}', 'undefined filter: sample'],
  ['{{ A | translate: "cities" }}', 'no translation table "cities"'],
  ["x {{ A | translate: 'cities' }}", 'no translation table "cities"'],
  ['x'.repeat(5_001), 'longer than 5000'],
])('the template %j is refused with its place: %s', (source, what) => {
  try {
    compileTemplate(source, buildSettings(), 'mappings[0].rules[0].template');
    expect.unreachable();
  } catch (error) {
    expect(isAppError(error, 'bad_template') && error.where.path).toBe('mappings[0].rules[0].template');
    expect(isAppError(error) && error.hint).toContain(what);
  }
});

test.each([
  ['Online', []],
  ['{{ A }}', ['A']],
  ['{{ row["Style ID"] | phone: COUNTRY }}', ['Style ID', 'COUNTRY']],
  ['{% if A == "x" %}{{ B | default: C }}{% endif %}{{ row["D E"] }}', ['A', 'B', 'C', 'D E']],
  ['{% assign q = A %}{{ q }}{% for item in items %}{{ item.NAME }}{% endfor %}', ['A']],
])('%s reads the columns %j', (source, columns) => {
  expect([...compileTemplate(source, buildSettings(), 'template').columns].sort()).toEqual(
    [...columns].sort(),
  );
});

test('what neither JSON on the wire nor the database can hold is taken out of texts', () => {
  expect(cleanText(' a\u0000b\ud800c 😀 ')).toBe('abc 😀');
  expect(render('{{ A | split: "" | first }}', { row: { A: '😀' } }).value).toBe('');
});

test('a column through a filter is the same with the short cut and with the engine', () => {
  const settings = buildSettings();
  const filters = [
    'translate: "stores"',
    'phone',
    'titlecase_name',
    'date_in_zone',
    'sha256',
    'upcase',
    'downcase',
    'default: "none"',
    'abs',
  ];
  const cell = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.constantFrom('SYD01', '0412 345 678', 'JANE', '2026-01-01', '-1,5', ' x ', ''),
  );
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...filters), { maxLength: 3 }), cell, (chain, text) => {
      const piped = ['A', ...chain].join(' | ');
      const short = compileTemplate(`{{ ${piped} }}`, settings, 'template');
      const full = compileTemplate(`{% if true %}{{ ${piped} }}{% endif %}`, settings, 'template');
      expect(short.render({ row: { A: text } }, gatherNotes())).toEqual(
        full.render({ row: { A: text } }, gatherNotes()),
      );
    }),
  );
});

test('a bare column is what Liquid itself prints, without surrounding blanks', () => {
  const liquid = new Liquid({ ownPropertyOnly: true });
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const { value } = render('{{ A }}', { row: { A: text } });
      expect(value).toBe(cleanText(liquid.parseAndRenderSync('{{ A }}', { A: text })));
    }),
  );
});

test('any template either is refused with an AppError or renders to JSON without null', () => {
  const piece = fc.constantFrom(
    '{{',
    '}}',
    '{%',
    '%}',
    ' A ',
    '| number',
    '| json',
    '| nope',
    'if A',
    'endif',
    '"',
    'text',
    '[',
    ' ',
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 10 }).map((parts) => parts.join('')),
      fc.string(),
      (source, text) => {
        try {
          const { value } = render(source, { row: { A: text } });
          expect(value).toEqual(JSON.parse(JSON.stringify(value)));
          expect(JSON.stringify(value)).not.toContain('null,');
        } catch (error) {
          expect(isAppError(error, 'bad_template')).toBe(true);
        }
      },
    ),
    { numRuns: 500 },
  );
});
