import { expect, test } from 'vitest';
import { openLog } from '#app/adapters/log.server.ts';
import { redactSecrets } from '#app/adapters/log-redaction.server.ts';
import { openMail } from '#app/adapters/mail.server.ts';
import { AppError } from '#app/domain/errors.ts';
import { recordingLog } from '#test/builders/log.ts';

const PRIVATE_KEY =
  '-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\nc2VjcmV0\n-----END OPENSSH PRIVATE KEY-----\n';

test.each([
  ['a Klaviyo key', 'key pk_abc123DEF was refused', 'abc123DEF'],
  ['a newer Klaviyo key', 'key pk_XyZ123_0a1b2c-d', '0a1b2c'],
  ['a Shopify token', 'token shpat_0123456789abcdef', '0123456789abcdef'],
  ['a Shopify secret', 'secret shpss_0123456789abcdef', '0123456789abcdef'],
  ['an authorization header', 'Authorization: Klaviyo-API-Key 0a1b2c3d', '0a1b2c3d'],
  ['a bearer token', 'authorization=Bearer abc.def-ghi', 'abc.def-ghi'],
  ['a session token', 'got eyJhbGciOi.eyJpc3MiOi.c2lnbmF0dXJl', 'c2lnbmF0dXJl'],
  ['a private key', `cannot read ${PRIVATE_KEY}`, 'c2VjcmV0'],
  ['a private key cut short', `cannot read ${PRIVATE_KEY.slice(0, 60)}`, 'c2VjcmV0'],
  ['a password in a URL', 'connect postgres://user:hunter2@db:5432/x', 'hunter2'],
  ['a password in a query', 'GET /x?password=hunter2&a=1', 'hunter2'],
])('%s is taken out of any text, however it is logged', (_what, text, secret) => {
  const { log, lines } = recordingLog();
  log.info({ note: text, nested: { list: [text] } }, text);
  log.warn({ err: new Error(text, { cause: new Error(text) }) }, 'failed');
  log.child({ part: text }).error({}, 'child');
  expect(lines).toHaveLength(3);
  expect(JSON.stringify(lines)).not.toContain(secret);
  expect(redactSecrets(text)).not.toContain(secret);
});

test.each([
  'password',
  'passphrase',
  'privateKey',
  'apiKey',
  'api_key',
  'accessToken',
  'authorization',
  'sealedKey',
])('a field called %s is taken out at any depth, whatever it holds', (name) => {
  const { log, lines } = recordingLog();
  log.info({ [name]: 'hunter"2', one: { two: { three: { four: { [name]: 'hunter"2' } } } } }, 'message');
  expect(lines).toHaveLength(1);
  expect(JSON.stringify(lines)).not.toContain('hunter');
});

test('a key as bytes is taken out as well', () => {
  const { log, lines } = recordingLog();
  log.info({ privateKey: Buffer.from('hunter2'), account: { password: { value: 'hunter2' } } }, 'message');
  expect(lines).toEqual([
    expect.objectContaining({ privateKey: '[redacted]', account: { password: '[redacted]' } }),
  ]);
});

test('the rest of the line stays as it is', () => {
  const { log, lines } = recordingLog();
  log.info({ shopId: 'a-b', rows: 3, sku: 'backpk_7', url: 'https://x/y?page=2' }, 'imported 3 rows');
  expect(lines).toEqual([
    {
      level: 'info',
      time: expect.any(String),
      shopId: 'a-b',
      rows: 3,
      sku: 'backpk_7',
      url: 'https://x/y?page=2',
      msg: 'imported 3 rows',
    },
  ]);
});

test('an error shows its code and causes, and nothing that the driver hung on it', () => {
  const { log, lines } = recordingLog();
  const driver = Object.assign(new Error('duplicate key'), {
    code: '23505',
    detail: 'Key (email)=(ann@example.org)',
  });
  const error = new AppError({
    code: 'x',
    retry: 'never',
    message: 'for the log',
    hint: 'for people',
    cause: driver,
  });
  log.error({ err: error }, 'failed');
  expect(lines[0]?.['err']).toMatchObject({
    type: 'AppError',
    code: 'x',
    message: 'for the log',
    cause: { code: '23505', message: 'duplicate key' },
  });
  expect(JSON.stringify(lines)).not.toContain('ann@example.org');
});

