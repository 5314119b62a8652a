import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, unlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import Papa from 'papaparse';
import { expect, test } from 'vitest';
import { readEmail } from '#app/domain/email.ts';
import { isAppError } from '#app/domain/errors.ts';
import { readCountry, repairPhone } from '#app/domain/phone.ts';
import { generateExports, type GeneratedFiles, type GenerateOptions } from '#workers/local/generate/index.ts';

type Row = Record<string, string>;

const CUSTOMER_COLUMNS =
  'PERIDX PERSON_CODE FIRSTNAME SURNAME ADRS1 ADRS2 CITY STATE POSTCODE COUNTRY MOBILE EMAIL DOB PRIVACY RETAIL_REP LAST_UPDATED ' +
  'CREATED_DATE JOINED_STORE_ID JOINED_STORE_CODE STORE_ID STORE_CODE STORE_NUMBER REF1_GROUP REF1_ID REF1_CODE LOYALTY_CODE ' +
  'TOTAL_SPEND ORDER_COUNT EMAIL_OPT_IN SMS_OPT_IN';
const ORDER_COLUMNS =
  'ORDER_ID ORDER_NUMBER PERIDX ORDER_DATE STORE_ID STORE_CODE STORE_NAME STAFF_CODE STAFF_NAME LINE_ID STYLE_CODE STYLE_NAME ' +
  'COLOUR_CODE COLOUR_NAME SIZE_CODE SKU_IDX BARCODE CATEGORY QUANTITY PRICE DISCOUNT VALUE TOTAL_DUE TOTAL_DISCOUNT CURRENCY ' +
  'ORIGINAL_ORDER_NUMBER RETURN_REASON';
const REWARD_COLUMNS =
  'REWARD_ID PERIDX EMAIL EVENT_TYPE EVENT_DATE PROGRAM_NAME TIER_NAME PREVIOUS_TIER TIER_EXPIRY POINTS_BALANCE POINTS_CHANGE ' +
  'REWARD_DESCRIPTION REWARD_VALUE REWARD_EXPIRY SPEND_TO_NEXT_TIER NEXT_TIER';

async function temporaryFolder() {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'generate-'));
  return { dir, [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) };
}

/** Generates into a folder of its own and reads the files back as another program would. */
async function generateAndRead(options: Omit<GenerateOptions, 'outDir'>) {
  await using folder = await temporaryFolder();
  return await readBack(await generateExports({ ...options, outDir: folder.dir }));
}

async function readBack(report: GeneratedFiles) {
  const texts: Record<string, string> = {};
  const rows: Record<string, Row[]> = { customers: [], orders: [], rewards: [] };
  for (const file of report.files) {
    const text = await readFile(file.path, 'utf8');
    const parsed = Papa.parse<Row>(text, { header: true, skipEmptyLines: true });
    expect(parsed.errors).toEqual([]);
    texts[file.kind] = text;
    rows[file.kind] = parsed.data;
  }
  const { customers = [], orders = [], rewards = [] } = rows;
  return { report, texts, customers, orders, rewards };
}

/** Each customer's row as text, by person code: the one column that is never blank. */
function byCode(rows: readonly Row[]): Map<string, string> {
  return new Map(rows.map((row) => [row.PERSON_CODE ?? '', JSON.stringify(row)]));
}

function changedCodes(before: readonly Row[], after: readonly Row[]): string[] {
  const old = byCode(before);
  return [...byCode(after)]
    .filter(([code, text]) => old.has(code) && old.get(code) !== text)
    .map(([code]) => code);
}

function ordersApart(orders: readonly Row[]): string[] {
  const blocks = new Map<string, number>();
  orders.forEach((row, index) => {
    const id = row.ORDER_ID ?? '';
    if (orders[index - 1]?.ORDER_ID !== id) {
      blocks.set(id, (blocks.get(id) ?? 0) + 1);
    }
  });
  return [...blocks].filter(([, count]) => count > 1).map(([id]) => id);
}

test('the files have exactly the columns of the Apparel21 templates, in their order', async () => {
  const { texts } = await generateAndRead({ customers: 5, orders: 5, rewards: 5 });
  expect(texts.customers?.split('\n')[0]).toBe(CUSTOMER_COLUMNS.replaceAll(' ', ','));
  expect(texts.orders?.split('\n')[0]).toBe(ORDER_COLUMNS.replaceAll(' ', ','));
  expect(texts.rewards?.split('\n')[0]).toBe(REWARD_COLUMNS.replaceAll(' ', ','));
});

