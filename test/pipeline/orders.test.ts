import { afterAll, beforeAll, expect, test } from 'vitest';
import { customersCsv, ordersCsv, people } from '#test/builders/exports.ts';
import { fileShown } from '#test/builders/file-shown.ts';
import { shown } from '#test/builders/shown.ts';
import { createWorld, type World } from '#test/builders/world.ts';

/** Difficult orders, one a customer, in one file of a shop in Sydney. */

const CUSTOMERS = '/pending/au/customers_20260105T200000Z.csv';
const FILE = '/pending/au/orders_20260105T203000Z.csv';
const MANY_ITEMS = 4_001;
const NEXT_CENTURY = '2126-01-02T12:00:00';

type Cells = Record<string, string>;
const CASES = {
  zero: { TOTAL_DUE: '0.00', VALUE: '0.00', PRICE: '0.00' },
  zeroQuantity: { QUANTITY: '0', VALUE: '0.00' },
  dollars: { CURRENCY: 'nzd', VALUE: '10.00' },
  noCurrency: { CURRENCY: '' },
  unknownCurrency: { CURRENCY: 'AUX' },
  noTime: { ORDER_DATE: '' },
  farAhead: { ORDER_DATE: NEXT_CENTURY },
  skippedHour: { ORDER_DATE: '2025-10-05T02:30:00' },
  doubleHour: { ORDER_DATE: '2025-04-06T02:30:00' },
  staff: { RETAIL_REP: 'Yes' },
  notStaff: { RETAIL_REP: 'No' },
} satisfies Record<string, Cells>;
type Case = keyof typeof CASES | 'sameLine' | 'huge';
const NAMES = [...Object.keys(CASES), 'sameLine', 'huge'] as Case[];
const keyOf = (name: Case) => String(NAMES.indexOf(name) + 1);

let world: World;

beforeAll(async () => {
  world = await createWorld();
  world.put(CUSTOMERS, customersCsv(people(NAMES.length)));
  const sameLine = { ORDER_ID: keyOf('sameLine'), PERIDX: keyOf('sameLine'), LINE_ID: 'x' };
  const huge = { ORDER_ID: keyOf('huge'), PERIDX: keyOf('huge'), VALUE: '1.00' };
  world.put(
    FILE,
    ordersCsv([
      ...Object.entries(CASES).map(([name, cells]): Cells => {
        const key = keyOf(name as Case);
        return { ORDER_ID: key, ORDER_NUMBER: `W${key}`, PERIDX: key, RETAIL_REP: '', ...cells };
      }),
      { ...sameLine, VALUE: '10.00' },
      { ...sameLine, VALUE: '15.00' },
      ...Array.from({ length: MANY_ITEMS }, (_, index) => ({ ...huge, LINE_ID: `L${index}` })),
    ]),
  );
  await world.sync();
}, 60_000);

afterAll(() => world[Symbol.asyncDispose]());

function eventsOf(name: Case) {
  const events = world.klaviyo.state().accounts[0]?.events ?? [];
  return events.filter(({ profile }) => profile.external_id === keyOf(name));
}

const see = (name: Case) => shown(world, 'orders', keyOf(name));

test.each<Case>(['zero', 'zeroQuantity'])('an order of no value goes with the value 0 (%s)', async (name) => {
  expect(eventsOf(name)).toMatchObject([{ metric: 'In-Store Order', value: 0, value_currency: 'AUD' }]);
  const { json, page } = await see(name);
  expect(json.status).toBe('synced');
  expect(page.standing).toMatch(/^Klaviyo has it since/);
});

test('the currency of the row counts, and the shop’s where the row has none', async () => {
  expect(eventsOf('dollars')).toMatchObject([{ value: 10, value_currency: 'NZD' }]);
  expect(eventsOf('noCurrency')).toMatchObject([{ value: 100, value_currency: 'AUD' }]);
  const { page } = await see('noCurrency');
  expect(page.payload.whys['/attributes/events/data/0/attributes/value_currency']?.words).toBe(
    'The currency of the shop: AUD.',
  );
});

test('a currency that does not exist is replaced by the shop’s with a warning in words', async () => {
  const words = '"AUX" is no currency code such as AUD; AUD is sent.';
  expect(eventsOf('unknownCurrency')).toMatchObject([{ value: 100, value_currency: 'AUD' }]);
  const { json, page } = await see('unknownCurrency');
  expect(json).toMatchObject({ status: 'synced', warnings: [{ column: 'CURRENCY', message: words }] });
  expect(page.payload.whys['/attributes/events/data/0/attributes/value_currency']?.warnings).toEqual([words]);
  expect((await fileShown(world, FILE)).page.problems.causes).toContainEqual(
    expect.objectContaining({ severity: 'warning', code: 'bad_currency', example: words }),
  );
});

