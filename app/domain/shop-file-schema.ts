import { z } from 'zod';
import { CONSENT_BACK } from './consent-back.ts';
import { readDuration } from './durations.ts';
import { readEmail } from './email.ts';
import { DIGESTS } from './mails/digest-pace.ts';
import { directoryProblem } from './lanes.ts';
import { mappingSchema, translationSchema } from './mapping-schema.ts';
import { LONGEST_METRIC_NAME } from './payload-limits.ts';
import { presetColumns, presetEvents } from './presets.ts';
import { readCountry } from './phone.ts';
import { RECORD_KINDS, type RecordKind } from './records.ts';
import type { Columns, Mapping } from './rules.ts';
import { createTimeReader, isTimeZone } from './time.ts';

/** `port: ${SFTP_PORT}` is a text after it was read from the environment. */
function numberFromText(value: unknown): unknown {
  return typeof value === 'string' && /^-?\d+$/.test(value.trim()) ? Number(value) : value;
}

function truthFromText(value: unknown): unknown {
  return value === 'true' ? true : value === 'false' ? false : value;
}

function whole(least: number, most: number) {
  const remedy = `Write a whole number from ${least} to ${most}`;
  const isWithin = (value: number) => Number.isInteger(value) && value >= least && value <= most;
  return z.preprocess(
    numberFromText,
    z.number().refine(isWithin, (value) => ({ message: `${value} is out of range`, params: { remedy } })),
  );
}

const truth = z.preprocess(truthFromText, z.boolean());
const name = z
  .string()
  .refine((text) => text.trim() !== '', { message: 'It is empty', params: { remedy: 'Write a text' } });

function checked(isFine: (text: string) => boolean, what: string, remedy: string) {
  return z.string().refine(isFine, (text) => ({ message: `"${text}" is no ${what}`, params: { remedy } }));
}

const timezone = checked(isTimeZone, 'time zone', 'Write an IANA zone such as Australia/Sydney');
const country = checked(
  (text) => text.length === 2 && readCountry(text) !== null,
  'country',
  'Write a country of two letters such as AU',
).transform((text) => readCountry(text) ?? text);
const currency = checked(
  (text) => Intl.supportedValuesOf('currency').includes(text),
  'currency',
  'Write a currency of three capital letters such as AUD',
);
const day = checked(
  (text) => /^\d{4}-\d{2}-\d{2}$/.test(text) && createTimeReader('UTC').read(text) !== null,
  'date',
  'Write a date such as 2026-01-31',
);
const duration = checked(
  (text) => (readDuration(text) ?? 0) > 0,
  'duration',
  'Write a duration such as 30m, 24h or 2d',
);
const address = checked(
  (text) => 'email' in readEmail(text),
  'e-mail address',
  'Write an address such as ops@example.org',
);
const directory = z.string().superRefine((text, ctx) => {
  const problem = directoryProblem(text);
  if (problem !== null) {
    ctx.addIssue({
      code: 'custom',
      message: problem,
      params: { remedy: 'Write a folder such as /pending/au' },
    });
  }
});

const sftp = z
  .object({
    host: name,
    port: whole(1, 65_535).default(22),
    username: name,
    password: name.optional(),
    privateKey: name.optional(),
    privateKeyFile: name.optional(),
    passphrase: name.optional(),
    hostKey: checked(
      (text) => /^SHA256:\S+$/.test(text),
      'host key',
      'Write SHA256: and the fingerprint',
    ).optional(),
  })
  .strict();

/** What runs by itself; also the settings page of it. */
export const automationSchema = z
  .object({
    dataSync: truth.default(true),
    pollSeconds: whole(1, 86_400).default(30),
    fileCleanup: z
      .object({ enabled: truth.default(true), retentionDays: whole(1, 3_650).default(30) })
      .strict()
      .default({}),
    // Programs that write YAML 1.1 give `off` as false.
    digest: z.preprocess((value) => (value === false ? 'off' : value), z.enum(DIGESTS)).default('off'),
  })
  .strict();

/** What becomes of people whom Shopify asks to erase. */
const privacy = z.object({ redactInKlaviyo: truth.default(false) }).strict();

/** Klaviyo would refuse every event of a longer name. */
const eventName = name.refine((text) => text.length <= LONGEST_METRIC_NAME, {
  message: 'It is too long for Klaviyo',
  params: { remedy: `Write at most ${LONGEST_METRIC_NAME} characters` },
});

const events = z
  .object({
    order: eventName.default(presetEvents.order),
    item: eventName.default(presetEvents.item),
    return: eventName.default(presetEvents.return),
    reward: eventName.default(presetEvents.reward),
  })
  .strict();

