import Papa from 'papaparse';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { QUALITY_WORDS, type QualityKind } from '#app/domain/data-quality.ts';
import { qualityPage, type QualityFinding } from '#app/queries/quality-page.server.ts';
import { issueDownload } from '#app/services/downloads/issue-download.server.ts';
import { openDownload } from '#app/services/downloads/open-download.server.ts';
import { startRemap } from '#app/services/start-remap.server.ts';
import { runTask } from '#app/services/tasks/run-task.server.ts';
import { watchSql } from '#test/bench/watched-sql.ts';
import { eraseByEmail, tracesOf } from '#test/builders/erasure.ts';
import { customersCsv, people } from '#test/builders/exports.ts';
import { createShop } from '#test/builders/shops.ts';
import { createWorld, type World } from '#test/builders/world.ts';

/** The data-quality report from the file on the SFTP server to the page and the CSV. */

const STORES = 'translations:\n  stores: { whenMissing: keep, entries: { SYD01: Sydney Pitt St } }';
const FORMULA = '=HYPERLINK("https://evil.example","x")';
const LONG = 'x'.repeat(3_000);

/** People by what is wrong with them; the key is the case. */
const CASES: Record<string, Record<string, string>> = {
  fine: { EMAIL: 'fine@shop.example' },
  older: { EMAIL: 'both@shop.example', LAST_UPDATED: '2026-01-01T10:00:00' },
  newer: { EMAIL: ' BOTH@shop.example', LAST_UPDATED: '2026-01-02T10:00:00' },
  email: { EMAIL: 'no-at-sign.example', PERSON_CODE: 'C77' },
  phone: { EMAIL: 'phone@shop.example', MOBILE: '12' },
  two: { EMAIL: 'no-at-sign', MOBILE: '13' },
  nothing: { EMAIL: '' },
  consent: { EMAIL: 'consent@shop.example', PRIVACY: 'Maybe' },
  date: { EMAIL: 'date@shop.example', LAST_UPDATED: 'yesterday' },
  store: { EMAIL: 'store@shop.example', STORE_CODE: 'NOWHERE', JOINED_STORE_CODE: 'NOWHERE' },
  formula: { EMAIL: FORMULA, FIRSTNAME: '=1+1', SURNAME: '', PERSON_CODE: '@code' },
  long: { EMAIL: LONG },
};

let world: World;

beforeAll(async () => {
  world = await createWorld({ extra: STORES });
  world.put(
    '/pending/au/customers_20260105T200000Z.csv',
    customersCsv(Object.entries(CASES).map(([key, cells]) => ({ PERIDX: key, ...cells }))),
  );
  await world.sync();
});

afterAll(() => world[Symbol.asyncDispose]());

async function connectionOf({ ctx, shopId }: World): Promise<string> {
  return (await ctx.db.prisma.connection.findFirstOrThrow({ where: { shopId } })).id;
}

async function pageOf(of: World, most: number | null = 10_000) {
  const connectionId = await connectionOf(of);
  const page = await qualityPage(
    of.ctx,
    { id: of.shopId, timezone: 'Australia/Sydney' },
    { connectionId, most },
  );
  if (page === null) {
    throw new Error('no page');
  }
  return page;
}

async function findingOf(of: World, kind: QualityKind): Promise<QualityFinding> {
  const finding = (await pageOf(of)).findings.find((one) => one.kind === kind);
  if (finding === undefined) {
    throw new Error(`no ${kind}`);
  }
  return finding;
}

const keysOf = ({ examples }: QualityFinding) => examples.map(({ person }) => person?.key).sort();

/** The lines of the download by problem, without what to do. */
async function csvOf(of: World): Promise<Record<string, string>[]> {
  const input = { connectionId: await connectionOf(of) };
  const address = await issueDownload(of.ctx, of.shopId, { kind: 'quality', input });
  const file = await openDownload(of.ctx, address.replace('/downloads/', ''));
  const parts: string[] = [];
  for await (const part of file?.body ?? []) {
    parts.push(String(part));
  }
  const text = parts.join('');
  expect(text.startsWith('\uFEFF')).toBe(true);
  return Papa.parse<Record<string, string>>(text.slice(1), { header: true, skipEmptyLines: true }).data;
}