test('the names carry stamps half an hour apart, customers first', async () => {
  const { report } = await generateAndRead({ customers: 5, orders: 5, rewards: 5 });
  const stamps = report.files.map((file) => {
    const [, kind, date, hour, minute] =
      /^(customers|orders|rewards)_(\d{8})T(\d\d)(\d\d)\d\dZ\.csv$/.exec(file.name) ?? [];
    return { kind, date, minutes: Number(hour) * 60 + Number(minute) };
  });
  expect(stamps.map(({ kind, date }) => `${kind} ${date}`)).toEqual([
    'customers 20260101',
    'orders 20260101',
    'rewards 20260101',
  ]);
  const [customers, orders, rewards] = stamps.map((stamp) => stamp.minutes);
  expect([Number(orders) - Number(customers), Number(rewards) - Number(orders)]).toEqual([30, 30]);
});

test('the same seed gives the same bytes, another seed others', async () => {
  const wanted = { customers: 400, orders: 80, rewards: 40 };
  const [first, again, other] = [
    await generateAndRead({ ...wanted, seed: 7 }),
    await generateAndRead({ ...wanted, seed: 7 }),
    await generateAndRead({ ...wanted, seed: 8 }),
  ];
  expect(again.texts).toEqual(first.texts);
  expect(again.report.files.map((file) => file.name)).toEqual(first.report.files.map((file) => file.name));
  for (const kind of ['customers', 'orders', 'rewards']) {
    expect(other.texts[kind]).not.toBe(first.texts[kind]);
  }
});

test('nothing is written for a kind of which none is wanted', async () => {
  await using folder = await temporaryFolder();
  const report = await generateExports({ outDir: folder.dir, customers: 3 });
  expect(report.files.map((file) => file.kind)).toEqual(['customers']);
  expect((await readdir(folder.dir)).filter((name) => name.endsWith('.csv'))).toEqual([
    report.files[0]?.name,
  ]);
});

test('every seed and size gives files that parse to the stated rows with the stated dirt', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        seed: fc.nat(),
        customers: fc.integer({ min: 1, max: 1500 }),
        orders: fc.integer({ min: 0, max: 300 }),
        rewards: fc.integer({ min: 0, max: 100 }),
        dirtyRate: fc.constantFrom(0, 1, 3),
        country: fc.constantFrom('AU' as const, 'NZ' as const),
        delimiter: fc.constantFrom(',' as const, ';' as const, '\t' as const, '|' as const),
        newline: fc.constantFrom('\n' as const, '\r\n' as const),
      }),
      async (options) => {
        const { report, customers, orders, rewards } = await generateAndRead(options);
        expect(customers).toHaveLength(options.customers);
        expect(report.customers.rows).toBe(options.customers);
        expect(orders).toHaveLength(report.orders.rows);
        expect(new Set(orders.map((row) => row.ORDER_ID)).size).toBe(options.orders);
        expect(rewards).toHaveLength(options.rewards);
        expect(report.customers.dirty).toEqual(dirtOf(customers, options.country));
        expect(report.orders.nonAdjacent).toBe(ordersApart(orders).length);
        const known = new Set(customers.map((row) => row.PERIDX));
        const absent = orders.filter((row) => !known.has(row.PERIDX ?? ''));
        expect(new Set(absent.map((row) => row.ORDER_ID)).size).toBe(report.orders.absentCustomer);
        expect(rewards.filter((row) => !known.has(row.PERIDX ?? ''))).toHaveLength(
          report.rewards.absentCustomer,
        );
      },
    ),
    { numRuns: 25 },
  );
});

/** The number as the product reads it, with the row's country and then the shop's; null when it is unusable or blank. */
function phoneOf(row: Row, home: string): string | null {
  for (const country of [readCountry(row.COUNTRY ?? '') ?? home, home]) {
    const repaired = repairPhone(row.MOBILE ?? '', country);
    if ('e164' in repaired) {
      return repaired.e164;
    }
  }
  return null;
}

