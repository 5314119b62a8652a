import type { FullShopIds } from '#test/builders/full-shop.ts';

export type Address = {
  address: string;
  params: Record<string, string>;
  /** There is nothing at it, also for its own shop. */
  isGone?: boolean;
  /** Every shop has something of its own under this address. */
  isShared?: boolean;
};

export type Attempt = { body: object; address?: string; params?: Record<string, string> };

/** Addresses of a route that has parameters, with the ids of the full shop; [] = not listed. */
export function addressesOf(file: string, _ids: FullShopIds): Address[] {
  const addresses: Record<string, Address[]> = {};
  return addresses[file] ?? [];
}

/** Bodies for the action of a route, with the ids of the full shop wherever ids go; undefined = not listed. */
export function attempts(file: string, _ids: FullShopIds): Attempt[] | undefined {
  const bodies: Record<string, Attempt[]> = {
    'app._index.tsx': [
      { body: { intent: 'dismiss-guide' } },
      { body: { intent: 'add-sample' } },
      { body: { intent: 'remove-sample' } },
    ],
  };
  return bodies[file];
}
