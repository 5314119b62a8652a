import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '#app/domain/errors.ts';
import { parseShopFile } from '#app/domain/shop-file.ts';
import { readConfig } from '#app/config.server.ts';
import { syncShop } from '#app/pipeline/sync-shop.ts';
import { readShopFile } from '#app/queries/shop-file.server.ts';
import { shopStatus } from '#app/queries/shop-status.server.ts';
import { applyShopFile } from '#app/services/apply-shop-file.server.ts';
import { balanceSheet } from '#workers/cli/balance-sheet.ts';
import { table, type Output } from '#workers/cli/output.ts';
import { withPass } from '#workers/cli/pass-verdict.ts';
import { openSession, type Session } from '#workers/cli/session.ts';
import { startLocalKlaviyo, type LocalKlaviyo } from '#workers/local/klaviyo/server.ts';
import { startLocalSftp } from '#workers/local/sftp/server.ts';
import {
  DEMO_ACCOUNTS,
  DEMO_ENVIRONMENT,
  DEMO_SHOP,
  sampleShopYaml,
  writeSampleFiles,
} from './sample-shop.ts';

/** Connections whose turn it is are looked for this often; their pace is `pollSeconds` of the sample shop. */
const SWEEP_MS = 2_000;
/** What the local Klaviyo holds is written down this often. */
const KEEP_MS = 5_000;

type DemoOptions = {
  output: Output;
  /** Ends after the sync. */
  once: boolean;
  /** Serves the pages straight from their sources. */
  watch: boolean;
  untilStopped(): Promise<void>;
};

/**
 * The whole of Threadline on one machine: embedded database, a local SFTP server with sample exports and a local Klaviyo
 * that remembers what it holds, one sync, and the app. Everything lies below the data directory. Returns whether every
 * balance closes.
 */
export async function runDemo({ output, once, watch, untilStopped }: DemoOptions): Promise<boolean> {
  const base = readConfig();
  if (base.isProduction) {
    throw new AppError({
      code: 'wrong_use',
      retry: 'never',
      message: 'demo in production',
      hint: 'The demo is for laptops: unset NODE_ENV=production.',
    });
  }
  const demoDir = path.join(base.dataDir, 'demo');
  const sftpRoot = path.join(demoDir, 'sftp');
  await mkdir(sftpRoot, { recursive: true });
  await writeSampleFiles(sftpRoot);
  await using sftp = await startLocalSftp({
    root: sftpRoot,
    username: DEMO_ENVIRONMENT.SFTP_USERNAME,
    password: DEMO_ENVIRONMENT.SFTP_PASSWORD,
    hostKeyPath: path.join(demoDir, 'sftp.hostkey'),
  });
  await using klaviyo = await startLocalKlaviyo({ accounts: DEMO_ACCOUNTS, seed: Date.now() });
  const memory = path.join(demoDir, 'klaviyo.state');
  await remember(klaviyo, memory);
  const session = await openSession({
    ...base,
    klaviyoBaseUrl: klaviyo.url,
    insecureLocalShop: DEMO_SHOP,
  });
  try {
    const shopId = await applySample(session, sftp);
    const isBalanced = await syncOnce(session, shopId, output);
    await keep(klaviyo, memory);
    output.line(holdings(klaviyo));
    if (once) {
      return isBalanced;
    }
    if (!watch) {
      const { ensureWebBuild } = await import('#workers/web/build.ts');
      await ensureWebBuild();
    }
    const { startWeb } = await import('#workers/web/server.ts');
    const web = await startWeb({
      watch,
      ctx: session.ctx,
      config: session.config,
      port: base.port,
      host: base.host,
    });
    output.line(
      `\nOpen ${web.url.replace('127.0.0.1', 'localhost')} · new files go into ${path.join(sftpRoot, 'pending', 'au')} · Ctrl-C stops it.`,
    );
    await keepSyncing(session, { untilStopped, keepState: () => keep(klaviyo, memory) });
    await web.close();
    return isBalanced;
  } finally {
    await session.close();
  }
}

