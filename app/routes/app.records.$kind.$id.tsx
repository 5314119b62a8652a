import type {
  ActionFunctionArgs,
  HeadersFunction,
  LinksFunction,
  LoaderFunctionArgs,
  MetaFunction,
} from '@remix-run/node';
import { useLoaderData, type Params } from '@remix-run/react';
import { boundary } from '@shopify/shopify-app-remix/server';
import { z } from 'zod';
import { readBody } from '#app/action-body.server.ts';
import { RecordDetail } from '#app/components/record/record-detail.tsx';
import recordStyles from '../components/record/record.css?url';
import { RECORD_KINDS } from '#app/domain/records.ts';
import { recordPage } from '#app/queries/record-page.server.ts';
import { actorOf, currentShop } from '#app/services/current-shop.server.ts';
import { retryRecord, syncRecordNow } from '#app/services/retry-record.server.ts';
import { skipRecord } from '#app/services/skip-record.server.ts';

export const meta: MetaFunction<typeof loader> = ({ data }) => [
  { title: `${data?.record.title ?? 'Record'} · Threadline` },
];

export const links: LinksFunction = () => [{ rel: 'stylesheet', href: recordStyles }];

const address = z.object({ kind: z.enum(RECORD_KINDS), id: z.string().uuid() });
const body = z.object({ intent: z.enum(['retry', 'sync-now', 'skip']) });

export async function loader({ request, params, context }: LoaderFunctionArgs) {
  const { session } = await context.shopify.authenticate.admin(request);
  const shop = await currentShop(context.threadline, session.shop);
  return { record: found(await recordPage(context.threadline, shop, recordOf(params))) };
}

export async function action({ request, params, context }: ActionFunctionArgs) {
  const { session, sessionToken } = await context.shopify.authenticate.admin(request);
  const shop = await currentShop(context.threadline, session.shop);
  const input = { ...recordOf(params), actor: actorOf(sessionToken) };
  const { intent } = await readBody(request, body);
  switch (intent) {
    case 'retry':
      return found(await retryRecord(context.threadline, shop.id, input));
    case 'sync-now':
      return found(await syncRecordNow(context.threadline, shop.id, input));
    case 'skip':
      return found(await skipRecord(context.threadline, shop.id, input));
  }
}

export const headers: HeadersFunction = (args) => boundary.headers(args);

export default function RecordRoute() {
  const { record } = useLoaderData<typeof loader>();
  return <RecordDetail key={record.id} record={record} />;
}

function recordOf(params: Params): z.infer<typeof address> {
  return found(address.safeParse(params).data ?? null);
}

function found<Value>(value: Value | null): Value {
  if (value === null) {
    throw new Response(null, { status: 404 });
  }
  return value;
}