/** Counts the dirt in the cells, read as the product reads them. */
function dirtOf(customers: readonly Row[], home: string) {
  const emails = customers
    .map((row) => readEmail(row.EMAIL ?? ''))
    .flatMap((read) => ('email' in read ? [read.email] : []));
  const blankEmail = customers.filter((row) => row.EMAIL === '').length;
  const blankPhone = customers.filter((row) => row.MOBILE === '').length;
  return {
    sharedEmail: emails.length - new Set(emails).size,
    invalidEmail: customers.length - emails.length - blankEmail,
    blankEmail,
    blankPhone,
    unusablePhone: customers.filter((row) => phoneOf(row, home) === null).length - blankPhone,
    slashDate: customers.filter((row) =>
      /^\d\d\/\d\d\/\d{4} \d\d:\d\d:\d\d [AP]M$/.test(row.LAST_UPDATED ?? ''),
    ).length,
    blankKey: customers.filter((row) => row.PERIDX === '').length,
  };
}

test('the usual dirt is there in its usual shares, and rows without a key from 10,000 rows on', async () => {
  const { report, customers } = await generateAndRead({ customers: 20_000 });
  const { dirty } = report.customers;
  const share = (count: number) => count / 20_000;
  expect(dirty.blankKey).toBe(2);
  expect(dirty).toEqual(dirtOf(customers, 'AU'));
  expect(share(dirty.sharedEmail)).toBeCloseTo(0.003, 2);
  expect(share(dirty.invalidEmail)).toBeCloseTo(0.005, 2);
  expect(share(dirty.blankEmail)).toBeCloseTo(0.03, 1.5);
  expect(share(dirty.blankPhone)).toBeCloseTo(0.2, 1.5);
  expect(share(dirty.unusablePhone)).toBeCloseTo(0.01, 2);
  expect(share(dirty.slashDate)).toBeCloseTo(0.005, 2);
  expect(Math.min(dirty.sharedEmail, dirty.invalidEmail, dirty.slashDate)).toBeGreaterThan(20);
  expect(share(customers.filter((row) => row.PRIVACY === 'Yes').length)).toBeCloseTo(0.3, 1);
  expect(share(customers.filter((row) => row.PRIVACY === 'No').length)).toBeCloseTo(0.65, 1);
  expect(customers.some((row) => row.ADRS1?.includes('\n'))).toBe(true);
  expect(customers.some((row) => row.ADRS1?.includes('"'))).toBe(true);
  expect(new Set(customers.map((row) => row.PERIDX)).size).toBe(20_000 - dirty.blankKey + 1);
});

test('nobody gets the phone number of another, not even by a change', async () => {
  await using folder = await temporaryFolder();
  const first = await readBack(await generateExports({ outDir: folder.dir, customers: 4000, country: 'NZ' }));
  const second = await readBack(await generateExports({ outDir: folder.dir, change: 1 }));
  const owners = new Map<string, Set<string>>();
  for (const row of [...first.customers, ...second.customers]) {
    const phone = phoneOf(row, 'NZ');
    if (phone !== null) {
      owners.set(phone, (owners.get(phone) ?? new Set()).add(row.PERSON_CODE ?? ''));
    }
  }
  expect(owners.size).toBeGreaterThan(3000);
  expect([...owners.values()].filter((codes) => codes.size > 1)).toEqual([]);
});

test('no mail goes to a domain of which Klaviyo silently drops the profiles', async () => {
  const { customers } = await generateAndRead({ customers: 2000 });
  expect(customers.filter((row) => /@(example|test)\.com$/i.test(row.EMAIL ?? ''))).toEqual([]);
});

test('the next day is a full export in which exactly the wanted share differs', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        seed: fc.nat(),
        customers: fc.integer({ min: 1, max: 800 }),
        change: fc.oneof(fc.constantFrom(0, 0.01, 0.5, 1), fc.double({ min: 0, max: 1, noNaN: true })),
        newCustomers: fc.integer({ min: 0, max: 20 }),
      }),
      async ({ seed, customers, change, newCustomers }) => {
        await using folder = await temporaryFolder();
        const outDir = folder.dir;
        const first = await readBack(await generateExports({ outDir, seed, customers }));
        const second = await readBack(await generateExports({ outDir, change, newCustomers }));
        const wanted = Math.round(change * customers);
        expect(changedCodes(first.customers, second.customers)).toHaveLength(wanted);
        expect(second.report.customers).toMatchObject({
          rows: customers + newCustomers,
          changed: wanted,
          new: newCustomers,
        });
        expect(second.customers.slice(0, customers).map((row) => row.PERIDX)).toEqual(
          first.customers.map((row) => row.PERIDX),
        );
      },
    ),
    { numRuns: 25 },
  );
});

