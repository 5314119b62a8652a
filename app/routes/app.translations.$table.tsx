import type { ActionFunctionArgs, HeadersFunction, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useLoaderData, type Params, type ShouldRevalidateFunction } from '@remix-run/react';
import { boundary } from '@shopify/shopify-app-remix/server';
import { z } from 'zod';
import { readBody } from '#app/action-body.server.ts';
import { TablePage } from '#app/components/translations/table-page.tsx';
import { translationTablePage } from '#app/queries/translation-table-page.server.ts';
import { MOST_COUNTED } from '#app/queries/translations-page.server.ts';
import { actorOf, currentShop } from '#app/services/current-shop.server.ts';
import { dismissMisses } from '#app/services/dismiss-misses.server.ts';
import { issueDownload } from '#app/services/downloads/issue-download.server.ts';
import { importTranslations } from '#app/services/import-translations.server.ts';
import { removeTranslationTable } from '#app/services/remove-translation-table.server.ts';
import { saveTranslations } from '#app/services/save-translations.server.ts';

export const meta: MetaFunction<typeof loader> = ({ data }) => [
  { title: `${data?.page.name ?? 'Translations'} · Threadline` },
];

/** NUL can be written into an address and stands in no name. */
const tableOf = (params: Params) => (params['table'] ?? '').replaceAll('\u0000', '');

export async function loader({ request, params, context }: LoaderFunctionArgs) {
  const { session } = await context.shopify.authenticate.admin(request);
  const shop = await currentShop(context.threadline, session.shop);
  const { searchParams } = new URL(request.url);
  const page = await translationTablePage(context.threadline, shop.id, {
    table: tableOf(params),
    timezone: shop.timezone,
    view: searchParams.get('view') === 'missing' ? 'missing' : 'all',
    search: searchParams.get('search') ?? '',
    after: searchParams.get('after'),
    before: searchParams.get('before'),
  });
  if (page === null) {
    throw new Response(null, { status: 404 });
  }
  return { page, mostCounted: MOST_COUNTED };
}

const text = z.string().max(10_000);
const changesSchema = z.object({
  name: text.optional(),
  missing: z.object({ rule: z.enum(['keep', 'blank', 'text']), text }).optional(),
  set: z.array(z.object({ row: text, was: text.nullable(), from: text, to: text })).max(10_000),
  remove: z.array(text).max(10_000),
});
/** A little more than a megabyte of bytes as base64. */
const MOST_BASE64 = 1_400_000;
const bodySchema = z.discriminatedUnion('intent', [
  z.object({ intent: z.literal('save'), changes: changesSchema }),
  z.object({ intent: z.literal('dismiss'), value: text.nullable() }),
  z.object({ intent: z.literal('remove') }),
  z.object({ intent: z.literal('export') }),
  z.object({
    intent: z.literal('import'),
    base64: z.string().max(MOST_BASE64),
    mode: z.enum(['merge', 'replace']),
    dryRun: z.boolean(),
  }),
]);

export async function action({ request, params, context }: ActionFunctionArgs) {
  const { session, sessionToken } = await context.shopify.authenticate.admin(request);
  const { threadline } = context;
  const shop = await currentShop(threadline, session.shop);
  const body = await readBody(request, bodySchema);
  const about = { table: tableOf(params), actor: actorOf(sessionToken) };
  const answer = await act();
  if (answer === null) {
    throw new Response(null, { status: 404 });
  }
  return answer;

  async function act() {
    switch (body.intent) {
      case 'save':
        return saveTranslations(threadline, shop.id, { ...about, changes: body.changes });
      case 'dismiss':
        return dismissMisses(threadline, shop.id, { ...about, value: body.value });
      case 'remove':
        return removeTranslationTable(threadline, shop.id, about);
      case 'export': {
        const download = { kind: 'translations', input: { table: about.table } };
        return {
          ok: true,
          message: 'Download started',
          download: await issueDownload(threadline, shop.id, download),
        };
      }
      case 'import': {
        const { mode, dryRun } = body;
        const bytes = Buffer.from(body.base64, 'base64');
        return importTranslations(threadline, shop.id, { ...about, bytes, mode, dryRun });
      }
    }
  }
}

/** A table that was renamed or removed is no longer at this address: the page itself goes on to the right one. */
export const shouldRevalidate: ShouldRevalidateFunction = ({ actionResult, defaultShouldRevalidate }) =>
  (actionResult as { isElsewhere?: boolean } | undefined)?.isElsewhere === true
    ? false
    : defaultShouldRevalidate;

export { clientAction } from '#app/components/client-action.ts';

export const headers: HeadersFunction = (args) => boundary.headers(args);

export default function TranslationTable() {
  const { page, mostCounted } = useLoaderData<typeof loader>();
  return <TablePage key={page.name} page={page} mostCounted={mostCounted} />;
}
