import { expect, test } from 'vitest';
import { issueDownload } from '#app/services/downloads/issue-download.server.ts';
import { openDownload } from '#app/services/downloads/open-download.server.ts';
import {
  createStores,
  saveEntries,
  importCsv,
  entriesOf,
  lastAudit,
  addMisses,
  missesOf,
} from '#test/builders/translations.ts';

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
  await saveEntries(world, {
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
