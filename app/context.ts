import type { PrismaClient } from '@prisma/client';
import type { CsvPort } from './domain/ports/csv.ts';
import type { AppAddress } from './domain/mails/app-link.ts';
import type { KlaviyoOperation, KlaviyoPort } from './domain/ports/klaviyo.ts';
import type { MailPort } from './domain/ports/mail.ts';
import type { SftpPort, SftpSession } from './domain/ports/sftp.ts';
import type { SpoolPort } from './domain/ports/spool.ts';
import type { RecordKind } from './domain/records.ts';

/** Rows of plain SQL: the path of the data is set-based and written in SQL. Parameters are `$1`, `$2`… */
export type Sql = <Row extends object = Record<string, unknown>>(
  text: string,
  parameters?: readonly unknown[],
) => Promise<Row[]>;

/** PostgreSQL. Configuration goes through Prisma, the path of the data through SQL; one pool serves both. */
export type Database = {
  prisma: PrismaClient;
  sql: Sql;
  /** Everything inside happens or nothing. `name` shows in the log when it fails. */
  transaction<Result>(name: string, work: (sql: Sql) => Promise<Result>): Promise<Result>;
  /**
   * Runs `work` while this process alone holds the named lock (PostgreSQL advisory lock on its own connection: it is
   * free again the moment a killed process's socket closes). Null = somebody else holds it.
   */
  withLock<Result>(name: string, work: () => Promise<Result>): Promise<Result | null>;
};

/** Seals secrets: AES-256-GCM, bound to where they stand (`table/column/row of shop`). */
export type Vault = {
  seal(plain: string, place: string): string;
  open(sealed: string, place: string): string;
  /** True when it was sealed with the key that seals now: `threadline rekey` leaves it alone. */
  isCurrent(sealed: string): boolean;
};

/** A structured log line; secrets are redacted by the adapter. */
export type Log = {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Log;
  /** Runs `work`; every line that is written on its behalf, by whatever part, carries `fields`. */
  within<Result>(fields: object, work: () => Result): Result;
};

/** Catalogue of jobs: name → payload. Payloads carry ids only. */
export type Jobs = {
  'intake.connection': { shopId: string; connectionId: string };
  'push.connection': { shopId: string; connectionId: string };
  'push.consent-back': { shopId: string; connectionId: string };
  'upkeep.task': { shopId: string; taskId: string };
  'upkeep.sweep': Record<string, never>;
  'upkeep.watch': Record<string, never>;
  'upkeep.retention': Record<string, never>;
  'upkeep.clean-files': { shopId: string };
  'upkeep.redact-shop': { shopId: string };
  'upkeep.mail': Record<string, never>;
};
export type JobName = keyof Jobs;

export type JobQueue = {
  /** Adds the job unless the same job already waits; at most one more runs after an active one. */
  add<Name extends JobName>(name: Name, payload: Jobs[Name]): Promise<void>;
  /** True when the queue's store answers. */
  isReady(): Promise<boolean>;
  /** How many jobs each queue holds, by state. Errors: AppError `queue_unreachable`. */
  depths(): Promise<QueueDepth[]>;
  close(): Promise<void>;
};

export const QUEUE_STATES = ['waiting', 'active', 'delayed', 'failed'] as const;
export type QueueDepth = { queue: string; state: (typeof QUEUE_STATES)[number]; count: number };

/** What a process counts for the operator's monitoring: words from lists of ours, never a shop, a file or a person. */
export type Counted =
  | { what: 'rows'; kind: RecordKind; outcome: RowOutcome; count: number }
  | { what: 'klaviyo request'; operation: KlaviyoOperation; answer: KlaviyoAnswerClass; ms: number }
  | { what: 'mail'; outcome: 'sent' | 'failed' };
export type RowOutcome = 'created' | 'changed' | 'unchanged' | 'folded' | 'rejected';
/** `no-answer`: sent, and nobody knows; `not-sent`: it never left. */
export type KlaviyoAnswerClass = '2xx' | '3xx' | '4xx' | '429' | '5xx' | 'no-answer' | 'not-sent';
export type Meter = (counted: Counted) => void;

/** Steps of a long task, for a bar on a terminal or a live card in the app. */
export type Progress = {
  connection?: string;
  step:
    | 'discover'
    | 'fetch'
    | 'survey'
    | 'import'
    | 'profiles'
    | 'consent'
    | 'events'
    | 'confirm'
    | 'archive'
    | 'wait';
  subject?: string;
  done?: number;
  total?: number;
  note?: string;
};

/** What every pipeline, service and query function is given first; `shopId` comes second. Built once per process. */
export type Context = {
  db: Database;
  sftp: SftpPort;
  /** The sample exports as if they lay in a folder of an SFTP server. */
  openSampleFiles(directory: string): Promise<SftpSession>;
  klaviyo: KlaviyoPort;
  queue: JobQueue;
  vault: Vault;
  mail: MailPort;
  clock: { now(): Date; sleep(ms: number, signal?: AbortSignal): Promise<void> };
  ids: { uuid(): string; random(): number };
  csv: CsvPort;
  /** Files of this process on its own disk. */
  spool: SpoolPort;
  log: Log;
  settings: {
    /** Pause between the two looks at a file's size, ms. */
    settleMs: number;
    /** How often a failing request is tried before the pass gives up. */
    maxAttempts: number;
    batchBytes: number;
    /** How long Klaviyo may take until its state shows a consent call, ms. */
    consentSettleMs: number;
    /** Where links in mails lead. */
    appAddress: AppAddress;
  };
  onProgress(progress: Progress): void;
  meter: Meter;
};
