import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { csvAdapter } from './adapters/csv.server.ts';
import { openKlaviyoBudget } from './adapters/klaviyo-budget.server.ts';
import { checkKeys } from './adapters/key-check.server.ts';
import { klaviyoPort } from './adapters/klaviyo.server.ts';
import { openLog } from './adapters/log.server.ts';
import { openMail } from './adapters/mail.server.ts';
import { bringUpToDate } from './adapters/migrate.server.ts';
import { openDatabase } from './adapters/postgres.server.ts';
import { openQueue } from './adapters/queue.server.ts';
import { openSpool } from './adapters/spool.server.ts';
import { createTimeOrderedUuids } from './adapters/time-ordered-uuid.server.ts';
import { localKeys, openVault } from './adapters/vault.server.ts';
import type { Config } from './config.server.ts';
import type { Context, Log, Meter, Progress } from './context.ts';
import type { MailPort } from './domain/ports/mail.ts';
import { keyPlace } from './pipeline/load-connections.ts';

/** The history of the data model that this version brings. */
export const MIGRATIONS = fileURLToPath(new URL('../prisma/migrations', import.meta.url));

/** Klaviyo takes bodies of 5 MB; the envelope around the items needs room. */
const BATCH_BYTES = 4_600_000;

export type OpenContextOptions = {
  /** Given or made: without it, one as the configuration says. */
  log?: Log;
  onProgress?: (progress: Progress) => void;
  /** Counts for the operator's monitoring. */
  meter?: Meter;
};

/**
 * Builds what every pipeline, service and query function is given, and brings the database up to date. Once per process.
 * Errors: AppError `database_unreachable`, `database_too_old`, `migration_failed`, `migration_changed`, `schema_outdated`,
 * `wrong_encryption_key`, `bad_environment`.
 */
export async function openContext(
  config: Config & { databaseUrl: string },
  {
    log = openLog({ level: config.logLevel, format: config.logFormat }),
    onProgress = () => {},
    meter = () => {},
  }: OpenContextOptions = {},
): Promise<{ ctx: Context; close(): Promise<void> }> {
  const vault = openVault(config.encryptionKeys ?? localKeys(config.dataDir));
  const db = await openDatabase(config.databaseUrl, { log });
  try {
    await bringUpToDate(config.databaseUrl, MIGRATIONS, { mode: config.migrations, log });
    await checkKeys(db.sql, vault, keyPlace);
  } catch (error) {
    await db.close();
    throw error;
  }
  const clock: Context['clock'] = {
    now: () => new Date(),
    sleep(ms, signal) {
      if (signal) {
        // One signal ends all the waits of a piece of work: Node would print a warning at the eleventh.
        setMaxListeners(0, signal);
      }
      return pause(ms, undefined, { signal });
    },
  };
  const klaviyo = klaviyoPort({
    baseUrl: config.klaviyoBaseUrl,
    clock,
    log,
    budget: openKlaviyoBudget(db.sql),
    onAnswer: (answer) => meter({ what: 'klaviyo request', ...answer }),
  });
  const queue = openQueue({ redisUrl: config.redisUrl, databaseUrl: config.databaseUrl, log });
  const ctx: Context = {
    db,
    // Loaded by who needs it: most commands only read the database.
    sftp: {
      open: async (settings) =>
        (await import('./adapters/sftp.server.ts')).openSftp(
          settings,
          {},
          { privateHosts: config.sftpPrivateHosts },
        ),
    },
    openSampleFiles: async (directory) =>
      (await import('./adapters/sample-files.server.ts')).openSampleFiles(directory),
    klaviyo,
    queue,
    vault,
    mail: counted(openMail({ smtpUrl: config.smtpUrl, log }), meter),
    clock,
    ids: { uuid: createTimeOrderedUuids(Date.now), random: () => Math.random() },
    csv: csvAdapter,
    spool: openSpool(config.dataDir),
    log,
    settings: {
      settleMs: config.settleMs,
      maxAttempts: config.maxAttempts,
      batchBytes: BATCH_BYTES,
      consentSettleMs: config.consentSettleMs,
      appAddress: addressOf(config),
    },
    onProgress,
    meter,
  };
  return {
    ctx,
    async close() {
      await Promise.allSettled([klaviyo.close(), queue.close()]);
      await db.close();
    },
  };
}

/** Without Shopify, or past its login, the app is this machine's own. */
function addressOf({ shopify, insecureLocalShop, port }: Config): Context['settings']['appAddress'] {
  return shopify === null || insecureLocalShop !== null
    ? { url: `http://localhost:${port}`, apiKey: null }
    : { url: shopify.appUrl, apiKey: shopify.apiKey };
}

function counted(mail: MailPort, meter: Meter): MailPort {
  return {
    ...mail,
    async send(message) {
      try {
        await mail.send(message);
        meter({ what: 'mail', outcome: 'sent' });
      } catch (error) {
        meter({ what: 'mail', outcome: 'failed' });
        throw error;
      }
    },
  };
}
