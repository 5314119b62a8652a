import { expect, test } from 'vitest';
import { environmentForShopFile, readConfig } from '#app/config.server.ts';
import type { AppError } from '#app/domain/errors.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');

function problemsOf(env: Record<string, string | undefined>, options?: { serve: boolean }): string[] {
  try {
    readConfig(env, options);
  } catch (error) {
    expect(error).toMatchObject({ code: 'bad_environment', retry: 'person' });
    return (error as AppError).hint.split('\n').slice(1);
  }
  return [];
}

test('with nothing set, everything is local', () => {
  const config = readConfig({});
  expect(config).toEqual({
    isProduction: false,
    databaseUrl: null,
    redisUrl: null,
    dataDir: `${process.cwd()}/.threadline`,
    allowNewerSchema: false,
    encryptionKeys: null,
    klaviyoBaseUrl: 'https://a.klaviyo.com',
    shopify: null,
    smtpUrl: null,
    logLevel: 'info',
    logFormat: null,
    insecureLocalShop: null,
    settleMs: 3000,
    consentSettleMs: 60_000,
    maxAttempts: 8,
    host: '127.0.0.1',
    port: 3000,
  });
});

test('every variable is read', () => {
  const config = readConfig({
    NODE_ENV: 'production',
    DATABASE_URL: 'postgres://db/threadline',
    REDIS_URL: 'rediss://redis:6380',
    THREADLINE_DATA_DIR: '/var/threadline',
    THREADLINE_ENCRYPTION_KEYS: `new:${KEY}, old:${KEY}`,
    KLAVIYO_BASE_URL: 'http://127.0.0.1:9000/',
    SHOPIFY_API_KEY: 'key',
    SHOPIFY_API_SECRET: 'secret',
    SHOPIFY_APP_URL: 'https://app.example.org/',
    SCOPES: 'read_customers, write_customers',
    SMTP_URL: 'smtps://mail.example.org',
    LOG_LEVEL: 'warn',
    LOG_FORMAT: 'json',
    THREADLINE_SETTLE_MS: '0',
    THREADLINE_ALLOW_NEWER_SCHEMA: 'true',
    HOST: '10.0.0.5',
    PORT: '8080',
  });
  expect(config).toMatchObject({
    isProduction: true,
    databaseUrl: 'postgres://db/threadline',
    redisUrl: 'rediss://redis:6380',
    dataDir: '/var/threadline',
    klaviyoBaseUrl: 'http://127.0.0.1:9000',
    shopify: {
      apiKey: 'key',
      apiSecret: 'secret',
      appUrl: 'https://app.example.org',
      scopes: ['read_customers', 'write_customers'],
    },
    smtpUrl: 'smtps://mail.example.org',
    logLevel: 'warn',
    logFormat: 'json',
    settleMs: 0,
    allowNewerSchema: true,
    host: '10.0.0.5',
    port: 8080,
  });
  expect(config.encryptionKeys?.map(({ id, key }) => [id, key.length])).toEqual([
    ['new', 32],
    ['old', 32],
  ]);
});

test('an empty variable is an unset one', () => {
  expect(readConfig({ DATABASE_URL: '', PORT: ' ' })).toMatchObject({ databaseUrl: null, port: 3000 });
});

test('one error lists every problem with its variable', () => {
  const problems = problemsOf({
    DATABASE_URL: 'mysql://db',
    REDIS_URL: 'nonsense',
    PORT: '99999',
    LOG_LEVEL: 'loud',
    LOG_FORMAT: 'xml',
    THREADLINE_SETTLE_MS: '3s',
    THREADLINE_CONSENT_SETTLE_MS: '-1',
    SMTP_URL: 'mail.example.org',
    THREADLINE_INSECURE_LOCAL_LOGIN: 'maybe',
    KLAVIYO_BASE_URL: 'http://klaviyo.example.org',
  });
  expect(problems.map((line) => line.split(' ')[1]).sort()).toEqual([
    'DATABASE_URL',
    'KLAVIYO_BASE_URL',
    'LOG_FORMAT',
    'LOG_LEVEL',
    'PORT',
    'REDIS_URL',
    'SMTP_URL',
    'THREADLINE_CONSENT_SETTLE_MS',
    'THREADLINE_INSECURE_LOCAL_LOGIN',
    'THREADLINE_SETTLE_MS',
  ]);
  expect(problems).toContain('- PORT is not a whole number from 0 to 65535');
});

test('values are never repeated in the error: they may be secrets', () => {
  const problems = problemsOf({
    DATABASE_URL: 'mysql://user:hunter2@db',
    THREADLINE_ENCRYPTION_KEYS: 'k1:hunter2',
    SMTP_URL: 'hunter2',
  });
  expect(problems).toHaveLength(3);
  expect(problems.join('\n')).not.toContain('hunter2');
});

test('production needs encryption keys, and Shopify only for the web server', () => {
  const work = problemsOf({ NODE_ENV: 'production' });
  expect(work.map((line) => line.split(' ')[1])).toEqual(['THREADLINE_ENCRYPTION_KEYS']);
  const serve = problemsOf({ NODE_ENV: 'production' }, { serve: true });
  expect(serve.map((line) => line.split(' ')[1])).toEqual([
    'THREADLINE_ENCRYPTION_KEYS',
    'SHOPIFY_API_KEY',
    'SHOPIFY_API_SECRET',
    'SHOPIFY_APP_URL',
    'SCOPES',
  ]);
  expect(problemsOf({}, { serve: true })).toEqual([]);
});

test.each([
  ['too short a key', 'k1:c2hvcnQ='],
  ['no id', KEY],
  ['two keys of one id', `k1:${KEY},k1:${KEY}`],
  ['a dot in the id', `k.1:${KEY}`],
])('encryption keys are refused: %s', (_why, value) => {
  expect(problemsOf({ THREADLINE_ENCRYPTION_KEYS: value })).toHaveLength(1);
});

test.each([
  [{ THREADLINE_INSECURE_LOCAL_LOGIN: 'true' }, 'demo.myshopify.com'],
  [{ THREADLINE_INSECURE_LOCAL_LOGIN: 'Mine.myshopify.com', HOST: 'localhost' }, 'mine.myshopify.com'],
  [{ THREADLINE_INSECURE_LOCAL_LOGIN: '1', HOST: '::1' }, 'demo.myshopify.com'],
  [{ THREADLINE_INSECURE_LOCAL_LOGIN: 'off' }, null],
])('the local login serves one shop: %j', (env, shop) => {
  expect(readConfig(env).insecureLocalShop).toBe(shop);
});

test.each([
  { HOST: '0.0.0.0' },
  { HOST: '192.168.1.5' },
  { HOST: '127.0.0.1.example.org' },
  { HOST: '::' },
  { NODE_ENV: 'production', THREADLINE_ENCRYPTION_KEYS: `k:${KEY}`, HOST: '127.0.0.1' },
])('the local login is refused where others could use it: %j', (env) => {
  const problems = problemsOf({ ...env, THREADLINE_INSECURE_LOCAL_LOGIN: 'true' });
  expect(problems).toEqual([expect.stringContaining('THREADLINE_INSECURE_LOCAL_LOGIN lets everybody in')]);
});

test('a shop file sees the environment as it is', () => {
  expect(environmentForShopFile({ SFTP_PASSWORD: 'x', EMPTY: '' })).toEqual({
    SFTP_PASSWORD: 'x',
    EMPTY: '',
  });
});
