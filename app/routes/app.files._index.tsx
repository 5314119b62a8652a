import type { HeadersFunction, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { TitleBar } from '@shopify/app-bridge-react';
import { BlockStack, Page } from '@shopify/polaris';
import { boundary } from '@shopify/shopify-app-remix/server';
import { FilesHelp } from '#app/components/files/files-help.tsx';
import { FilesList } from '#app/components/files/files-list.tsx';
import { useRefresh } from '#app/components/use-refresh.ts';
import { filesPage, readFilesView } from '#app/queries/files-page.server.ts';
import { currentShop } from '#app/services/current-shop.server.ts';

export const meta: MetaFunction = () => [{ title: 'Files · Threadline' }];

export const headers: HeadersFunction = (args) => boundary.headers(args);

export async function loader({ request, context }: LoaderFunctionArgs) {
  const { session } = await context.shopify.authenticate.admin(request);
  const shop = await currentShop(context.threadline, session.shop);
  return filesPage(context.threadline, shop, readFilesView(new URL(request.url).searchParams));
}

export default function Files() {
  const page = useLoaderData<typeof loader>();
  useRefresh(page.moving > 0);
  return (
    <Page title="Files" subtitle="What Apparel21 put on the SFTP server, newest first." fullWidth>
      <TitleBar title="Files" />
      <BlockStack gap="400">
        <FilesList page={page} />
        <FilesHelp />
      </BlockStack>
    </Page>
  );
}
