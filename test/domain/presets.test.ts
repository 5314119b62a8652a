import { expect, test } from 'vitest';
import { compileRules, mapCustomer, mapOrder, mapReward } from '#app/domain/mapping.ts';
import { presetColumns, presetMappings } from '#app/domain/presets.ts';
import type { SourceRow } from '#app/domain/records.ts';
import { mappedOf, presetRules } from './rules-builder.ts';

const compiled = compileRules(
  presetRules({
    translations: {
      stores: { whenMissing: 'keep', entries: { SYD01: 'Sydney Pitt St' } },
      'reward events': { whenMissing: 'blank', entries: { TIER_CHANGED: 'Tier Changed' } },
    },
  }),
);

const person: SourceRow = {
  PERIDX: '1001',
  PERSON_CODE: 'C1001',
  FIRSTNAME: 'JANE',
  SURNAME: "O'BRIEN",
  ADRS1: '1 Pitt St',
  ADRS2: 'Level 2',
  CITY: 'Sydney',
  STATE: 'NSW',
  POSTCODE: '2000',
  COUNTRY: 'Australia',
  MOBILE: '0412 345 678',
  EMAIL: 'jane@example.org',
  DOB: '1980-05-02',
  PRIVACY: 'No',
  RETAIL_REP: 'Yes',
  LAST_UPDATED: '2026-01-31T10:15:00',
  CREATED_DATE: '2020-06-30T09:00:00',
  JOINED_STORE_ID: '11',
  JOINED_STORE_CODE: 'SYD01',
  STORE_ID: '12',
  STORE_CODE: 'MEL02',
  STORE_NUMBER: '112',
  REF1_GROUP: 'Style',
  REF1_ID: '5',
  REF1_CODE: 'Casual',
  LOYALTY_CODE: 'L77',
  TOTAL_SPEND: '1,250.50',
  ORDER_COUNT: '7',
};

test('a row of the customers template becomes the profile of its documentation', () => {
  const result = mappedOf(mapCustomer(compiled, person));
  expect(result.payload.attributes).toEqual({
    email: 'jane@example.org',
    phone_number: '+61412345678',
    external_id: '1001',
    first_name: 'Jane',
    last_name: "O'Brien",
    location: {
      address1: '1 Pitt St',
      address2: 'Level 2',
      city: 'Sydney',
      region: 'NSW',
      zip: '2000',
      country: 'Australia',
    },
    properties: {
      'AP21 Person ID': '1001',
      'Person Code': 'C1001',
      'Date Of Birth': '1980-05-02',
      'Retail Rep': 'Yes',
      'Last Updated': '2026-01-31T10:15:00+11:00',
      'Created Date': '2020-06-30T09:00:00+10:00',
      'Joined Store ID': '11',
      'Joined Store Code': 'SYD01',
      'Latest Store ID': '12',
      'Latest Store Code': 'MEL02',
      'Latest Store Number': '112',
      'Ref1 Group': 'Style',
      'Ref1 ID': '5',
      'Ref1 Code': 'Casual',
      'Loyalty Code': 'L77',
      'Total Spend': 1250.5,
      'Order Count': 7,
    },
  });
  expect(result.consent).toEqual({ email: 'subscribe', source: 'Sydney Pitt St' });
  expect(result.updatedAt).toBe('2026-01-31T10:15:00+11:00');
  expect(result.warnings).toEqual([]);
});

test('a row with nothing but its key is still a profile', () => {
  const blank = Object.fromEntries(Object.keys(person).map((column) => [column, '']));
  const result = mappedOf(mapCustomer(compiled, { ...blank, PERIDX: '5' }));
  expect(result.payload.attributes).toEqual({ external_id: '5', properties: { 'AP21 Person ID': '5' } });
  expect(result.consent).toEqual({});
  expect(result.updatedAt).toBeNull();
});

test.each([
  ['No', undefined, undefined, { email: 'subscribe' }],
  ['Yes', undefined, undefined, { email: 'unsubscribe' }],
  ['n', '', '', { email: 'subscribe' }],
  ['', undefined, undefined, {}],
  ['Yes', 'Y', undefined, { email: 'subscribe' }],
  ['No', 'No', 'Yes', { email: 'unsubscribe', sms: 'subscribe' }],
  ['', 'yes', 'no', { email: 'subscribe', sms: 'unsubscribe' }],
])('PRIVACY "%s", EMAIL_OPT_IN %j, SMS_OPT_IN %j mean %j', (PRIVACY, email, sms, consent) => {
  const flags = {
    ...(email === undefined ? {} : { EMAIL_OPT_IN: email }),
    ...(sms === undefined ? {} : { SMS_OPT_IN: sms }),
  };
  const result = mappedOf(mapCustomer(compiled, { ...person, JOINED_STORE_CODE: '', PRIVACY, ...flags }));
  expect(result.consent).toEqual(consent);
  expect(result.warnings).toEqual([]);
});

test.each(['Maybe', 'subscribed', 'opt-in'])('a PRIVACY of "%s" is no opinion and is reported', (PRIVACY) => {
  const result = mappedOf(mapCustomer(compiled, { ...person, JOINED_STORE_CODE: '', PRIVACY }));
  expect(result.consent).toEqual({});
  expect(result.warnings).toMatchObject([{ code: 'unknown_consent', target: 'consent.email' }]);
});

