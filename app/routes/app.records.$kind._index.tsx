import type { ActionFunctionArgs, HeadersFunction, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { boundary } from '@shopify/shopify-app-remix/server';
import { z } from 'zod';
import { readBody } from '#app/action-body.server.ts';
import { RecordsPage } from '#app/components/records/records-page.tsx';
import { KIND_WORDS } from '#app/components/words.ts';
import { refusal, type FormAnswer } from '#app/domain/form-answer.ts';
import { changeMessage, RECORD_CHANGES } from '#app/domain/record-change.ts';
import { parseRecordCursor, parseRecordFilter } from '#app/domain/record-filter.ts';
import { RECORD_KINDS, type RecordKind } from '#app/domain/records.ts';
import { recordsPage } from '#app/queries/records-page.server.ts';
import {
  areAllPaused,
  changeMatchingRecords,
  changeRecords,
  RECORDS_AT_ONCE,
} from '#app/services/change-records.server.ts';
import { actorOf, currentShop } from '#app/services/current-shop.server.ts';

export const meta: MetaFunction<typeof loader> = ({ data }) => [
  { title: `${data === undefined ? 'Not found' : KIND_WORDS[data.list.kind]} · Threadline` },
];

export async function loader({ request, context, params }: LoaderFunctionArgs) {
  const { session } = await context.shopify.authenticate.admin(request);
  const shop = await currentShop(context.threadline, session.shop);
  const kind = kindOf(params.kind);
  const { searchParams } = new URL(request.url);
  const list = await recordsPage(context.threadline, shop.id, {
    kind,
    filter: parseRecordFilter(kind, searchParams),
    cursor: parseRecordCursor(searchParams),
    timezone: shop.timezone,
    dataSync: shop.dataSync,
  });
  return { list, dataSync: shop.dataSync };
}

const body = z.object({
  intent: z.enum(RECORD_CHANGES),
  /** The selected ones; null = everything that matches the filter. */
  ids: z.array(z.string().uuid()).max(RECORDS_AT_ONCE).nullable(),
  filter: z.string(),
});

export async function action({ request, context, params }: ActionFunctionArgs): Promise<FormAnswer> {
  const { session, sessionToken } = await context.shopify.authenticate.admin(request);
  const ctx = context.threadline;
  const shop = await currentShop(ctx, session.shop);
  const kind = kindOf(params.kind);
  const { intent: change, ids, filter } = await readBody(request, body);
  const actor = actorOf(sessionToken);
  const { dataSync } = shop;
  if (ids === null) {
    const matching = parseRecordFilter(kind, new URLSearchParams(filter));
    await changeMatchingRecords(ctx, shop.id, { kind, filter: matching, change, actor });
    return { ok: true, message: changeMessage(change, { kind, count: null, dataSync, isPaused: false }) };
  }
  const changed = await changeRecords(ctx, shop.id, { kind, ids, change, actor });
  if (changed.length === 0) {
    return refusal(`The selected ${kind} have moved on meanwhile. Look at their status and choose again.`);
  }
  const isPaused = await areAllPaused(ctx, shop.id, changed);
  return { ok: true, message: changeMessage(change, { kind, count: changed.length, dataSync, isPaused }) };
}

function kindOf(text: string | undefined): RecordKind {
  const kind = RECORD_KINDS.find((one) => one === text);
  if (kind === undefined) {
    throw new Response(null, { status: 404 });
  }
  return kind;
}

export { clientAction } from '#app/components/client-action.ts';

export const headers: HeadersFunction = (args) => boundary.headers(args);

export default function Records() {
  const { list, dataSync } = useLoaderData<typeof loader>();
  return <RecordsPage list={list} dataSync={dataSync} />;
}
