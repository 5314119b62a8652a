import type { HeadersFunction, LinksFunction, LoaderFunctionArgs } from '@remix-run/node';
import { Outlet, useRouteError } from '@remix-run/react';
import polarisStyles from '@shopify/polaris/build/esm/styles.css?url';
import { boundary } from '@shopify/shopify-app-remix/server';
import { AppFrame } from '#app/components/app-frame.tsx';
import { ErrorPage } from '#app/components/error-page.tsx';

export const links: LinksFunction = () => [{ rel: 'stylesheet', href: polarisStyles }];

export async function loader({ request, context }: LoaderFunctionArgs) {
  await context.shopify.authenticate.admin(request);
  return null;
}

// Carries Shopify's own headers along, such as the one that makes App Bridge repeat a request with a fresh token.
export const headers: HeadersFunction = (args) => boundary.headers(args);

export default function AppLayout() {
  return (
    <AppFrame>
      <Outlet />
    </AppFrame>
  );
}

export function ErrorBoundary() {
  return (
    <AppFrame>
      <ErrorPage error={useRouteError()} />
    </AppFrame>
  );
}
