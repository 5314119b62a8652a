import type { FullShopIds } from '#test/builders/full-shop.ts';
import { SHOP } from '#test/builders/world.ts';

export type Address = {
  address: string;
  params: Record<string, string>;
  /** There is nothing at it, also for its own shop. */
  isGone?: boolean;
  /** Opened by hand it leads to another page. */
  isElsewhere?: boolean;
  /** For others it leads to a page that is not found. */
  leadsOthersAway?: boolean;
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
export function addressesOf(file: string, ids: FullShopIds): Address[] {
  const addresses: Record<string, Address[]> = {
    'app.settings.columns.tsx': [
      { address: '/app/settings/columns?kind=orders', params: {} },
      { address: `/app/settings/columns?connection=${ids.connection}`, params: {} },
      { address: '/app/settings/columns?connection=', params: {} },
    ],
    'app.files._index.tsx': [
      { address: '/app/files', params: {} },
      { address: '/app/files?connection=', params: {} },
    ],
    'app.settings.connections.$id.tsx': [
      { address: `/app/settings/connections/${ids.connection}`, params: { id: ids.connection } },
      { address: '/app/settings/connections/new', params: { id: 'new' }, isShared: true },
      { address: '/app/settings/connections/nonsense', params: { id: 'nonsense' }, isGone: true },
    ],
    'app.quality.$id.tsx': [
      { address: `/app/quality/${ids.connection}`, params: { id: ids.connection } },
      { address: '/app/quality/nonsense', params: { id: 'nonsense' }, isGone: true },
    ],
    'app.records.$kind._index.tsx': ['customers', 'orders', 'rewards'].flatMap((kind) => [
      { address: `/app/records/${kind}`, params: { kind }, isShared: true },
      { address: `/app/records/${kind}?run=${ids.run}`, params: { kind }, isShared: true },
      { address: `/app/records/${kind}?connection=${ids.connection}`, params: { kind }, isShared: true },
      { address: `/app/records/${kind}?connection=`, params: { kind }, isShared: true },
    ]),
    'app.records.$kind.$id.tsx': records(ids),
    'app.files.$id.tsx': [ids.file, ids.heldFile].map((id) => ({
      address: `/app/files/${id}`,
      params: { id },
    })),
    'app.mappings.$id.tsx': [
      { address: `/app/mappings/${ids.mapping}`, params: { id: ids.mapping }, leadsOthersAway: true },
      { address: '/app/mappings/new?scope=order', params: { id: 'new' }, isShared: true },
      { address: `/app/mappings/new?from=${ids.mapping}`, params: { id: 'new' }, isShared: true },
      { address: `/app/mappings/new?connection=${ids.connection}`, params: { id: 'new' }, isShared: true },
      { address: '/app/mappings/new?connection=', params: { id: 'new' }, isShared: true },
    ],
    'app.mappings.$id_.history.tsx': [
      { address: `/app/mappings/${ids.mapping}/history`, params: { id: ids.mapping } },
    ],
    'app.mappings.preview.ts': [{ address: '/app/mappings/preview', params: {}, isElsewhere: true }],
    'app.mappings.apply.ts': [{ address: '/app/mappings/apply', params: {}, isElsewhere: true }],
    'app.translations.$table.tsx': [
      { address: `/app/translations/${ids.table}`, params: { table: ids.table } },
    ],
  };
  return addresses[file] ?? [];
}

function records(ids: FullShopIds): Address[] {
  return [
    ['customers', ids.customer] as const,
    ['orders', ids.order] as const,
    ['rewards', ids.reward] as const,
  ].map(([kind, id]) => ({ address: `/app/records/${kind}/${id}`, params: { kind, id } }));
}

const CONNECTION = {
  ...{ name: 'Taken over', apiKey: null, directory: '/pending/over', list: '', mode: 'production' },
  ...{ testMaxRecords: '50', batchSize: '10000', historyBefore: '', itemEvents: false, passThrough: false },
  ...{ events: { order: 'Order', item: 'Item', return: 'Return', reward: 'Reward' }, expect: [] },
  ...{ sendExternalId: true, consentBack: 'off', notify: { errors: '', successes: '' }, accepted: [] },
};

const COLUMNS = { primaryKey: 'TAKEN_OVER' };
const PLACE = { timezone: 'Australia/Sydney', phoneCountry: 'AU', currency: 'AUD' };

const SFTP = {
  ...{ host: '127.0.0.1', port: '1', username: 'apparel21', login: 'password', password: null },
  ...{ privateKey: null, passphrase: null, hostKey: '', acceptsUntested: true },
};

/** Bodies for the action of a route, with the ids of the full shop wherever ids go; undefined = not listed. */
export function attempts(file: string, ids: FullShopIds): Attempt[] | undefined {
  const everyRecord = (body: object) =>
    records(ids).map(({ address, params }) => ({ body, address, params }));
  const bodies: Record<string, Attempt[]> = {
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
      { body: { intent: 'write-consent-file' } },
    ],
    'app.quality.$id.tsx': [{ body: { intent: 'download' } }],
    'app.settings.sftp.tsx': [
      { body: { intent: 'save', value: SFTP } },
      { body: { intent: 'test', value: SFTP } },
    ],
    'app._index.tsx': [
      ...intents('dismiss-guide', 'add-sample', 'remove-sample'),
      { body: { intent: 'pause', id: ids.connection } },
      { body: { intent: 'resume', id: ids.connection } },
    ],
    'app.records.$kind._index.tsx': ['retry', 'sync', 'skip'].flatMap((intent) => [
      { body: { intent, ids: [ids.customer], filter: '' } },
      { body: { intent, ids: null, filter: '' } },
      { body: { intent, ids: null, filter: `connection=${ids.connection}` } },
      { body: { intent, ids: null, filter: `run=${ids.run}` } },
    ]),
    'app.records.$kind.$id.tsx': [
      ...['retry', 'sync', 'skip', 'download-data'].map((intent) => ({ intent })),
      { intent: 'erase', connectionIds: [ids.connection] },
    ].flatMap(everyRecord),
    'app.settings.privacy.tsx': [
      { intent: 'download', requestId: ids.dataRequest },
      { intent: 'finish', requestId: ids.dataRequest },
      { intent: 'try-again', erasureId: ids.erasure },
      { intent: 'deleted-by-hand', erasureId: ids.erasure },
      { intent: 'lift', address: 'erased@example.com' },
      { intent: 'save', value: { inKlaviyo: true } },
    ].map((body) => ({ body })),
    'app.files.$id.tsx': ['release', 'discard', 'start', 'download-errors', 'download-original'].map(
      (intent) => ({
        body: { intent },
        address: `/app/files/${ids.heldFile}`,
        params: { id: ids.heldFile },
      }),
    ),
    'app.settings.columns.tsx': [
      { intent: 'save', kind: 'customers', connectionId: ids.connection, value: COLUMNS, seen: {} },
      { intent: 'save', kind: 'customers', connectionId: null, value: COLUMNS, seen: COLUMNS },
      { intent: 'remove', kind: 'customers', connectionId: ids.connection },
    ].map((body) => ({ body })),
    'app.settings.shop.tsx': [
      { body: { intent: 'save', value: { ...PLACE, currency: 'NZD' }, seen: PLACE } },
    ],
    'app.mappings._index.tsx': [
      { intent: 'move', mappingId: ids.mapping, beforeId: null },
      { intent: 'toggle', mappingId: ids.mapping, enabled: false },
      { intent: 'remove', mappingId: ids.mapping },
      { intent: 'restore', mappingId: ids.mapping, revisionId: ids.revision },
    ].map((body) => ({ body })),
    'app.mappings.$id.tsx': [
      {
        intent: 'save',
        mappingId: ids.mapping,
        value: { ...DRAFT, version: null, connectionId: null },
      },
      {
        intent: 'save',
        mappingId: ids.mapping,
        value: { ...DRAFT, version: null, connectionId: ids.connection },
      },
      { intent: 'toggle', mappingId: ids.mapping, enabled: false },
      { intent: 'remove', mappingId: ids.mapping },
    ].map((body) => ({ body })),
    'app.mappings.$id_.history.tsx': [
      { body: { intent: 'restore', mappingId: ids.mapping, revisionId: ids.revision } },
    ],
    'app.mappings.preview.ts': [
      { by: 'newest', offset: 0 },
      { by: 'key', key: '1' },
    ].map((row) => ({
      body: { connectionId: ids.connection, mappingId: ids.mapping, draft: DRAFT, row },
    })),
    'app.mappings.apply.ts': ['count', 'start'].flatMap((intent) => [
      { body: { intent, mappingId: ids.mapping, connectionId: ids.connection } },
      { body: { intent, mappingId: ids.mapping, connectionId: null } },
    ]),
    'app.translations._index.tsx': [
      { body: { intent: 'create', value: { name: ids.table, rule: 'keep', text: '' } } },
    ],
    'app.translations.$table.tsx': [
      { intent: 'save', changes: { set: [{ row: '1', was: null, from: 'A', to: 'B' }], remove: ['A'] } },
      { intent: 'dismiss', value: null },
      { intent: 'remove' },
      { intent: 'export' },
      { intent: 'import', base64: Buffer.from('A,B\n').toString('base64'), mode: 'replace', dryRun: false },
    ].map((body) => ({ body })),
    'app.settings.automation.tsx': [
      { body: { intent: 'send-pending' } },
      {
        body: {
          intent: 'save',
          value: {
            dataSync: false,
            pollSeconds: '60',
            cleanupEnabled: false,
            retentionDays: '7',
            digest: 'daily',
          },
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

const DRAFT = {
  scope: 'customer',
  target: 'properties.Anything',
  description: '',
  blank: 'keep',
  rules: [{ template: '{{ FIRSTNAME }}' }],
};

function intents(...names: string[]): Attempt[] {
  return names.map((intent) => ({ body: { intent } }));
}
