import { expect, test } from 'vitest';
import { dismissMisses } from '#app/services/dismiss-misses.server.ts';
import { customersCsv, people } from '#test/builders/exports.ts';
import {
  ACTOR,
  createStores,
  saveEntries,
  entriesOf,
  lastAudit,
  addMisses,
  missesOf,
  tablePage,
} from '#test/builders/translations.ts';

test('entries are added, changed, renamed and removed in one save, and the audit trail says how', async () => {
  await using world = await createStores();

  const answer = await saveEntries(world, {
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

  await saveEntries(world, {
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

  const answer = await saveEntries(world, { set });

  expect(answer).toEqual({
    ok: false,
    problems: [{ field, message: expect.stringContaining(says) as string }],
  });
  expect(await entriesOf(world.ctx, world.shopId)).toEqual({ MEL02: 'Melbourne', SYD01: 'Sydney' });
});

test('a value in other letters may stand beside the first: the exact one wins when a file is read', async () => {
  await using world = await createStores();

  const answer = await saveEntries(world, { set: [{ row: 'a', was: null, from: 'syd01', to: 'small' }] });

  expect(answer?.ok).toBe(true);
});

test('two people save the same table at once: both changes stay', async () => {
  await using world = await createStores();

  await Promise.all([
    saveEntries(world, { set: [{ row: 'a', was: 'SYD01', from: 'SYD01', to: 'Sydney Pitt St' }] }),
    saveEntries(world, { set: [{ row: 'a', was: 'MEL02', from: 'MEL02', to: 'Chapel St' }] }),
  ]);

  expect(await entriesOf(world.ctx, world.shopId)).toEqual({ MEL02: 'Chapel St', SYD01: 'Sydney Pitt St' });
});

test('saving what is there already writes nothing down', async () => {
  await using world = await createStores();
  const before = await lastAudit(world);

  await saveEntries(world, { set: [{ row: 'a', was: 'SYD01', from: 'SYD01', to: 'Sydney' }] });

  expect(await lastAudit(world)).toEqual(before);
});

test('a long save names fifty changes and counts the rest', async () => {
  await using world = await createStores();

  await saveEntries(world, {
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

  await saveEntries(world, { set: [{ row: 'a', was: null, from: 'PER03', to: 'Perth' }] });

  expect(before).toMatchObject({ missingCount: 1, misses: [{ value: 'PER03', count: 2 }] });
  expect(await missesOf(world.ctx, world.shopId)).toEqual([]);
});

test('an entry takes its missing value off the list in whatever letters it came', async () => {
  await using world = await createStores();
  await addMisses(world.ctx, world.shopId, ['per03', 'Per03', 'BNE04']);

  await saveEntries(world, { set: [{ row: 'a', was: null, from: 'PER03', to: 'Perth' }] });

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
