import { expect, test } from 'vitest';
import type { Context } from '#app/context.ts';
import type { ConfigChange } from '#app/domain/config-changes.ts';
import { translationTablePage, type TablePageInput } from '#app/queries/translation-table-page.server.ts';
import { translationsPage } from '#app/queries/translations-page.server.ts';
import { createTranslationTable } from '#app/services/create-translation-table.server.ts';
import { dismissMisses } from '#app/services/dismiss-misses.server.ts';
import { issueDownload } from '#app/services/downloads/issue-download.server.ts';
import { openDownload } from '#app/services/downloads/open-download.server.ts';
import { importTranslations } from '#app/services/import-translations.server.ts';
import { removeTranslationTable } from '#app/services/remove-translation-table.server.ts';
import { saveTranslations, type TranslationChanges } from '#app/services/save-translations.server.ts';
import { customersCsv, people } from '#test/builders/exports.ts';
import { createShop } from '#test/builders/shops.ts';
import { createWorld, type World } from '#test/builders/world.ts';

const STORES = `translations:
  stores: { whenMissing: keep, entries: { SYD01: Sydney, MEL02: Melbourne } }
  tiers: { whenMissing: blank, entries: { G: Gold } }
mappings:
  - scope: customer
    target: properties.Joined Store
    description: Where the customer joined
    rules: [ { template: '{{ JOINED_STORE_CODE | translate: "stores" }}' } ]`;

const ACTOR = 'Kim';

const createStores = () => createWorld({ extra: STORES });

function save(world: World, changes: Partial<TranslationChanges>, table = 'stores') {
  return saveTranslations(world.ctx, world.shopId, {
    table,
    actor: ACTOR,
    changes: { set: [], remove: [], ...changes },
  });
}

function importCsv(
  world: World,
  csv: string | Uint8Array,
  options: { mode?: 'merge' | 'replace'; dryRun?: boolean } = {},
) {
  return importTranslations(world.ctx, world.shopId, {
    table: 'stores',
    bytes: Buffer.from(csv),
    mode: options.mode ?? 'merge',
    dryRun: options.dryRun ?? false,
    actor: ACTOR,
  });
}

async function entriesOf(ctx: Context, shopId: string, table = 'stores'): Promise<Record<string, string>> {
  const rows = await ctx.db.sql<{ source: string; target: string }>(
    `SELECT e.source, e.target FROM translation_entry e JOIN translation_table t ON t.id = e.table_id
      WHERE t.shop_id = $1 AND t.name = $2 ORDER BY e.source`,
    [shopId, table],
  );
  return Object.fromEntries(rows.map(({ source, target }) => [source, target]));
}

async function lastAudit(world: World) {
  const [line] = await world.ctx.db.sql<{ action: string; subject: string; changes: ConfigChange[] }>(
    'SELECT action, subject, changes FROM audit_log WHERE shop_id = $1 ORDER BY created_at DESC LIMIT 1',
    [world.shopId],
  );
  return line;
}

async function addMisses(ctx: Context, shopId: string, values: string[], table = 'stores'): Promise<void> {
  await ctx.db.sql(
    `INSERT INTO translation_miss (shop_id, table_name, value, count) SELECT $1, $2, value, 3 FROM unnest($3::text[]) AS value`,
    [shopId, table, values],
  );
}

async function missesOf(ctx: Context, shopId: string): Promise<string[]> {
  const rows = await ctx.db.sql<{ value: string }>(
    'SELECT value FROM translation_miss WHERE shop_id = $1 ORDER BY value',
    [shopId],
  );
  return rows.map(({ value }) => value);
}

function tablePage(ctx: Context, shopId: string, input: Partial<TablePageInput> = {}) {
  return translationTablePage(ctx, shopId, {
    table: 'stores',
    timezone: 'Australia/Sydney',
    view: 'all',
    search: '',
    after: null,
    before: null,
    ...input,
  });
}

test('entries are added, changed, renamed and removed in one save, and the audit trail says how', async () => {
  await using world = await createStores();

  const answer = await save(world, {
    set: [
      { row: 'a', was: null, from: ' PER03 ', to: 'Perth' },
      { row: 'b', was: 'SYD01', from: 'SYD01', to: 'Sydney Pitt St' },
    ],
    remove: ['MEL02'],
  });

  expect(answer).toMatchObject({ ok: true, message: 'Translations saved' });
  expect(await entriesOf(world.ctx, world.shopId)).toEqual({ PER03: 'Perth', SYD01: 'Sydney Pitt St' });
  expect(await lastAudit(world)).toEqual({
    action: 'save translations',
    subject: 'stores',
    changes: [
      { path: 'entries.PER03', before: null, after: 'Perth' },
      { path: 'entries.SYD01', before: 'Sydney', after: 'Sydney Pitt St' },
      { path: 'entries.MEL02', before: 'Melbourne', after: null },
    ],
  });
});

