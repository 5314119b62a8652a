import { RESERVED } from './simple-template.ts';
import type { Columns, Condition, EventNames, Mapping, Rule, TranslationTable } from './rules.ts';

/** What a new connection starts with: the columns of Apparel21's export templates and what they become in Klaviyo. */

export const presetColumns: Columns = {
  customers: {
    primaryKey: 'PERIDX',
    email: 'EMAIL',
    phone: 'MOBILE',
    firstName: 'FIRSTNAME',
    lastName: 'SURNAME',
    updatedAt: 'LAST_UPDATED',
  },
  orders: {
    primaryKey: 'ORDER_ID',
    customerReference: 'PERIDX',
    orderNumber: 'ORDER_NUMBER',
    itemId: 'LINE_ID',
    time: 'ORDER_DATE',
    quantity: 'QUANTITY',
    value: 'VALUE',
  },
  rewards: { primaryKey: 'REWARD_ID', customerReference: 'PERIDX', time: 'EVENT_DATE' },
};

export const presetEvents: EventNames = {
  order: 'In-Store Order',
  item: 'In-Store Ordered Product',
  return: 'In-Store Return',
  reward: 'Reward',
};

/** Missing reward events fall back to the connection's name: a metric, once made, can never be deleted in Klaviyo. */
export const presetTranslations: Record<string, TranslationTable> = {
  stores: { whenMissing: 'keep', entries: {} },
  'reward events': {
    whenMissing: 'blank',
    entries: {
      TIER_CHANGED: 'Tier Changed',
      POINTS_EARNED: 'Points Earned',
      REWARD_ISSUED: 'Reward Issued',
      REWARD_EXPIRING: 'Reward Expiring',
      REWARD_REDEEMED: 'Reward Redeemed',
      GIFT_ISSUED: 'Gift Issued',
    },
  },
};

/** The mappings of the templates. Columns that the settings rename are read by their configured names. */
export function presetMappings(columns: Columns = presetColumns): Mapping[] {
  return [
    ...customerMappings(columns),
    ...orderMappings(columns),
    ...itemMappings(columns),
    ...rewardMappings(),
  ];
}

/** `{{ COLUMN | filter }}`, or `{{ row["Column name"] | filter }}` where the name is no word. */
function template(column: string, ...filters: string[]): string {
  const isWord = /^[A-Za-z_]\w*$/.test(column) && !RESERVED.has(column);
  const quote = column.includes('"') ? "'" : '"';
  return `{{ ${[isWord ? column : `row[${quote}${column}${quote}]`, ...filters].join(' | ')} }}`;
}

function always(text: string): Rule[] {
  return [{ template: text }];
}

function filled(column: string, text: string): Rule {
  return { when: { all: [{ column, is: 'not-empty' }] }, template: text };
}

function mapping(
  scope: Mapping['scope'],
  target: string,
  description: string,
  rules: Rule[] | string,
): Mapping {
  return {
    scope,
    target,
    description,
    blank: 'keep',
    rules: typeof rules === 'string' ? always(rules) : rules,
  };
}

/** The profile's property that tells an account with an age gate when the person was born, `yyyy-MM-dd`. */
export const BIRTH_DATE_PROPERTY = 'Date Of Birth';

const DAY = 'date_in_zone: "yyyy-MM-dd"';
const STORES = 'translate: "stores"';

