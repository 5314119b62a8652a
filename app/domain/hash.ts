import { createHash, createHmac, hash } from 'node:crypto';

/** Hex sha256 of a text (UTF-8). The one cryptographic import that the rules may have: it is pure. */
export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** JSON with object keys in order, so that equal values give equal text. `undefined` members are left out. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) {
    return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  }
  if (value !== null && typeof value === 'object') {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

/** 32 hex characters that are equal exactly when the two values are equal as JSON. */
export function hashOf(value: unknown): string {
  return sha256(canonicalJson(value)).slice(0, 32);
}

/** The first 32 hex digits of sha256 in one call: twice as fast as `sha256`, for what is hashed once per row. */
export function rowDigest(text: string): string {
  return hash('sha256', text, 'hex').slice(0, 32);
}

/** Writes the first words of sha256 into `words`: a key as numbers. */
export function digestWords(text: string, words: Uint32Array): void {
  const digest = hash('sha256', text, 'buffer');
  for (let index = 0; index < words.length; index += 1) {
    words[index] = digest.readUInt32LE(index * 4);
  }
}

/** 32 hex characters that only who has the key can compute: a guess at the text cannot be tried without it. */
export function keyedHash(key: string, text: string): string {
  return createHmac('sha256', key).update(text, 'utf8').digest('hex').slice(0, 32);
}
