import { Session } from '@shopify/shopify-app-remix/server';
import type { Request, RequestHandler } from 'express';
import type { SessionStorage } from '#app/adapters/session-storage.server.ts';
import type { Context } from '#app/context.ts';
import { AppError } from '#app/domain/errors.ts';
import { mintSessionToken } from './session-token.ts';

type LocalLogin = { shop: string; apiKey: string; apiSecret: string };

const BROWSER =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

/**
 * Refuses the local login wherever somebody else could reach it. Checked here once more, although the configuration has
 * checked it: this is the line behind which everybody is logged in.
 */
export function assertLocalLoginAllowed(server: { isProduction: boolean; host: string }): void {
  if (!server.isProduction && isLoopback(server.host)) {
    return;
  }
  throw new AppError({
    code: 'local_login_refused',
    retry: 'never',
    message: `local login refused: production ${server.isProduction}, bind address ${server.host}`,
    hint: 'THREADLINE_INSECURE_LOCAL_LOGIN lets everybody in: it works only outside production and on 127.0.0.1.',
  });
}

/** Gives the local shop the offline session that Shopify would have given, unless it has a living one. */
export async function storeLocalSession(storage: SessionStorage, shop: string): Promise<void> {
  const id = `offline_${shop}`;
  const present = await storage.loadSession(id);
  if (present?.isActive(undefined)) {
    return;
  }
  await storage.storeSession(
    new Session({
      id,
      shop,
      state: '',
      isOnline: false,
      scope: '',
      accessToken: 'local login: no Shopify behind it',
    }),
  );
}

/**
 * Adds a session token of the local shop to requests for the app's pages, as App Bridge does inside Shopify admin. The
 * library still verifies it: nothing is bypassed, and nothing but `/app` is touched.
 */
export function localLogin(ctx: Context, { shop, apiKey, apiSecret }: LocalLogin): RequestHandler {
  return (request, _answer, next) => {
    if (isForThePages(request) && isFromThisMachine(request)) {
      const token = mintSessionToken({ shop, apiKey, apiSecret, now: ctx.clock.now(), id: ctx.ids.uuid() });
      request.headers.authorization = `Bearer ${token}`;
      // The library turns robots away, and curl or a headless browser counts as one. On a laptop they are welcome.
      request.headers['user-agent'] = BROWSER;
    }
    next();
  };
}

function isForThePages(request: Request): boolean {
  const isLoggedIn = request.headers.authorization !== undefined || request.query['id_token'] !== undefined;
  return !isLoggedIn && /^\/app(\.data$|\/|$)/.test(request.path);
}

// A page of another site can make this browser call localhost (by a form, or by a name that resolves to 127.0.0.1).
// It must not be logged in by that.
function isFromThisMachine(request: Request): boolean {
  const site = request.headers['sec-fetch-site'];
  const isOwnOrReading =
    request.method === 'GET' || site === undefined || site === 'same-origin' || site === 'none';
  return isLoopback(request.socket.remoteAddress ?? '') && isLoopback(request.hostname) && isOwnOrReading;
}

function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').replace(/^::ffff:/, '');
  return bare === 'localhost' || bare === '::1' || /^127(\.\d{1,3}){3}$/.test(bare);
}
