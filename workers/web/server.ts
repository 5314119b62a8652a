import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { createRequestHandler } from '@remix-run/express';
import type { AppLoadContext } from '@remix-run/node';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import express from 'express';
import { sealedSessionStorage } from '#app/adapters/session-storage.server.ts';
import type { Config, ShopifyConfig } from '#app/config.server.ts';
import type { Context } from '#app/context.ts';
import { AppError } from '#app/domain/errors.ts';
import type { WebSettings } from '#app/load-context.ts';
import { createShopify, forOneRequest } from '#app/shopify.server.ts';
import { answerMetrics } from '#workers/operations/metrics-access.ts';
import { createMetrics, type Metrics } from '#workers/operations/metrics.ts';
import { frameGuard } from './frame-guard.ts';
import { listen, stop } from './listen.ts';
import { assertLocalLoginAllowed, localLogin, storeLocalSession } from './local-login.ts';
import { builtPages, watchedPages, type Pages } from './pages.ts';
import { requestLog } from './request-log.ts';

export type WebConfig = Pick<Config, 'isProduction' | 'shopify' | 'insecureLocalShop'> &
  Partial<Pick<Config, 'metricsToken'>>;

export type WebServer = {
  /** Where people open it, with the port that was taken. */
  url: string;
  /** Answers what is under way, takes nothing new. */
  close(): Promise<void>;
};

type StartOptions = {
  ctx: Context;
  config: WebConfig;
  port: number;
  host: string;
  /** True: pages straight from their sources, for `npm run dev`. */
  watch?: boolean;
  /** Those that the context counts into; by default the server has some of its own. */
  metrics?: Metrics;
};

const CDN_APP_BRIDGE = 'https://cdn.shopify.com/shopifycloud/app-bridge.js';

/**
 * Serves the embedded app, the webhooks and the probes. Does no sync work. Port 0 takes a free one. The caller owns
 * `ctx`: closing the server leaves it open. AppErrors: `web_build_missing`, `local_login_refused`,
 * `shopify_settings_missing`, `port_taken`.
 */
export async function startWeb({
  ctx,
  config,
  port,
  host,
  watch = false,
  metrics = createMetrics(),
}: StartOptions): Promise<WebServer> {
  const localShop = config.insecureLocalShop;
  if (localShop !== null) {
    assertLocalLoginAllowed({ isProduction: config.isProduction, host });
  }
  const settings = settingsOf(config);
  const storage = sealedSessionStorage({ prisma: ctx.db.prisma, vault: ctx.vault, log: ctx.log });
  if (localShop !== null) {
    await storeLocalSession(storage, localShop);
  }

  const server = createServer();
  const pages = watch ? await watchedPages(server) : await builtPages();
  const url = await listen(server, port, host);
  const shopify = createShopify(
    ctx,
    { ...settings, appUrl: localShop === null ? settings.appUrl : url },
    storage,
  );
  // This port is the public one: in production its metrics are for who has the token.
  const access = { token: config.metricsToken ?? null, openWithoutToken: !config.isProduction };
  const about: WebSettings = {
    apiKey: settings.apiKey,
    appBridgeUrl: localShop === null ? CDN_APP_BRIDGE : '/app-bridge-local.js',
    localShop,
    // Decided here and not by the address: Remix answers for a route under several.
    metrics: (authorization) => answerMetrics({ ctx, metrics, access }, authorization),
  };
  const getLoadContext = (): AppLoadContext => ({
    threadline: ctx,
    shopify: forOneRequest(shopify),
    web: about,
  });

  const app = express();
  app.disable('x-powered-by');
  app.use(requestLog(ctx), metrics.measure, frameGuard(), tellVersion(pages), pages.files);
  if (localShop !== null) {
    app.use(localLogin(ctx, { ...settings, shop: localShop }));
  }
  const { build, mode } = pages;
  app.all('*', createRequestHandler({ build, mode, getLoadContext }));
  app.use(lastResort(ctx));
  server.on('request', app);
  return {
    url,
    async close() {
      await pages.close();
      await stop(server);
    },
  };
}

function settingsOf(config: WebConfig): ShopifyConfig {
  if (config.shopify !== null) {
    return config.shopify;
  }
  if (config.insecureLocalShop !== null) {
    return { apiKey: 'local', apiSecret: randomBytes(32).toString('hex'), appUrl: '', scopes: [] };
  }
  throw new AppError({
    code: 'shopify_settings_missing',
    retry: 'person',
    message: 'SHOPIFY_API_KEY, SHOPIFY_API_SECRET or SHOPIFY_APP_URL is unset',
    hint: 'Set SHOPIFY_API_KEY, SHOPIFY_API_SECRET and SHOPIFY_APP_URL, or use THREADLINE_INSECURE_LOCAL_LOGIN on a laptop.',
  });
}

/** A page that is open over a deployment sees that the server is another one (app/components/update-notice.tsx). */
function tellVersion(pages: Pages): RequestHandler {
  const version = typeof pages.build === 'function' ? null : pages.build.assets.version;
  return (_request, answer, next) => {
    if (version !== null) {
      answer.setHeader('X-Threadline-Version', version);
    }
    next();
  };
}

function lastResort(ctx: Context): ErrorRequestHandler {
  return (error, request, answer, next) => {
    ctx.log.error({ err: error, path: request.path }, 'a request failed');
    if (answer.headersSent) {
      next(error);
      return;
    }
    answer.status(500).type('text').send('Something went wrong on our side.');
  };
}