test('two values can change places in one save', async () => {
  await using world = await createStores();

  await save(world, {
    set: [
      { row: 'a', was: 'SYD01', from: 'MEL02', to: 'Sydney' },
      { row: 'b', was: 'MEL02', from: 'SYD01', to: 'Melbourne' },
    ],
  });

  expect(await entriesOf(world.ctx, world.shopId)).toEqual({ MEL02: 'Sydney', SYD01: 'Melbourne' });
});

test.each([
  {
    what: 'a blank value',
    set: [{ row: 'a', was: null, from: ' ', to: 'x' }],
    field: 'a.from',
    says: 'Enter the value',
  },
  {
    what: 'a value that is there already',
    set: [{ row: 'a', was: null, from: 'SYD01 ', to: 'x' }],
    field: 'a.from',
    says: 'in this table already',
  },
  {
    what: 'the same value twice',
    set: [
      { row: 'a', was: null, from: 'X', to: '1' },
      { row: 'b', was: null, from: 'X ', to: '2' },
    ],
    field: 'b.from',
    says: 'stands here twice',
  },
  {
    what: 'an entry that gets the value of another',
    set: [{ row: 'a', was: 'SYD01', from: 'MEL02', to: 'x' }],
    field: 'a.from',
    says: 'in this table already',
  },
])('$what is refused at its field and nothing is saved', async ({ set, field, says }) => {
  await using world = await createStores();

  const answer = await save(world, { set });

  expect(answer).toEqual({
    ok: false,
    problems: [{ field, message: expect.stringContaining(says) as string }],
  });
  expect(await entriesOf(world.ctx, world.shopId)).toEqual({ MEL02: 'Melbourne', SYD01: 'Sydney' });
});

test('a value in other letters may stand beside the first: the exact one wins when a file is read', async () => {
  await using world = await createStores();

  const answer = await save(world, { set: [{ row: 'a', was: null, from: 'syd01', to: 'small' }] });

  expect(answer?.ok).toBe(true);
});

test('two people save the same table at once: both changes stay', async () => {
  await using world = await createStores();

  await Promise.all([
    save(world, { set: [{ row: 'a', was: 'SYD01', from: 'SYD01', to: 'Sydney Pitt St' }] }),
    save(world, { set: [{ row: 'a', was: 'MEL02', from: 'MEL02', to: 'Chapel St' }] }),
  ]);

  expect(await entriesOf(world.ctx, world.shopId)).toEqual({ MEL02: 'Chapel St', SYD01: 'Sydney Pitt St' });
});

test('saving what is there already writes nothing down', async () => {
  await using world = await createStores();
  const before = await lastAudit(world);

  await save(world, { set: [{ row: 'a', was: 'SYD01', from: 'SYD01', to: 'Sydney' }] });

  expect(await lastAudit(world)).toEqual(before);
});

test('a long save names fifty changes and counts the rest', async () => {
  await using world = await createStores();

  await save(world, {
    set: Array.from({ length: 60 }, (_, index) => ({
      row: `${index}`,
      was: null,
      from: `X${index}`,
      to: 'x',
    })),
  });

  const changes = (await lastAudit(world))?.changes ?? [];
  expect(changes).toHaveLength(51);
  expect(changes.at(-1)).toEqual({ path: '10 more', before: null, after: null });
});

test('values that a file brings without a translation are gathered, and leave when they get one', async () => {
  await using world = await createStores();
  world.put(
    '/pending/au/customers_20260105T200000Z.csv',
    customersCsv(people(3, 1, (id) => ({ JOINED_STORE_CODE: id === 1 ? 'SYD01' : 'PER03' }))),
  );
  await world.sync();
  const before = await tablePage(world.ctx, world.shopId, { view: 'missing' });

  await save(world, { set: [{ row: 'a', was: null, from: 'PER03', to: 'Perth' }] });

  expect(before).toMatchObject({ missingCount: 1, misses: [{ value: 'PER03', count: 2 }] });
  expect(await missesOf(world.ctx, world.shopId)).toEqual([]);
});

