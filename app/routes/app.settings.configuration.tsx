import type { ActionFunctionArgs, HeadersFunction, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { boundary } from '@shopify/shopify-app-remix/server';
import { z } from 'zod';
import { readBody } from '#app/action-body.server.ts';
import { ConfigurationPage } from '#app/components/settings/configuration-page.tsx';
import { configurationPage } from '#app/queries/configuration-page.server.ts';
import { actorOf, currentShop } from '#app/services/current-shop.server.ts';
import { issueDownload } from '#app/services/downloads/issue-download.server.ts';
import { importConfiguration, MOST_CHARACTERS } from '#app/services/import-configuration.server.ts';

export const meta: MetaFunction = () => [{ title: 'Configuration file · Threadline' }];

export async function loader({ request, context }: LoaderFunctionArgs) {
  const { session } = await context.shopify.authenticate.admin(request);
  const shop = await currentShop(context.threadline, session.shop);
  return { page: await configurationPage(context.threadline, shop), mostCharacters: MOST_CHARACTERS };
}

const text = z.string().max(MOST_CHARACTERS);
const bodySchema = z.discriminatedUnion('intent', [
  z.object({ intent: z.literal('export') }),
  z.object({ intent: z.literal('check'), text }),
  z.object({ intent: z.literal('apply'), text, fingerprint: z.string().max(100) }),
]);

export async function action({ request, context }: ActionFunctionArgs) {
  const { session, sessionToken } = await context.shopify.authenticate.admin(request);
  const ctx = context.threadline;
  const shop = await currentShop(ctx, session.shop);
  const body = await readBody(request, bodySchema);
  switch (body.intent) {
    case 'export': {
      const download = await issueDownload(ctx, shop.id, { kind: 'shop-file', input: {} });
      return { ok: true as const, message: 'Download started', download };
    }
    case 'check':
      return importConfiguration(ctx, shop.id, { text: body.text, apply: null });
    case 'apply': {
      const apply = { fingerprint: body.fingerprint, actor: actorOf(sessionToken) };
      return importConfiguration(ctx, shop.id, { text: body.text, apply });
    }
  }
}

export { clientAction } from '#app/components/client-action.ts';

export const headers: HeadersFunction = (args) => boundary.headers(args);

export default function Configuration() {
  const { page, mostCharacters } = useLoaderData<typeof loader>();
  return <ConfigurationPage page={page} mostCharacters={mostCharacters} />;
}