test('unchanged rows are the same to the byte', async () => {
  await using folder = await temporaryFolder();
  const first = await readBack(await generateExports({ outDir: folder.dir, customers: 300, seed: 3 }));
  const same = await readBack(await generateExports({ outDir: folder.dir, change: 0 }));
  expect(same.report.day).toBe(1);
  expect(same.texts.customers).toBe(first.texts.customers);
});

test('a changed row keeps its keys and its e-mail address and is updated on that day', async () => {
  await using folder = await temporaryFolder();
  const first = await readBack(
    await generateExports({ outDir: folder.dir, customers: 500, seed: 5, dirtyRate: 0 }),
  );
  const second = await readBack(await generateExports({ outDir: folder.dir, change: 1 }));
  const before = new Map(first.customers.map((row) => [row.PERIDX, row]));
  for (const row of second.customers) {
    expect(row.EMAIL).toBe(before.get(row.PERIDX ?? '')?.EMAIL);
    expect(row.LAST_UPDATED).toMatch(/^2026-01-02T/);
  }
  const turned = second.customers.filter((row) => row.PRIVACY !== before.get(row.PERIDX ?? '')?.PRIVACY);
  expect(turned.length).toBeGreaterThan(20);
  // More than a fifth would hold the file.
  expect(turned.length).toBeLessThan(100);
});

test('each next day follows the last one, also when the files have been taken away', async () => {
  await using folder = await temporaryFolder();
  const outDir = folder.dir;
  await generateExports({ outDir, seed: 11, customers: 1000, orders: 50, rewards: 20 });
  const days: Awaited<ReturnType<typeof readBack>>[] = [];
  for (const change of [0.05, 0.2, 0.01]) {
    const day = await readBack(await generateExports({ outDir, change }));
    days.push(day);
    for (const file of day.report.files) {
      await unlink(file.path);
    }
  }
  expect(days.map((day) => day.report.day)).toEqual([1, 2, 3]);
  const [one, two, three] = days.map((day) => day.customers);
  expect(changedCodes(one ?? [], two ?? [])).toHaveLength(200);
  expect(changedCodes(two ?? [], three ?? [])).toHaveLength(10);
  const names = days.flatMap((day) => day.report.files.map((file) => file.name));
  expect(new Set(names).size).toBe(9);
});

test('without a note in the folder the day is known by the names, or given', async () => {
  await using folder = await temporaryFolder();
  const options = { customers: 300, seed: 4, change: 0.1 };
  await generateExports({ outDir: folder.dir, customers: 300, seed: 4 });
  await unlink(path.join(folder.dir, '.generate.json'));
  const byName = await generateExports({ outDir: folder.dir, ...options });
  expect(byName.day).toBe(1);
  await unlink(path.join(folder.dir, '.generate.json'));
  const next = await readBack(await generateExports({ outDir: folder.dir, ...options }));
  const given = await generateAndRead({ ...options, day: 2 });
  expect(next.report.day).toBe(2);
  expect(given.texts.customers).toBe(next.texts.customers);
});

test('a next day that contradicts the earlier ones is refused with the flag to leave out', async () => {
  await using folder = await temporaryFolder();
  await generateExports({ outDir: folder.dir, seed: 4, customers: 30 });
  const error = await generateExports({ outDir: folder.dir, seed: 5, change: 0.1 }).catch(
    (caught: unknown) => caught,
  );
  expect(isAppError(error, 'wrong_use') && error.hint).toContain('--seed 4');
});

test('orders and rewards of another day are others', async () => {
  const wanted = { customers: 100, orders: 60, rewards: 30, change: 0.1 };
  const [first, second] = [
    await generateAndRead({ ...wanted, day: 1 }),
    await generateAndRead({ ...wanted, day: 2 }),
  ];
  const ids = (rows: Row[], column: string) => rows.map((row) => row[column] ?? '');
  for (const column of ['ORDER_ID', 'LINE_ID', 'ORDER_NUMBER']) {
    const earlier = new Set(ids(first.orders, column));
    expect(ids(second.orders, column).filter((id) => earlier.has(id))).toEqual([]);
  }
  const earlier = new Set(ids(first.rewards, 'REWARD_ID'));
  expect(ids(second.rewards, 'REWARD_ID').filter((id) => earlier.has(id))).toEqual([]);
});

