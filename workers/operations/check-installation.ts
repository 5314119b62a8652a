import { statfs } from 'node:fs/promises';
import { MIGRATIONS } from '#app/context.server.ts';
import type { Config } from '#app/config.server.ts';
import { readSchemaState } from '#app/adapters/migrate.server.ts';
import { readRedisInfo } from '#app/adapters/redis-info.server.ts';
import type { Context } from '#app/context.ts';
import type { Check } from '#app/services/check-shop.server.ts';
import { checkSecrets } from '#app/services/sealed-secrets.server.ts';

export type Installation = { ctx: Context; config: Config; databaseUrl: string };

const GIB = 1024 ** 3;

/** Below it the spool may not hold the next large export; a million rows are about half of it. */
const LEAST_FREE_BYTES = GIB;

/** Leases, budgets and schedules compare PostgreSQL's clock with this machine's. */
const CLOCK_TOLERANCE_MS = 5_000;

/** Sweeps come every few seconds. */
const SWEEP_TOLERANCE_S = 120;

/** Redis 6.2 is the oldest that BullMQ works with. https://docs.bullmq.io/guide/connections */
const OLDEST_REDIS = [6, 2];

/** Looks at what all shops share: database, clock, queue, encryption keys, disk, workers. One line each. */
export async function checkInstallation(installation: Installation): Promise<Check[]> {
  return [
    await checkDatabase(installation),
    await checkClock(installation),
    await checkQueue(installation),
    await checkKeys(installation),
    await checkDisk(installation),
    await checkSweep(installation),
  ];
}

async function checkDatabase({ ctx, databaseUrl }: Installation): Promise<Check> {
  const subject = 'database';
  const [about] = await ctx.db.sql<{ version: string; bytes: number }>(
    `SELECT current_setting('server_version') AS version, pg_database_size(current_database())::float8 AS bytes`,
  );
  const { unknown } = await readSchemaState(databaseUrl, MIGRATIONS);
  const version = about?.version.split(' ')[0] ?? '';
  const answers = `answers, PostgreSQL ${version}, ${sizeWords(about?.bytes ?? 0)}`;
  return unknown.length === 0
    ? fine(subject, `${answers}, schema is up to date`)
    : warning(
        subject,
        `${answers}; a newer version has changed its schema (${unknown.length} migrations). Update this one soon.`,
      );
}

async function checkClock({ ctx }: Installation): Promise<Check> {
  const before = ctx.clock.now().getTime();
  const [row] = await ctx.db.sql<{ now: Date }>('SELECT clock_timestamp() AS now');
  const middle = (before + ctx.clock.now().getTime()) / 2;
  const aheadMs = middle - (row?.now.getTime() ?? middle);
  if (Math.abs(aheadMs) <= CLOCK_TOLERANCE_MS) {
    return fine('clock', "agrees with PostgreSQL's");
  }
  const seconds = Math.round(Math.abs(aheadMs) / 1_000);
  return problem(
    'clock',
    `is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} PostgreSQL's. Have both machines set by NTP.`,
  );
}

async function checkQueue({ ctx, config }: Installation): Promise<Check> {
  const subject = 'queue';
  if (!(await ctx.queue.isReady().catch(() => false))) {
    return {
      ...problem(
        subject,
        'does not answer. Check REDIS_URL, or leave it unset to keep the queues in the database.',
      ),
      isUnreachable: true,
    };
  }
  const depths = await ctx.queue.depths().catch(() => []);
  const sum = (state: string) =>
    depths.filter((depth) => depth.state === state).reduce((total, { count }) => total + count, 0);
  const jobs = `${sum('waiting')} jobs wait, ${sum('active')} run, ${sum('failed')} failed of late`;
  if (config.redisUrl === null) {
    return fine(subject, `answers, in the database; ${jobs}`);
  }
  const redis = await readRedisInfo(config.redisUrl);
  if (redis === null) {
    return fine(subject, `answers; ${jobs}`);
  }
  const answers = `answers, Redis ${redis.version}; ${jobs}`;
  if (isOlder(redis.version, OLDEST_REDIS)) {
    return problem(
      subject,
      `${answers}. This Redis is too old: ${OLDEST_REDIS.join('.')} or newer is needed.`,
    );
  }
  return redis.evictionPolicy === null || redis.evictionPolicy === 'noeviction'
    ? fine(subject, answers)
    : warning(
        subject,
        `${answers}. It throws jobs away when its memory is full (maxmemory-policy ${redis.evictionPolicy}): set it to noeviction.`,
      );
}

function isOlder(version: string, [oldestMajor = 0, oldestMinor = 0]: number[]): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
}

const LOST_SHOWN = 10;

async function checkKeys({ ctx }: Installation): Promise<Check> {
  const subject = 'encryption keys';
  const { current, older, lost } = await checkSecrets(ctx);
  if (lost.length > 0) {
    const shown = lost.slice(0, LOST_SHOWN).map(({ shop, what }) => `${shop}: ${what}`);
    const more = lost.length > shown.length ? `, and ${lost.length - shown.length} more` : '';
    return problem(
      subject,
      `${lost.length} stored secrets cannot be opened (${shown.join('; ')}${more}). Put the key that sealed them back into THREADLINE_ENCRYPTION_KEYS, or have these shops enter them again.`,
    );
  }
  return older === 0
    ? fine(subject, `open all ${current} stored secrets`)
    : warning(
        subject,
        `open all ${current + older} stored secrets, ${older} of them with an older key. Seal them with the first one: threadline rekey`,
      );
}

async function checkDisk({ config }: Installation): Promise<Check> {
  const subject = 'disk';
  const { bavail, blocks, bsize } = await statfs(config.dataDir);
  const free = bavail * bsize;
  const words = `${sizeWords(free)} of ${sizeWords(blocks * bsize)} free at ${config.dataDir}`;
  return free >= LEAST_FREE_BYTES
    ? fine(subject, words)
    : problem(subject, `${words}: files are kept there while they are read. Free some space.`);
}

async function checkSweep({ ctx, config }: Installation): Promise<Check> {
  const subject = 'workers';
  const [row] = await ctx.db.sql<{ age: number }>(
    `SELECT extract(epoch FROM now() - done_at)::float8 AS age FROM job_mark WHERE name = 'upkeep.sweep'`,
  );
  if (row === undefined) {
    return warning(subject, 'none has worked here yet. Start one with: threadline work');
  }
  const seconds = Math.round(Math.max(0, row.age));
  if (seconds <= SWEEP_TOLERANCE_S) {
    return fine(subject, `the last sweep ended ${seconds} s ago`);
  }
  const message = `the last sweep ended ${ageWords(seconds)} ago: no worker runs, or none gets through. Start one with "threadline work"; its log says what holds it up.`;
  return config.isProduction ? problem(subject, message) : warning(subject, message);
}

function ageWords(seconds: number): string {
  if (seconds < 7_200) {
    return `${Math.round(seconds / 60)} minutes`;
  }
  return seconds < 2 * 86_400
    ? `${Math.round(seconds / 3_600)} hours`
    : `${Math.round(seconds / 86_400)} days`;
}

function sizeWords(bytes: number): string {
  return bytes >= GIB ? `${(bytes / GIB).toFixed(1)} GB` : `${Math.round(bytes / 1024 ** 2)} MB`;
}

function fine(subject: string, message: string): Check {
  return { subject, isFine: true, message, isUnreachable: false };
}

function warning(subject: string, message: string): Check {
  return { ...fine(subject, message), isWarning: true };
}

function problem(subject: string, message: string): Check {
  return { subject, isFine: false, message, isUnreachable: false };
}
