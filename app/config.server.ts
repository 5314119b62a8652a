import path from 'node:path';
import { z } from 'zod';
import { AppError } from '#app/domain/errors.ts';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** 32 bytes and the name under which a sealed value remembers them. */
export type EncryptionKey = { id: string; key: Buffer };

export type ShopifyConfig = { apiKey: string; apiSecret: string; appUrl: string; scopes: string[] };

/** Everything that the environment says, checked. */
export type Config = {
  isProduction: boolean;
  /** Null = the embedded database in `dataDir`. */
  databaseUrl: string | null;
  /** Null = the queues live in the database. */
  redisUrl: string | null;
  /** Absolute. */
  dataDir: string;
  /** Work with a database that a newer release has brought up to date: its migrations only add. */
  allowNewerSchema: boolean;
  /** The first encrypts, all decrypt. Null (never in production) = the ones in `dataDir/keys.json`. */
  encryptionKeys: EncryptionKey[] | null;
  /** Origin without a slash at the end. */
  klaviyoBaseUrl: string;
  shopify: ShopifyConfig | null;
  /** Null = e-mails go to the log. */
  smtpUrl: string | null;
  logLevel: LogLevel;
  /** Null = pretty on a terminal, else JSON. */
  logFormat: 'pretty' | 'json' | null;
  /** The one shop that is served without Shopify's login; null = none. */
  insecureLocalShop: string | null;
  /** Pause between the two looks at a file's size, ms. */
  settleMs: number;
  /** How long Klaviyo may take until its state shows a consent call, ms. */
  consentSettleMs: number;
  /** How often a request that gets no answer is tried before the pass gives up. */
  maxAttempts: number;
  host: string;
  port: number;
};

/** The shop of `npm run demo`, served when THREADLINE_INSECURE_LOCAL_LOGIN just says yes. */
const LOCAL_SHOP = 'demo.myshopify.com';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/;

const url = (...protocols: string[]) =>
  z.string().refine((text) => protocols.includes(protocolOf(text)), {
    message: `is not a URL that starts with ${protocols.map((name) => `${name}//`).join(' or ')}`,
  });

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .refine((text) => /^\d+$/.test(text) && Number(text) >= min && Number(text) <= max, {
      message: `is not a whole number from ${min} to ${max}`,
    })
    .transform(Number);

const oneOf = <Word extends string>(words: readonly [Word, ...Word[]]) =>
  z.enum(words, { errorMap: () => ({ message: `is none of ${words.join(', ')}` }) });

const variables = z.object({
  NODE_ENV: z.string().optional(),
  DATABASE_URL: url('postgres:', 'postgresql:').optional(),
  REDIS_URL: url('redis:', 'rediss:').optional(),
  THREADLINE_DATA_DIR: z.string().default('.threadline'),
  THREADLINE_ENCRYPTION_KEYS: z
    .string()
    .transform((text, check) => {
      const keys = text.split(',').map((item) => parseKey(item.trim()));
      const isUsable =
        keys.every((key) => key !== null) && new Set(keys.map((key) => key?.id)).size === keys.length;
      if (!isUsable) {
        check.addIssue({
          code: 'custom',
          message:
            "is not a list of id:base64(32 bytes) with different ids, separated by commas; make a key with: node -p \"'k1:' + crypto.randomBytes(32).toString('base64')\"",
        });
      }
      return keys.filter((key) => key !== null);
    })
    .optional(),
  KLAVIYO_BASE_URL: url('https:', 'http:').default('https://a.klaviyo.com'),
  SHOPIFY_API_KEY: z.string().optional(),
  SHOPIFY_API_SECRET: z.string().optional(),
  SHOPIFY_APP_URL: url('https:', 'http:').optional(),
  SCOPES: z.string().optional(),
  SMTP_URL: url('smtp:', 'smtps:').optional(),
  LOG_LEVEL: oneOf(LOG_LEVELS).default('info'),
  LOG_FORMAT: oneOf(['pretty', 'json']).optional(),
  THREADLINE_INSECURE_LOCAL_LOGIN: z
    .string()
    .refine((text) => localShop(text) !== undefined, {
      message: 'is neither true nor false nor a domain such as demo.myshopify.com',
    })
    .optional(),
  THREADLINE_ALLOW_NEWER_SCHEMA: oneOf(['true', 'false']).default('false'),
  THREADLINE_SETTLE_MS: wholeNumber(0, 3_600_000).default('3000'),
  THREADLINE_CONSENT_SETTLE_MS: wholeNumber(0, 3_600_000).default('60000'),
  // Eight: with growing pauses about a minute.
  THREADLINE_MAX_ATTEMPTS: wholeNumber(1, 20).default('8'),
  HOST: z.string().optional(),
  PORT: wholeNumber(0, 65_535).default('3000'),
});

type Variables = z.output<typeof variables>;
type Environment = Readonly<Record<string, string | undefined>>;
type Problem = { name: string; problem: string };

/**
 * Reads the environment. An empty variable counts as unset. `serve`: what the web server needs must be there as well.
 * Errors: AppError `bad_environment` that lists every problem, without values.
 */
