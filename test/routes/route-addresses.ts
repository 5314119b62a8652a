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
export function addressesOf(file: string, ids: FullShopIds): Address[] {
  const addresses: Record<string, Address[]> = {
    'app.settings.connections.$id.tsx': [
      { address: `/app/settings/connections/${ids.connection}`, params: { id: ids.connection } },
      { address: '/app/settings/connections/new', params: { id: 'new' }, isShared: true },
      { address: '/app/settings/connections/nonsense', params: { id: 'nonsense' }, isGone: true },
    ],
  };
  return addresses[file] ?? [];
}

const CONNECTION = {
  ...{ name: 'Taken over', apiKey: null, directory: '/pending/over', list: '', mode: 'production' },
  ...{ testMaxRecords: '50', batchSize: '10000', historyBefore: '' },
  ...{ events: { order: 'Order', item: 'Item', return: 'Return', reward: 'Reward' }, itemEvents: false },
  ...{
    passThrough: false,
    sendExternalId: true,
    notify: { errors: '', successes: '' },
    expect: [],
    accepted: [],
  },
};

const SFTP = {
  ...{ host: '127.0.0.1', port: '1', username: 'apparel21', login: 'password', password: null },
  ...{ privateKey: null, passphrase: null, hostKey: '', acceptsUntested: true },
};

/** Bodies for the action of a route, with the ids of the full shop wherever ids go; undefined = not listed. */
export function attempts(file: string, ids: FullShopIds): Attempt[] | undefined {
  const bodies: Record<string, Attempt[]> = {
    'app._index.tsx': [
      { body: { intent: 'dismiss-guide' } },
      { body: { intent: 'add-sample' } },
      { body: { intent: 'remove-sample' } },
    ],
    'app.settings._index.tsx': [
      { body: { intent: 'test', id: ids.connection } },
      { body: { intent: 'pause', id: ids.connection } },
      { body: { intent: 'resume', id: ids.connection } },
      { body: { intent: 'remove', id: ids.connection } },
      { body: { intent: 'remove-sample' } },
    ],
    'app.settings.connections.$id.tsx': [
      { body: { intent: 'save', value: CONNECTION } },
      { body: { intent: 'test', apiKey: null, directory: '/pending/au' } },
    ],
    'app.settings.sftp.tsx': [
      { body: { intent: 'save', value: SFTP } },
      { body: { intent: 'test', value: SFTP } },
    ],
  };
  return bodies[file];
}
