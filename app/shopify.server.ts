import '@shopify/shopify-app-remix/adapters/node';
import { ApiVersion, AppDistribution, LogSeverity, shopifyApp } from '@shopify/shopify-app-remix/server';
import type { SessionStorage } from './adapters/session-storage.server.ts';
import type { ShopifyConfig } from './config.server.ts';
import type { Context, Log } from './context.ts';
import { installShop } from './services/install-shop.server.ts';

export type Shopify = ReturnType<typeof createShopify>;

/**
 * The app as Shopify knows it: who may come in, with which session. Built once by the web server and handed to the
 * routes in their load context. Session tokens and token exchange; offline tokens expire after an hour.
 */
export function createShopify(ctx: Context, settings: ShopifyConfig, sessionStorage: SessionStorage) {
  const shared = {
    apiKey: settings.apiKey,
    apiSecretKey: settings.apiSecret,
    appUrl: settings.appUrl,
    scopes: settings.scopes,
    // As in shopify.app.toml.
    apiVersion: ApiVersion.July26,
    authPathPrefix: '/auth',
    distribution: AppDistribution.AppStore,
    userAgentPrefix: 'Threadline',
    logger: { level: LogSeverity.Warning, log: logTo(ctx.log) },
    future: { unstable_newEmbeddedAuthStrategy: true, expiringOfflineAccessTokens: true },
  };
  const app = shopifyApp({
    ...shared,
    sessionStorage,
    hooks: {
      async afterAuth({ session }) {
        await installShop(ctx, { domain: session.shop });
      },
    },
  });
  const listener = shopifyApp({ ...shared, sessionStorage: noSessions });
  return {
    authenticate: { admin: app.authenticate.admin, webhook: listener.authenticate.webhook },
    addDocumentResponseHeaders: app.addDocumentResponseHeaders,
    login: app.login,
    sessionStorage,
  };
}

/**
 * The same app for one HTTP request. Remix runs the loaders of a page side by side and each asks who is there: this asks
 * once for all of them, so that a shop's first visit fetches one token and not several.
 */
export function forOneRequest(shopify: Shopify): Shopify {
  let visit: ReturnType<Shopify['authenticate']['admin']> | undefined;
  return {
    ...shopify,
    authenticate: {
      ...shopify.authenticate,
      async admin(request) {
        visit ??= shopify.authenticate.admin(request);
        try {
          return await visit;
        } catch (thrown) {
          // An answer can be read once only, and every loader's answer is read.
          throw thrown instanceof Response ? thrown.clone() : thrown;
        }
      },
    },
  };
}

// Our webhooks need no session. With one at hand the library refreshes an expired token before it hands the webhook
// over: a call to Shopify within the five seconds that it grants, and one that must fail after an uninstallation.
const noSessions: SessionStorage = {
  storeSession: async () => true,
  loadSession: async () => undefined,
  deleteSession: async () => true,
  deleteSessions: async () => true,
  findSessionsByShop: async () => [],
};

function logTo(log: Log) {
  const lines = {
    [LogSeverity.Error]: log.error,
    [LogSeverity.Warning]: log.warn,
    [LogSeverity.Info]: log.info,
    [LogSeverity.Debug]: log.debug,
  };
  return async (severity: LogSeverity, message: string): Promise<void> => {
    lines[severity].call(log, { part: 'shopify' }, message);
  };
}
