import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readConfig, type Config } from '#app/config.server.ts';
import { openContext } from '#app/context.server.ts';
import type { Context } from '#app/context.ts';
import { parseShopFile } from '#app/domain/shop-file.ts';
import { syncShop } from '#app/pipeline/sync-shop.ts';
import type { ConnectionPass } from '#app/pipeline/sync-connection.ts';
import { shopStatus, type ShopStatus } from '#app/queries/shop-status.server.ts';
import { applyShopFile } from '#app/services/apply-shop-file.server.ts';
import { createTestDatabase } from '#test/builders/database.ts';
import { outboundContract } from '#test/builders/outbound-contract.ts';
import { silentLog } from '#test/builders/log.ts';
import {
  startLocalKlaviyo,
  type LocalKlaviyo,
  type LocalKlaviyoOptions,
} from '#workers/local/klaviyo/server.ts';
import { startLocalSftp } from '#workers/local/sftp/server.ts';

export const SHOP = 'world.myshopify.com';

/** A shop with everything around it, real down to the bytes: database, SFTP over SSH, Klaviyo over HTTP. */
export type World = {
  ctx: Context;
  shopId: string;
  klaviyo: LocalKlaviyo;
  config: Config & { databaseUrl: string };
  /** Environment in which the command line meets the same world. */
  env: Record<string, string>;
  yaml: string;
  sftpRoot: string;
  /** Puts a file on the SFTP server, e.g. `put('/pending/au/customers_….csv', text)`. */
  put(remotePath: string, content: string | Buffer): void;
  sync(
    options?: Omit<Parameters<typeof syncShop>[2], never>,
  ): Promise<{ passes: ConnectionPass[]; status: ShopStatus }>;
  status(): Promise<ShopStatus>;
  /** Applies another configuration to the shop. */
  apply(yaml: string): Promise<void>;
} & AsyncDisposable;

export type WorldOptions = {
  /** Lines of shop.yaml that stand in for or follow the usual ones of the only connection `Klaviyo AU`. */
  connection?: string;
  /** Whole shop.yaml, given the SFTP port. */
  yaml?: (ports: { sftpPort: number; hostKey: string }) => string;
  klaviyo?: LocalKlaviyoOptions;
  settings?: Partial<Context['settings']>;
  /** Lines of shop.yaml at top level. */
  extra?: string;
};

const ENVIRONMENT = { SFTP_PASSWORD: 'secret-of-sftp', KLAVIYO_AU_KEY: 'pk_local', KLAVIYO_NZ_KEY: 'pk_nz' };

function usualYaml(input: {
  sftpPort: number;
  hostKey: string;
  connection?: string;
  extra?: string;
}): string {
  return `shop: ${SHOP}
timezone: Australia/Sydney
phoneCountry: AU
currency: AUD
sftp: { host: 127.0.0.1, port: ${input.sftpPort}, username: apparel21, password: '\${SFTP_PASSWORD}', hostKey: '${input.hostKey}' }
${input.extra ?? ''}
connections:
  - name: Klaviyo AU
    apiKey: \${KLAVIYO_AU_KEY}
    directory: /pending/au
${input.connection ?? '    list: Retail Customers'}
`;
}

/** Starts a world of its own; everything in it ends with the `await using` block. */
export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const directory = mkdtempSync(path.join(tmpdir(), 'threadline-world-'));
  const sftpRoot = path.join(directory, 'sftp');
  mkdirSync(path.join(sftpRoot, 'pending/au'), { recursive: true });
  const database = await createTestDatabase();
  const sftp = await startLocalSftp({
    root: sftpRoot,
    username: 'apparel21',
    password: ENVIRONMENT.SFTP_PASSWORD,
    hostKeyPath: path.join(directory, 'hostkey'),
  });
  const contract = outboundContract();
  const klaviyo = await startLocalKlaviyo({
    limits: 'off',
    jobDurationMs: 20,
    processingDelayMs: 5,
    ...options.klaviyo,
    onRequest: (request) => {
      contract.check(request);
      options.klaviyo?.onRequest?.(request);
    },
  });
  const env = {
    DATABASE_URL: database.url,
    KLAVIYO_BASE_URL: klaviyo.url,
    THREADLINE_DATA_DIR: path.join(directory, 'data'),
    THREADLINE_SETTLE_MS: '0',
    THREADLINE_ENCRYPTION_KEYS: `test:${Buffer.alloc(32, 7).toString('base64')}`,
    LOG_LEVEL: 'silent',
    ...ENVIRONMENT,
  };
  const config = { ...readConfig(env), databaseUrl: database.url };
  const { ctx, close } = await openContext(config, { log: silentLog() });
  Object.assign(ctx.settings, { maxAttempts: 4, consentSettleMs: 1_500, ...options.settings });
  const ports = { sftpPort: sftp.port, hostKey: sftp.hostKey };
  const yaml =
    options.yaml?.(ports) ?? usualYaml({ ...ports, connection: options.connection, extra: options.extra });

  async function apply(text: string): Promise<string> {
    const parsed = parseShopFile(text, ENVIRONMENT);
    if (!parsed.ok) {
      throw new Error(`shop.yaml of the test: ${JSON.stringify(parsed.problems)}`);
    }
    const applied = await applyShopFile(ctx, parsed.config, { actor: 'test', dryRun: false });
    return applied.shopId ?? '';
  }
  const shopId = await apply(yaml);
  return {
    ctx,
    shopId,
    klaviyo,
    config,
    env,
    yaml,
    sftpRoot,
    put(remotePath, content) {
      const target = path.join(sftpRoot, remotePath);
      mkdirSync(path.dirname(target), { recursive: true });
      writeFileSync(target, content);
    },
    async sync(input = {}) {
      const passes = await syncShop(ctx, shopId, input);
      klaviyo.settle();
      return { passes, status: await shopStatus(ctx, shopId) };
    },
    status: () => shopStatus(ctx, shopId),
    apply: async (text) => void (await apply(text)),
    async [Symbol.asyncDispose]() {
      await close();
      await klaviyo.close();
      await sftp.close();
      await database[Symbol.asyncDispose]();
      rmSync(directory, { recursive: true, force: true });
      contract.assertKept();
    },
  };
}
