import type { ActionFunctionArgs, HeadersFunction, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useLoaderData, useSearchParams } from '@remix-run/react';
import { TitleBar } from '@shopify/app-bridge-react';
import { BlockStack, Page } from '@shopify/polaris';
import { boundary } from '@shopify/shopify-app-remix/server';
import { z } from 'zod';
import { readBody } from '#app/action-body.server.ts';
import { PageHelp } from '#app/components/page-help.tsx';
import { AbsentTables } from '#app/components/translations/absent-tables.tsx';
import { AddTableForm } from '#app/components/translations/add-table-form.tsx';
import { NoTables } from '#app/components/translations/no-tables.tsx';
import { TableList } from '#app/components/translations/table-list.tsx';
import { TRANSLATION_WORDS } from '#app/components/translations/translation-words.ts';
import { MOST_COUNTED, translationsPage } from '#app/queries/translations-page.server.ts';
import { createTranslationTable } from '#app/services/create-translation-table.server.ts';
import { actorOf, currentShop } from '#app/services/current-shop.server.ts';

export const meta: MetaFunction = () => [{ title: 'Translations · Threadline' }];

export async function loader({ request, context }: LoaderFunctionArgs) {
  const { session } = await context.shopify.authenticate.admin(request);
  const shop = await currentShop(context.threadline, session.shop);
  return { page: await translationsPage(context.threadline, shop.id), mostCounted: MOST_COUNTED };
}

const bodySchema = z.object({
  intent: z.literal('create'),
  value: z.object({
    name: z.string().max(1_000),
    rule: z.enum(['keep', 'blank', 'text']),
    text: z.string().max(10_000),
  }),
});

export async function action({ request, context }: ActionFunctionArgs) {
  const { session, sessionToken } = await context.shopify.authenticate.admin(request);
  const shop = await currentShop(context.threadline, session.shop);
  const { value } = await readBody(request, bodySchema);
  return createTranslationTable(context.threadline, shop.id, { ...value, actor: actorOf(sessionToken) });
}

export { clientAction } from '#app/components/client-action.ts';

export const headers: HeadersFunction = (args) => boundary.headers(args);

export default function Translations() {
  const { page, mostCounted } = useLoaderData<typeof loader>();
  const [search, setSearch] = useSearchParams();
  const isAdding = search.has('add');
  const isEmpty = page.tables.length === 0 && page.absent.length === 0;
  const open = () => setSearch({ add: '1' }, { preventScrollReset: true });
  return (
    <Page
      title="Translations"
      subtitle="What the codes of Apparel21 are called in Klaviyo."
      primaryAction={isEmpty || isAdding ? undefined : { content: 'Add table', onAction: open }}
    >
      <TitleBar title="Translations" />
      <BlockStack gap="400">
        <AbsentTables tables={page.absent} />
        {isAdding ? <AddTableForm onDiscard={() => setSearch({}, { replace: true })} /> : null}
        {page.tables.length > 0 ? <TableList tables={page.tables} mostCounted={mostCounted} /> : null}
        {isEmpty && !isAdding ? <NoTables onAdd={open} /> : null}
        <PageHelp words={TRANSLATION_WORDS}>
          Tables that turn a value of a file into the text that Klaviyo gets. Mappings use them by name; one
          table can serve many mappings.
        </PageHelp>
      </BlockStack>
    </Page>
  );
}
