import { customersCsv, ordersCsv, rewardsCsv } from '#test/builders/exports.ts';
import { seededRandom, type Random } from '#workers/local/klaviyo/random.ts';
import { chance, dayOf, digits, type Cells } from './draw.ts';
import type { SoakOptions } from './options.ts';
import { createPeople, customerRows, liveOn, type Leaver, type Person } from './people.ts';
import { createKeys, createOrders, createRewards, repeatOrders, type Keys } from './sales.ts';

export type PlannedAccount = { id: string; keys: string[]; isDown: boolean };

export type PlannedConnection = {
  /** Counts through the whole plan. */
  index: number;
  shop: string;
  name: string;
  directory: string;
  list: string;
  account: PlannedAccount;
  key: string;
  leavers: Leaver[];
  files: PlannedFile[];
};

export type PlannedFile = {
  name: string;
  kind: 'customers' | 'orders' | 'rewards';
  text: string;
  rows: Cells[];
  /** Lines that are no rows at all. */
  brokenLines: number;
  /** When it lands, ms after the first. */
  atMs: number;
  becomes: 'archived' | 'duplicate' | 'held' | 'unrecognised';
  /** Its way to Klaviyo is timed. */
  isSmall: boolean;
};

export type Plan = { accounts: PlannedAccount[]; connections: PlannedConnection[]; shops: string[] };

/** Keys of one connection lie in a range of their own: whoever turns up in another's account is a leak. */
const KEYS_PER_CONNECTION = 10_000;

/** Every such shop has one Klaviyo account for all its connections. */
const SHARED_EVERY = 5;

/** Everything that will happen from outside: who exists, what is exported and when it lands. Pure: options → plan. */
export function makePlan(options: SoakOptions): Plan {
  const plan: Plan = { accounts: [], connections: [], shops: [] };
  for (let shop = 0; shop < options.shops; shop += 1) {
    const domain = `soak-${shop + 1}.myshopify.com`;
    plan.shops.push(domain);
    const isShared = shop % SHARED_EVERY === 1;
    for (let place = 0; place < options.connectionsPerShop; place += 1) {
      const index = plan.connections.length;
      const key = `pk_soak_${options.seed}_${digits(String(index), 4)}`;
      const account = isShared && place > 0 ? plan.accounts.at(-1) : undefined;
      plan.connections.push({
        index,
        shop: domain,
        name: `Klaviyo ${place + 1}`,
        directory: `/pending/s${shop + 1}-${place + 1}`,
        list: `Retail ${place + 1}`,
        // The dead account is the second one of a shop whose first one must not mind.
        account: account ?? addAccount(plan, shop === 0 && place === 1),
        key,
        leavers: [],
        files: [],
      });
    }
  }
  for (const connection of plan.connections) {
    connection.account.keys.push(connection.key);
    fill(connection, options);
  }
  return plan;
}

function addAccount(plan: Plan, isDown: boolean): PlannedAccount {
  const account = { id: `SOAK${digits(String(plan.accounts.length + 1), 3)}`, keys: [], isDown };
  plan.accounts.push(account);
  return account;
}

/** A connection's days, drawn from a seed of its own: a plan with more shops begins like one with fewer. */
function fill(connection: PlannedConnection, options: SoakOptions): void {
  const random = seededRandom(options.seed * 1_000_003 + connection.index);
  const base = (connection.index + 1) * KEYS_PER_CONNECTION;
  const { people, leavers } = createPeople(random, { base, count: options.customers, days: options.days });
  const keys = createKeys(base);
  connection.leavers = leavers;
  const slotMs = (options.arrivalSeconds * 1_000) / options.days;
  const last = { customers: 0, orders: 0, rewards: 0 };
  let orders: Cells[] = [];
  for (let day = 0; day < options.days; day += 1) {
    if (day > 0) {
      liveOn(random, people, day);
    }
    orders = [
      ...(day > 0 ? repeatOrders(random, orders) : []),
      ...createOrders(random, { people, keys, count: options.orders, day }),
    ];
    const exports = [
      ['customers', customerRows(random, people, day), '190000', 0.1],
      ['orders', orders, '200000', -0.2],
      ['rewards', createRewards(random, { people, keys, count: options.rewards, day }), '210000', -0.2],
    ] as const;
    for (const [kind, rows, time, earliest] of exports) {
      // Any order between the kinds; within one an export follows the one before, as it does in life.
      const drawn = slotMs * (day + earliest + random() * 0.7);
      last[kind] = Math.round(Math.max(drawn, last[kind] + 500));
      connection.files.push(exported({ kind, rows, random, day, time, atMs: last[kind] }));
    }
  }
  addOddFiles(connection, random, options);
  addSmallFiles(connection, random, { people, keys, options });
}

function exported(input: {
  kind: PlannedFile['kind'];
  rows: Cells[];
  random: Random;
  day: number;
  time: string;
  atMs: number;
}): PlannedFile {
  const { kind, rows, random, day, time, atMs } = input;
  const write = { customers: customersCsv, orders: ordersCsv, rewards: rewardsCsv }[kind];
  const brokenLines = chance(random, 0.3) ? 1 : 0;
  return {
    name: `${kind}_${dayOf(day).replaceAll('-', '')}T${time}Z.csv`,
    kind,
    text: `${write(rows)}${'a,line,that,stops\r\n'.repeat(brokenLines)}`,
    rows,
    brokenLines,
    atMs,
    becomes: 'archived',
    isSmall: false,
  };
}

/** The same file under another name, one without its key column, one that is no export. */
function addOddFiles(connection: PlannedConnection, random: Random, options: SoakOptions): void {
  const [original] = connection.files.filter(({ kind }) => kind === 'orders');
  const [customers] = connection.files;
  if (original === undefined || customers === undefined) {
    return;
  }
  const lastMs = options.arrivalSeconds * 1_000;
  const later = () => original.atMs + Math.round((lastMs - original.atMs) * (0.1 + random() * 0.6));
  connection.files.push({
    ...original,
    name: original.name.replace('200000Z', '203000Z'),
    atMs: later(),
    becomes: 'duplicate',
  });
  if (connection.index % 4 === 0) {
    connection.files.push({
      ...customers,
      name: customers.name.replace('190000Z', '193000Z'),
      text: customers.text.replace('PERIDX', 'PERSON'),
      atMs: later(),
      becomes: 'held',
    });
  }
  if (connection.index % 4 === 1) {
    connection.files.push({
      ...customers,
      name: 'customers-final.csv',
      atMs: later(),
      becomes: 'unrecognised',
    });
  }
}

/** Two orders of people who are known for a while: how long until Klaviyo has them? */
function addSmallFiles(
  connection: PlannedConnection,
  random: Random,
  input: { people: readonly Person[]; keys: Keys; options: SoakOptions },
): void {
  const { people, keys, options } = input;
  const endMs = options.arrivalSeconds * 1_000;
  const knownMs = (connection.files[0]?.atMs ?? 0) + endMs * 0.2;
  for (let number = 0; number < options.days; number += 1) {
    const rows = createOrders(random, { people, keys, count: 2, day: number, isClean: true });
    const atMs = Math.round(knownMs + random() * Math.max(0, endMs - knownMs));
    const file = exported({ kind: 'orders', rows, random, day: number, time: '220000', atMs });
    connection.files.push({ ...file, isSmall: true });
  }
}
