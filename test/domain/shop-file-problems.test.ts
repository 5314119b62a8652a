import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseShopFile } from '#app/domain/shop-file.ts';

const minimal = `
shop: demo.myshopify.com
sftp: { host: 127.0.0.1, username: apparel21, password: secret }
connections:
  - { name: Klaviyo AU, apiKey: pk_au, directory: /pending/au }
`;

function problems(text: string, env: Record<string, string | undefined> = {}): string[] {
  const parsed = parseShopFile(text, env);
  return parsed.ok
    ? []
    : parsed.problems.map(({ path, message, remedy }) => `${path}: ${message}. ${remedy}.`);
}

test('each unset variable is told where it stands', () => {
  const text = minimal.replace('secret', '"${SFTP_PASSWORD}"').replace('pk_au', '"${KLAVIYO_AU_KEY}"');
  expect(problems(text)).toEqual([
    'sftp.password: The environment variable SFTP_PASSWORD is not set. Set SFTP_PASSWORD and run the command again.',
    'connections[0].apiKey: The environment variable KLAVIYO_AU_KEY is not set. Set KLAVIYO_AU_KEY and run the command again.',
  ]);
});

test.each([
  ['timezone: Sydney', 'timezone', 'no time zone'],
  ['phoneCountry: XX', 'phoneCountry', 'no country'],
  ['currency: dollars', 'currency', 'no currency'],
  ['polSeconds: 5', 'polSeconds', 'Unknown key'],
  ['automation: { dataSynk: true }', 'automation.dataSynk', 'Did you mean "dataSync"'],
  ['automation: { pollSeconds: 0 }', 'automation.pollSeconds', 'out of range'],
  ['automation: { dataSync: maybe }', 'automation.dataSync', 'true or false'],
  ['columns: { customers: { emial: X } }', 'columns.customers.emial', 'Did you mean "email"'],
  ['columns: { customers: { email: "" } }', 'columns.customers.email', 'empty'],
  ['translations: { stores: { entreis: {} } }', 'translations.stores.entreis', 'Did you mean "entries"'],
  ['mappings: [{ scope: person, target: email, rules: [{ template: x }] }]', 'mappings[0].scope', '"person"'],
  [
    'mappings: [{ scope: customer, target: emial, rules: [{ template: x }] }]',
    'mappings[0].target',
    'is no target',
  ],
  ['mappings: [{ scope: customer, target: email }]', 'mappings[0].rules', 'missing'],
  ['mappings: [{ scope: customer, target: email, rules: [] }]', 'mappings[0].rules', 'at least one rule'],
  [
    'mappings: [{ scope: customer, target: email, rules: [{ when: { column: A, is: eq }, template: x }] }]',
    'mappings[0].rules[0].when.is',
    '"eq" is no operator',
  ],
  [
    'mappings: [{ scope: customer, target: email, rules: [{ when: { al: [] }, template: x }] }]',
    'mappings[0].rules[0].when.al',
    'Did you mean "all"',
  ],
  [
    'mappings: [{ scope: customer, target: email, rules: [{ when: { all: x }, template: x }] }]',
    'mappings[0].rules[0].when.all',
    'a list of conditions',
  ],
  [
    'mappings: [{ scope: customer, target: email, rules: [{ when: { all: [], column: A }, template: x }] }]',
    'mappings[0].rules[0].when.column',
    'beside "all"',
  ],
  [
    'mappings: [{ scope: customer, target: email, rules: [{ when: yes, template: x }] }]',
    'mappings[0].rules[0].when',
    'a block of keys',
  ],
  [
    'mappings: [{ scope: customer, target: email, rules: [{ when: { column: A, is: matches, value: (a+)+ }, template: x }] }]',
    'mappings[0].rules[0].when.value',
    'for ever',
  ],
  [
    "mappings: [{ scope: customer, target: email, rules: [{ template: '{{ A | nope }}' }] }]",
    'mappings[0].rules[0].template',
    'undefined filter: nope',
  ],
  [
    "mappings: [{ scope: customer, target: email, rules: [{ template: '{{ A' }] }]",
    'mappings[0].rules[0].template',
    'not closed',
  ],
  [
    'mappings: [{ scope: customer, target: title, rules: [{ template: \'{{ A | translate: "shops" }}\' }] }]',
    'mappings[0].rules[0].template',
    'no translation table "shops"',
  ],
  [
    'mappings: [{ scope: customer, target: consent.sms, blank: clear, rules: [{ template: x }] }]',
    'mappings[0].blank',
    'no opinion',
  ],
])('%s is a problem at %s: %s', (line, path, words) => {
  const found = problems(`${minimal}\n${line}\n`);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(`${path}: `);
  expect(found[0]).toContain(words);
});

