import type { ActionFunctionArgs, HeadersFunction, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { boundary } from '@shopify/shopify-app-remix/server';
import { z } from 'zod';
import { readBody } from '#app/action-body.server.ts';
import { ColumnsPage } from '#app/components/settings/columns-page.tsx';
import { RECORD_KINDS } from '#app/domain/records.ts';
import { columnsPage } from '#app/queries/columns-page.server.ts';
import { actorOf, currentShop } from '#app/services/current-shop.server.ts';
import { removeOwnColumns, saveColumns } from '#app/services/save-columns.server.ts';

export const meta: MetaFunction = () => [{ title: 'Columns · Threadline' }];

export async function loader({ request, context }: LoaderFunctionArgs) {
  const { session } = await context.shopify.authenticate.admin(request);
  const shop = await currentShop(context.threadline, session.shop);
  const { searchParams } = new URL(request.url);
  const kind = RECORD_KINDS.find((one) => one === searchParams.get('kind')) ?? 'customers';
  // `?connection=` names none, as if it were not there.
  const connectionId = searchParams.get('connection') || null;
  return { page: found(await columnsPage(context.threadline, shop, { kind, connectionId })) };
}

const form = z.record(z.string().max(1_000));
const body = z.discriminatedUnion('intent', [
  z.object({
    intent: z.literal('save'),
    kind: z.enum(RECORD_KINDS),
    connectionId: z.string().nullable(),
    value: form,
    seen: form,
  }),
  z.object({ intent: z.literal('remove'), kind: z.enum(RECORD_KINDS), connectionId: z.string() }),
]);

export async function action({ request, context }: ActionFunctionArgs) {
  const { session, sessionToken } = await context.shopify.authenticate.admin(request);
  const ctx = context.threadline;
  const shop = await currentShop(ctx, session.shop);
  const actor = actorOf(sessionToken);
  const asked = await readBody(request, body);
  switch (asked.intent) {
    case 'save': {
      const { kind, connectionId, value, seen } = asked;
      return found(await saveColumns(ctx, shop.id, { kind, connectionId, form: value, seen, actor }));
    }
    case 'remove': {
      const { kind, connectionId } = asked;
      return found(await removeOwnColumns(ctx, shop.id, { kind, connectionId, actor }));
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

export default function Columns() {
  return <ColumnsPage page={useLoaderData<typeof loader>().page} />;
}
