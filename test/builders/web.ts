import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AppLoadContext } from '@remix-run/node';
import { sealedSessionStorage } from '#app/adapters/session-storage.server.ts';
import { openVault } from '#app/adapters/vault.server.ts';
import type { Context, Database, JobQueue, Log } from '#app/context.ts';
import { createShopify } from '#app/shopify.server.ts';
import { ensureWebBuild } from '#workers/web/build.ts';
import { storeLocalSession } from '#workers/web/local-login.ts';
import type { WebConfig, WebServer } from '#workers/web/server.ts';
import { startWeb } from '#workers/web/server.ts';
import { mintSessionToken } from '#workers/web/session-token.ts';
import { silentLog } from './log.ts';

export const SHOPIFY = {
  apiKey: 'client-id-of-the-tests',
  apiSecret: 'secret-of-the-tests',
  appUrl: 'https://threadline.test',
  scopes: [],
};

/** What the web server may touch is real; everything else throws at the first touch. */
export function webContext(
  db: Database,
  { log = silentLog(), queue = readyQueue }: { log?: Log; queue?: JobQueue } = {},
): Context {
  return {
    db,
    queue,
    log,
    vault: openVault([{ id: 'test', key: randomBytes(32) }]),
    clock: {
      now: () => new Date(),
      sleep: (ms, signal) => sleep(ms, undefined, { signal }),
    },
    ids: { uuid: () => randomUUID(), random: () => 0.5 },
    sftp: untouchable('sftp'),
    openSampleFiles: untouchable('openSampleFiles'),
    klaviyo: untouchable('klaviyo'),
    csv: untouchable('csv'),
    spool: untouchable('spool'),
    mail: untouchable('mail'),
    settings: {
      settleMs: 0,
      maxAttempts: 4,
      batchBytes: 4_600_000,
      consentSettleMs: 0,
      appAddress: { url: 'http://127.0.0.1', apiKey: null },
    },
    onProgress: () => {},
    meter: () => {},
  };
}

const readyQueue: JobQueue = {
  add: async () => {},
  isReady: async () => true,
  depths: async () => [],
  close: async () => {},
};

function untouchable(part: string): never {
  const refuse = () => {
    throw new Error(`the web server must not touch ${part}`);
  };
  return new Proxy(refuse, { get: refuse, apply: refuse }) as never;
}

/** What a loader or action gets as `context`, for calling it without a server. */
export function loadContext(ctx: Context): AppLoadContext {
  const storage = sealedSessionStorage({ prisma: ctx.db.prisma, vault: ctx.vault, log: ctx.log });
  return {
    threadline: ctx,
    shopify: createShopify(ctx, SHOPIFY, storage),
    web: {
      apiKey: SHOPIFY.apiKey,
      appBridgeUrl: 'https://app-bridge.test/app-bridge.js',
      localShop: null,
      metrics: async () => ({ status: 200, contentType: 'text/plain', text: '' }),
    },
  };
}

/** The compiled app on a free port. */
export async function startTestWeb(
  ctx: Context,
  config: Partial<WebConfig> = {},
): Promise<WebServer & AsyncDisposable> {
  await ensureWebBuild();
  const web = await startWeb({
    ctx,
    config: { isProduction: false, shopify: SHOPIFY, insecureLocalShop: null, ...config },
    port: 0,
    host: '127.0.0.1',
  });
  return { ...web, [Symbol.asyncDispose]: () => web.close() };
}

/** The offline session that Shopify gives at installation. */
export async function storeSession(ctx: Context, shop: string): Promise<void> {
  const storage = sealedSessionStorage({ prisma: ctx.db.prisma, vault: ctx.vault, log: ctx.log });
  await storeLocalSession(storage, shop);
}

export function tokenFor(
  shop: string,
  changes: { apiKey?: string; apiSecret?: string; now?: Date } = {},
): string {
  return mintSessionToken({ ...SHOPIFY, now: new Date(), ...changes, shop, id: randomUUID() });
}

export const BROWSER = {
  'user-agent':
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
};

/** Headers of a request from App Bridge inside the shop's admin. */
export function asShop(shop: string): Record<string, string> {
  return { ...BROWSER, authorization: `Bearer ${tokenFor(shop)}` };
}

/** The query that Shopify admin opens the app with. */
export function fromAdmin(shop: string): string {
  const host = Buffer.from(`admin.shopify.com/store/${shop.split('.')[0]}`).toString('base64');
  return `shop=${shop}&host=${encodeURIComponent(host)}&embedded=1`;
}

type Webhook = {
  topic: string;
  shop: string;
  payload?: object;
  /** Shopify's id of the event: the same in every repeat. */
  eventId?: string;
  triggeredAt?: Date;
  secret?: string;
};

/** A webhook as Shopify posts it, signed. */
export function signedWebhook(path: string, webhook: Webhook): Request {
  const body = JSON.stringify(webhook.payload ?? {});
  const secret = webhook.secret ?? SHOPIFY.apiSecret;
  return new Request(`https://threadline.test${path}`, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'x-shopify-topic': webhook.topic,
      'x-shopify-shop-domain': webhook.shop,
      'x-shopify-api-version': '2026-07',
      'x-shopify-webhook-id': randomUUID(),
      'x-shopify-event-id': webhook.eventId ?? randomUUID(),
      'x-shopify-triggered-at': (webhook.triggeredAt ?? new Date()).toISOString(),
      'x-shopify-hmac-sha256': createHmac('sha256', secret).update(body).digest('base64'),
    },
  });
}
