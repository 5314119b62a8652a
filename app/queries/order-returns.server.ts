import type { Context } from '../context.ts';
import type { RecordKind, RecordStatus } from '../domain/records.ts';

export type LinkedOrder = {
  id: string;
  key: string;
  number: string | null;
  at: Date | null;
  status: RecordStatus;
};

/** How an order hangs together with others: the one that its returned lines belong to, and the ones that brought lines back. */
export type OrderReturns = {
  /** `order` null = the file names it, and no file has brought it (yet). */
  original: { number: string; order: LinkedOrder | null } | null;
  returns: LinkedOrder[];
};

const SHOWN = 10;
const COLUMNS = 'external_id AS key, label AS number, occurred_at AS at, status, id';

/** SQL: of the orders with the number that a return names, the one that it means: tills may count alike, so the customer's own first. */
function namedOrder(columns: string, by: { number: string; key: string; customer: string }): string {
  return `SELECT ${columns} FROM "order" o WHERE o.shop_id = $1 AND o.connection_id = $2 AND o.label = ${by.number}
      AND o.external_id <> ${by.key} ORDER BY o.customer_key = ${by.customer} DESC, o.occurred_at DESC NULLS LAST, o.id LIMIT 1`;
}

const OF_RETURN = { number: 'r.original_number', key: 'r.external_id', customer: 'r.customer_key' };

/** Matches a return with its order by the number that the return names, in the same connection; both ways, by indexes. */
export async function orderReturns(
  ctx: Context,
  shopId: string,
  order: {
    connectionId: string;
    key: string;
    customerKey: string;
    label: string | null;
    originalNumber: string | null;
  },
): Promise<OrderReturns> {
  const { connectionId, key, customerKey, label, originalNumber } = order;
  const [originals, returns] = await Promise.all([
    originalNumber === null
      ? []
      : ctx.db.sql<LinkedOrder>(namedOrder(COLUMNS, { number: '$3', key: '$4', customer: '$5' }), [
          shopId,
          connectionId,
          originalNumber,
          key,
          customerKey,
        ]),
    label === null
      ? []
      : ctx.db.sql<LinkedOrder>(
          `SELECT ${COLUMNS} FROM "order" r
            WHERE shop_id = $1 AND connection_id = $2 AND original_number = $3 AND external_id <> $4
              AND (${namedOrder('o.external_id', OF_RETURN)}) = $4
            ORDER BY occurred_at, id LIMIT ${SHOWN}`,
          [shopId, connectionId, label, key],
        ),
  ]);
  return {
    original: originalNumber === null ? null : { number: originalNumber, order: originals[0] ?? null },
    returns,
  };
}

/** What a merchant should know of an order or reward beside its status, in sentences; the same on its page and in JSON. */
export function remarksOf(
  kind: RecordKind,
  row: { status: RecordStatus; changedAfterSend: boolean; history: boolean; hasPayload: boolean },
  { original, returns }: OrderReturns,
): string[] {
  if (kind === 'customers') {
    return [];
  }
  const isIn = row.status === 'synced';
  return [
    ...(row.changedAfterSend
      ? [
          'A later file, mapping or time zone changed this after it was sent. Klaviyo keeps the first event, so the change is noted here and not sent.',
        ]
      : []),
    ...(row.history && row.hasPayload && row.status !== 'skipped'
      ? [isIn ? 'It went as history, so no flow started.' : 'It is history: when it goes, no flow starts.']
      : []),
    ...(original === null
      ? []
      : [
          `It is a return of order ${original.number}${original.order === null ? ', which no file has brought' : ''}.`,
        ]),
    ...(returns.length === 0
      ? []
      : [
          `Lines of it came back with ${returns.length === 1 ? 'order' : 'orders'} ${returns.map(({ key, number }) => number ?? key).join(', ')}.`,
        ]),
  ];
}
