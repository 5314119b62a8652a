import type { ActionFunctionArgs, HeadersFunction, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { boundary } from '@shopify/shopify-app-remix/server';
import { z } from 'zod';
import { readBody } from '#app/action-body.server.ts';
import { HistoryView } from '#app/components/mappings/history-view.tsx';
import { mappingHistory } from '#app/queries/mapping-history.server.ts';
import { actorOf, currentShop } from '#app/services/current-shop.server.ts';
import { restoreMapping } from '#app/services/restore-mapping.server.ts';

const uuid = z.string().uuid();
const body = z.object({ intent: z.literal('restore'), mappingId: uuid, revisionId: uuid });

export const meta: MetaFunction<typeof loader> = ({ data }) => [
  { title: `History of ${data?.history.title ?? 'a mapping'} · Threadline` },
];

export async function loader({ request, params, context }: LoaderFunctionArgs) {
  const { session } = await context.shopify.authenticate.admin(request);
  const shop = await currentShop(context.threadline, session.shop);
  const mappingId = uuid.safeParse(params['id']).data;
  const before = uuid.safeParse(new URL(request.url).searchParams.get('before')).data ?? null;
  const history =
    mappingId === undefined ? null : await mappingHistory(context.threadline, shop, { mappingId, before });
  if (mappingId === undefined || history === null) {
    throw new Response(null, { status: 404 });
  }
  return { mappingId, isLaterPage: before !== null, history };
}

export async function action({ request, context }: ActionFunctionArgs) {
  const { session, sessionToken } = await context.shopify.authenticate.admin(request);
  const shop = await currentShop(context.threadline, session.shop);
  const input = await readBody(request, body);
  const answer = await restoreMapping(context.threadline, shop.id, {
    ...input,
    actor: actorOf(sessionToken),
  });
  if (answer === null) {
    throw new Response(null, { status: 404 });
  }
  return answer;
}

export const headers: HeadersFunction = (args) => boundary.headers(args);

export default function MappingHistoryRoute() {
  return <HistoryView {...useLoaderData<typeof loader>()} />;
}