test('an entry takes its missing value off the list in whatever letters it came', async () => {
  await using world = await createStores();
  await addMisses(world.ctx, world.shopId, ['per03', 'Per03', 'BNE04']);

  await save(world, { set: [{ row: 'a', was: null, from: 'PER03', to: 'Perth' }] });

  expect(await missesOf(world.ctx, world.shopId)).toEqual(['BNE04']);
});

test('missing values are dismissed one by one or all at once', async () => {
  await using world = await createStores();
  await addMisses(world.ctx, world.shopId, ['A', 'B', 'C']);
  const dismiss = (value: string | null) =>
    dismissMisses(world.ctx, world.shopId, { table: 'stores', value, actor: ACTOR });

  const one = await dismiss('A');
  const left = await missesOf(world.ctx, world.shopId);
  const rest = await dismiss(null);

  expect([one, left, rest]).toMatchObject([
    { message: 'Value dismissed' },
    ['B', 'C'],
    { message: '2 values dismissed' },
  ]);
  expect(await missesOf(world.ctx, world.shopId)).toEqual([]);
});

test.each([
  { rule: 'keep' as const, text: '', expected: 'keep' },
  { rule: 'blank' as const, text: '', expected: 'blank' },
  { rule: 'text' as const, text: ' Other ', expected: 'Other' },
])('the rule for missing values becomes $rule $text', async ({ rule, text, expected }) => {
  await using world = await createStores();

  await save(world, { missing: { rule, text } }, 'tiers');

  const [table] = await world.ctx.db.sql("SELECT when_missing FROM translation_table WHERE name = 'tiers'");
  expect(table).toEqual({ when_missing: expected });
});

test.each(['', 'keep', 'blank'])('the fixed text "%s" is refused at its field', async (text) => {
  await using world = await createStores();

  const answer = await save(world, { missing: { rule: 'text', text } });

  expect(answer).toMatchObject({ ok: false, problems: [{ field: 'text' }] });
});

test('a renamed table takes its mappings, its entries and its missing values along', async () => {
  await using world = await createStores();
  await addMisses(world.ctx, world.shopId, ['PER03']);

  const answer = await save(world, { name: 'shops' });

  expect(answer).toMatchObject({ ok: true, isElsewhere: true });
  expect(await translationsPage(world.ctx, world.shopId)).toMatchObject({
    absent: [],
    tables: [
      { name: 'reward events' },
      { name: 'shops', entries: 2, missing: 1, usedBy: [{ name: 'Where the customer joined' }] },
      { name: 'tiers' },
    ],
  });
  const [revision] = await world.ctx.db.sql(
    'SELECT actor FROM mapping_revision ORDER BY created_at DESC LIMIT 1',
  );
  expect(revision).toEqual({ actor: ACTOR });
});

test.each([
  ['', 'Enter a name'],
  ['say "hi"', 'Leave out'],
  ['tiers', 'There is a table'],
])('a table cannot be called %j', async (name, says) => {
  await using world = await createStores();

  const renamed = await save(world, { name });
  const created = await createTranslationTable(world.ctx, world.shopId, {
    name,
    rule: 'keep',
    text: '',
    actor: ACTOR,
  });

  const refused = {
    ok: false,
    problems: [{ field: 'name', message: expect.stringContaining(says) as string }],
  };
  expect([renamed, created]).toEqual([refused, refused]);
});

test('a table that a mapping uses is not removed; another one is, with what belongs to it', async () => {
  await using world = await createStores();
  await addMisses(world.ctx, world.shopId, ['S'], 'tiers');
  const remove = (table: string) => removeTranslationTable(world.ctx, world.shopId, { table, actor: ACTOR });

  const used = await remove('stores');
  const unused = await remove('tiers');

  expect(used).toMatchObject({
    ok: false,
    problems: [{ message: expect.stringContaining('Where the customer joined') as string }],
  });
  expect(unused).toMatchObject({ ok: true });
  expect((await translationsPage(world.ctx, world.shopId)).tables.map(({ name }) => name)).toEqual([
    'reward events',
    'stores',
  ]);
  expect(await missesOf(world.ctx, world.shopId)).toEqual([]);
});

test('a table that a mapping names and that is not there is listed as absent', async () => {
  await using world = await createStores();
  await world.ctx.db.sql("DELETE FROM translation_table WHERE name = 'stores'");

  const page = await translationsPage(world.ctx, world.shopId);

  expect(page.absent).toMatchObject([{ name: 'stores', usedBy: [{ name: 'Where the customer joined' }] }]);
});

