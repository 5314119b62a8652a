import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { readConfig } from '#app/config.server.ts';
import { openContext } from '#app/context.server.ts';
import type { Context } from '#app/context.ts';
import { silentLog } from '#test/builders/log.ts';
import { startRedis } from '#test/builders/redis.ts';
import type { LocalKlaviyoState } from '#workers/local/klaviyo/inspection.ts';
import type { FaultSpec } from '#workers/local/klaviyo/options.ts';
import { joinEmbeddedPostgres } from '#workers/local/postgres/embedded.ts';
import { clusterDir, serverUser } from '#workers/local/postgres/place.ts';
import { stopServer } from '#workers/local/postgres/postmaster.ts';
import { startLocalSftp } from '#workers/local/sftp/server.ts';
import { startChild } from './child.ts';
import type { Closers } from './closers.ts';
import { faultsOf } from './faults.ts';
import type { SoakOptions } from './options.ts';
import type { Plan } from './plan.ts';

export const SFTP_PASSWORD = 'soak-secret-of-sftp';

/** Everything around Threadline, real: PostgreSQL, Redis, SFTP over SSH, and a Klaviyo in a process of its own. */
export type Stand = {
  /** To look into the database; nothing is done with it but what a person does before the first file. */
  ctx: Context;
  /** What a worker's environment says. */
  workerEnv(name: string): Record<string, string>;
  sftp: { port: number; hostKey: string };
  /** A file appears on the SFTP server in one piece. */
  put(remotePath: string, text: string): void;
  klaviyo: {
    state(): Promise<LocalKlaviyoState>;
    /** Counts only. */
    summary(): Promise<LocalKlaviyoState>;
    post(address: string, body: unknown): Promise<void>;
  };
  emptyRedis(): Promise<void>;
  restartPostgres(): Promise<void>;
};

export async function openStand(plan: Plan, options: SoakOptions, closers: Closers): Promise<Stand> {
  const directory = mkdtempSync(path.join(tmpdir(), 'threadline-soak-'));
  closers.add('the temporary directory', () => rmSync(directory, { recursive: true, force: true }));
  const postgres = await startPostgres(closers);
  const redis = await startRedis();
  closers.add('Redis', async () => redis[Symbol.asyncDispose]());
  const root = path.join(directory, 'sftp');
  const sftp = await startLocalSftp({ root, username: 'apparel21', password: SFTP_PASSWORD });
  closers.add('the SFTP server', () => sftp.close());
  const klaviyoUrl = await startKlaviyo(plan, options, { directory, closers });

  function workerEnv(name: string): Record<string, string> {
    return {
      DATABASE_URL: postgres.url,
      REDIS_URL: redis.url,
      KLAVIYO_BASE_URL: klaviyoUrl,
      // A disk of its own, as on another machine; it outlives a kill.
      THREADLINE_DATA_DIR: path.join(directory, name),
      THREADLINE_ENCRYPTION_KEYS: `soak:${Buffer.alloc(32, 7).toString('base64')}`,
      THREADLINE_SETTLE_MS: '500',
      THREADLINE_CONSENT_SETTLE_MS: '5000',
      THREADLINE_MAX_ATTEMPTS: String(options.maxAttempts),
      LOG_LEVEL: 'info',
      LOG_FORMAT: 'json',
    };
  }

  for (const { directory: folder } of plan.connections) {
    mkdirSync(path.join(root, folder), { recursive: true });
  }
  const config = readConfig(workerEnv('soak'));
  const { ctx, close } = await openContext({ ...config, databaseUrl: postgres.url }, { log: silentLog() });
  closers.add('our database connections', close);
  return {
    ctx,
    workerEnv,
    sftp,
    put(remotePath, text) {
      const target = path.join(root, remotePath);
      const hidden = path.join(path.dirname(target), `.${path.basename(target)}`);
      mkdirSync(path.dirname(target), { recursive: true });
      writeFileSync(hidden, text);
      renameSync(hidden, target);
    },
    klaviyo: {
      state: () => getJson(`${klaviyoUrl}/_state?settle=1`),
      summary: () => getJson(`${klaviyoUrl}/_state?summary=1`),
      async post(address, body) {
        const answer = await fetch(`${klaviyoUrl}${address}`, { method: 'POST', body: JSON.stringify(body) });
        if (!answer.ok) {
          throw new Error(
            `the local Klaviyo answered ${answer.status} to ${address}: ${await answer.text()}`,
          );
        }
      },
    },
    async emptyRedis() {
      const client = new Redis(redis.url);
      try {
        await client.flushall();
      } finally {
        client.disconnect();
      }
    },
    restartPostgres: () => postgres.restart(),
  };
}

/** A server of its own on a port that stays the same over a restart. */
async function startPostgres(closers: Closers): Promise<{ url: string; restart(): Promise<void> }> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'threadline-soak-db-'));
  const user = serverUser();
  // No power fails here, and the disk of the machine is not what is looked at.
  const settings = { port: String(await freePort()), fsync: 'off', max_connections: '300' };
  closers.add("the database's files", () => {
    rmSync(clusterDir(dataDir, user), { recursive: true, force: true });
    rmSync(dataDir, { recursive: true, force: true });
  });
  const joined = [await joinEmbeddedPostgres(dataDir, { settings })];
  closers.add('PostgreSQL', async () => {
    for (const one of joined) {
      await one.leave();
    }
  });
  return {
    url: joined[0]?.url ?? '',
    async restart() {
      await stopServer(clusterDir(dataDir, user));
      joined.push(await joinEmbeddedPostgres(dataDir, { settings }));
    },
  };
}

async function startKlaviyo(
  plan: Plan,
  options: SoakOptions,
  { directory, closers }: { directory: string; closers: Closers },
): Promise<string> {
  const accounts = path.join(directory, 'accounts.json');
  const faults = path.join(directory, 'faults.json');
  writeFileSync(
    accounts,
    JSON.stringify(plan.accounts.map(({ id, keys }) => ({ id, keys: keys.map((key) => ({ key })) }))),
  );
  const isAnyDown = plan.accounts.filter(({ isDown }) => isDown).map(({ id }) => id);
  writeFileSync(faults, JSON.stringify(faultsOf(options, isAnyDown) satisfies FaultSpec[]));
  const parameters = ['--port', '0', '--limits', 'real', '--latency', String(options.latencyMs)];
  const child = startChild(['klaviyo', ...parameters, '--accounts', accounts, '--faults', faults], {
    env: {},
    ready: /Local Klaviyo on (http:\S+)/,
    onLine: () => undefined,
  });
  closers.add('the local Klaviyo', () => child.kill());
  return (await child.ready)[1] ?? '';
}

async function getJson(url: string): Promise<LocalKlaviyoState> {
  return (await (await fetch(url)).json()) as LocalKlaviyoState;
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