const ofKind = (lines: Record<string, string>[], kind: QualityKind) =>
  lines.filter((line) => line['problem'] === QUALITY_WORDS[kind].title);

test('people who share an e-mail are both listed, with the one whom the profile shows', async () => {
  const finding = await findingOf(world, 'shared_email');

  expect(finding).toMatchObject({ count: 2, isMore: false });
  expect(
    finding.examples.map(({ person, value, profileShows }) => [person?.key, value, profileShows]),
  ).toEqual([
    ['newer', 'both@shop.example', 'newer'],
    ['older', 'both@shop.example', 'newer'],
  ]);
  expect(ofKind(await csvOf(world), 'shared_email')).toMatchObject([
    { PERIDX: 'newer', column: 'EMAIL', value: 'both@shop.example', profile_shows: 'newer' },
    { PERIDX: 'older', column: 'EMAIL', value: 'both@shop.example', profile_shows: 'newer' },
  ]);
});

test.each<[QualityKind, string[]]>([
  ['bad_email', ['email', 'formula', 'long', 'two']],
  ['bad_phone', ['phone', 'two']],
  ['no_identity', []],
  ['no_address', ['nothing']],
  ['unknown_consent', ['consent']],
  ['bad_date', ['date']],
  ['too_long', []],
])('%s lists just those who have it, on the page and in the download', async (kind, keys) => {
  const finding = await findingOf(world, kind);

  expect({ count: finding.count, keys: keysOf(finding) }).toEqual({ count: keys.length, keys });
  expect(
    ofKind(await csvOf(world), kind)
      .map(({ PERIDX }) => PERIDX)
      .sort(),
  ).toEqual(keys);
});

test('a line names the person, the cell and what to do', async () => {
  const [line] = ofKind(await csvOf(world), 'bad_email').filter(({ PERIDX }) => PERIDX === 'email');

  expect(line).toEqual({
    problem: 'Unusable e-mail address',
    what_to_do: 'Correct the e-mail address in Apparel21, or delete it.',
    PERIDX: 'email',
    PERSON_CODE: 'C77',
    name: 'Anna Smith',
    column: 'EMAIL',
    value: 'no-at-sign.example',
    profile_shows: '',
    times_seen: '',
  });
});

test('an example leads to the record', async () => {
  const { examples } = await findingOf(world, 'bad_phone');
  const [{ id }] = (await world.ctx.db.sql<{ id: string }>(
    `SELECT id FROM customer WHERE external_id = 'phone'`,
  )) as [{ id: string }];

  expect(examples.find(({ person }) => person?.key === 'phone')?.person?.id).toBe(id);
});

test('unknown stores are lines of their own, with how often they were seen', async () => {
  expect(await findingOf(world, 'unknown_store')).toMatchObject({
    count: 1,
    examples: [{ person: null, column: 'stores', value: 'NOWHERE' }],
  });
  expect(ofKind(await csvOf(world), 'unknown_store')).toMatchObject([
    { PERIDX: '', column: 'stores', value: 'NOWHERE', times_seen: '1' },
  ]);
});

test('cells that a spreadsheet would run are guarded, and long ones are cut', async () => {
  const lines = ofKind(await csvOf(world), 'bad_email');

  expect(lines.find(({ PERIDX }) => PERIDX === 'formula')).toMatchObject({
    PERSON_CODE: "'@code",
    name: "'=1+1",
    value: `'${FORMULA}`,
  });
  expect(lines.find(({ PERIDX }) => PERIDX === 'long')?.value).toHaveLength(200);
});

test('kinds are counted about so far when a page asks, and to their end for the command line', async () => {
  const most = (await pageOf(world, 1)).findings.find(({ kind }) => kind === 'bad_email');

  expect(most).toMatchObject({ isMore: true });
  expect((await pageOf(world, null)).findings.find(({ kind }) => kind === 'bad_email')).toMatchObject({
    count: 4,
    isMore: false,
  });
});