const customerFields = { email: name, phone: name, firstName: name, lastName: name, updatedAt: name };
const orderFields = { orderNumber: name, itemId: name, quantity: name, value: name };
const orderKeys = { primaryKey: name, customerReference: name, time: name };

const customerOverrides = z
  .object({ primaryKey: name, ...customerFields })
  .strict()
  .partial();
const orderOverrides = z
  .object({ ...orderKeys, ...orderFields })
  .strict()
  .partial();
const rewardOverrides = z.object(orderKeys).strict().partial();

/** A kind that is written stands for itself: only its keys fall back to the presets, not its optional columns. */
const columns = z
  .object({
    customers: customerOverrides
      .transform((own) => ({ ...own, primaryKey: own.primaryKey ?? presetColumns.customers.primaryKey }))
      .default(presetColumns.customers),
    orders: orderOverrides
      .transform((own) => {
        const { primaryKey, customerReference, time } = presetColumns.orders;
        return { primaryKey, customerReference, time, ...own };
      })
      .default(presetColumns.orders),
    rewards: rewardOverrides
      .transform((own) => ({ ...presetColumns.rewards, ...own }))
      .default(presetColumns.rewards),
  })
  .strict();

const connection = z
  .object({
    name,
    apiKey: name,
    directory,
    list: name.nullable().default(null),
    mode: z.enum(['production', 'test']).default('production'),
    testMaxRecords: whole(0, 1_000_000_000).default(50),
    batchSize: whole(1, 10_000).default(10_000),
    historyBefore: day.nullable().default(null),
    events: events.default({}),
    itemEvents: truth.default(false),
    passThrough: truth.default(false),
    sendExternalId: truth.default(true),
    // Programs that write YAML 1.1 give `off` as false.
    consentBack: z
      .preprocess((value) => (value === false ? 'off' : value), z.enum(CONSENT_BACK))
      .default('off'),
    notify: z
      .object({ errors: z.array(address).default([]), successes: z.array(address).default([]) })
      .strict()
      .default({}),
    expect: z
      .array(
        z.object({ kind: z.enum(RECORD_KINDS), every: duration, grace: duration.default('2h') }).strict(),
      )
      .default([]),
    columns: z
      .object({ customers: customerOverrides, orders: orderOverrides, rewards: rewardOverrides })
      .strict()
      .partial()
      .optional(),
    mappings: z.array(mappingSchema).optional(),
  })
  .strict();

/** What the settings page of a connection decides; its key, columns and mappings have pages and rules of their own. */
export const connectionSettingsSchema = connection.omit({ apiKey: true, columns: true, mappings: true });

/** Columns of one kind as a connection, or a page, may name them: any of them, none has a default. */
export const columnSchemas = {
  customers: customerOverrides,
  orders: orderOverrides,
  rewards: rewardOverrides,
};

/** What holds for the whole shop. */
export const shopSettingsSchema = z.object({ timezone, phoneCountry: country, currency }).strict();

/** Where the SFTP server is and who logs in. */
export const sftpAddressSchema = sftp.pick({ host: true, port: true, username: true });

/** shop.yaml after `${NAME}` was expanded; strict: an unknown key is an error. */
export const shopFileSchema = z
  .object({
    shop: checked(
      (text) => /^[a-z0-9][a-z0-9-]*(\.[a-z0-9-]+)+$/i.test(text),
      'shop domain',
      'Write the domain such as demo.myshopify.com',
    ),
    timezone: timezone.default('Australia/Sydney'),
    phoneCountry: country.default('AU'),
    currency: currency.default('AUD'),
    sftp,
    automation: automationSchema.default({}),
    privacy: privacy.default({}),
    connections: z.array(connection).default([]),
    columns: columns.default({}),
    translations: z.record(translationSchema).default({}),
    mappings: z.array(mappingSchema).optional(),
  })
  .strict();

type Parsed = z.output<typeof shopFileSchema>;

/** Columns that a connection reads otherwise than the shop. */
export type ColumnOverrides = { [Kind in RecordKind]?: Partial<Columns[Kind]> };
export type SftpSettings = Parsed['sftp'];
export type ConnectionFile = Parsed['connections'][number];
export type ConnectionSettings = z.output<typeof connectionSettingsSchema>;
export type ExpectedFile = ConnectionFile['expect'][number];

/** shop.yaml with every default filled in and `${NAME}` expanded. */
export type ShopFile = Omit<Parsed, 'mappings'> & { mappings: Mapping[] };