function line(own: SourceRow): SourceRow {
  return {
    ORDER_ID: '9',
    ORDER_NUMBER: 'N9',
    PERIDX: '1001',
    ORDER_DATE: '2026-02-01T12:00:00',
    STORE_CODE: 'SYD01',
    STORE_NAME: '',
    STAFF_CODE: '77',
    STAFF_NAME: 'BOB SMITH',
    TOTAL_DISCOUNT: '5.00',
    CURRENCY: 'AUD',
    STYLE_CODE: 'ST1',
    STYLE_NAME: 'Silk Dress',
    COLOUR_CODE: 'RD',
    COLOUR_NAME: 'Red',
    SIZE_CODE: '10',
    SKU_IDX: '555',
    BARCODE: '9300000000001',
    CATEGORY: 'Dresses',
    PRICE: '64.95',
    DISCOUNT: '5',
    ...own,
  };
}

test('an order of the template becomes the events of its documentation', () => {
  const sold = line({ LINE_ID: '1', QUANTITY: '2', VALUE: '124.90' });
  const returned = line({
    LINE_ID: '2',
    QUANTITY: '-1',
    VALUE: '-64.95',
    SKU_IDX: '',
    COLOUR_NAME: '',
    ORIGINAL_ORDER_NUMBER: 'N5',
    RETURN_REASON: 'Size',
  });
  const { payload, label } = mappedOf(mapOrder(compiled, [sold, returned], { orderKey: '9' }));
  expect(label).toBe('N9');
  const shared = {
    'Order Number': 'N9',
    'Store Code': 'SYD01',
    Store: 'Sydney Pitt St',
    Staff: 'Bob Smith',
    'Total Discount': 5,
  };
  const item = {
    'Product ID': 'ST1',
    Name: 'Silk Dress',
    Size: '10',
    Category: 'Dresses',
    'Item Price': 64.95,
    Discount: 5,
  };
  expect(payload.events).toEqual([
    {
      part: 'order',
      name: 'In-Store Order',
      uniqueId: 'tl-seed-order-9',
      time: '2026-02-01T12:00:00+11:00',
      value: 124.9,
      currency: 'AUD',
      properties: {
        ...shared,
        'Item Count': 2,
        Items: [{ ...item, SKU: '555', Colour: 'Red', Quantity: 2, 'Row Total': 124.9 }],
      },
    },
    {
      part: 'return',
      name: 'In-Store Return',
      uniqueId: 'tl-seed-return-9',
      time: '2026-02-01T12:00:00+11:00',
      value: 64.95,
      currency: 'AUD',
      properties: {
        ...shared,
        'Item Count': 1,
        'Original Order Number': 'N5',
        'Return Reason': 'Size',
        Items: [{ ...item, SKU: '9300000000001', Colour: 'RD', Quantity: 1, 'Row Total': 64.95 }],
      },
    },
  ]);
});

test('a reward of the template becomes its event and profile properties', () => {
  const row = {
    REWARD_ID: 'R1',
    PERIDX: '1001',
    EMAIL: 'jane@example.org',
    EVENT_TYPE: 'TIER_CHANGED',
    EVENT_DATE: '2026-02-01T09:00:00',
    PROGRAM_NAME: 'Club',
    TIER_NAME: 'Gold',
    PREVIOUS_TIER: 'Silver',
    TIER_EXPIRY: '2027-01-31',
    POINTS_BALANCE: '1,200',
    POINTS_CHANGE: '-50',
  };
  const { payload } = mappedOf(mapReward(compiled, row));
  expect(payload.events).toMatchObject([
    {
      name: 'Tier Changed',
      uniqueId: 'tl-seed-reward-R1',
      time: '2026-02-01T09:00:00+11:00',
      properties: {
        'Event Type': 'TIER_CHANGED',
        'Program Name': 'Club',
        'Tier Name': 'Gold',
        'Previous Tier': 'Silver',
        'Tier Expiry': '2027-01-31',
        'Points Balance': 1200,
        'Points Change': -50,
      },
    },
  ]);
  expect(payload.profileProperties).toEqual({ 'Reward Tier': 'Gold', 'Points Balance': 1200 });
});

test('presets read renamed columns by their configured names', () => {
  const columns = {
    ...presetColumns,
    customers: { ...presetColumns.customers, firstName: 'Given name' },
    orders: { ...presetColumns.orders, quantity: 'Pieces sold' },
  };
  const renamed = compileRules(presetRules({ columns, mappings: presetMappings(columns) }));
  expect(
    mappedOf(mapCustomer(renamed, { PERIDX: '1', 'Given name': 'JANE' })).payload.attributes.first_name,
  ).toBe('Jane');
  const order = mapOrder(renamed, [line({ LINE_ID: '1', 'Pieces sold': '3', VALUE: '1' })], {
    orderKey: '9',
  });
  expect(mappedOf(order).payload.events[0]?.properties).toMatchObject({
    'Item Count': 3,
    Items: [{ Quantity: 3 }],
  });
});
