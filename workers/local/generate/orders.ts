import { moneyText } from './cells.ts';
import type { Changes } from './changes.ts';
import type { Identities } from './identities.ts';
import type { Plan } from './plan.ts';
import { createDraws, STREAM } from './random.ts';
import { createSales } from './sales.ts';

const HEADER =
  'ORDER_ID,ORDER_NUMBER,PERIDX,ORDER_DATE,STORE_ID,STORE_CODE,STORE_NAME,STAFF_CODE,STAFF_NAME,LINE_ID,STYLE_CODE,STYLE_NAME,' +
  'COLOUR_CODE,COLOUR_NAME,SIZE_CODE,SKU_IDX,BARCODE,CATEGORY,QUANTITY,PRICE,DISCOUNT,VALUE,TOTAL_DUE,TOTAL_DISCOUNT,CURRENCY,' +
  'ORIGINAL_ORDER_NUMBER,RETURN_REASON';

export type OrderCounts = {
  orders: number;
  /** Item lines. */
  rows: number;
  /** Orders with at least one returned item. */
  returns: number;
  /** Orders whose last row stands apart from the others. */
  nonAdjacent: number;
  /** Orders of a person who is not in the customers file. */
  absentCustomer: number;
};

/** One order in so many has its last row further down… */
const SPLIT_PERIOD = 100;
/** … by at most so many orders. */
const SPLIT_REACH = 200;

/** Ids of a day's orders and rewards start here, so that no day ever repeats one of another. */
export function firstIdOf(day: number): number {
  return (day + 1) * 100_000_000;
}

/**
 * The header and the rows of the orders file of the day, one text per order and none with a line end; fills the counts
 * on the way.
 */
export function* orderRows(
  plan: Plan,
  changes: Changes,
  identities: Identities,
  counts: OrderCounts,
): Generator<string, void, undefined> {
  const sales = createSales(plan, changes);
  const { delimiter: d, newline } = plan;
  const firstId = firstIdOf(plan.day);
  const currency = plan.country === 'AU' ? 'AUD' : 'NZD';
  const draws = createDraws(plan.seed);
  const splitPlace = draws
    .restart(STREAM.order, 0, -1)
    .below(Math.min(SPLIT_PERIOD, Math.max(1, plan.orders - 1)));
  /** Rows that stand apart, by the order that they follow. */
  const apart = new Map<number, string[]>();
  yield HEADER.replaceAll(',', d);

  for (let order = 0; order < plan.orders; order += 1) {
    const isSplit = order % SPLIT_PERIOD === splitPlace && order < plan.orders - 1;
    const { person, original, lines, store, staff, at } = sales.saleOf(order, isSplit ? 2 : 1);
    const id = firstId + order;
    const discounts = lines.reduce((sum, line) => sum + line.discountCents, 0);
    const due = lines.reduce((sum, line) => sum + line.quantity * line.product.priceCents, 0) - discounts;
    const originalNumber = original === null ? '' : `${sales.storeOf(original).code}-${firstId + original}`;
    const head =
      `${id}${d}${store.code}-${id}${d}${identities.personIdOf(person)}${d}${at}${d}${store.id}${d}${store.code}${d}` +
      `${store.name}${d}${staff.code}${d}${staff.name}`;
    const rows = lines.map(
      ({ product, quantity, discountCents, reason }, line) =>
        `${head}${d}${id * 10 + line + 1}${d}${product.styleCode}${d}${product.styleName}${d}${product.colourCode}${d}` +
        `${product.colourName}${d}${product.size}${d}${product.sku}${d}${product.barcode}${d}${product.category}${d}${quantity}${d}` +
        `${moneyText(product.priceCents)}${d}${moneyText(discountCents)}${d}` +
        `${moneyText(quantity * product.priceCents - discountCents)}${d}${moneyText(due)}${d}${moneyText(discounts)}${d}${currency}${d}` +
        `${quantity < 0 ? originalNumber : ''}${d}${reason}`,
    );

    counts.orders += 1;
    counts.rows += rows.length;
    counts.returns += original === null ? 0 : 1;
    counts.nonAdjacent += isSplit ? 1 : 0;
    counts.absentCustomer += person >= changes.rowCount ? 1 : 0;
    const last = isSplit ? rows.pop() : undefined;
    if (last !== undefined) {
      const follows = Math.min(
        plan.orders - 1,
        order + 1 + draws.restart(STREAM.order, order, -1).below(SPLIT_REACH),
      );
      apart.set(follows, [...(apart.get(follows) ?? []), last]);
    }
    rows.push(...(apart.get(order) ?? []));
    apart.delete(order);
    yield rows.join(newline);
  }
}

export function noOrders(): OrderCounts {
  return { orders: 0, rows: 0, returns: 0, nonAdjacent: 0, absentCustomer: 0 };
}
