import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { AppError } from '#app/domain/errors.ts';

/** Countries whose numbers an account may text unless its specification says otherwise. */
const USUAL_SMS_REGIONS = 'AU NZ US CA GB IE FR DE ES IT NL BE AT CH DK SE NO FI PT PL'.split(' ');

const keySpec = z.strictObject({ key: z.string().min(1), scopes: z.array(z.string()).default(['*']) });

export const accountSpec = z.strictObject({
  id: z.string().min(1),
  name: z.string().default('Local account'),
  keys: z.array(keySpec).default([]),
  timezone: z.string().default('Australia/Sydney'),
  currency: z.string().default('AUD'),
  /** What happens to a new subscriber of a list that says nothing itself, and without a list. */
  optIn: z.enum(['single', 'double']).default('single'),
  sms: z
    .strictObject({ enabled: z.boolean(), regions: z.array(z.string()).default(USUAL_SMS_REGIONS) })
    .default({ enabled: true }),
  /** SMS consent wants a date of birth, of somebody of `minimumAge` years. */
  ageGated: z.boolean().default(false),
  minimumAge: z.number().int().default(18),
  /** Klaviyo's own: 150 lists may be made a day, and an account holds 1,000. */
  listsPerDay: z.number().int().positive().default(150),
  mostLists: z.number().int().positive().default(1_000),
  /** Catalogue variants that back-in-stock subscriptions may name. */
  variants: z.array(z.string()).default([]),
});

export const faultSpec = z.strictObject({
  match: z
    .strictObject({
      method: z.string().optional(),
      /** A prefix of the path, or a regular expression when it starts with `^`. */
      path: z.string().optional(),
      account: z.string().optional(),
    })
    .default({}),
  kind: z.enum([
    '429',
    '500',
    '502',
    '503',
    '504',
    'reset-before',
    'reset-after',
    'hang',
    'slow',
    'truncate',
    'cancel-job',
    'html-error',
  ]),
  /** 0..1, drawn from `seed`. */
  probability: z.number().min(0).max(1).default(1),
  /** How often it strikes; without it, for ever. */
  times: z.number().int().positive().optional(),
  /** Lets the first n matching requests through. */
  after: z.number().int().nonnegative().default(0),
  retryAfterSeconds: z.number().int().nonnegative().default(1),
  delayMs: z.number().nonnegative().default(1000),
  seed: z.number().int().default(1),
  /** True: the request is carried out before it fails (5xx, hang, html-error). */
  accepted: z.boolean().default(false),
});

/** What nobody outside Klaviyo knows for certain; each can be set the other way. */
export const switchSpec = z.strictObject({
  strictUnknown: z.boolean(),
  acceptGzip: z.boolean(),
  bodyLimitBytes: z.number().int().positive(),
  tooLargeStatus: z.union([z.literal(413), z.literal(400)]),
  nullInImport: z.enum(['ignore', 'clear']),
  rejectNullInImport: z.boolean(),
  throttledConsume: z.boolean(),
  refusedConsume: z.boolean(),
  repeatedEventInRequest: z.enum(['refuse', 'discard']),
  dropReservedDomains: z.boolean(),
  originalPayload: z.enum(['resource', 'attributes']),
  jobListLagMs: z.number().nonnegative(),
  /**
   * How the end of the revision that is asked for shows: as headers (`sunset`, `deprecation`), as answers by a newer revision
   * (`answeredBy`), or as 410 (`isOver`). Null = it does not.
   */
  retirement: z
    .strictObject({
      sunset: z.string().optional(),
      deprecation: z.string().optional(),
      answeredBy: z.string().optional(),
      isOver: z.boolean().optional(),
    })
    .nullable(),
});

export type AccountSpec = z.input<typeof accountSpec>;
export type FullAccountSpec = z.output<typeof accountSpec>;
export type FaultSpec = z.input<typeof faultSpec>;
export type FullFaultSpec = z.output<typeof faultSpec>;
export type Switches = z.output<typeof switchSpec>;

export const USUAL_SWITCHES: Switches = {
  strictUnknown: true,
  acceptGzip: false,
  bodyLimitBytes: 5_000_000,
  tooLargeStatus: 413,
  nullInImport: 'ignore',
  rejectNullInImport: false,
  throttledConsume: false,
  refusedConsume: true,
  repeatedEventInRequest: 'refuse',
  dropReservedDomains: true,
  originalPayload: 'resource',
  jobListLagMs: 0,
  retirement: null,
};

/** The account that exists when none is given. */
export const USUAL_ACCOUNT: AccountSpec = {
  id: 'LOCAL1',
  name: 'Local account',
  keys: [{ key: 'pk_local' }],
};

/** Reads the JSON file of `--accounts`. Throws `AppError` code `local-klaviyo-options` naming file and path. */
export function readAccountsFile(file: string): AccountSpec[] {
  return parseAccounts(readText(file), file);
}

/** Reads the JSON file of `--faults`. Throws `AppError` code `local-klaviyo-options` naming file and path. */
export function readFaultsFile(file: string): FaultSpec[] {
  return parseFaults(readText(file), file);
}

/** The accounts in a JSON text: a list of `{id, name, keys: [{key, scopes}]}`; ids and keys must differ. */
export function parseAccounts(text: string, file = '--accounts'): AccountSpec[] {
  const accounts = parse(z.array(accountSpec).min(1), text, file);
  const keys = accounts.flatMap((account) => account.keys.map((each) => each.key));
  const id = firstRepeated(accounts.map((account) => account.id));
  if (id !== null) {
    throw optionError(file, '', `account ${id} is there twice`);
  }
  const key = firstRepeated(keys);
  if (key !== null) {
    throw optionError(file, '', `key ${maskedKey(key)} is there twice`);
  }
  return accounts;
}

/** The faults in a JSON text: a list of `{match, kind, …}`. */
export function parseFaults(text: string, file = '--faults'): FaultSpec[] {
  const faults = parse(z.array(faultSpec), text, file);
  faults.forEach((fault, index) => {
    if (fault.match.path?.startsWith('^') && !isRegularExpression(fault.match.path)) {
      throw optionError(file, `${index}.match.path`, 'not a regular expression');
    }
  });
  return faults;
}

function parse<Output>(schema: z.ZodType<Output, z.ZodTypeDef, unknown>, text: string, file: string): Output {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw optionError(
      file,
      '',
      `not JSON (${cause instanceof Error ? cause.message : String(cause)})`,
      cause,
    );
  }
  const result = schema.safeParse(json);
  if (!result.success) {
    const issue = result.error.issues[0];
    throw optionError(file, issue?.path.join('.') ?? '', issue?.message ?? 'not valid', result.error);
  }
  return result.data;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw optionError(file, '', 'cannot be read', cause);
  }
}

function optionError(file: string, path: string, problem: string, cause?: unknown): AppError {
  const place = path === '' ? file : `${file}: ${path}`;
  return new AppError({
    code: 'local-klaviyo-options',
    retry: 'person',
    message: `${place}: ${problem}`,
    hint: `${place}: ${problem}. Correct the file and start again.`,
    where: path === '' ? { file } : { file, path },
    cause,
  });
}

function firstRepeated(values: string[]): string | null {
  return values.find((value, index) => values.indexOf(value) !== index) ?? null;
}

/** Keys are secrets also here: an operator may have put a real one into the file. */
function maskedKey(key: string): string {
  return `…${key.slice(-4)}`;
}

function isRegularExpression(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}