test('an order without a time is not sent, and says which column is blank', async () => {
  expect(eventsOf('noTime')).toEqual([]);
  const { json, page } = await see('noTime');
  const words = 'ORDER_DATE is blank: nobody can tell when it happened.';
  expect(json).toMatchObject({ status: 'failed', reason: { code: 'missing_time', message: words } });
  expect(page.standing).toBe(words);
  expect(page.fix).toEqual({ label: 'Check columns', url: '/app/settings/columns' });
});

test('an order dated more than a year ahead costs that order only, and says what is wrong with its date', async () => {
  expect(eventsOf('farAhead')).toEqual([]);
  const { json, page } = await see('farAhead');
  expect(json).toMatchObject({ status: 'failed', attempts: [{ outcome: 'refused' }] });
  expect(page.standing).toBe(
    'Klaviyo takes events from 1990 up to a year ahead, and the date of this one lies outside. Correct it in Apparel21; the next file brings it again.',
  );
  expect((await fileShown(world, FILE)).json.balanced).toBe(true);
});

test('an hour that the clocks skip or show twice is one certain moment', async () => {
  expect(eventsOf('skippedHour')).toMatchObject([{ time: expect.stringMatching(/^2025-10-04T16:30:00/) }]);
  expect(eventsOf('doubleHour')).toMatchObject([{ time: expect.stringMatching(/^2025-04-05T15:30:00/) }]);
  const { json, page } = await see('skippedHour');
  expect(JSON.stringify(json.payload)).toContain('"2025-10-05T03:30:00+11:00"');
  expect(JSON.stringify(page.payload.wire)).toContain('"2025-10-05T03:30:00+11:00"');
  expect(JSON.stringify((await see('doubleHour')).json.payload)).toContain('"2025-04-06T02:30:00+11:00"');
});

test('staff purchases are left out where the orders file says so, and only there', async () => {
  expect(eventsOf('staff')).toEqual([]);
  expect(eventsOf('notStaff')).toHaveLength(1);
  expect(eventsOf('zero')).toHaveLength(1);
  const words = 'Left out by the rule "Staff purchases: RETAIL_REP is Yes".';
  const { json, page } = await see('staff');
  expect(json).toMatchObject({ status: 'skipped', reason: { message: words } });
  expect(page.standing).toBe(words);
  expect(page.fix?.label).toBe('Open mapping');
});

test('of two lines with one id the later counts, and the earlier is folded', async () => {
  expect(eventsOf('sameLine')).toMatchObject([{ value: 15 }]);
  expect(eventsOf('sameLine')[0]?.properties.Items).toHaveLength(1);
  expect((await fileShown(world, FILE)).page.rows).toMatchObject({ folded: 1 });
});

test('an order of more items than Klaviyo takes goes with the first 4,000 and its whole value, and says so', async () => {
  const words = '"Items" has more than 4000 entries; the rest is left out.';
  const [event, ...more] = eventsOf('huge');
  expect(more).toEqual([]);
  expect(event).toMatchObject({ value: MANY_ITEMS });
  expect(event?.properties.Items).toHaveLength(4_000);
  const { json, page } = await see('huge');
  expect(json).toMatchObject({ status: 'synced', warnings: [{ message: words }] });
  expect(page.payload.whys['/attributes/events/data/0/attributes/properties/Items']?.warnings).toEqual([
    words,
  ]);
});

test('an order with more than 400 properties goes with 400, and says which are left out', async () => {
  await using wide = await createWorld({
    extra: `mappings:\n${Array.from(
      { length: 401 },
      (_, index) =>
        `  - { scope: order, target: properties.P${index}, description: '', rules: [{ template: '{{ STORE_CODE }}' }] }`,
    ).join('\n')}\n`,
  });
  wide.put(CUSTOMERS, customersCsv(people(1)));
  wide.put(FILE, ordersCsv([{ ORDER_ID: '1', PERIDX: '1' }]));

  await wide.sync();

  const words = 'The event has 401 properties; Klaviyo takes 400, the rest is left out.';
  const [event] = wide.klaviyo.state().accounts[0]?.events ?? [];
  expect(Object.keys(event?.properties ?? {})).toHaveLength(400);
  const { json, page } = await shown(wide, 'orders', '1');
  expect(json).toMatchObject({ status: 'synced', warnings: [{ message: words }] });
  expect(Object.values(page.payload.whys).some(({ warnings }) => warnings.includes(words))).toBe(true);
});