function customerMappings({ customers }: Columns): Mapping[] {
  const names = [
    ['first_name', 'First name, capitals put right', customers.firstName],
    ['last_name', 'Last name, capitals put right', customers.lastName],
  ] as const;
  const plain = [
    ['location.address1', 'Address, first line', 'ADRS1'],
    ['location.address2', 'Address, second line', 'ADRS2'],
    ['location.city', 'City', 'CITY'],
    ['location.region', 'State', 'STATE'],
    ['location.zip', 'Postcode', 'POSTCODE'],
    ['location.country', 'Country', 'COUNTRY'],
    ['properties.Person Code', 'Person code', 'PERSON_CODE'],
    ['properties.Retail Rep', 'Staff of the shop: Yes', 'RETAIL_REP'],
    ['properties.Joined Store ID', 'Store where the person joined: id', 'JOINED_STORE_ID'],
    ['properties.Joined Store Code', 'Store where the person joined: code', 'JOINED_STORE_CODE'],
    ['properties.Latest Store ID', 'Store of the latest purchase: id', 'STORE_ID'],
    ['properties.Latest Store Code', 'Store of the latest purchase: code', 'STORE_CODE'],
    ['properties.Latest Store Number', 'Store of the latest purchase: number', 'STORE_NUMBER'],
    ['properties.Ref1 Group', 'Reference 1: group', 'REF1_GROUP'],
    ['properties.Ref1 ID', 'Reference 1: id', 'REF1_ID'],
    ['properties.Ref1 Code', 'Reference 1: code', 'REF1_CODE'],
    ['properties.Loyalty Code', 'Latest loyalty card', 'LOYALTY_CODE'],
  ] as const;
  return [
    ...names.flatMap(([target, description, column]) =>
      column === undefined
        ? []
        : [mapping('customer', target, description, template(column, 'titlecase_name'))],
    ),
    ...plain.map(([target, description, column]) =>
      mapping('customer', target, description, template(column)),
    ),
    mapping('customer', `properties.${BIRTH_DATE_PROPERTY}`, 'Date of birth', template('DOB', DAY)),
    mapping(
      'customer',
      'properties.Last Updated',
      'Last change in Apparel21',
      template('LAST_UPDATED', 'date_in_zone'),
    ),
    mapping(
      'customer',
      'properties.Created Date',
      'Created in Apparel21',
      template('CREATED_DATE', 'date_in_zone'),
    ),
    mapping('customer', 'properties.Total Spend', 'Total spend', template('TOTAL_SPEND', 'number')),
    mapping('customer', 'properties.Order Count', 'Number of orders', template('ORDER_COUNT', 'number')),
    ...consentMappings(),
  ];
}

const YES_WORDS = ['Yes', 'Y', '1', 'true'];
const NO_WORDS = ['No', 'N', '0', 'false'];

/** Staff purchases are left out where the orders file itself says so. The template has no such column: it loses nothing. */
function staffMapping(): Mapping {
  const when: Condition = { all: [{ column: 'RETAIL_REP', is: 'one-of', value: YES_WORDS }] };
  return mapping('order', 'skip', 'Staff purchases: RETAIL_REP is Yes', [{ when, template: 'yes' }]);
}

function privacyIs(words: string[]): Condition {
  return { all: [{ column: 'PRIVACY', is: 'one-of', value: words }] };
}

/** PRIVACY asks the opposite question: Yes = leave me alone. An explicit opt-in column outranks it. */
function consentMappings(): Mapping[] {
  return [
    mapping(
      'customer',
      'consent.email',
      'E-mail: EMAIL_OPT_IN where it is filled, else the opposite of PRIVACY',
      [
        filled('EMAIL_OPT_IN', template('EMAIL_OPT_IN')),
        { when: privacyIs(NO_WORDS), template: 'yes' },
        { when: privacyIs(YES_WORDS), template: 'no' },
        // Any other word must not be taken for an opinion: with its column before it, it is reported.
        filled('PRIVACY', 'PRIVACY {{ PRIVACY }}'),
      ],
    ),
    mapping('customer', 'consent.sms', 'SMS: SMS_OPT_IN where it is filled', [
      filled('SMS_OPT_IN', template('SMS_OPT_IN')),
    ]),
    mapping(
      'customer',
      'consent.source',
      'Store where the person joined',
      template('JOINED_STORE_CODE', STORES),
    ),
  ];
}

