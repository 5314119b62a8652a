/** Where the app's pages are reached from a mail. */
export type AppAddress = {
  /** Origin of the app itself, without a slash at the end. */
  url: string;
  /** Shopify's key of the app; null = it is served without Shopify. */
  apiKey: string | null;
};

/**
 * The absolute address of a page (`/app/files/…`) of a shop. Embedded apps open inside the admin, which appends what follows
 * the app's key to the app's own address (getEmbeddedAppUrl of @shopify/shopify-api builds the same).
 */
export function appLink({ url, apiKey }: AppAddress, shop: string, path: string): string {
  return apiKey === null
    ? `${url}${path}`
    : `https://admin.shopify.com/store/${encodeURIComponent(shopName(shop))}/apps/${encodeURIComponent(apiKey)}${path}`;
}

/** `demo` of `demo.myshopify.com`: what people call the shop. */
export function shopName(domain: string): string {
  return domain.replace(/\.myshopify\.com$/i, '');
}
