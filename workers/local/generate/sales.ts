import type { Changes } from './changes.ts';
import { FIRST_DATE, timeText } from './days.ts';
import type { Plan } from './plan.ts';
import { drawProduct, type Product } from './products.ts';
import { createDraws, STREAM } from './random.ts';
import { drawPerson } from './references.ts';
import { salesperson, STORES, type Salesperson, type Store } from './stores.ts';

type SaleLine = { product: Product; quantity: number; discountCents: number; reason: string };
type Sale = {
  /** Index of the person; see `drawPerson`. */
  person: number;
  /** Which order something of comes back; null for a plain sale. */
  original: number | null;
  lines: SaleLine[];
  store: Store;
  staff: Salesperson;
  /** The shop's time. */
  at: string;
};
type Sales = {
  /** One order of the day; `leastLines` for those that need several rows. */
  saleOf(order: number, leastLines: number): Sale;
  storeOf(order: number): Store;
};

type Head = { person: number; original: number | null; isExchange: boolean };

const RETURN_SHARE = 0.03;
const EXCHANGE_SHARE = 0.015;
const MOST_LINES = 4;
const MOST_RETURNED = 2;
/** Share of the first day's orders that lie before it, and over how many days. */
const HISTORY_SHARE = 0.4;
const HISTORY_DAYS = 400;
const REASONS = ['Wrong size', 'Changed mind', 'Faulty', 'Gift'];

/** What is sold and brought back on the day; each order is a pure function of (seed, order, day). */
export function createSales(plan: Plan, changes: Changes): Sales {
  const draws = createDraws(plan.seed);
  const stores = STORES[plan.country];
  const { day } = plan;

  function headOf(order: number): Head {
    draws.restart(STREAM.order, order, day);
    const kind = draws.next();
    const isExchange = kind >= RETURN_SHARE;
    if (kind >= RETURN_SHARE + EXCHANGE_SHARE || order === 0) {
      return { person: drawPerson(draws, changes), original: null, isExchange };
    }
    const earlier = draws.below(order);
    const { person, original } = headOf(earlier);
    // What was bought can come back, not what came back.
    return { person, original: original ?? earlier, isExchange };
  }

  function boughtLine(order: number, line: number): SaleLine {
    draws.restart(STREAM.line, order, day * 8 + line);
    const product = drawProduct(draws);
    const quantity = draws.chance(0.1) ? 2 : 1;
    const share = draws.chance(0.25) ? 0.1 * (1 + draws.below(3)) : 0;
    return {
      product,
      quantity,
      discountCents: Math.round(product.priceCents * quantity * share),
      reason: '',
    };
  }

  function linesOf(order: number, head: Head, leastLines: number): SaleLine[] {
    draws.restart(STREAM.line, order, -1 - day);
    const { original, isExchange } = head;
    const most = original !== null && !isExchange ? MOST_RETURNED : MOST_LINES;
    const least = original !== null && isExchange ? 2 : leastLines;
    const count = Math.min(most, least + Math.floor(draws.next() ** 2 * most));
    const reason = draws.pick(REASONS);
    return Array.from({ length: count }, (_, line) => {
      if (original === null || (isExchange && line > 0)) {
        return boughtLine(order, line);
      }
      const bought = boughtLine(original, line);
      return { ...bought, quantity: -bought.quantity, discountCents: -bought.discountCents, reason };
    });
  }

  function storeOf(order: number): Store {
    return draws.restart(STREAM.order, order, -2 - day).pick(stores);
  }

  return {
    storeOf,
    saleOf(order, leastLines) {
      const head = headOf(order);
      const lines = linesOf(order, head, leastLines);
      const store = storeOf(order);
      const at = saleTime(plan, (order + draws.next()) / plan.orders);
      const staff = salesperson(store, draws.below(6));
      return { person: head.person, original: head.original, lines, store, staff, at };
    },
  };
}

/** Later orders have later times; `share` 0..1 is the order's place in the file. */
function saleTime(plan: Plan, share: number): string {
  const past = plan.day === 0 ? HISTORY_SHARE : 0;
  if (share < past) {
    const days = (share / past) * HISTORY_DAYS;
    return inOpeningHours(FIRST_DATE - HISTORY_DAYS + Math.floor(days), days % 1);
  }
  return inOpeningHours(FIRST_DATE + plan.day, (share - past) / (1 - past));
}

function inOpeningHours(date: number, share: number): string {
  return timeText(date, 9 * 3600 + Math.floor(share * 12 * 3600));
}
