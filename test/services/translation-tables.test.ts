import { expect, test } from 'vitest';
import { translationsPage } from '#app/queries/translations-page.server.ts';
import { createTranslationTable } from '#app/services/create-translation-table.server.ts';
import { dismissMisses } from '#app/services/dismiss-misses.server.ts';
import { issueDownload } from '#app/services/downloads/issue-download.server.ts';
import { openDownload } from '#app/services/downloads/open-download.server.ts';
import { importTranslations } from '#app/services/import-translations.server.ts';
import { removeTranslationTable } from '#app/services/remove-translation-table.server.ts';
import { saveTranslations } from '#app/services/save-translations.server.ts';
import { createShop } from '#test/builders/shops.ts';
import {
  ACTOR,
  createStores,
  saveEntries,
  importCsv,
  entriesOf,
  addMisses,
  missesOf,
  tablePage,
} from '#test/builders/translations.ts';

test.each([
  { rule: 'keep' as const, text: '', expected: 'keep' },
  { rule: 'blank' as const, text: '', expected: 'blank' },
  { rule: 'text' as const, text: ' Other ', expected: 'Other' },
])('the rule for missing values becomes $rule $text', async ({ rule, text, expected }) => {
  await using world = await createStores();

  await saveEntries(world, { missing: { rule, text } }, 'tiers');

  const [table] = await world.ctx.db.sql("SELECT when_missing FROM translation_table WHERE name = 'tiers'");
  expect(table).toEqual({ when_missing: expected });
});

test.each(['', 'keep', 'blank'])('the fixed text "%s" is refused at its field', async (text) => {
  await using world = await createStores();

  const answer = await saveEntries(world, { missing: { rule: 'text', text } });

  expect(answer).toMatchObject({ ok: false, problems: [{ field: 'text' }] });
});

test('a renamed table takes its mappings, its entries and its missing values along', async () => {
  await using world = await createStores();
  await addMisses(world.ctx, world.shopId, ['PER03']);

  const answer = await saveEntries(world, { name: 'shops' });

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

  const renamed = await saveEntries(world, { name });
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
  await saveEntries(world, { set: [{ row: 'a', was: null, from: '100%', to: 'All' }] });
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