test('another shop sees nothing of it, neither by page nor by download', async () => {
  const other = await createShop(world.ctx.db, 'two.myshopify.com');
  const connectionId = await connectionOf(world);
  const shop = { id: other.shopId, timezone: 'Australia/Sydney' };

  expect(await qualityPage(world.ctx, shop, { connectionId, most: 10 })).toBeNull();
  const address = await issueDownload(world.ctx, other.shopId, { kind: 'quality', input: { connectionId } });
  expect(await openDownload(world.ctx, address.replace('/downloads/', ''))).toBeNull();
  expect(await qualityPage(world.ctx, shop, { connectionId: other.connectionId, most: 10 })).toMatchObject({
    hasPeople: false,
    findings: expect.not.arrayContaining([expect.objectContaining({ count: 1 })]) as [],
  });
});

test('no statement of the page or the download reads the customers whole', async () => {
  await using large = await createWorld({ extra: STORES });
  large.put(
    '/pending/au/customers_20260105T200000Z.csv',
    customersCsv(
      people(3_000, 1, (id) => ({
        MOBILE: id % 100 === 0 ? '12' : '',
        ...(id % 200 === 0 ? { EMAIL: 'all@shop.example' } : {}),
      })),
    ),
  );
  await large.sync({ steps: { intake: true, push: false } });
  await large.ctx.db.sql('ANALYZE customer');
  const watched = watchSql(large.ctx);
  const of = { ...large, ctx: watched.ctx };

  const whole = await watched.wholeReads(async () => {
    await pageOf(of);
    await csvOf(of);
  });

  expect(whole).toEqual([]);
});

test('more people than are read at once are all in the download, each once', async () => {
  await using large = await createWorld({ extra: STORES });
  large.put(
    '/pending/au/customers_20260105T200000Z.csv',
    customersCsv([
      ...people(1_200, 1, (id) => ({ MOBILE: '12', ...(id % 3 === 0 ? { EMAIL: 'x' } : {}) })),
      ...people(1_100, 5_000, () => ({ EMAIL: 'all@shop.example' })),
      ...people(2, 9_000, () => ({ EMAIL: 'zoe@shop.example' })),
    ]),
  );
  await large.sync({ steps: { intake: true, push: false } });

  const lines = await csvOf(large);

  const keys = (kind: QualityKind) => ofKind(lines, kind).map(({ PERIDX }) => PERIDX);
  expect(new Set(keys('bad_phone')).size).toBe(1_200);
  expect(keys('bad_phone')).toHaveLength(1_200);
  expect(keys('bad_email')).toHaveLength(400);
  const shared = ofKind(lines, 'shared_email');
  expect(shared).toHaveLength(1_102);
  expect(new Set(shared.map(({ PERIDX }) => PERIDX)).size).toBe(1_102);
  expect(new Set(shared.map(({ value, profile_shows: shows }) => `${value} ${shows}`)).size).toBe(2);
});

test('a corrected row leaves the report, an unchanged one stays, also when the file comes again', async () => {
  await using own = await createWorld({ extra: STORES });
  const bad = people(2, 1, () => ({ MOBILE: '12' }));
  own.put('/pending/au/customers_20260105T200000Z.csv', customersCsv(bad));
  await own.sync();
  own.put(
    '/pending/au/customers_20260106T200000Z.csv',
    customersCsv([{ ...bad[0], MOBILE: '0412 345 678' }, bad[1] ?? {}]),
  );

  await own.sync();

  expect(keysOf(await findingOf(own, 'bad_phone'))).toEqual(['2']);
});

test('who gives up a shared address leaves the report together with the other', async () => {
  await using own = await createWorld({ extra: STORES });
  const both = people(2, 1, () => ({ EMAIL: 'both@shop.example' }));
  own.put('/pending/au/customers_20260105T200000Z.csv', customersCsv(both));
  await own.sync();
  expect(await findingOf(own, 'shared_email')).toMatchObject({ count: 2 });
  own.put(
    '/pending/au/customers_20260106T200000Z.csv',
    customersCsv([{ ...both[0], EMAIL: 'own@shop.example' }]),
  );

  await own.sync();

  expect(await findingOf(own, 'shared_email')).toMatchObject({ count: 0, examples: [] });
  expect(await csvOf(own)).toEqual([]);
});

