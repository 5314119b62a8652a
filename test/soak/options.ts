import { parseArgs } from 'node:util';

/** What a soak is made of. The same options give the same plan; only the machine's speed differs. */
export type SoakOptions = {
  /** Decides every row, every moment of an arrival and every disturbance. */
  seed: number;
  shops: number;
  connectionsPerShop: number;
  /** Worker processes. */
  workers: number;
  /** Daily exports of each connection. */
  days: number;
  /** People on each connection's first day. */
  customers: number;
  /** Orders of each connection and day. */
  orders: number;
  /** Reward events of each connection and day. */
  rewards: number;
  /** How long files keep arriving. */
  arrivalSeconds: number;
  /** A worker is killed about this often while files arrive. */
  killEverySeconds: number;
  /**
   * Share of that time after which no worker is killed any more, 0..1. Below 0.6 Redis is emptied after the last kill: no
   * new process sets up anew what was lost there.
   */
  killUntil: number;
  /** Share of the requests to Klaviyo that go wrong, 0..1. */
  faultShare: number;
  /** Share of the dead account's requests that are never answered instead of refused, 0..1. */
  hangShare: number;
  pollSeconds: number;
  /** How often a request without an answer is tried before the pass gives up. */
  maxAttempts: number;
  /** Klaviyo's own time to answer, ms. */
  latencyMs: number;
  /** The soak ends after this long whatever happens. */
  limitSeconds: number;
};

/** `npm run soak`: about ten minutes on a quiet machine of two cores. */
export const FULL: SoakOptions = {
  seed: 1,
  shops: 50,
  connectionsPerShop: 2,
  workers: 3,
  days: 3,
  customers: 100,
  orders: 30,
  rewards: 10,
  arrivalSeconds: 300,
  killEverySeconds: 8,
  killUntil: 0.5,
  faultShare: 0.02,
  hangShare: 0.5,
  pollSeconds: 30,
  maxAttempts: 8,
  latencyMs: 30,
  limitSeconds: 1_800,
};

/** `npm run soak -- --short` and CI. Few requests: more of them must go wrong to meet every kind of fault. */
export const SHORT: SoakOptions = {
  ...FULL,
  shops: 4,
  workers: 2,
  days: 2,
  customers: 40,
  orders: 12,
  rewards: 6,
  arrivalSeconds: 16,
  killEverySeconds: 4,
  faultShare: 0.08,
  hangShare: 0,
  pollSeconds: 3,
  maxAttempts: 5,
  latencyMs: 10,
  limitSeconds: 280,
};

const NUMBERS = [
  ['seed', 'seed'],
  ['shops', 'shops'],
  ['workers', 'workers'],
  ['days', 'days'],
  ['customers', 'customers'],
  ['orders', 'orders'],
  ['rewards', 'rewards'],
  ['arrival', 'arrivalSeconds'],
  ['kill-every', 'killEverySeconds'],
  ['kill-until', 'killUntil'],
  ['faults', 'faultShare'],
  ['poll', 'pollSeconds'],
  ['limit', 'limitSeconds'],
] as const;

/** Options that are shares, with the largest that makes sense. */
const SHARES: Partial<Record<(typeof NUMBERS)[number][0], number>> = { 'kill-until': 1, faults: 0.2 };

/** Reads the command line. Throws a TypeError with the remedy for what it does not understand. */
export function readOptions(parameters: string[]): SoakOptions {
  const { values } = parseArgs({
    args: parameters,
    options: {
      short: { type: 'boolean', default: false },
      ...Object.fromEntries(NUMBERS.map(([name]) => [name, { type: 'string' as const }])),
    },
  });
  const options = { ...(values.short === true ? SHORT : FULL) };
  for (const [name, field] of NUMBERS) {
    const text = (values as Record<string, string | boolean | undefined>)[name];
    if (typeof text !== 'string') {
      continue;
    }
    const number = Number(text);
    const most = SHARES[name];
    const isFine =
      most === undefined ? Number.isInteger(number) && number >= 1 : number >= 0 && number <= most;
    if (text.trim() === '' || !isFine) {
      const remedy = most === undefined ? 'a whole number from 1' : `a share from 0 to ${most}`;
      throw new TypeError(`--${name} ${text}: write ${remedy}`);
    }
    options[field] = number;
  }
  return options;
}
