import type { ActionFunctionArgs, HeadersFunction, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { boundary } from '@shopify/shopify-app-remix/server';
import { z } from 'zod';
import { readBody } from '#app/action-body.server.ts';
import { ShopPage } from '#app/components/settings/shop-page.tsx';
import { shopSettingsPage } from '#app/queries/shop-settings-page.server.ts';
import { actorOf, currentShop } from '#app/services/current-shop.server.ts';
import { saveShopSettings } from '#app/services/save-shop-settings.server.ts';

export const meta: MetaFunction = () => [{ title: 'Shop · Threadline' }];

export async function loader({ request, context }: LoaderFunctionArgs) {
  const { session } = await context.shopify.authenticate.admin(request);
  const shop = await currentShop(context.threadline, session.shop);
  return { page: shopSettingsPage(context.threadline, shop) };
}

const text = z.string().max(1_000);
const form = z.object({ timezone: text, phoneCountry: text, currency: text });
const body = z.object({ intent: z.literal('save'), value: form, seen: form });

export async function action({ request, context }: ActionFunctionArgs) {
  const { session, sessionToken } = await context.shopify.authenticate.admin(request);
  const ctx = context.threadline;
  const shop = await currentShop(ctx, session.shop);
  const { value, seen } = await readBody(request, body);
  return saveShopSettings(ctx, shop.id, { form: value, seen, actor: actorOf(sessionToken) });
}

export { clientAction } from '#app/components/client-action.ts';

export const headers: HeadersFunction = (args) => boundary.headers(args);

export default function Shop() {
  return <ShopPage page={useLoaderData<typeof loader>().page} />;
}
