import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileRules } from '#app/domain/mapping.ts';
import { presetColumns, presetEvents, presetMappings, presetTranslations } from '#app/domain/presets.ts';
import {
  connectionRules,
  parseShopFile,
  secretPlaceholders,
  toYaml,
  type ShopFile,
} from '#app/domain/shop-file.ts';

const minimal = `
shop: demo.myshopify.com
sftp: { host: 127.0.0.1, username: apparel21, password: secret }
connections:
  - { name: Klaviyo AU, apiKey: pk_au, directory: /pending/au }
`;

const complete = `
shop: demo.myshopify.com
timezone: Pacific/Auckland
phoneCountry: nz
currency: NZD
sftp:
  host: sftp.example.org
  port: \${SFTP_PORT}
  username: apparel21
  password: \${SFTP_PASSWORD}
  hostKey: SHA256:abc
automation: { dataSync: false, pollSeconds: 60, fileCleanup: { enabled: false, retentionDays: 7 }, digest: weekly }
privacy: { redactInKlaviyo: true }
connections:
  - name: Klaviyo AU
    apiKey: \${KLAVIYO_AU_KEY}
    directory: /pending/au
    list: Retail Customers
    mode: test
    testMaxRecords: 5
    batchSize: 500
    historyBefore: 2026-01-01
    events: { order: Store Order }
    itemEvents: true
    passThrough: true
    sendExternalId: false
    consentBack: daily
    notify: { errors: [ops@example.org] }
    expect: [{ kind: customers, every: 24h, grace: 2h }, { kind: orders, every: 30m }]
    columns: { customers: { email: WORK_EMAIL } }
    mappings:
      - scope: customer
        target: properties.Joined Store
        rules: [{ template: 'AU' }]
  - { name: Klaviyo NZ, apiKey: '\${KLAVIYO_NZ_KEY}', directory: /pending/nz }
columns:
  customers: { primaryKey: ID, email: EMAIL }
translations:
  stores: { whenMissing: Elsewhere, entries: { SYD01: Sydney, 102: Perth } }
mappings:
  - scope: customer
    target: properties.Joined Store
    description: Where the person joined
    blank: clear
    rules:
      - when: { all: [ { column: JOINED, is: not-empty }, { any: [ { column: TIER, is: one-of, value: [a, 2, true] } ] } ] }
        template: '{{ JOINED | translate: "stores" }}'
      - template: Online
  - { scope: customer, target: first_name, rules: [ { template: '{{ FIRST }}' } ] }
`;
const environment = {
  SFTP_PORT: '2222',
  SFTP_PASSWORD: 'pa$$${word}',
  KLAVIYO_AU_KEY: 'pk_au',
  KLAVIYO_NZ_KEY: 'pk_nz',
};

function read(text: string, env: Record<string, string | undefined> = {}): ShopFile {
  const parsed = parseShopFile(text, env);
  if (!parsed.ok) {
    throw new Error(JSON.stringify(parsed.problems, null, 1));
  }
  return parsed.config;
}

test('a small file gets every default and the presets', () => {
  expect(read(minimal)).toEqual({
    shop: 'demo.myshopify.com',
    timezone: 'Australia/Sydney',
    phoneCountry: 'AU',
    currency: 'AUD',
    sftp: { host: '127.0.0.1', port: 22, username: 'apparel21', password: 'secret' },
    automation: {
      dataSync: true,
      pollSeconds: 30,
      fileCleanup: { enabled: true, retentionDays: 30 },
      digest: 'off',
    },
    privacy: { redactInKlaviyo: false },
    connections: [
      {
        name: 'Klaviyo AU',
        apiKey: 'pk_au',
        directory: '/pending/au',
        list: null,
        mode: 'production',
        testMaxRecords: 50,
        batchSize: 10_000,
        historyBefore: null,
        events: presetEvents,
        itemEvents: false,
        passThrough: false,
        sendExternalId: true,
        consentBack: 'off',
        notify: { errors: [], successes: [] },
        expect: [],
      },
    ],
    columns: presetColumns,
    translations: presetTranslations,
    mappings: presetMappings(presetColumns),
  });
});

