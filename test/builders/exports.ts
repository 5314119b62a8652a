import Papa from 'papaparse';

type Cells = Record<string, string>;

const CUSTOMER: Cells = {
  PERIDX: '',
  PERSON_CODE: '',
  FIRSTNAME: 'ANNA',
  SURNAME: 'SMITH',
  ADRS1: '1 High St',
  ADRS2: '',
  CITY: 'Sydney',
  STATE: 'NSW',
  POSTCODE: '2000',
  COUNTRY: 'Australia',
  MOBILE: '',
  EMAIL: '',
  DOB: '',
  PRIVACY: '',
  RETAIL_REP: 'No',
  LAST_UPDATED: '2026-01-01T10:00:00',
  CREATED_DATE: '2020-01-01T10:00:00',
  JOINED_STORE_ID: '1',
  JOINED_STORE_CODE: 'SYD01',
  STORE_ID: '1',
  STORE_CODE: 'SYD01',
  STORE_NUMBER: '1',
  REF1_GROUP: '',
  REF1_ID: '',
  REF1_CODE: '',
  LOYALTY_CODE: '',
};

const ORDER: Cells = {
  ORDER_ID: '',
  ORDER_NUMBER: '',
  PERIDX: '',
  ORDER_DATE: '2026-01-02T12:00:00',
  STORE_ID: '1',
  STORE_CODE: 'SYD01',
  STORE_NAME: 'Sydney Pitt St',
  STAFF_CODE: 'S1',
  STAFF_NAME: 'Kim',
  LINE_ID: '1',
  STYLE_CODE: 'ST1',
  STYLE_NAME: 'Linen Shirt',
  COLOUR_CODE: 'WHT',
  COLOUR_NAME: 'White',
  SIZE_CODE: 'M',
  SKU_IDX: '100',
  BARCODE: '930000000001',
  CATEGORY: 'Shirts',
  QUANTITY: '1',
  PRICE: '100.00',
  DISCOUNT: '0.00',
  VALUE: '100.00',
  TOTAL_DUE: '100.00',
  TOTAL_DISCOUNT: '0.00',
  CURRENCY: 'AUD',
  ORIGINAL_ORDER_NUMBER: '',
  RETURN_REASON: '',
};

const REWARD: Cells = {
  REWARD_ID: '',
  PERIDX: '',
  EMAIL: '',
  EVENT_TYPE: 'POINTS_EARNED',
  EVENT_DATE: '2026-01-03T09:00:00',
  PROGRAM_NAME: 'Club',
  TIER_NAME: 'Gold',
  PREVIOUS_TIER: '',
  TIER_EXPIRY: '',
  POINTS_BALANCE: '120',
  POINTS_CHANGE: '20',
  REWARD_DESCRIPTION: '',
  REWARD_VALUE: '',
  REWARD_EXPIRY: '',
  SPEND_TO_NEXT_TIER: '',
  NEXT_TIER: '',
};

function csv(template: Cells, rows: readonly Cells[]): string {
  const columns = [...new Set([...Object.keys(template), ...rows.flatMap(Object.keys)])];
  return `${Papa.unparse({ fields: columns, data: rows.map((row) => columns.map((column) => ({ ...template, ...row })[column] ?? '')) })}\r\n`;
}

/** customers.csv of the AP21 template with these rows; what a row does not say is plausible. */
export function customersCsv(rows: readonly Cells[]): string {
  return csv(CUSTOMER, rows);
}

/** orders.csv, one row an item line. */
export function ordersCsv(rows: readonly Cells[]): string {
  return csv(ORDER, rows);
}

export function rewardsCsv(rows: readonly Cells[]): string {
  return csv(REWARD, rows);
}

/** `count` customers with an e-mail each, primary keys from `from`. */
export function people(count: number, from = 1, more: (index: number) => Cells = () => ({})): Cells[] {
  return Array.from({ length: count }, (_, index) => {
    const id = from + index;
    return { PERIDX: String(id), EMAIL: `person${id}@shop.example`, PRIVACY: 'No', ...more(id) };
  });
}
