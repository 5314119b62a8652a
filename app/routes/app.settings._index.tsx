import type { ActionFunctionArgs, HeadersFunction, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { boundary } from '@shopify/shopify-app-remix/server';
import { z } from 'zod';
import { readBody } from '#app/action-body.server.ts';
import { SettingsIndexPage } from '#app/components/settings/settings-index-page.tsx';
import { settingsPage } from '#app/queries/settings-page.server.ts';
import { actorOf, currentShop } from '#app/services/current-shop.server.ts';
import { pauseConnection } from '#app/services/pause-connection.server.ts';
import { removeConnection } from '#app/services/remove-connection.server.ts';
import { removeSampleData } from '#app/services/sample-data.server.ts';
import { testConnection } from '#app/services/test-connection.server.ts';

export const meta: MetaFunction = () => [{ title: 'Settings · Threadline' }];

export async function loader({ request, context }: LoaderFunctionArgs) {
  const { session } = await context.shopify.authenticate.admin(request);
  const shop = await currentShop(context.threadline, session.shop);
  return { settings: await settingsPage(context.threadline, shop) };
}

const body = z.discriminatedUnion('intent', [
  z.object({ intent: z.literal('test'), id: z.string() }),
  z.object({ intent: z.literal('pause'), id: z.string() }),
  z.object({ intent: z.literal('resume'), id: z.string() }),
  z.object({ intent: z.literal('remove'), id: z.string() }),
  z.object({ intent: z.literal('remove-sample') }),
]);

export async function action({ request, context }: ActionFunctionArgs) {
  const { session, sessionToken } = await context.shopify.authenticate.admin(request);
  const ctx = context.threadline;
  const shop = await currentShop(ctx, session.shop);
  const actor = actorOf(sessionToken);
  const asked = await readBody(request, body);
  switch (asked.intent) {
    case 'test': {
      const input = { connectionId: asked.id, apiKey: null, directory: null };
      const test = await testConnection(ctx, shop.id, input);
      return { ok: true, message: 'Connection tested', test: found(test) };
    }
    case 'pause':
      found(await pauseConnection(ctx, shop.id, { connectionId: asked.id, isPaused: true, actor }));
      return { ok: true, message: 'Connection paused' };
    case 'resume':
      found(await pauseConnection(ctx, shop.id, { connectionId: asked.id, isPaused: false, actor }));
      return { ok: true, message: 'Connection resumed' };
    case 'remove':
      found(await removeConnection(ctx, shop.id, { connectionId: asked.id, actor }));
      return { ok: true, message: 'Connection removed' };
    case 'remove-sample':
      await removeSampleData(ctx, shop.id, { actor });
      return { ok: true, message: 'Sample data removed' };
  }
}

function found<Value>(value: Value | null | false): Value {
  if (value === null || value === false) {
    throw new Response(null, { status: 404 });
  }
  return value;
}

export { clientAction } from '#app/components/client-action.ts';

export const headers: HeadersFunction = (args) => boundary.headers(args);

export default function Settings() {
  return <SettingsIndexPage settings={useLoaderData<typeof loader>().settings} />;
}
