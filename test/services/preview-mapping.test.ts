import { expect, test } from 'vitest';
import type { MappingPreview } from '#app/domain/mapping-preview.ts';
import { previewMapping } from '#app/services/preview-mapping.server.ts';
import { customersCsv, ordersCsv, people } from '#test/builders/exports.ts';
import { createWorld, type World } from '#test/builders/world.ts';

type Input = Parameters<typeof previewMapping>[2];

const DRAFT = { scope: 'customer' as const, target: 'properties.City', description: '', blank: 'keep' };
const CITY = [
  { when: { all: [{ column: 'CITY', is: 'equals', value: 'Perth' }] }, template: 'West' },
  { when: { all: [{ column: 'CITY', is: 'not-empty' }] }, template: '{{ CITY | upcase }}' },
];

async function preview(
  world: World,
  draft: Partial<Input['draft']>,
  more: Partial<Omit<Input, 'draft'>> = {},
): Promise<MappingPreview> {
  const answer = await previewMapping(world.ctx, world.shopId, {
    connectionId: null,
    mappingId: null,
    row: { by: 'newest', offset: 0 },
    ...more,
    draft: { ...DRAFT, rules: CITY, ...draft },
  });
  if (answer === null) {
    throw new Error('the shop has no such connection or mapping');
  }
  return answer;
}

async function worldWithPeople(count = 4): Promise<World> {
  const world = await createWorld();
  world.put(
    '/pending/au/customers_20260101T000000Z.csv',
    customersCsv(people(count, 1, (id) => ({ CITY: id % 4 === 0 ? 'Perth' : id % 4 === 1 ? '' : 'Sydney' }))),
  );
  await world.sync({ steps: { intake: true, push: false } });
  return world;
}

test('a draft that was never saved shows what Klaviyo would get for the newest row', async () => {
  await using world = await worldWithPeople();
  const seen = await preview(world, {}, { row: { by: 'key', key: '2' } });
  expect(seen).toMatchObject({
    matchedRule: 1,
    result: '"SYDNEY"',
    outcome: 'value',
    problems: [],
    warnings: [],
    note: null,
  });
  expect(seen.row?.label).toBe('Customer 2');
  expect(seen.row?.columns).toContainEqual({ name: 'MOBILE', value: '' });
});

test('the sample counts rows by the rule that takes them, and the blank ones', async () => {
  await using world = await worldWithPeople(40);
  const { sample } = await preview(world, {});
  expect(sample).toEqual({ rows: 40, matched: 30, blank: 0, byRule: [10, 20] });
  const blank = await preview(world, { rules: [{ template: '{{ CITY }}' }] });
  expect(blank.sample).toEqual({ rows: 40, matched: 40, blank: 10, byRule: [40] });
});

test('going past the newest row begins again with the first', async () => {
  await using world = await worldWithPeople(3);
  const first = await preview(world, {}, { row: { by: 'newest', offset: 0 } });
  const fourth = await preview(world, {}, { row: { by: 'newest', offset: 3 } });
  const second = await preview(world, {}, { row: { by: 'newest', offset: 1 } });
  expect(fourth.row).toEqual(first.row);
  expect(second.row).not.toEqual(first.row);
});

test('mistakes come with the path of their field and the place in the template, and the row stays', async () => {
  await using world = await worldWithPeople();
  const seen = await preview(world, {
    target: 'nonsense',
    rules: [
      { when: { all: [{ column: 'CITY', is: 'matches', value: '(a+)+' }] }, template: 'x' },
      { template: '{{ CITY | nofilter }}' },
    ],
  });
  expect(seen.problems.map(({ field }) => field).sort()).toEqual([
    'rules.0.when.all.0.value',
    'rules.1.template',
    'target',
  ]);
  expect(seen.problems.find(({ field }) => field === 'rules.1.template')?.message).toContain('line 1');
  expect(seen.row).not.toBeNull();
  expect(seen.result).toBeNull();
});

test('the rules can be tried before a target is chosen', async () => {
  await using world = await worldWithPeople();
  const seen = await preview(world, { target: '' }, { row: { by: 'key', key: '4' } });
  expect(seen.problems).toEqual([{ field: 'target', message: 'Choose what this mapping sets.' }]);
  expect(seen).toMatchObject({ matchedRule: 0, result: '"West"' });
});

test('what Klaviyo would refuse, a value without a translation and a column that no file has are warned about', async () => {
  await using world = await worldWithPeople();
  const phone = await preview(world, { target: 'phone_number', rules: [{ template: '12' }] });
  expect(phone).toMatchObject({ outcome: 'blank', result: null });
  expect(phone.warnings[0]?.message).toContain('The phone number "12"');
  const store = await preview(
    world,
    { rules: [{ template: '{{ CITY | translate: "stores" }}{{ EMALL }}' }] },
    { row: { by: 'key', key: '2' } },
  );
  expect(store.warnings.map(({ message }) => message)).toEqual([
    '"Sydney" is not in the translation table "stores"; it stays as it is.',
    'The newest file has no column EMALL; it reads as blank. Did you mean EMAIL?',
  ]);
});