test('a dry run says what a file would do and writes nothing', async () => {
  await using world = await createStores();
  await addMisses(world.ctx, world.shopId, ['PER03']);
  const audit = await lastAudit(world);

  const answer = await importCsv(
    world,
    'from,to\nSYD01,Sydney\nMEL02,Chapel St\nPER03,Perth\n,nothing\nPER03,Other\n',
    { dryRun: true },
  );

  expect(answer).toMatchObject({
    ok: true,
    report: {
      added: 1,
      changed: 1,
      same: 1,
      absent: 0,
      problemCount: 2,
      problems: [
        { line: 5, message: 'The value to translate is blank.' },
        { line: 6, message: expect.stringContaining('line 4 already') as string },
      ],
      examples: [{ from: 'MEL02', before: 'Melbourne', after: 'Chapel St' }],
    },
  });
  expect(await entriesOf(world.ctx, world.shopId)).toEqual({ MEL02: 'Melbourne', SYD01: 'Sydney' });
  expect(await lastAudit(world)).toEqual(audit);
  expect(await missesOf(world.ctx, world.shopId)).toEqual(['PER03']);
});

test('an import adds and changes, and keeps what the file does not have', async () => {
  await using world = await createStores();
  await addMisses(world.ctx, world.shopId, ['PER03']);

  await importCsv(world, 'PER03,Perth\nSYD01,Sydney Pitt St\n');

  expect(await entriesOf(world.ctx, world.shopId)).toEqual({
    MEL02: 'Melbourne',
    PER03: 'Perth',
    SYD01: 'Sydney Pitt St',
  });
  expect(await missesOf(world.ctx, world.shopId)).toEqual([]);
  expect(await lastAudit(world)).toMatchObject({ action: 'import translations', subject: 'stores' });
});

test('replace all removes what the file does not have', async () => {
  await using world = await createStores();

  await importCsv(world, 'from,to\nPER03,Perth\n', { mode: 'replace' });

  expect(await entriesOf(world.ctx, world.shopId)).toEqual({ PER03: 'Perth' });
  expect(await lastAudit(world)).toMatchObject({ action: 'replace translations' });
});

test('a file with lines that cannot be used replaces nothing', async () => {
  await using world = await createStores();

  const answer = await importCsv(world, 'from,to\nPER03,Perth\n,x\n', { mode: 'replace' });

  expect(answer).toMatchObject({ ok: false });
  expect(await entriesOf(world.ctx, world.shopId)).toEqual({ MEL02: 'Melbourne', SYD01: 'Sydney' });
});

test.each([
  ['semicolons and names of Apparel21', Buffer.from('CODE;NAME\r\nPER03;Perth\r\n')],
  ['tabs', Buffer.from('PER03\tPerth\n')],
  ['a byte order mark', Buffer.from('\uFEFFsource,target\nPER03,Perth\n')],
  ['columns the other way round among others', Buffer.from('Address,Name,Code\n1 Hay St,Perth,PER03\n')],
  ['UTF-16', Buffer.from('\uFEFFfrom,to\nPER03,Perth\n', 'utf16le')],
  ['Windows-1252', Buffer.from('from,to\nPER03,Perth\nQBC05,Qu\xe9bec\n', 'latin1')],
])('a file with %s is read', async (_, bytes) => {
  await using world = await createStores();

  await importCsv(world, bytes);

  expect(await entriesOf(world.ctx, world.shopId)).toMatchObject({ PER03: 'Perth' });
});

test('letters of Windows-1252 arrive as they were', async () => {
  await using world = await createStores();

  await importCsv(world, Buffer.from('from,to\nQBC05,Qu\xe9bec\n', 'latin1'));

  expect(await entriesOf(world.ctx, world.shopId)).toMatchObject({ QBC05: 'Québec' });
});

test.each([
  ['nothing', ''],
  ['only names', 'from,to\n'],
  ['a workbook', Buffer.from([0x50, 0x4b, 0x03, 0x04, 1, 2, 3])],
])('a file that holds %s is refused with a sentence', async (_, content) => {
  await using world = await createStores();

  const answer = await importCsv(world, content, { dryRun: true });

  expect(answer).toMatchObject({ ok: false, problems: [{ field: '' }] });
});