test('a complete file is read as it is written, with the environment in it', () => {
  const config = read(complete, environment);
  expect(config).toMatchObject({
    timezone: 'Pacific/Auckland',
    phoneCountry: 'NZ',
    sftp: { port: 2222, password: 'pa$$${word}' },
    automation: {
      dataSync: false,
      pollSeconds: 60,
      fileCleanup: { enabled: false, retentionDays: 7 },
      digest: 'weekly',
    },
    privacy: { redactInKlaviyo: true },
    columns: { customers: { primaryKey: 'ID', email: 'EMAIL' }, orders: presetColumns.orders },
  });
  expect(config.columns.customers).not.toHaveProperty('phone');
  expect(config.connections[0]).toMatchObject({
    mode: 'test',
    historyBefore: '2026-01-01',
    events: { ...presetEvents, order: 'Store Order' },
    notify: { errors: ['ops@example.org'], successes: [] },
    expect: [
      { kind: 'customers', every: '24h', grace: '2h' },
      { kind: 'orders', every: '30m', grace: '2h' },
    ],
  });
  expect(config.translations.stores).toEqual({
    whenMissing: 'Elsewhere',
    entries: { SYD01: 'Sydney', 102: 'Perth' },
  });
  expect(config.translations['reward events']).toEqual(presetTranslations['reward events']);
  expect(config.mappings).toHaveLength(2);
});

test("a connection's rules are the shop's with its own columns and mappings over them", () => {
  const config = read(complete, environment);
  const au = connectionRules(config, 'Klaviyo AU', 'seed-au');
  expect(au).toMatchObject({
    eventSeed: 'seed-au',
    timezone: 'Pacific/Auckland',
    historyBefore: '2026-01-01',
    sendExternalId: false,
  });
  expect(au.columns.customers).toEqual({ primaryKey: 'ID', email: 'WORK_EMAIL' });
  expect(au.mappings.map(({ target, rules }) => [target, rules.at(-1)?.template])).toEqual([
    ['first_name', '{{ FIRST }}'],
    ['properties.Joined Store', 'AU'],
  ]);
  const nz = connectionRules(config, 'Klaviyo NZ', 'seed-nz');
  expect(nz.columns.customers).toEqual({ primaryKey: 'ID', email: 'EMAIL' });
  expect(nz.mappings).toEqual(config.mappings);
  expect(() => compileRules(au)).not.toThrow();
  expect(() => connectionRules(config, 'Klaviyo US', 'seed')).toThrow('no connection named Klaviyo US');
});

test('an export holds no secret and reads back as the same configuration', () => {
  for (const config of [read(minimal), read(complete, environment)]) {
    const yaml = toYaml(config);
    for (const secret of Object.values(secretPlaceholders(config))) {
      expect(yaml).not.toContain(secret);
    }
    expect(read(yaml, secretPlaceholders(config))).toEqual(config);
  }
});

test('the variables of an export are named after the connections and never collide', () => {
  const config = read(complete, environment);
  const [first, second] = config.connections;
  const names = ['Klaviyo AU', 'klaviyo-au', 'Süd', 'Klaviyo', '!!!'];
  const connections = names.flatMap((name, index) =>
    first === undefined ? [] : [{ ...first, name, apiKey: `key ${index}` }],
  );
  expect(secretPlaceholders({ ...config, connections })).toEqual({
    SFTP_PASSWORD: 'pa$$${word}',
    KLAVIYO_AU_KEY: 'key 0',
    KLAVIYO_AU_2_KEY: 'key 1',
    KLAVIYO_S_D_KEY: 'key 2',
    KLAVIYO_KEY: 'key 3',
    KLAVIYO_2_KEY: 'key 4',
  });
  expect(second?.apiKey).toBe('pk_nz');
});

test('any texts survive export and import, also those that look like variables or YAML', () => {
  const text = fc
    .oneof(
      fc.string({ minLength: 1 }),
      fc.constantFrom('${HOME}', '$${HOME}', '$$${A}', 'yes', '2026-01-01', '007', '# x', 'a: b', '- x', '"'),
    )
    .filter((one) => one.trim() !== '');
  const base = read(minimal);
  fc.assert(
    fc.property(text, text, text, (description, value, blank) => {
      const mapping = {
        scope: 'customer',
        target: 'properties.P',
        description,
        blank,
        rules: [{ template: 'x' }],
      } as const;
      const translations = {
        ...base.translations,
        own: { whenMissing: value, entries: { [value]: description } },
      };
      const config = { ...base, mappings: [{ ...mapping, rules: [...mapping.rules] }], translations };
      expect(read(toYaml(config), secretPlaceholders(config))).toEqual(config);
    }),
  );
});
