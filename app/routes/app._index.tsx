import type { HeadersFunction, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { TitleBar } from '@shopify/app-bridge-react';
import { Badge, BlockStack, Page, Text } from '@shopify/polaris';
import { boundary } from '@shopify/shopify-app-remix/server';
import { ConnectionCard } from '#app/components/connection-card.tsx';
import { NothingConfigured } from '#app/components/nothing-configured.tsx';
import { ProblemList } from '#app/components/problem-list.tsx';
import { useRefresh } from '#app/components/use-refresh.ts';
import { statusPage } from '#app/queries/status-page.server.ts';

export const meta: MetaFunction = () => [{ title: 'Dashboard · Threadline' }];

export async function loader({ request, context }: LoaderFunctionArgs) {
  const { session } = await context.shopify.authenticate.admin(request);
  return { status: await statusPage(context.threadline, session.shop) };
}

export const headers: HeadersFunction = (args) => boundary.headers(args);

export default function Dashboard() {
  const { status } = useLoaderData<typeof loader>();
  useRefresh(status?.isLive ?? false);
  if (status === null || status.connections.length === 0) {
    return (
      <Page title="Dashboard">
        <TitleBar title="Dashboard" />
        <NothingConfigured />
      </Page>
    );
  }
  return (
    <Page
      title="Dashboard"
      titleMetadata={status.dataSync ? null : <Badge tone="attention">Data sync off</Badge>}
      subtitle={`What Apparel21 sent and what Klaviyo holds. Times are in ${status.timezone}.`}
    >
      <TitleBar title="Dashboard" />
      <BlockStack gap="400">
        <ProblemList problems={status.problems} />
        {status.connections.map((connection) => (
          <ConnectionCard key={connection.id} connection={connection} />
        ))}
        <Text as="p" variant="bodySm" tone="subdued" alignment="center">
          {status.isLive
            ? 'Syncing now. This page follows along.'
            : 'Up to date. This page refreshes by itself.'}
        </Text>
      </BlockStack>
    </Page>
  );
}
