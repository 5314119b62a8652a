import type { Context } from '../context.ts';
import { installShop } from './install-shop.server.ts';

/** The shop that a page is shown for, with what almost every page needs of its settings. */
export type CurrentShop = {
  id: string;
  domain: string;
  timezone: string;
  phoneCountry: string;
  currency: string;
  dataSync: boolean;
};

/**
 * The shop of a verified session: `domain` comes from `authenticate.admin` and nowhere else. A shop that Shopify let in and
 * Threadline does not know (its data was deleted and it is back) is installed.
 */
export async function currentShop(ctx: Context, domain: string): Promise<CurrentShop> {
  return (await findShop(ctx, domain)) ?? (await installed(ctx, domain));
}

async function installed(ctx: Context, domain: string): Promise<CurrentShop> {
  await installShop(ctx, { domain });
  const shop = await findShop(ctx, domain);
  if (shop === undefined) {
    throw new Error(`${domain} was installed and is not there`);
  }
  return shop;
}

async function findShop(ctx: Context, domain: string): Promise<CurrentShop | undefined> {
  const [shop] = await ctx.db.sql<CurrentShop>(
    `SELECT s.id, s.domain, t.timezone, t.phone_country AS "phoneCountry", t.currency, t.data_sync AS "dataSync"
       FROM shop s JOIN shop_settings t ON t.shop_id = s.id WHERE s.domain = $1`,
    [domain],
  );
  return shop;
}

/** Who acts, for the audit trail: the person of the session token (`sub` is the id of the Shopify user). */
export function actorOf(sessionToken: { sub?: string }): string {
  return sessionToken.sub === undefined ? 'Shopify admin' : `Shopify user ${sessionToken.sub}`;
}