export function readConfig(env: Environment = process.env, { serve = false } = {}): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ''),
  );
  const parsed = variables.safeParse(given);
  const problems: Problem[] = [
    ...(parsed.error?.issues ?? []).map((issue) => ({ name: issue.path.join('.'), problem: issue.message })),
    ...crossProblems(given, serve),
  ];
  if (!parsed.success || problems.length > 0) {
    throw badEnvironment(problems);
  }
  return toConfig(parsed.data);
}

/** What a `${NAME}` in shop.yaml may name. */
export function environmentForShopFile(env: Environment = process.env): Environment {
  return { ...env };
}

function crossProblems(env: Environment, serve: boolean): Problem[] {
  const isProduction = env.NODE_ENV === 'production';
  const problems: Problem[] = [];
  if (isProduction && env.THREADLINE_ENCRYPTION_KEYS === undefined) {
    problems.push({
      name: 'THREADLINE_ENCRYPTION_KEYS',
      problem: 'is not set; production needs it (id:base64 of 32 random bytes) to seal keys and passwords',
    });
  }
  if (isProduction && serve) {
    for (const name of ['SHOPIFY_API_KEY', 'SHOPIFY_API_SECRET', 'SHOPIFY_APP_URL', 'SCOPES']) {
      if (env[name] === undefined) {
        problems.push({
          name,
          problem: 'is not set; "serve" needs it in production (shown by "shopify app env show")',
        });
      }
    }
  }
  if (localShop(env.THREADLINE_INSECURE_LOCAL_LOGIN ?? 'false')) {
    if (isProduction || !LOOPBACK.test(hostOf(env))) {
      problems.push({
        name: 'THREADLINE_INSECURE_LOCAL_LOGIN',
        problem: 'lets everybody in: it is refused when NODE_ENV is production or HOST is not 127.0.0.1',
      });
    }
  }
  if (env.KLAVIYO_BASE_URL !== undefined && protocolOf(env.KLAVIYO_BASE_URL) === 'http:') {
    if (!LOOPBACK.test(new URL(env.KLAVIYO_BASE_URL).hostname)) {
      problems.push({
        name: 'KLAVIYO_BASE_URL',
        problem: 'would send private keys unencrypted: use https://',
      });
    }
  }
  return problems;
}

function toConfig(env: Variables): Config {
  return {
    isProduction: env.NODE_ENV === 'production',
    databaseUrl: env.DATABASE_URL ?? null,
    redisUrl: env.REDIS_URL ?? null,
    dataDir: path.resolve(env.THREADLINE_DATA_DIR),
    allowNewerSchema: env.THREADLINE_ALLOW_NEWER_SCHEMA === 'true',
    encryptionKeys: env.THREADLINE_ENCRYPTION_KEYS ?? null,
    klaviyoBaseUrl: env.KLAVIYO_BASE_URL.replace(/\/+$/, ''),
    shopify: shopifyOf(env),
    smtpUrl: env.SMTP_URL ?? null,
    logLevel: env.LOG_LEVEL,
    logFormat: env.LOG_FORMAT ?? null,
    insecureLocalShop: localShop(env.THREADLINE_INSECURE_LOCAL_LOGIN ?? 'false') ?? null,
    settleMs: env.THREADLINE_SETTLE_MS,
    consentSettleMs: env.THREADLINE_CONSENT_SETTLE_MS,
    maxAttempts: env.THREADLINE_MAX_ATTEMPTS,
    host: hostOf(env),
    port: env.PORT,
  };
}

function shopifyOf(env: Variables): ShopifyConfig | null {
  const { SHOPIFY_API_KEY: apiKey, SHOPIFY_API_SECRET: apiSecret, SHOPIFY_APP_URL: appUrl } = env;
  if (!apiKey || !apiSecret || !appUrl) {
    return null;
  }
  const scopes = (env.SCOPES ?? '').split(',').map((scope) => scope.trim());
  return {
    apiKey,
    apiSecret,
    appUrl: appUrl.replace(/\/+$/, ''),
    scopes: scopes.filter((scope) => scope !== ''),
  };
}

/** A laptop serves itself only; in production the server stands behind a proxy. */
function hostOf(env: { HOST?: string | undefined; NODE_ENV?: string | undefined }): string {
  return env.HOST ?? (env.NODE_ENV === 'production' ? '0.0.0.0' : '127.0.0.1');
}

/** The shop to serve, null for none, undefined for nonsense. */
function localShop(text: string): string | null | undefined {
  if (/^(1|true|yes|on)$/i.test(text)) {
    return LOCAL_SHOP;
  }
  if (/^(0|false|no|off)$/i.test(text)) {
    return null;
  }
  return /^[a-z0-9][a-z0-9-]*\.myshopify\.com$/i.test(text) ? text.toLowerCase() : undefined;
}

function parseKey(text: string): EncryptionKey | null {
  const [, id, encoded] = /^([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/_-]{43}=?)$/.exec(text) ?? [];
  return id !== undefined && encoded !== undefined ? { id, key: Buffer.from(encoded, 'base64') } : null;
}

function protocolOf(text: string): string {
  return URL.canParse(text) ? new URL(text).protocol : '';
}

function badEnvironment(problems: Problem[]): AppError {
  const lines = problems.map(({ name, problem }) => `${name} ${problem}`);
  return new AppError({
    code: 'bad_environment',
    retry: 'person',
    message: `bad environment: ${lines.join('; ')}`,
    hint: `The environment is not right:\n${lines.map((line) => `- ${line}`).join('\n')}`,
  });
}
