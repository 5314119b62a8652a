import { appendFileSync, existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { customersCsv, ordersCsv, people } from '#test/builders/exports.ts';
import { createWorld, type World } from '#test/builders/world.ts';

const FIRST = '/pending/au/customers_20260105T200000Z.csv';

function filesOf(status: Awaited<ReturnType<World['status']>>) {
  return status.connections[0]?.files ?? [];
}

function received(world: World): number {
  return world.klaviyo.account().received.profiles;
}

test('a finished file moves to the processed folder, with a suffix when the name is taken', async () => {
  await using world = await createWorld();
  world.put('/processed/au/customers_20260105T200000Z.csv', 'an older one');
  world.put(FIRST, customersCsv(people(1)));

  await world.sync();

  expect(existsSync(path.join(world.sftpRoot, FIRST))).toBe(false);
  expect(readdirSync(path.join(world.sftpRoot, 'processed/au')).sort()).toEqual([
    'customers_20260105T200000Z-2.csv',
    'customers_20260105T200000Z.csv',
  ]);
});

test('the same content under another name is a duplicate: moved away, nothing sent', async () => {
  await using world = await createWorld();
  world.put(FIRST, customersCsv(people(2)));
  await world.sync();
  world.put('/pending/au/customers_20260106T200000Z.csv', customersCsv(people(2)));

  const { status } = await world.sync();

  expect(filesOf(status).at(-1)).toMatchObject({ status: 'duplicate', rows: { read: 0 }, balanced: true });
  expect(received(world)).toBe(2);
  expect(existsSync(path.join(world.sftpRoot, 'processed/au/customers_20260106T200000Z.csv'))).toBe(true);
});

test('customers who go back to an older state are a change, not a duplicate', async () => {
  await using world = await createWorld();
  const monday = customersCsv(people(1, 1, () => ({ CITY: 'Sydney' })));
  world.put(FIRST, monday);
  await world.sync();
  world.put(
    '/pending/au/customers_20260106T200000Z.csv',
    customersCsv(people(1, 1, () => ({ CITY: 'Perth' }))),
  );
  await world.sync();
  world.put('/pending/au/customers_20260107T200000Z.csv', monday);

  const { status } = await world.sync();

  expect(filesOf(status).at(-1)).toMatchObject({ status: 'archived', rows: { changed: 1 } });
  expect(received(world)).toBe(3);
});

test('a growing file is not read until it rests', async () => {
  await using world = await createWorld({ settings: { settleMs: 300 } });
  const [head, ...rows] = customersCsv(people(20)).split('\r\n');
  world.put(FIRST, `${head}\r\n${rows.slice(0, 5).join('\r\n')}\r\n`);
  const target = path.join(world.sftpRoot, FIRST);
  const growing = setInterval(() => appendFileSync(target, `${rows[5]}\r\n`), 40);
  let during;
  try {
    during = await world.sync();
  } finally {
    clearInterval(growing);
  }
  expect(filesOf(during.status)).toMatchObject([{ status: 'discovered', rows: { read: 0 } }]);
  expect(received(world)).toBe(0);

  const after = await world.sync();

  expect(filesOf(after.status)).toMatchObject([{ status: 'archived', balanced: true }]);
});

test.each([
  ['customer_20260105T200000Z.csv', /customers, orders or rewards/i],
  ['customers_2026-01-05.csv', /20260131T201500Z/],
  ['customers_20261305T200000Z.csv', /\d|date|month/i],
  ['orders_20260105T203000Z.txt', /\.csv/i],
])('%s is listed as not recognised, with what is wrong with the name', async (name, reason) => {
  await using world = await createWorld();
  world.put(`/pending/au/${name}`, customersCsv(people(1)));

  const { status } = await world.sync();

  expect(filesOf(status)).toMatchObject([{ name, status: 'unrecognised' }]);
  expect(status.connections[0]?.problems[0]?.message).toMatch(reason);
  expect(received(world)).toBe(0);
});

test('type and extension of a file name may be in any case', async () => {
  await using world = await createWorld();
  world.put('/pending/au/Customers_20260105T200000Z.CSV', customersCsv(people(1)));

  const { status } = await world.sync();

  expect(filesOf(status)).toMatchObject([{ status: 'archived' }]);
});

test('a missing required column holds the file, names the nearest one and sends nothing', async () => {
  await using world = await createWorld();
  world.put(FIRST, customersCsv(people(3)).replace('EMAIL', 'E_MAIL'));

  const { status } = await world.sync();

  expect(filesOf(status)).toMatchObject([{ status: 'held' }]);
  expect(status.connections[0]?.problems).toMatchObject([
    {
      file: 'customers_20260105T200000Z.csv',
      line: 1,
      column: 'EMAIL',
      code: 'missing_column',
      message: expect.stringContaining('E_MAIL') as string,
    },
  ]);
  expect(received(world)).toBe(0);
});

test('headers match without case and surrounding blanks', async () => {
  await using world = await createWorld();
  world.put(FIRST, customersCsv(people(2)).replace('EMAIL', ' Email ').replace('FIRSTNAME', 'FirstName'));

  await world.sync();

  const profiles = world.klaviyo.state().accounts[0]?.profiles ?? [];
  expect(profiles.map((profile) => `${profile.email} ${profile.first_name}`).sort()).toEqual([
    'person1@shop.example Anna',
    'person2@shop.example Anna',
  ]);
});

test.each([
  ['quotes that never end', `${customersCsv(people(2))}9,"never ends,x\r\n`, 'csv_quotes'],
  ['an empty file', '', 'csv_empty'],
  ['UTF-16 without a byte order mark', Buffer.from(customersCsv(people(2)), 'utf16le'), 'csv_encoding'],
])('%s: held, with file, line and remedy; nothing is sent', async (_, content, code) => {
  await using world = await createWorld();
  world.put(FIRST, content);

  const { status } = await world.sync();

  expect(filesOf(status)).toMatchObject([{ status: 'held', rows: { read: 0 } }]);
  expect(status.connections[0]?.problems).toMatchObject([{ file: 'customers_20260105T200000Z.csv', code }]);
  expect(status.connections[0]?.problems[0]?.message.length).toBeGreaterThan(20);
  expect(received(world)).toBe(0);
});

test.each([
  ['UTF-8 with BOM', (text: string) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text)])],
  [
    'UTF-16 with BOM',
    (text: string) => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]),
  ],
  ['Windows-1252', (text: string) => Buffer.from(text, 'latin1')],
])('%s is read with its accents', async (_, encode) => {
  await using world = await createWorld();
  world.put(FIRST, encode(customersCsv(people(1, 1, () => ({ FIRSTNAME: 'Zoë', CITY: 'Orléans' })))));

  await world.sync();

  expect(world.klaviyo.state().accounts[0]?.profiles).toMatchObject([
    { first_name: 'Zoë', location: { city: 'Orléans' } },
  ]);
});