/** The first start makes the sample shop; a later one keeps what was changed in the app and only finds the SFTP server again. */
async function applySample({ ctx }: Session, sftp: { port: number; hostKey: string }): Promise<string> {
  const [known] = await ctx.db.sql<{ id: string }>('SELECT id FROM shop WHERE domain = $1', [DEMO_SHOP]);
  const stored = known === undefined ? null : await readShopFile(ctx, known.id);
  const sample = parseShopFile(
    sampleShopYaml({ sftpPort: sftp.port, hostKey: sftp.hostKey }),
    DEMO_ENVIRONMENT,
  );
  if (!sample.ok) {
    throw new Error(`the sample shop is not valid: ${JSON.stringify(sample.problems)}`);
  }
  const file =
    stored === null || stored.connections.length === 0
      ? sample.config
      : { ...stored, sftp: stored.sftp.host === sample.config.sftp.host ? sample.config.sftp : stored.sftp };
  const { shopId } = await applyShopFile(ctx, file, { actor: 'demo', dryRun: false });
  if (shopId === null) {
    throw new Error('the sample shop was not created');
  }
  return shopId;
}

async function syncOnce(session: Session, shopId: string, output: Output): Promise<boolean> {
  output.note('Syncing the sample files…');
  const passes = await syncShop(session.ctx, shopId, {});
  const status = withPass(await shopStatus(session.ctx, shopId), passes);
  output.line(balanceSheet(status, passes));
  const files = status.connections.flatMap((connection) => connection.files);
  const isFinished = passes.every((pass) => pass.problems.every((problem) => problem.file !== null));
  return isFinished && files.every((file) => file.balanced);
}

/** What the accounts hold now, as Klaviyo itself tells. */
function holdings(klaviyo: LocalKlaviyo): string {
  const accounts = Object.values(klaviyo.state().accounts);
  const rows = accounts.map(({ name, profiles, events, lists }) => [
    name,
    profiles.length,
    profiles.filter((profile) => profile.consent.email.consent === 'SUBSCRIBED').length,
    profiles.filter((profile) => profile.consent.email.consent === 'UNSUBSCRIBED').length,
    events.length,
    lists.map((list) => `${list.name} (${list.members.length})`).join(', '),
  ]);
  const header = ['Klaviyo now holds', 'profiles', 'subscribed', 'unsubscribed', 'events', 'lists'];
  return `\n${table(header, rows)}`;
}

/** What `threadline work` does, in this process: a file dropped into the folder arrives by itself. */
async function keepSyncing(
  { ctx, config, databaseUrl }: Session,
  { untilStopped, keepState }: { untilStopped(): Promise<void>; keepState(): Promise<void> },
): Promise<void> {
  const [{ startWorkers }, { jobHandlers }] = await Promise.all([
    import('#app/adapters/queue-workers.server.ts'),
    import('#workers/jobs/handlers.ts'),
  ]);
  const workers = await startWorkers(ctx, jobHandlers, {
    redisUrl: config.redisUrl,
    databaseUrl,
    log: ctx.log,
    sweepEveryMs: SWEEP_MS,
  });
  const stopping = new AbortController();
  const stopped = untilStopped().then(() => stopping.abort());
  while (!stopping.signal.aborted) {
    await ctx.clock.sleep(KEEP_MS, stopping.signal).catch(() => undefined);
    await keepState();
  }
  await stopped;
  await workers.close();
  await keepState();
}

async function remember(klaviyo: LocalKlaviyo, file: string): Promise<void> {
  if (existsSync(file)) {
    klaviyo.restore(await readFile(file));
  }
}

async function keep(klaviyo: LocalKlaviyo, file: string): Promise<void> {
  await writeFile(`${file}.new`, klaviyo.snapshot());
  await rename(`${file}.new`, file);
}
