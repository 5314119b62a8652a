import type { HeadersFunction, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { TitleBar } from '@shopify/app-bridge-react';
import { BlockStack, Page } from '@shopify/polaris';
import { boundary } from '@shopify/shopify-app-remix/server';
import { ActivityTabs } from '#app/components/activity/activity-tabs.tsx';
import { PageHelp } from '#app/components/page-help.tsx';
import { activityPage } from '#app/queries/activity-page.server.ts';
import { currentShop } from '#app/services/current-shop.server.ts';

export const meta: MetaFunction = () => [{ title: 'Activity · Threadline' }];

export async function loader({ request, context }: LoaderFunctionArgs) {
  const { session } = await context.shopify.authenticate.admin(request);
  const shop = await currentShop(context.threadline, session.shop);
  const { searchParams } = new URL(request.url);
  const page = await activityPage(context.threadline, shop.id, {
    tab: searchParams.get('tab') === 'alerts' ? 'alerts' : 'audit',
    timezone: shop.timezone,
    older: searchParams.get('older'),
    newer: searchParams.get('newer'),
    action: searchParams.get('action'),
    actor: searchParams.get('person'),
  });
  return { page, timezone: shop.timezone };
}

export const headers: HeadersFunction = (args) => boundary.headers(args);

const WORDS = [
  {
    word: 'Audit trail',
    means:
      'Every change that somebody made in Threadline, with what it was before and is now. Keys and passwords are never written down.',
  },
  {
    word: 'Alert',
    means:
      'Something that keeps a connection from working. It closes by itself when the cause is gone; nothing that waits is lost.',
  },
  { word: 'Shopify user', means: 'Somebody of your staff, by the number that Shopify gives the account.' },
];

export default function Activity() {
  const { page, timezone } = useLoaderData<typeof loader>();
  return (
    <Page title="Activity" subtitle={`Who changed what, and what needed you. Times are in ${timezone}.`}>
      <TitleBar title="Activity" />
      <BlockStack gap="400">
        <ActivityTabs page={page} />
        <PageHelp words={WORDS}>
          The history of this shop: what people changed, and what stopped working and for how long.
        </PageHelp>
      </BlockStack>
    </Page>
  );
}
