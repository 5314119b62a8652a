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
import { recordPagination } from '#app/components/records/record-pager.tsx';
import recordStyles from '../components/record/record.css?url';
import { RECORD_CHANGES } from '#app/domain/record-change.ts';
import { parseRecordFilter, recordsPath } from '#app/domain/record-filter.ts';
import { RECORD_KINDS } from '#app/domain/records.ts';
import { recordPage } from '#app/queries/record-page.server.ts';
import { recordNeighbours } from '#app/queries/records-page.server.ts';
import { changeRecord } from '#app/services/change-record.server.ts';
import { actorOf, currentShop } from '#app/services/current-shop.server.ts';
import { actOnCustomer, customerActSchema } from '#app/services/privacy/act-on-customer.server.ts';

export const meta: MetaFunction<typeof loader> = ({ data }) => [
  { title: `${data?.record.title ?? 'Record'} · Threadline` },
];

export const links: LinksFunction = () => [{ rel: 'stylesheet', href: recordStyles }];

const address = z.object({ kind: z.enum(RECORD_KINDS), id: z.string().uuid() });
const body = z.union([z.object({ intent: z.enum(RECORD_CHANGES) }), customerActSchema]);

export async function loader({ request, params, context }: LoaderFunctionArgs) {
  const { session } = await context.shopify.authenticate.admin(request);
  const shop = await currentShop(context.threadline, session.shop);
  const place = recordOf(params);
  const filter = parseRecordFilter(place.kind, new URL(request.url).searchParams);
  const [record, beside] = await Promise.all([
    recordPage(context.threadline, shop, place),
    recordNeighbours(context.threadline, shop.id, { ...place, filter }),
  ]);
  return { record: found(record), list: { kind: place.kind, filter, ...beside } };
}

export async function action({ request, params, context }: ActionFunctionArgs) {
  const { session, sessionToken } = await context.shopify.authenticate.admin(request);
  const shop = await currentShop(context.threadline, session.shop);
  const act = await readBody(request, body);
  const { kind, id } = recordOf(params);
  const actor = actorOf(sessionToken);
  if (act.intent === 'erase' || act.intent === 'download-data') {
    // Only a customer is a person; an order's id is no customer's.
    return found(await actOnCustomer(context.threadline, shop.id, { customerId: id, act, actor }));
  }
  return found(await changeRecord(context.threadline, shop, { kind, id, change: act.intent, actor }));
}

export { clientAction } from '#app/components/client-action.ts';

export const headers: HeadersFunction = (args) => boundary.headers(args);

export default function RecordRoute() {
  const { record, list } = useLoaderData<typeof loader>();
  return (
    <RecordDetail
      key={record.id}
      record={record}
      pagination={recordPagination(list)}
      backUrl={recordsPath(list.kind, list.filter)}
    />
  );
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
