import type { FullShopIds } from '#test/builders/full-shop.ts';
import { SHOP } from '#test/builders/world.ts';

export type Address = {
  address: string;
  params: Record<string, string>;
  /** There is nothing at it, also for its own shop. */
  isGone?: boolean;
  /** Every shop has something of its own under this address. */
  isShared?: boolean;
};

export type Attempt = { body: object; address?: string; params?: Record<string, string> };

/** A configuration of the full shop, with the placeholders of its secrets. */
const OWN_FILE = `shop: ${SHOP}
sftp: { host: 127.0.0.1, username: apparel21, password: '\${SFTP_PASSWORD}' }
connections: [{ name: Klaviyo AU, apiKey: '\${KLAVIYO_AU_KEY}', directory: /pending/au }]
`;

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
    'app.settings.automation.tsx': [
      { body: { intent: 'send-pending' } },
      {
        body: {
          intent: 'save',
          value: { dataSync: false, pollSeconds: '60', cleanupEnabled: false, retentionDays: '7' },
        },
      },
    ],
    'app.settings.configuration.tsx': [
      { body: { intent: 'export' } },
      { body: { intent: 'check', text: OWN_FILE } },
      { body: { intent: 'apply', text: OWN_FILE, fingerprint: '' } },
    ],
  };
  return bodies[file];
}
