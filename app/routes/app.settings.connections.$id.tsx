import type { ActionFunctionArgs, HeadersFunction, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { boundary } from '@shopify/shopify-app-remix/server';
import { z } from 'zod';
import { readBody } from '#app/action-body.server.ts';
import { ConnectionPage } from '#app/components/settings/connection-page.tsx';
import { connectionFormSchema } from '#app/domain/read-connection-form.ts';
import { connectionPage } from '#app/queries/connection-page.server.ts';
import { connectionSchedule } from '#app/queries/connection-schedule.server.ts';
import { askConsentFile } from '#app/services/ask-consent-file.server.ts';
import { actorOf, currentShop } from '#app/services/current-shop.server.ts';
import { saveConnection } from '#app/services/save-connection.server.ts';
import { testConnection } from '#app/services/test-connection.server.ts';

export const meta: MetaFunction<typeof loader> = ({ data }) => [
  { title: `${data?.connection.form.name || 'Add connection'} · Threadline` },
];

export async function loader({ request, params, context }: LoaderFunctionArgs) {
  const { session } = await context.shopify.authenticate.admin(request);
  const shop = await currentShop(context.threadline, session.shop);
  const connection = found(await connectionPage(context.threadline, shop.id, params['id'] ?? ''));
  const { id } = connection;
  const schedule = id === null ? null : await connectionSchedule(context.threadline, shop, id);
  return { connection, schedule };
}

const body = z.discriminatedUnion('intent', [
  z.object({ intent: z.literal('save'), value: connectionFormSchema }),
  z.object({
    intent: z.literal('test'),
    apiKey: z.string().max(1_000).nullable(),
    directory: z.string().max(1_000),
  }),
  z.object({ intent: z.literal('write-consent-file') }),
]);

export async function action({ request, params, context }: ActionFunctionArgs) {
  const { session, sessionToken } = await context.shopify.authenticate.admin(request);
  const ctx = context.threadline;
  const shop = await currentShop(ctx, session.shop);
  const connectionId = params['id'] === 'new' ? null : (params['id'] ?? '');
  const asked = await readBody(request, body);
  switch (asked.intent) {
    case 'save': {
      const input = { connectionId, form: asked.value, actor: actorOf(sessionToken) };
      return found(await saveConnection(ctx, shop.id, input));
    }
    case 'test': {
      const { apiKey, directory } = asked;
      const test = await testConnection(ctx, shop.id, { connectionId, apiKey, directory });
      return { ok: true as const, message: 'Connection tested', test: found(test) };
    }
    case 'write-consent-file': {
      const input = { connectionId: connectionId ?? '', actor: actorOf(sessionToken) };
      return found(await askConsentFile(ctx, shop.id, input));
    }
  }
}

function found<Value>(value: Value | null): Value {
  if (value === null) {
    throw new Response(null, { status: 404 });
  }
  return value;
}

export { clientAction } from '#app/components/client-action.ts';

export const headers: HeadersFunction = (args) => boundary.headers(args);

export default function Connection() {
  const { connection, schedule } = useLoaderData<typeof loader>();
  return <ConnectionPage key={connection.id ?? 'new'} connection={connection} schedule={schedule} />;
}