test('where ids do not travel, who has no usable address is without identity', async () => {
  await using own = await createWorld({ extra: STORES, connection: '    sendExternalId: false' });
  own.put(
    '/pending/au/customers_20260105T200000Z.csv',
    customersCsv([...people(1), { PERIDX: '7' }, { PERIDX: '8', EMAIL: 'x' }]),
  );
  await own.sync();

  expect(keysOf(await findingOf(own, 'no_identity'))).toEqual(['7', '8']);
  expect(keysOf(await findingOf(own, 'bad_email'))).toEqual(['8']);
  expect(
    ofKind(await csvOf(own), 'no_identity')
      .map(({ PERIDX, name }) => [PERIDX, name])
      .sort(),
  ).toEqual([
    ['7', 'ANNA SMITH'],
    ['8', 'ANNA SMITH'],
  ]);
});

test('somebody who was erased is gone from the report', async () => {
  await using own = await createWorld({ extra: STORES });
  own.put(
    '/pending/au/customers_20260105T200000Z.csv',
    customersCsv(people(2, 1, (id) => ({ MOBILE: '12', SURNAME: `SURNAME${id}` }))),
  );
  await own.sync();

  await eraseByEmail(own, 'person1@shop.example');

  expect(keysOf(await findingOf(own, 'bad_phone'))).toEqual(['2']);
  expect(JSON.stringify(await csvOf(own))).not.toMatch(/person1@|surname1/i);
  expect(await tracesOf(own.ctx, ['surname1'])).toEqual([]);
});

test('people of the release before are looked at when a file brings them again, and nothing is sent for it', async () => {
  await using own = await createWorld({ extra: STORES });
  const file = customersCsv(people(3, 1, () => ({ MOBILE: '12' })));
  own.put('/pending/au/customers_20260105T200000Z.csv', file);
  await own.sync();
  await own.ctx.db.sql('UPDATE customer SET issues = NULL');
  expect(await pageOf(own)).toMatchObject({ isPartial: true });
  const requests = (await own.status()).connections[0]?.requests;
  own.put('/pending/au/customers_20260106T200000Z.csv', `${file}\r\n`);

  const { status } = await own.sync();

  expect(status.connections[0]?.files.at(-1)?.rows).toMatchObject({ read: 3, unchanged: 3, changed: 0 });
  expect(status.connections[0]?.requests).toEqual(requests);
  expect(status.connections[0]?.records.customers).toMatchObject({ synced: 3 });
  expect(await pageOf(own)).toMatchObject({ isPartial: false });
  expect(keysOf(await findingOf(own, 'bad_phone'))).toEqual(['1', '2', '3']);
});

test('a mapping that is applied to existing records looks at everybody, and nothing is sent for it', async () => {
  await using own = await createWorld({ extra: STORES });
  own.put(
    '/pending/au/customers_20260105T200000Z.csv',
    customersCsv(people(3, 1, (id) => ({ MOBILE: id === 1 ? '0412 345 678' : '12' }))),
  );
  await own.sync();
  await own.ctx.db.sql('UPDATE customer SET issues = NULL');
  const { id: mappingId } = await own.ctx.db.prisma.mapping.findFirstOrThrow({
    where: { shopId: own.shopId, target: 'location.city' },
  });
  await startRemap(own.ctx, own.shopId, { mappingId, connectionId: null, actor: 'test' });
  const { id: taskId } = await own.ctx.db.prisma.task.findFirstOrThrow({ where: { shopId: own.shopId } });

  await runTask(own.ctx, own.shopId, { taskId, signal: AbortSignal.timeout(20_000) });

  expect(await pageOf(own)).toMatchObject({ isPartial: false });
  expect(keysOf(await findingOf(own, 'bad_phone'))).toEqual(['2', '3']);
  expect((await own.status()).connections[0]?.records.customers).toMatchObject({ synced: 3 });
});