test.each([
  ['directory: /in/au', 'connections[1].directory', 'must lie in /pending'],
  ['directory: /pending/../x', 'connections[1].directory', '".."'],
  ['directory: /pending/AU', 'connections[1].directory', 'already the directory of "Klaviyo AU"'],
  ['name: Klaviyo AU', 'connections[1].name', 'Two connections are named'],
  ['batchSize: 10001', 'connections[1].batchSize', 'from 1 to 10000'],
  ['batchSize: 0', 'connections[1].batchSize', 'from 1 to 10000'],
  ['batchSize: many', 'connections[1].batchSize', 'a number'],
  ['historyBefore: 2026-02-30', 'connections[1].historyBefore', 'no date'],
  ['mode: live', 'connections[1].mode', 'production, test'],
  ['expect: [{ kind: customers, every: daily }]', 'connections[1].expect[0].every', 'no duration'],
  ['notify: { errors: [nobody] }', 'connections[1].notify.errors[0]', 'no e-mail address'],
  ['bathSize: 5', 'connections[1].bathSize', 'Did you mean "batchSize"'],
  ['apiKey: null', 'connections[1].apiKey', 'a text, not nothing'],
  [
    'mappings: [{ scope: item, target: email, rules: [{ template: x }] }]',
    'connections[1].mappings[0].target',
    'cannot be set by item mappings',
  ],
])('a connection with %s is a problem at %s: %s', (line, path, words) => {
  const [key = ''] = line.split(':');
  const lines = ['name: Klaviyo NZ', 'apiKey: pk_nz', 'directory: /pending/nz'].filter(
    (one) => !one.startsWith(`${key}:`),
  );
  const found = problems(`${minimal}  - ${[...lines, line].join('\n    ')}\n`);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(`${path}: `);
  expect(found[0]).toContain(words);
});

test.each([
  ['sftp: { host: a, username: u }', 'sftp: The SFTP login has neither password nor key'],
  [
    'sftp: { host: a, username: u, privateKey: k, privateKeyFile: f }',
    'sftp.privateKeyFile: The SFTP login has two private keys',
  ],
  ['sftp: { host: a, username: u, password: p, port: 99999 }', 'sftp.port: 99999 is out of range'],
  ['sftp: { host: a, username: u, password: p, hostKey: abc }', 'sftp.hostKey: "abc" is no host key'],
  ['sftp: { username: u, password: p }', 'sftp.host: It is missing'],
  ['', 'sftp: It is missing'],
])('%s: %s', (line, problem) => {
  const found = problems(`shop: demo.myshopify.com\n${line}\n`);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(problem);
});

test('all problems of a file are told at once', () => {
  const text = `
shop: demo.myshopify.com
timezone: Sydney
sftp: { host: a, port: 99999, username: u, password: "\${NOPE}" }
connections:
  - { name: A, apiKey: k, directory: /pending/au, batchsize: 5 }
  - { name: A, apiKey: k, directory: /pending/au }
mappings:
  - { scope: customer, target: emial, rules: [ { when: { column: A, is: eq }, template: '{{ A ' }, { template: '{{ A | nope }}' } ] }
`;
  expect(
    problems(text)
      .map((line) => line.slice(0, line.indexOf(': ')))
      .sort(),
  ).toEqual([
    'connections[0].batchsize',
    'connections[1].directory',
    'connections[1].name',
    'mappings[0].rules[0].template',
    'mappings[0].rules[0].when.is',
    'mappings[0].rules[1].template',
    'mappings[0].target',
    'sftp.password',
    'sftp.port',
    'timezone',
  ]);
});

test.each([
  ['a: [1', 'line 1'],
  ['shop: a\nshop: b', 'line 2'],
  ['a: &x [1]\nb: *y', ''],
])('%j is no YAML', (text, path) => {
  const found = problems(text);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(path);
  expect(found[0]).toContain('not valid YAML');
});

test('an event name that Klaviyo would refuse with every event is told before anything is sent', () => {
  const named = (length: number) =>
    minimal.replace(
      'directory: /pending/au',
      `directory: /pending/au, events: { item: ${'x'.repeat(length)} }`,
    );
  expect(problems(named(127))).toEqual([]);
  expect(problems(named(128))).toEqual([
    'connections[0].events.item: It is too long for Klaviyo. Write at most 127 characters.',
  ]);
});

test('a variable without quotes inside braces is told how to be written', () => {
  const [found] = problems('shop: a.b\nsftp: { host: a, password: ${SECRET}, username: u }\n');
  expect(found).toContain('line 2: ');
  expect(found).toContain('write variables in quotes');
});

test.each(['', '[]', 'text', '5'])('the document %j is told to be no configuration', (text) => {
  expect(problems(text)[0]).toContain('It must be a block of keys');
});

test('whatever the document, reading it ends with a configuration or with problems that say what to do', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const parsed = parseShopFile(text, {});
      expect(parsed.ok || parsed.problems.length > 0).toBe(true);
      expect(
        parsed.ok || parsed.problems.every(({ message, remedy }) => message !== '' && remedy !== ''),
      ).toBe(true);
    }),
  );
});
