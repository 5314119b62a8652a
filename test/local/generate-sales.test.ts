import { expect, test } from 'vitest';
import { generateAndRead, ordersApart } from './generated-files.ts';

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
