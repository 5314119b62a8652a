import type { Context } from './context.ts';
import type { Shopify } from './shopify.server.ts';

/** What the web server tells the pages about itself. */
export type WebSettings = {
  /** Client id of the Shopify app; public. */
  apiKey: string;
  /** Where App Bridge comes from: Shopify's CDN, or the local stand-in. */
  appBridgeUrl: string;
  /** The one shop that is served without Shopify, on a laptop; null = Shopify logs people in. */
  localShop: string | null;
  /** Figures for Prometheus in its text format, or why who sent this Authorization header gets none. */
  metrics(authorization: string | undefined): Promise<{ status: number; contentType: string; text: string }>;
};

// Remix hands this object to every loader and action as `context`, so no route imports a singleton.
declare module '@remix-run/server-runtime' {
  // eslint-disable-next-line @typescript-eslint/consistent-type-definitions -- only an interface can be merged
  interface AppLoadContext {
    threadline: Context;
    shopify: Shopify;
    web: WebSettings;
  }
}