test('on a terminal the line is made for reading, and just as clean', () => {
  const lines: string[] = [];
  const log = openLog({ format: 'pretty', write: (line) => lines.push(line) });
  log.warn({ key: 'pk_abc123' }, 'key pk_abc123 was refused');
  expect(lines.join('')).toContain('WARN');
  expect(lines.join('')).toContain('was refused');
  expect(lines.join('')).not.toContain('abc123');
});

test('lines below the level are not written', () => {
  const lines: string[] = [];
  const log = openLog({ level: 'warn', format: 'json', write: (line) => lines.push(line) });
  log.info({}, 'quiet');
  log.child({ part: 'x' }).debug({}, 'quiet');
  log.warn({}, 'loud');
  expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(['loud']);
});

test('without a mail server an e-mail goes to the log, its address shortened', async () => {
  const { log, lines } = recordingLog();
  await openMail({ smtpUrl: null, log }).send({
    id: '1',
    to: 'ops@example.org',
    subject: 'Held',
    text: 'A file is held.',
    html: '<p>A file is held.</p>',
    date: new Date(0),
  });
  expect(lines).toEqual([
    expect.objectContaining({ to: 'o…@example.org', subject: 'Held', text: 'A file is held.' }),
  ]);
});

test.each([
  ['in JSON that a message quotes', JSON.stringify({ password: 'hunter2"x', a: 1 })],
  ['in JSON with blanks', '{ "apiKey": "hunter2" }'],
  ['as a refresh token in an address', 'GET /auth?refresh_token=hunter2&shop=x'],
  ['as a signature in an address', 'https://x.example/a?b=1&signature=hunter2'],
  ['as a password without a user in an address', 'redis://:hunter2@redis:6379'],
  ['as the address of a download', 'GET /downloads/hunter2 500'],
])('a secret %s is taken out, and the line stays JSON', (_where, text) => {
  const { log, lines } = recordingLog();
  log.error({ err: new Error(text), deep: { list: [{ text }] } }, text);
  expect(lines).toHaveLength(1);
  expect(JSON.stringify(lines)).not.toContain('hunter2');
});

test('what the environment holds in secrets is taken out wherever it stands, as it stands in JSON', () => {
  const lines: string[] = [];
  const secret = 'of "no\\ known shape';
  const log = openLog({ format: 'json', write: (line) => lines.push(line), secrets: [secret, 'a', ''] });
  log.error({ err: new Error(`refused: ${secret}`), deep: [[{ any: secret }]] }, `a banana of ${secret}`);
  expect(lines.join('')).not.toContain('known shape');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ msg: 'a banana of [redacted]' });
});

test('every line that is written on behalf of some work carries its fields, once, and no other line does', async () => {
  const lines: string[] = [];
  const log = openLog({ level: 'debug', format: 'json', write: (line) => lines.push(line) });
  const elsewhere = log.child({ part: 'adapter' });
  await log.within({ shopId: 's', jobId: 'j' }, async () => {
    await Promise.resolve();
    log.info({ rows: 1 }, 'inside');
    await log.within({ fileId: 'f' }, async () => elsewhere.debug({ shopId: 's' }, 'deeper'));
  });
  log.info({}, 'outside');

  const read = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(read).toEqual([
    expect.objectContaining({ shopId: 's', jobId: 'j', rows: 1, msg: 'inside' }),
    expect.objectContaining({ shopId: 's', jobId: 'j', fileId: 'f', part: 'adapter', msg: 'deeper' }),
    expect.not.objectContaining({ shopId: 's' }),
  ]);
  expect(lines[1]?.match(/"shopId"/g)).toHaveLength(1);
});
