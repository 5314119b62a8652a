import type { ActionFunctionArgs, HeadersFunction, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { TitleBar } from '@shopify/app-bridge-react';
import { Page } from '@shopify/polaris';
import { boundary } from '@shopify/shopify-app-remix/server';
import { z } from 'zod';
import { readBody } from '#app/action-body.server.ts';
import { MappingsView } from '#app/components/mappings/mappings-view.tsx';
import type { FormAnswer } from '#app/domain/form-answer.ts';
import { isScope } from '#app/domain/mapping-form.ts';
import { mappingsPage } from '#app/queries/mappings-page.server.ts';
import { actorOf, currentShop } from '#app/services/current-shop.server.ts';
import { moveMapping } from '#app/services/move-mapping.server.ts';
import { removeMapping } from '#app/services/remove-mapping.server.ts';
import { restoreMapping } from '#app/services/restore-mapping.server.ts';
import { toggleMapping } from '#app/services/toggle-mapping.server.ts';

const uuid = z.string().uuid();
const body = z.discriminatedUnion('intent', [
  z.object({ intent: z.literal('move'), mappingId: uuid, beforeId: uuid.nullable() }),
  z.object({ intent: z.literal('toggle'), mappingId: uuid, enabled: z.boolean() }),
  z.object({ intent: z.literal('remove'), mappingId: uuid }),
  z.object({ intent: z.literal('restore'), mappingId: uuid, revisionId: uuid }),
]);

export const meta: MetaFunction = () => [{ title: 'Mappings · Threadline' }];

export async function loader({ request, context }: LoaderFunctionArgs) {
  const { session } = await context.shopify.authenticate.admin(request);
  const shop = await currentShop(context.threadline, session.shop);
  const scope = new URL(request.url).searchParams.get('scope');
  return mappingsPage(context.threadline, shop, isScope(scope) ? scope : 'customer');
}

export async function action({ request, context }: ActionFunctionArgs) {
  const { session, sessionToken } = await context.shopify.authenticate.admin(request);
  const shop = await currentShop(context.threadline, session.shop);
  const input = { ...(await readBody(request, body)), actor: actorOf(sessionToken) };
  let answer: FormAnswer | null;
  switch (input.intent) {
    case 'move':
      answer = await moveMapping(context.threadline, shop.id, input);
      break;
    case 'toggle':
      answer = await toggleMapping(context.threadline, shop.id, input);
      break;
    case 'remove':
      answer = await removeMapping(context.threadline, shop.id, input);
      break;
    case 'restore':
      answer = await restoreMapping(context.threadline, shop.id, input);
      break;
  }
  if (answer === null) {
    throw new Response(null, { status: 404 });
  }
  return answer;
}

export const headers: HeadersFunction = (args) => boundary.headers(args);

export default function Mappings() {
  const page = useLoaderData<typeof loader>();
  return (
    <Page
      title="Mappings"
      subtitle="How the columns of your files become what Klaviyo holds."
      primaryAction={{ content: 'Add mapping', url: `/app/mappings/new?scope=${page.scope}` }}
    >
      <TitleBar title="Mappings" />
      <MappingsView page={page} />
    </Page>
  );
}
