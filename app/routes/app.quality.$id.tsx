import type { ActionFunctionArgs, HeadersFunction, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { boundary } from '@shopify/shopify-app-remix/server';
import { z } from 'zod';
import { readBody } from '#app/action-body.server.ts';
import { QualityPage } from '#app/components/quality/quality-page.tsx';
import { qualityPage } from '#app/queries/quality-page.server.ts';
import { openQuality } from '#app/queries/quality-scope.server.ts';
import { currentShop } from '#app/services/current-shop.server.ts';
import { issueDownload } from '#app/services/downloads/issue-download.server.ts';

/** Each kind is counted about so far: a page does not wait for the rest. */
const MOST_COUNTED = 10_000;

export const meta: MetaFunction<typeof loader> = ({ data }) => [
  { title: `Data quality${data === undefined ? '' : ` of ${data.connection}`} · Threadline` },
];

export async function loader({ request, context, params }: LoaderFunctionArgs) {
  const { session } = await context.shopify.authenticate.admin(request);
  const shop = await currentShop(context.threadline, session.shop);
  const input = { connectionId: params['id'] ?? '', most: MOST_COUNTED };
  return found(await qualityPage(context.threadline, shop, input));
}

const body = z.object({ intent: z.literal('download') });

export async function action({ request, context, params }: ActionFunctionArgs) {
  const { session } = await context.shopify.authenticate.admin(request);
  const ctx = context.threadline;
  const shop = await currentShop(ctx, session.shop);
  await readBody(request, body);
  const { connection } = found(await openQuality(ctx, shop.id, params['id'] ?? ''));
  const input = { connectionId: connection.id };
  const download = await issueDownload(ctx, shop.id, { kind: 'quality', input });
  return { ok: true as const, message: 'Download started', download };
}

function found<Value>(value: Value | null): Value {
  if (value === null) {
    throw new Response(null, { status: 404 });
  }
  return value;
}

export { clientAction } from '#app/components/client-action.ts';

export const headers: HeadersFunction = (args) => boundary.headers(args);

export default function Quality() {
  return <QualityPage page={useLoaderData<typeof loader>()} />;
}