test('rows that cannot become a record are rejected with line and column; the rest goes', async () => {
  await using world = await createWorld();
  const text = customersCsv([...people(1), { PERIDX: '', EMAIL: 'no-key@shop.example' }, ...people(1, 2)]);
  world.put(FIRST, `${text}7,too,few\r\n`);

  const { status } = await world.sync();

  expect(filesOf(status)).toMatchObject([{ rows: { read: 4, created: 2, rejected: 2 }, balanced: true }]);
  expect(status.connections[0]?.problems.map(({ line, column, code }) => [line, column, code])).toEqual([
    [3, 'PERIDX', 'missing_key'],
    [5, null, 'too-few-cells'],
  ]);
  expect(received(world)).toBe(2);
});

test('of two rows with one primary key the later wins and the earlier is folded', async () => {
  await using world = await createWorld();
  world.put(FIRST, customersCsv([...people(2), ...people(1, 1, () => ({ CITY: 'Hobart' }))]));

  const { status } = await world.sync();

  expect(filesOf(status)).toMatchObject([{ rows: { read: 3, created: 2, folded: 1 }, balanced: true }]);
  expect(
    world.klaviyo.state().accounts[0]?.profiles.find((profile) => profile.external_id === '1'),
  ).toMatchObject({
    location: { city: 'Hobart' },
  });
});

test('the rows of an order need not stand together', async () => {
  await using world = await createWorld();
  world.put(FIRST, customersCsv(people(2)));
  world.put(
    '/pending/au/orders_20260105T203000Z.csv',
    ordersCsv([
      { ORDER_ID: '1', PERIDX: '1', LINE_ID: 'a', VALUE: '10.00' },
      { ORDER_ID: '2', PERIDX: '2', LINE_ID: 'b', VALUE: '5.00' },
      { ORDER_ID: '1', PERIDX: '1', LINE_ID: 'c', VALUE: '20.00' },
    ]),
  );

  const { status } = await world.sync();

  expect(filesOf(status).at(-1)).toMatchObject({ rows: { read: 3, created: 3 }, balanced: true });
  expect(
    world.klaviyo
      .state()
      .accounts[0]?.events.map((event) => event.value)
      .sort(),
  ).toEqual([30, 5]);
});

test('a file far smaller than the full exports before it is held until a person releases it', async () => {
  await using world = await createWorld();
  for (const day of ['05', '06', '07']) {
    const changed = (id: number) => ({ CITY: id === 1 ? `City ${day}` : 'Sydney' });
    world.put(`/pending/au/customers_202601${day}T200000Z.csv`, customersCsv(people(120, 1, changed)));
    await world.sync();
  }
  world.put(
    '/pending/au/customers_20260108T200000Z.csv',
    customersCsv(people(30, 1, () => ({ CITY: 'Nowhere' }))),
  );

  const { status } = await world.sync();

  expect(filesOf(status).at(-1)).toMatchObject({ status: 'held', problem: { code: 'too_few_rows' } });
  expect(received(world)).toBe(122);
});

test('a file that changes the consent of more than a fifth of the known customers is held', async () => {
  await using world = await createWorld();
  world.put(FIRST, customersCsv(people(120)));
  await world.sync();
  world.put(
    '/pending/au/customers_20260106T200000Z.csv',
    customersCsv(people(120, 1, (id) => ({ PRIVACY: id <= 30 ? 'Yes' : 'No' }))),
  );

  const { status } = await world.sync();

  expect(filesOf(status).at(-1)).toMatchObject({
    status: 'held',
    problem: { code: 'too_many_consent_changes' },
  });
  expect(world.klaviyo.account().received.unsubscribes).toBe(0);
});