test('the sums of an order add up, and its lines have ids of their own', async () => {
  const { orders } = await generateAndRead({ customers: 500, orders: 1000 });
  const cents = (text: string | undefined) => Math.round(Number(text) * 100);
  const due = new Map<string, { total: number; sum: number }>();
  for (const row of orders) {
    expect(cents(row.VALUE)).toBe(Number(row.QUANTITY) * cents(row.PRICE) - cents(row.DISCOUNT));
    const order = due.get(row.ORDER_ID ?? '') ?? { total: cents(row.TOTAL_DUE), sum: 0 };
    due.set(row.ORDER_ID ?? '', { ...order, sum: order.sum + cents(row.VALUE) });
  }
  expect([...due.values()].filter(({ total, sum }) => total !== sum)).toEqual([]);
  expect(new Set(orders.map((row) => row.LINE_ID)).size).toBe(orders.length);
});

test('one order in a hundred has a row that stands apart', async () => {
  const { orders } = await generateAndRead({ customers: 500, orders: 1000 });
  expect(ordersApart(orders)).toHaveLength(10);
});

test('a returned item names the order in which the same customer bought it', async () => {
  const { report, orders } = await generateAndRead({ customers: 500, orders: 2000 });
  const returned = orders.filter((row) => Number(row.QUANTITY) < 0);
  expect(new Set(returned.map((row) => row.ORDER_ID)).size).toBe(report.orders.returns);
  expect(report.orders.returns).toBeGreaterThan(50);
  for (const row of returned) {
    const original = orders.filter((each) => each.ORDER_NUMBER === row.ORIGINAL_ORDER_NUMBER);
    expect(original[0]?.PERIDX).toBe(row.PERIDX);
    expect((original[0]?.ORDER_DATE ?? '') <= (row.ORDER_DATE ?? '')).toBe(true);
  }
  expect(orders.filter((row) => Number(row.QUANTITY) > 0 && row.ORIGINAL_ORDER_NUMBER !== '')).toEqual([]);
});

test('a reward carries the e-mail address of its customer', async () => {
  const { customers, rewards } = await generateAndRead({ customers: 300, rewards: 200 });
  const emails = new Map(customers.map((row) => [row.PERIDX, row.EMAIL]));
  const known = rewards.filter((row) => emails.has(row.PERIDX ?? ''));
  expect(known.length).toBeGreaterThan(190);
  expect(known.filter((row) => emails.get(row.PERIDX ?? '') !== row.EMAIL)).toEqual([]);
  expect(new Set(rewards.map((row) => row.EVENT_TYPE))).toEqual(
    new Set([
      'TIER_CHANGED',
      'POINTS_EARNED',
      'REWARD_ISSUED',
      'REWARD_EXPIRING',
      'REWARD_REDEEMED',
      'GIFT_ISSUED',
    ]),
  );
});

test.each([
  ['utf-8', 'utf-8', ''],
  ['utf-8-bom', 'utf-8', 'efbbbf'],
  ['utf-16le', 'utf-16le', 'fffe'],
  ['utf-16be', 'utf-16be', 'feff'],
  ['windows-1252', 'windows-1252', ''],
] as const)('%s files hold the same rows', async (encoding, label, mark) => {
  await using folder = await temporaryFolder();
  const plain = await generateAndRead({ customers: 2000 });
  const report = await generateExports({ outDir: folder.dir, customers: 2000, encoding });
  const bytes = await readFile(report.files[0]?.path ?? '');
  const text = new TextDecoder(label, { fatal: true }).decode(bytes);
  expect(bytes.subarray(0, mark.length / 2).toString('hex')).toBe(mark);
  expect(report.files[0]?.bytes).toBe(bytes.length);
  const expected = plain.texts.customers ?? '';
  expect(text).toContain('é');
  const macrons: Record<string, string> = { ā: 'a', ē: 'e', ō: 'o', Ā: 'A', Ē: 'E', Ō: 'O' };
  const written =
    encoding === 'windows-1252'
      ? expected.replaceAll(/[āēōĀĒŌ]/g, (letter) => macrons[letter] ?? '')
      : expected;
  expect(createHash('sha256').update(text).digest('hex')).toBe(
    createHash('sha256').update(written).digest('hex'),
  );
});
