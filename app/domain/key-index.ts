import { digestWords } from './hash.ts';

/**
 * Which row is the last of each key, for files of any size: numbers in typed arrays instead of texts in a Map. About
 * 24 bytes a key, 6 a slot and 4 a row: some 35 MB for a million rows with a million keys.
 */
export type KeyIndex = {
  /** Notes that a row has this key. Rows come in file order. */
  add(key: string, row: number): void;
  /** Rows with this key; 0 = unknown. */
  count(key: string): number;
  /** Number of the first row with this key; -1 = unknown. */
  firstRow(key: string): number;
  /** Number of the last row with this key; -1 = unknown. */
  lastRow(key: string): number;
  /** Different keys. */
  size(): number;
  /** Most rows of unfinished keys that are held at once when the rows are read in order. */
  maxOpenRows(): number;
  /** Which of `partitions` parts the key belongs to; even over any keys. */
  partitionOf(key: string, partitions: number): number;
};

/** Words of a key's identity, then its count, first and last row. */
const ENTRY_WORDS = 6;
const IDENTITY_WORDS = 3;
const COUNT = 3;
const FIRST = 4;
const LAST = 5;
/** Pages instead of one array: growing copies nothing and wastes at most one page. */
const PAGE_BITS = 15;
const PAGE_ENTRIES = 1 << PAGE_BITS;
const FULLEST = 0.75;
/** Keys up to this length, in plain ASCII, are kept as they are: no hash, no collision. */
const LONGEST_VERBATIM = 11;

/** An empty index. `expectedKeys` saves rehashing; any number of keys fits. */
export function createKeyIndex(expectedKeys = 0): KeyIndex {
  let slots = new Uint32Array(slotsFor(expectedKeys));
  let keys = 0;
  const pages: Uint32Array[] = [];
  /** Entry number + 1 of each row; 0 = a row without a key. */
  const rowPages: Uint32Array[] = [];
  const identity = new Uint32Array(IDENTITY_WORDS);

  function word(entry: number, offset: number): number {
    return pages[entry >>> PAGE_BITS]?.[(entry & (PAGE_ENTRIES - 1)) * ENTRY_WORDS + offset] ?? 0;
  }

  function isSame(entry: number): boolean {
    return word(entry, 0) === identity[0] && word(entry, 1) === identity[1] && word(entry, 2) === identity[2];
  }

  /** The slot that holds the current identity, or the free one where it belongs. */
  function slotOf(): number {
    const mask = slots.length - 1;
    let slot = mixed(identity) & mask;
    for (let entry = slots[slot] ?? 0; entry !== 0 && !isSame(entry - 1); entry = slots[slot] ?? 0) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  function find(key: string): number {
    identify(key, identity);
    return (slots[slotOf()] ?? 0) - 1;
  }

  function grow(): void {
    slots = new Uint32Array(slots.length * 2);
    for (let entry = 0; entry < keys; entry += 1) {
      for (let offset = 0; offset < IDENTITY_WORDS; offset += 1) {
        identity[offset] = word(entry, offset);
      }
      slots[slotOf()] = entry + 1;
    }
  }

  function addEntry(row: number): number {
    const entry = keys;
    const at = (entry & (PAGE_ENTRIES - 1)) * ENTRY_WORDS;
    pages[entry >>> PAGE_BITS] ??= new Uint32Array(PAGE_ENTRIES * ENTRY_WORDS);
    pages[entry >>> PAGE_BITS]?.set([...identity, 0, row, row], at);
    keys += 1;
    return entry;
  }

  function noteRow(row: number, entry: number): void {
    rowPages[row >>> PAGE_BITS] ??= new Uint32Array(PAGE_ENTRIES);
    rowPages[row >>> PAGE_BITS]?.fill(entry + 1, row & (PAGE_ENTRIES - 1), (row & (PAGE_ENTRIES - 1)) + 1);
  }

  return {
    add(key, row) {
      if (keys >= slots.length * FULLEST) {
        grow();
      }
      identify(key, identity);
      const slot = slotOf();
      let entry = (slots[slot] ?? 0) - 1;
      if (entry < 0) {
        entry = addEntry(row);
        slots[slot] = entry + 1;
      }
      const page = pages[entry >>> PAGE_BITS];
      const at = (entry & (PAGE_ENTRIES - 1)) * ENTRY_WORDS;
      if (page !== undefined) {
        page[at + COUNT] = (page[at + COUNT] ?? 0) + 1;
        page[at + LAST] = row;
      }
      noteRow(row, entry);
    },
    count(key) {
      const entry = find(key);
      return entry < 0 ? 0 : word(entry, COUNT);
    },
    firstRow(key) {
      const entry = find(key);
      return entry < 0 ? -1 : word(entry, FIRST);
    },
    lastRow(key) {
      const entry = find(key);
      return entry < 0 ? -1 : word(entry, LAST);
    },
    size() {
      return keys;
    },
    maxOpenRows() {
      let open = 0;
      let most = 0;
      for (const [number, page] of rowPages.entries()) {
        for (let place = 0; page !== undefined && place < PAGE_ENTRIES; place += 1) {
          const entry = (page[place] ?? 0) - 1;
          if (entry >= 0) {
            const isLast = word(entry, LAST) === number * PAGE_ENTRIES + place;
            // The last row completes its group, which leaves at once.
            open += isLast ? 1 - word(entry, COUNT) : 1;
            most = Math.max(most, open);
          }
        }
      }
      return most;
    },
    partitionOf(key, partitions) {
      identify(key, identity);
      return mixed(identity) % partitions;
    },
  };
}

function slotsFor(expectedKeys: number): number {
  return 2 ** Math.max(10, Math.ceil(Math.log2(expectedKeys / FULLEST + 1)));
}

/** Three words that stand for a key: its own characters when it is short, else 95 bits of its digest. */
function identify(key: string, words: Uint32Array): void {
  if (key.length <= LONGEST_VERBATIM) {
    let [a, b, c] = [0, 0, key.length];
    for (let index = 0; index < key.length; index += 1) {
      const code = key.charCodeAt(index);
      if (code > 0x7f) {
        return identifyLong(key, words);
      }
      // Four characters a word; the last word has room for three beside the length.
      const shift = (index & 3) * 8;
      a |= index < 4 ? code << shift : 0;
      b |= index >= 4 && index < 8 ? code << shift : 0;
      c |= index >= 8 ? code << (shift + 8) : 0;
    }
    words[0] = a;
    words[1] = b;
    words[2] = c & 0x7fffffff;
    return;
  }
  identifyLong(key, words);
}

function identifyLong(key: string, words: Uint32Array): void {
  digestWords(key, words);
  // The top bit tells a digest from a short key.
  words[2] = ((words[2] ?? 0) | 0x80000000) >>> 0;
}

/** Spreads the words of an identity over 32 bits: short keys differ in a few bits only. */
function mixed(words: Uint32Array): number {
  let hash =
    Math.imul(words[0] ?? 0, 0x85ebca6b) ^
    Math.imul(words[1] ?? 0, 0xc2b2ae35) ^
    Math.imul(words[2] ?? 0, 0x27d4eb2f);
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return (hash ^ (hash >>> 16)) >>> 0;
}
