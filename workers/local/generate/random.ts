/** Draws that depend on nothing but what `restart` was given: the same place always gives the same sequence. */
export type Draws = {
  /** Goes to the sequence of one subject (a `STREAM`), one row and one version of it. */
  restart(stream: number, index: number, version?: number): Draws;
  /** 0 <= n < 1. */
  next(): number;
  /** Whole number, 0 <= n < limit. */
  below(limit: number): number;
  chance(probability: number): boolean;
  pick<Item>(list: readonly Item[]): Item;
};

/** One independent sequence per subject, so that a new draw in one does not move the others. */
export const STREAM = {
  clock: 1,
  serial: 2,
  permutation: 3,
  key: 4,
  identity: 5,
  address: 6,
  phone: 7,
  life: 8,
  change: 9,
  order: 10,
  line: 11,
  reward: 12,
} as const;

/** The numbers of one seed: mulberry32, started at a hash of (seed, stream, index, version). */
export function createDraws(seed: number): Draws {
  let state = 0;
  const draws: Draws = {
    restart(stream, index, version = 0) {
      state = hash(hash(hash(hash(0x9e3779b9, seed), stream), index), version);
      return draws;
    },
    next() {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
    },
    below: (limit) => Math.floor(draws.next() * limit),
    chance: (probability) => draws.next() < probability,
    pick(list) {
      const item = list[draws.below(list.length)];
      if (item === undefined) {
        throw new RangeError('nothing to pick from');
      }
      return item;
    },
  };
  return draws;
}

/** Murmur3's mixing of one more word into a hash. */
function hash(before: number, word: number): number {
  let mixed = Math.imul(word | 0, 0xcc9e2d51);
  mixed = Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
  let after = before ^ mixed;
  after = (Math.imul((after << 13) | (after >>> 19), 5) + 0xe6546b64) | 0;
  after = Math.imul(after ^ (after >>> 16), 0x85ebca6b);
  after = Math.imul(after ^ (after >>> 13), 0xc2b2ae35);
  return after ^ (after >>> 16);
}

/** Moves 0..size-1 to places 0..size-1, each to its own, without a table: place = (step × n + offset) mod size. */
export type Permutation = { size: number; step: number; offset: number };

/** Exact for sizes up to 90 million: step × n must stay a whole number of a double. */
export function createPermutation(draws: Draws, size: number): Permutation {
  if (size < 2) {
    return { size: Math.max(1, size), step: 1, offset: 0 };
  }
  // A step between a quarter and three quarters of the size keeps neighbours apart.
  let step = 1 + Math.floor((size - 1) * (0.25 + 0.5 * draws.next()));
  while (greatestCommonDivisor(step, size) !== 1) {
    step = (step % (size - 1)) + 1;
  }
  return { size, step, offset: draws.below(size) };
}

export function placeOf(permutation: Permutation, index: number): number {
  return (permutation.step * index + permutation.offset) % permutation.size;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
