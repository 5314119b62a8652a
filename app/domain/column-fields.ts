import type { RecordKind } from './records.ts';

/** A column that the settings name, as a merchant would ask for it. */
export type ColumnField = {
  /** Its name in shop.yaml. */
  field: string;
  label: string;
  /** What it is for. */
  use: string;
  isRequired: boolean;
};

/** What each kind of file is asked for. Those that are not required may stay blank. */
export const COLUMN_FIELDS: Record<RecordKind, readonly ColumnField[]> = {
  customers: [
    {
      field: 'primaryKey',
      label: 'Customer ID',
      use: 'Tells one customer from another. It must never change or be given to somebody else.',
      isRequired: true,
    },
    {
      field: 'email',
      label: 'E-mail address',
      use: 'The address of the Klaviyo profile, unless a mapping sets it.',
      isRequired: false,
    },
    {
      field: 'phone',
      label: 'Mobile number',
      use: 'The phone number of the Klaviyo profile, unless a mapping sets it.',
      isRequired: false,
    },
    {
      field: 'firstName',
      label: 'First name',
      use: 'The first name of the profile, unless a mapping sets it.',
      isRequired: false,
    },
    {
      field: 'lastName',
      label: 'Last name',
      use: 'The last name of the profile, unless a mapping sets it.',
      isRequired: false,
    },
    {
      field: 'updatedAt',
      label: 'Last changed',
      use: 'When Apparel21 last changed the customer: of two people with the same e-mail address the latest counts.',
      isRequired: false,
    },
  ],
  orders: [
    {
      field: 'primaryKey',
      label: 'Order ID',
      use: 'Lines with the same ID are one order.',
      isRequired: true,
    },
    {
      field: 'customerReference',
      label: 'Customer ID',
      use: 'Whose order it is: the same ID as in the customers file.',
      isRequired: true,
    },
    {
      field: 'time',
      label: 'Order time',
      use: 'When it was bought. The event gets this time.',
      isRequired: true,
    },
    {
      field: 'orderNumber',
      label: 'Order number',
      use: 'The number on the receipt, to find an order by.',
      isRequired: false,
    },
    {
      field: 'itemId',
      label: 'Line ID',
      use: 'Tells the items of an order from each other. A line that comes again replaces the earlier one.',
      isRequired: false,
    },
    {
      field: 'quantity',
      label: 'Quantity',
      use: 'Pieces of the item. A quantity below zero is a return.',
      isRequired: false,
    },
    { field: 'value', label: 'Line total', use: 'Adds up to the value of the event.', isRequired: false },
  ],
  rewards: [
    {
      field: 'primaryKey',
      label: 'Reward ID',
      use: 'Tells one reward from another.',
      isRequired: true,
    },
    {
      field: 'customerReference',
      label: 'Customer ID',
      use: 'Whose reward it is: the same ID as in the customers file.',
      isRequired: true,
    },
    {
      field: 'time',
      label: 'Event time',
      use: 'When it happened. The event gets this time.',
      isRequired: true,
    },
  ],
};
