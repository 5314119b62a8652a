import type { Random } from '#workers/local/klaviyo/random.ts';
import { chance, dayOf, pick, type Cells } from './draw.ts';
import type { Person } from './people.ts';

const EVENT_TYPES = ['POINTS_EARNED', 'TIER_CHANGED', 'REWARD_ISSUED'];

/** Counts up, so that no key of a connection is given out twice. */
export type Keys = { next: number };

export function createKeys(base: number): Keys {
  return { next: base };
}

/** New orders of a day: most of one or two lines, some with a return, some that are wrong in a way of their own. */
export function createOrders(
  random: Random,
  input: { people: readonly Person[]; keys: Keys; count: number; day: number; isClean?: boolean },
): Cells[] {
  const { keys, count, day, isClean = false } = input;
  // Somebody who comes with tomorrow's export may buy today: the order waits.
  const buyers = input.people.filter(({ since, isShared }) => !isShared && since <= (isClean ? 0 : day + 1));
  return Array.from({ length: count }, () => {
    const id = String((keys.next += 1));
    const fate = isClean ? 1 : random();
    const order = {
      ORDER_ID: id,
      ORDER_NUMBER: `N${id}`,
      PERIDX: fate < 0.02 ? `nobody-${id}` : pick(random, buyers).key,
      ORDER_DATE: fate >= 0.02 && fate < 0.04 ? 'some day' : `${dayOf(day)}T12:00:00`,
    };
    const lines = Array.from({ length: chance(random, 0.5) ? 1 : 2 }, (_, line) =>
      saleLine(random, order, line + 1),
    );
    if (chance(random, 0.1)) {
      lines.push(returnLine(random, order));
    }
    if (fate >= 0.04 && fate < 0.06) {
      lines.push({ ...saleLine(random, order, 9), ORDER_ID: `${id}-lost`, PERIDX: '' });
    }
    return lines;
  }).flat();
}

function saleLine(random: Random, order: Cells, line: number): Cells {
  const price = `${5 + Math.floor(random() * 200)}.50`;
  return { ...order, LINE_ID: String(line), QUANTITY: '1', PRICE: price, VALUE: price };
}

function returnLine(random: Random, order: Cells): Cells {
  return { ...saleLine(random, order, 8), QUANTITY: '-1', VALUE: `-${5 + Math.floor(random() * 20)}.25` };
}

/** Yesterday's orders that today's export brings again: most as they were, some with another price, some with a return. */
export function repeatOrders(random: Random, yesterday: readonly Cells[]): Cells[] {
  const byId = new Map<string, Cells[]>();
  for (const row of yesterday.filter(({ PERIDX }) => PERIDX !== '')) {
    const id = row.ORDER_ID ?? '';
    byId.set(id, [...(byId.get(id) ?? []), row]);
  }
  return [...byId.values()].flatMap((lines) => {
    if (!chance(random, 0.2)) {
      return [];
    }
    const [first] = lines;
    if (first !== undefined && chance(random, 0.2)) {
      return [{ ...first, VALUE: '1.75' }, ...lines.slice(1)];
    }
    const hasReturn = lines.some((line) => line.LINE_ID === '8');
    return first !== undefined && !hasReturn && chance(random, 0.2)
      ? [...lines, returnLine(random, first)]
      : [...lines];
  });
}

/** Reward events of a day. What tells them apart in Klaviyo is the change of points. */
export function createRewards(
  random: Random,
  input: { people: readonly Person[]; keys: Keys; count: number; day: number },
): Cells[] {
  const { keys, count, day } = input;
  const buyers = input.people.filter(({ since, isShared }) => !isShared && since <= day + 1);
  return Array.from({ length: count }, () => {
    const id = String((keys.next += 1));
    const { key } = pick(random, buyers);
    return {
      REWARD_ID: `R${id}`,
      PERIDX: chance(random, 0.03) ? `nobody-${id}` : key,
      EVENT_TYPE: pick(random, EVENT_TYPES),
      EVENT_DATE: `${dayOf(day)}T09:00:00`,
      TIER_NAME: Number(key) % 2 === 0 ? 'Gold' : 'Silver',
      POINTS_BALANCE: String(100 + Math.floor(random() * 900)),
      POINTS_CHANGE: id,
    };
  });
}