test('blank, cleared, left out and no rule are told apart', async () => {
  await using world = await worldWithPeople();
  const row = { by: 'key', key: '1' } as const;
  expect(await preview(world, {}, { row })).toMatchObject({ outcome: 'no-rule', matchedRule: null });
  const rules = [{ template: '{{ CITY }}' }];
  expect(await preview(world, { rules }, { row })).toMatchObject({ outcome: 'blank', matchedRule: 0 });
  expect(await preview(world, { rules, blank: 'clear' }, { row })).toMatchObject({ outcome: 'cleared' });
  expect(await preview(world, { rules, blank: 'Unknown' }, { row })).toMatchObject({ result: '"Unknown"' });
  expect(await preview(world, { target: 'skip', rules: [{ template: 'yes' }] }, { row })).toMatchObject({
    outcome: 'skipped',
  });
});

test('pasted text is read as a file would be, tabs too; text that is no table says so', async () => {
  await using world = await worldWithPeople();
  const tabs = await preview(world, {}, { row: { by: 'paste', text: 'PERIDX\tCITY\n9\tPerth' } });
  expect(tabs).toMatchObject({ matchedRule: 0, result: '"West"', row: { label: 'Pasted row' } });
  const header = await preview(world, {}, { row: { by: 'paste', text: 'PERIDX,CITY' } });
  expect(header.row).toBeNull();
  expect(header.note).toContain('Paste two lines');
});

test('an item mapping sees one line of an order, an order mapping all of them', async () => {
  await using world = await worldWithPeople();
  world.put(
    '/pending/au/orders_20260101T000100Z.csv',
    ordersCsv([
      { ORDER_ID: '7', PERIDX: '1', LINE_ID: '1', STYLE_NAME: 'Shirt' },
      { ORDER_ID: '7', PERIDX: '1', LINE_ID: '2', STYLE_NAME: 'Skirt' },
    ]),
  );
  await world.sync({ steps: { intake: true, push: false } });
  const order = await preview(world, {
    scope: 'order',
    target: 'properties.Lines',
    rules: [{ template: '{{ items.size | number }}' }],
  });
  expect(order).toMatchObject({ result: '2', row: { label: 'Order 7, 2 lines' }, sample: { rows: 1 } });
  const item = await preview(world, {
    scope: 'item',
    target: 'properties.Style',
    rules: [{ template: '{{ STYLE_NAME }}' }],
  });
  expect(item).toMatchObject({ result: '"Shirt"', sample: { rows: 2, matched: 2 } });
});

test('a mapping of the same target that comes first is named', async () => {
  await using world = await worldWithPeople();
  const seen = await preview(
    world,
    { target: 'location.city', rules: [{ template: 'Elsewhere' }] },
    { row: { by: 'key', key: '2' } },
  );
  expect(seen.note).toBe('Another mapping of location.city "City" gives the value for this row.');
});

test('a saved mapping is replaced by its draft, not asked beside it', async () => {
  await using world = await worldWithPeople();
  const [city] = await world.ctx.db.sql<{ id: string }>(
    `SELECT id FROM mapping WHERE shop_id = $1 AND target = 'location.city'`,
    [world.shopId],
  );
  const seen = await preview(
    world,
    { target: 'location.city', rules: [{ template: 'Elsewhere' }] },
    { mappingId: city?.id ?? '', row: { by: 'key', key: '2' } },
  );
  expect(seen).toMatchObject({ result: '"Elsewhere"', note: null });
});

test('a template that runs for ever ends with a sentence and does not hold the server', async () => {
  await using world = await worldWithPeople();
  const loop =
    '{% for a in (1..900) %}{% for b in (1..900) %}{% for c in (1..9) %}x{% endfor %}{% endfor %}{% endfor %}';
  const seen = await preview(world, { rules: [{ template: loop }] });
  expect(seen.row).not.toBeNull();
  expect(seen.note).toContain('take too long on this row');
});

test('connections, mappings and records of another shop are not there', async () => {
  await using world = await worldWithPeople();
  await using other = await createWorld();
  const [mapping] = await world.ctx.db.sql<{ id: string; connection: string }>(
    `SELECT m.id, c.id AS connection FROM mapping m, connection c WHERE m.shop_id = $1 LIMIT 1`,
    [world.shopId],
  );
  const [stranger] = await world.ctx.db.sql<{ id: string }>(
    `INSERT INTO shop (domain) VALUES ('stranger.myshopify.com') RETURNING id`,
  );
  const ask = { row: { by: 'newest' as const, offset: 0 }, draft: { ...DRAFT, rules: CITY } };
  const shopId = stranger?.id ?? '';
  expect(
    await previewMapping(world.ctx, shopId, { ...ask, connectionId: null, mappingId: mapping?.id ?? '' }),
  ).toBeNull();
  expect(
    await previewMapping(world.ctx, shopId, {
      ...ask,
      connectionId: mapping?.connection ?? '',
      mappingId: null,
    }),
  ).toBeNull();
  const empty = await preview(other, {});
  expect(empty).toMatchObject({ row: null, sample: null });
});