test('an exported table is the same after it was imported, whatever stands in it', async () => {
  await using world = await createStores();
  const odd = [
    ['=1+1', '-5'],
    ["'=quoted", "''+2"],
    ['comma, semi;', 'say "hi"'],
    ['two\nlines', '@home'],
    ['Ünïcode', '漢字'],
    ['blank', ''],
  ];
  await save(world, {
    set: odd.map(([from = '', to = ''], index) => ({ row: `${index}`, was: null, from, to })),
  });
  const before = await entriesOf(world.ctx, world.shopId);
  const address = await issueDownload(world.ctx, world.shopId, {
    kind: 'translations',
    input: { table: 'stores' },
  });
  const download = await openDownload(world.ctx, address.split('/').at(-1) ?? '');
  const parts = [];
  for await (const part of download?.body ?? []) {
    parts.push(Buffer.from(part));
  }

  const check = await importCsv(world, Buffer.concat(parts), { mode: 'replace', dryRun: true });

  expect(download?.filename).toBe('translations-stores.csv');
  expect(check).toMatchObject({
    report: { added: 0, changed: 0, absent: 0, same: Object.keys(before).length, problemCount: 0 },
  });
});

test('a table of five thousand entries is shown in pages, forwards and backwards', async () => {
  await using world = await createStores();
  const csv = Array.from(
    { length: 5_000 },
    (_, index) => `X${String(index).padStart(4, '0')},Store ${index}`,
  );
  await importCsv(world, csv.join('\n'), { mode: 'replace' });

  const first = await tablePage(world.ctx, world.shopId);
  const second = await tablePage(world.ctx, world.shopId, {
    after: first?.view === 'all' ? first.next : null,
  });
  const back = await tablePage(world.ctx, world.shopId, {
    before: second?.view === 'all' ? second.previous : null,
  });

  expect(first).toMatchObject({ entryCount: 5_000, previous: null, next: 'X0049' });
  expect(second).toMatchObject({ previous: 'X0050', next: 'X0099' });
  expect(back).toMatchObject({ previous: null, next: 'X0049' });
});

test('a search looks at both sides and takes its words as they are', async () => {
  await using world = await createStores();
  await save(world, { set: [{ row: 'a', was: null, from: '100%', to: 'All' }] });
  const found = async (search: string) => {
    const page = await tablePage(world.ctx, world.shopId, { search });
    return page?.view === 'all' ? page.entries.map(({ from }) => from) : [];
  };

  expect([await found('sydn'), await found('mel'), await found('0%'), await found('_')]).toEqual([
    ['SYD01'],
    ['MEL02'],
    ['100%'],
    [],
  ]);
});

test('a table of one shop is nothing that another shop can see or change', async () => {
  await using world = await createStores();
  await addMisses(world.ctx, world.shopId, ['PER03']);
  const { shopId: other } = await createShop(world.ctx.db, 'other.myshopify.com');
  const about = { table: 'stores', actor: ACTOR };
  const ticket = await issueDownload(world.ctx, other, { kind: 'translations', input: { table: 'stores' } });

  expect([
    await tablePage(world.ctx, other),
    await saveTranslations(world.ctx, other, {
      ...about,
      changes: { set: [], remove: ['SYD01'], name: 'mine' },
    }),
    await dismissMisses(world.ctx, other, { ...about, value: null }),
    await removeTranslationTable(world.ctx, other, about),
    await importTranslations(world.ctx, other, {
      ...about,
      bytes: Buffer.from('a,b\n'),
      mode: 'replace',
      dryRun: false,
    }),
    await openDownload(world.ctx, ticket.split('/').at(-1) ?? ''),
  ]).toEqual([null, null, null, null, null, null]);
  expect(await translationsPage(world.ctx, other)).toEqual({ tables: [], absent: [] });
  expect(await entriesOf(world.ctx, world.shopId)).toEqual({ MEL02: 'Melbourne', SYD01: 'Sydney' });
  expect(await missesOf(world.ctx, world.shopId)).toEqual(['PER03']);
});

test('two shops have tables of the same name, each its own', async () => {
  await using world = await createStores();
  const { shopId: other } = await createShop(world.ctx.db, 'other.myshopify.com');
  await createTranslationTable(world.ctx, other, { name: 'stores', rule: 'keep', text: '', actor: ACTOR });

  await saveTranslations(world.ctx, other, {
    table: 'stores',
    actor: ACTOR,
    changes: { set: [{ row: 'a', was: null, from: 'SYD01', to: 'Theirs' }], remove: [] },
  });

  expect(await entriesOf(world.ctx, other)).toEqual({ SYD01: 'Theirs' });
  expect(await entriesOf(world.ctx, world.shopId)).toEqual({ MEL02: 'Melbourne', SYD01: 'Sydney' });
});
