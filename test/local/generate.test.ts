import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readEmail } from '#app/domain/email.ts';
import { generateExports } from '#workers/local/generate/index.ts';
import {
  generateAndRead,
  ordersApart,
  phoneOf,
  readBack,
  temporaryFolder,
  type Row,
} from './generated-files.ts';

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

test('only PRIVACY says anything about e-mail, and SMS is never wanted without a mobile number or against it', async () => {
  const { customers } = await generateAndRead({ customers: 3000 });
  expect(customers.filter((row) => row.EMAIL_OPT_IN !== '')).toEqual([]);
  const wanted = customers.filter((row) => row.SMS_OPT_IN === 'Y');
  expect(wanted.length).toBeGreaterThan(100);
  expect(wanted.filter((row) => row.PRIVACY !== 'No' || phoneOf(row, 'AU') === null)).toEqual([]);
});

test('no mail goes to a domain of which Klaviyo silently drops the profiles', async () => {
  const { customers } = await generateAndRead({ customers: 2000 });
  expect(customers.filter((row) => /@(example|test)\.com$/i.test(row.EMAIL ?? ''))).toEqual([]);
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
