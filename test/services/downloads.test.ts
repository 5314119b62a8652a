import { rmSync } from 'node:fs';
import path from 'node:path';
import Papa from 'papaparse';
import { expect, test } from 'vitest';
import { actOnFile, type FileAct } from '#app/services/act-on-file.server.ts';
import { issueDownload } from '#app/services/downloads/issue-download.server.ts';
import { openDownload } from '#app/services/downloads/open-download.server.ts';
import { customersCsv, ordersCsv, people } from '#test/builders/exports.ts';
import { createShop } from '#test/builders/shops.ts';
import { createWorld, type World } from '#test/builders/world.ts';

const FIRST = '/pending/au/customers_20260105T200000Z.csv';
const CORRECTED = '/pending/au/customers_20260106T200000Z.csv';

async function fileOf(world: World, name: string): Promise<string> {
  return (await world.ctx.db.prisma.sourceFile.findFirstOrThrow({ where: { name } })).id;
}

/** What a click on a download gives: the file's name and text. */
async function download(world: World, intent: FileAct, name = path.basename(FIRST)) {
  const fileId = await fileOf(world, name);
  const answer = await actOnFile(world.ctx, world.shopId, { fileId, intent, actor: 'test' });
  if (answer?.ok !== true || !('download' in answer)) {
    throw new Error(JSON.stringify(answer));
  }
  const file = await openDownload(world.ctx, answer.download.replace('/downloads/', ''));
  const parts: Buffer[] = [];
  for await (const part of file?.body ?? []) {
    parts.push(Buffer.from(part));
  }
  return { filename: file?.filename, text: Buffer.concat(parts).toString('utf8') };
}

function rowsOf(text: string): string[][] {
  return Papa.parse<string[]>(text.replace('\uFEFF', ''), { skipEmptyLines: true }).data;
}

test('rejected rows are downloaded with the columns they came in and the reason at the end', async () => {
  await using world = await createWorld();
  const sent = customersCsv([
    ...people(1),
    { PERIDX: '', EMAIL: 'lost@shop.example', FIRSTNAME: 'Zoë, "Zo"' },
    ...people(1, 2),
  ]);
  world.put(FIRST, sent);
  await world.sync();

  const { filename, text } = await download(world, 'download-errors');

  const [header, bad] = rowsOf(sent).filter((_, index) => index !== 1);
  expect(filename).toBe('customers_20260105T200000Z-errors.csv');
  expect(rowsOf(text)).toEqual([
    [...(header ?? []), 'error_reason'],
    [...(bad ?? []), 'PERIDX is blank: without it the row cannot be told from others.'],
  ]);
});

test('a corrected download is imported under a new name, reasons and all, and nobody’s profile shows them', async () => {
  await using world = await createWorld({ connection: '    passThrough: true' });
  world.put(FIRST, customersCsv([...people(1), { PERIDX: '', EMAIL: 'lost@shop.example' }]));
  await world.sync();
  const { text } = await download(world, 'download-errors');
  world.put(CORRECTED, text.replace('\r\n,', '\r\n77,'));

  const { status } = await world.sync();

  expect(status.connections[0]?.files.at(-1)).toMatchObject({
    status: 'archived',
    rows: { read: 1, created: 1, rejected: 0 },
  });
  const profiles = world.klaviyo.state().accounts[0]?.profiles ?? [];
  expect(profiles.map(({ email }) => email).sort()).toEqual(['lost@shop.example', 'person1@shop.example']);
  expect(JSON.stringify(profiles)).not.toMatch(/reason|blank/i);
});

test('a row that was corrected and comes back as it was is unchanged: the reason does not count', async () => {
  await using world = await createWorld();
  world.put(FIRST, customersCsv(people(1)));
  await world.sync();
  const [header, row] = customersCsv(people(1)).split('\r\n');
  world.put(CORRECTED, `${header},error_reason\r\n${row},The e-mail was wrong.\r\n`);

  const { status } = await world.sync();

  expect(status.connections[0]?.files.at(-1)?.rows).toMatchObject({ read: 1, unchanged: 1 });
});

test('rows of the wrong length that are uploaded again unmended are rejected again', async () => {
  await using world = await createWorld();
  const [, whole = ''] = customersCsv(people(1, 2)).split('\r\n');
  world.put(FIRST, `${customersCsv(people(1))}7,too,few\r\n${whole},one,too many\r\n`);
  await world.sync();
  const { text } = await download(world, 'download-errors');
  world.put(CORRECTED, text);

  const { status } = await world.sync();

  expect(status.connections[0]?.files.at(-1)?.rows).toMatchObject({ read: 2, rejected: 2 });
});

test('an error download of a file that has reasons already has them once', async () => {
  await using world = await createWorld();
  const [header, row] = customersCsv([{ PERIDX: '' }]).split('\r\n');
  world.put(FIRST, `${header},error_reason\r\n${row},An older reason.\r\n`);
  await world.sync();

  const { text } = await download(world, 'download-errors');

  expect(rowsOf(text)[0]?.filter((name) => name === 'error_reason')).toHaveLength(1);
  expect(text).not.toContain('An older reason.');
});