function orderMappings({ orders }: Columns): Mapping[] {
  const { orderNumber, quantity } = orders;
  const number =
    orderNumber === undefined
      ? []
      : [mapping('order', 'properties.Order Number', 'Order number', template(orderNumber))];
  // A name in double quotes inside a filter's argument cannot hold one itself.
  const count =
    quantity === undefined || quantity.includes('"')
      ? '{{ items | size | number }}'
      : `{{ items | sum: "${quantity}" | abs | number }}`;
  return [
    ...number,
    mapping('order', 'properties.Store Code', 'Store: code', template('STORE_CODE')),
    mapping('order', 'properties.Store', 'Store: name', [
      filled('STORE_NAME', template('STORE_NAME')),
      { template: template('STORE_CODE', STORES) },
    ]),
    mapping('order', 'properties.Staff', 'Who served', [
      filled('STAFF_NAME', template('STAFF_NAME', 'titlecase_name')),
      { template: template('STAFF_CODE') },
    ]),
    mapping('order', 'properties.Item Count', 'Number of pieces', count),
    mapping(
      'order',
      'properties.Total Discount',
      'Discount of the order',
      template('TOTAL_DISCOUNT', 'number'),
    ),
    mapping(
      'order',
      'properties.Original Order Number',
      'Order that a return belongs to',
      template('ORIGINAL_ORDER_NUMBER'),
    ),
    mapping('order', 'properties.Return Reason', 'Reason of a return', template('RETURN_REASON')),
    staffMapping(),
  ];
}

function itemMappings({ orders }: Columns): Mapping[] {
  return [
    mapping('item', 'properties.Product ID', 'Style', template('STYLE_CODE')),
    mapping('item', 'properties.SKU', 'SKU, else barcode', [
      filled('SKU_IDX', template('SKU_IDX')),
      { template: template('BARCODE') },
    ]),
    mapping('item', 'properties.Name', 'Name of the style', template('STYLE_NAME')),
    mapping('item', 'properties.Colour', 'Colour', [
      filled('COLOUR_NAME', template('COLOUR_NAME')),
      { template: template('COLOUR_CODE') },
    ]),
    mapping('item', 'properties.Size', 'Size', template('SIZE_CODE')),
    mapping('item', 'properties.Category', 'Category', template('CATEGORY')),
    ...(orders.quantity === undefined
      ? []
      : [
          mapping(
            'item',
            'properties.Quantity',
            'Pieces, also of a return',
            template(orders.quantity, 'abs', 'number'),
          ),
        ]),
    mapping('item', 'properties.Item Price', 'Price of one', template('PRICE', 'number')),
    ...(orders.value === undefined
      ? []
      : [
          mapping(
            'item',
            'properties.Row Total',
            'Total of the line',
            template(orders.value, 'abs', 'number'),
          ),
        ]),
    mapping('item', 'properties.Discount', 'Discount of the line', template('DISCOUNT', 'number')),
  ];
}

function rewardMappings(): Mapping[] {
  const texts = [
    ['Event Type', 'EVENT_TYPE'],
    ['Program Name', 'PROGRAM_NAME'],
    ['Tier Name', 'TIER_NAME'],
    ['Previous Tier', 'PREVIOUS_TIER'],
    ['Reward Description', 'REWARD_DESCRIPTION'],
    ['Next Tier', 'NEXT_TIER'],
  ] as const;
  const numbers = [
    ['Points Balance', 'POINTS_BALANCE'],
    ['Points Change', 'POINTS_CHANGE'],
    ['Reward Value', 'REWARD_VALUE'],
    ['Spend To Next Tier', 'SPEND_TO_NEXT_TIER'],
  ] as const;
  const days = [
    ['Tier Expiry', 'TIER_EXPIRY'],
    ['Reward Expiry', 'REWARD_EXPIRY'],
  ] as const;
  return [
    mapping('reward', 'event.name', 'What happened', template('EVENT_TYPE', 'translate: "reward events"')),
    ...texts.map(([name, column]) => mapping('reward', `properties.${name}`, name, template(column))),
    ...numbers.map(([name, column]) =>
      mapping('reward', `properties.${name}`, name, template(column, 'number')),
    ),
    ...days.map(([name, column]) => mapping('reward', `properties.${name}`, name, template(column, DAY))),
    mapping('reward', 'profile.Reward Tier', 'Tier, kept on the profile', template('TIER_NAME')),
    mapping(
      'reward',
      'profile.Points Balance',
      'Points, kept on the profile',
      template('POINTS_BALANCE', 'number'),
    ),
  ];
}