test('cells come back as they were, also what a spreadsheet takes for a formula', async () => {
  await using world = await createWorld();
  world.put(FIRST, customersCsv([{ PERIDX: '', MOBILE: '+61412345678', SURNAME: '=SUM(A1)' }]));
  await world.sync();

  const { text } = await download(world, 'download-errors');

  expect(rowsOf(text)[1]).toEqual(expect.arrayContaining(['+61412345678', '=SUM(A1)']));
});

test('records that failed later are among the errors, an order with all of its lines', async () => {
  await using world = await createWorld();
  world.put(FIRST, customersCsv(people(1)));
  world.put(
    '/pending/au/orders_20260105T203000Z.csv',
    ordersCsv([
      { ORDER_ID: '1', PERIDX: '1', LINE_ID: 'a', ORDER_DATE: 'yesterday' },
      { ORDER_ID: '1', PERIDX: '1', LINE_ID: 'b', ORDER_DATE: 'yesterday' },
      { ORDER_ID: '2', PERIDX: '1', LINE_ID: 'c' },
    ]),
  );
  await world.sync();

  const { text } = await download(world, 'download-errors', 'orders_20260105T203000Z.csv');

  const [header = [], ...rows] = rowsOf(text);
  const lineId = header.indexOf('LINE_ID');
  expect(rows.map((row) => [row[lineId], row.at(-1)])).toEqual([
    ['a', expect.stringContaining('yesterday') as string],
    ['b', expect.stringContaining('yesterday') as string],
  ]);
});

test('thousands of bad rows are all there, in the order of the file', async () => {
  await using world = await createWorld();
  world.put(
    FIRST,
    customersCsv(Array.from({ length: 2_500 }, (_, index) => ({ PERIDX: '', SURNAME: `S${index}` }))),
  );
  await world.sync();

  const { text } = await download(world, 'download-errors');

  const [header = [], ...rows] = rowsOf(text);
  const surname = header.indexOf('SURNAME');
  expect(rows.map((row) => row[surname])).toEqual(Array.from({ length: 2_500 }, (_, index) => `S${index}`));
});

test('the original comes byte for byte from where the file lies now', async () => {
  await using world = await createWorld();
  const content = customersCsv(people(3_000));
  world.put(FIRST, content);
  await world.sync();

  expect(await download(world, 'download-original')).toEqual({
    filename: path.basename(FIRST),
    text: content,
  });
});

test('an original that somebody took away is refused on the page, and a ticket from before gives nothing', async () => {
  await using world = await createWorld();
  world.put(FIRST, customersCsv(people(1)));
  await world.sync();
  const fileId = await fileOf(world, path.basename(FIRST));
  const ticket = await issueDownload(world.ctx, world.shopId, { kind: 'file-original', input: { fileId } });
  rmSync(path.join(world.sftpRoot, 'processed/au', path.basename(FIRST)));

  const answer = await actOnFile(world.ctx, world.shopId, {
    fileId,
    intent: 'download-original',
    actor: 'test',
  });

  expect(answer).toMatchObject({
    ok: false,
    problems: [{ message: expect.stringContaining('no longer on the SFTP server') as string }],
  });
  expect(await openDownload(world.ctx, ticket.replace('/downloads/', ''))).toBeNull();
});

test('a file of the lane whose bytes were replaced is not given out as the one that was looked at', async () => {
  await using world = await createWorld();
  world.put('/bulk/au/customers_20260105T200000Z.csv', customersCsv(people(1)));
  await world.sync();
  const fileId = await fileOf(world, path.basename(FIRST));
  world.put('/bulk/au/customers_20260105T200000Z.csv', customersCsv(people(2)));

  const answer = await actOnFile(world.ctx, world.shopId, {
    fileId,
    intent: 'download-original',
    actor: 'test',
  });

  expect(answer).toMatchObject({ ok: false });
});

test.each(['file-errors', 'file-original'])(
  'a %s ticket serves its own shop’s file only, once, and not after a minute',
  async (kind) => {
    await using world = await createWorld();
    world.put(FIRST, customersCsv([...people(1), { PERIDX: '' }]));
    await world.sync();
    const other = await createShop(world.ctx.db, 'two.myshopify.com');
    const fileId = await fileOf(world, path.basename(FIRST));
    const open = async (shopId: string, age = '0 seconds') => {
      const address = await issueDownload(world.ctx, shopId, { kind, input: { fileId } });
      await world.ctx.db.sql(`UPDATE download_ticket SET expires_at = expires_at - $1::interval`, [age]);
      const token = address.replace('/downloads/', '');
      const first = await openDownload(world.ctx, token);
      for await (const _ of first?.body ?? []) {
        // Read to its end, so that its session closes.
      }
      return { first, second: await openDownload(world.ctx, token) };
    };

    expect(await open(world.shopId)).toMatchObject({
      first: { filename: expect.any(String) as string },
      second: null,
    });
    expect(await open(other.shopId)).toEqual({ first: null, second: null });
    expect(await open(world.shopId, '61 seconds')).toEqual({ first: null, second: null });
  },
);
