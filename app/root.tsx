import type { LinksFunction, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import {
  Links,
  Meta,
  Outlet,
  Scripts,
  ScrollRestoration,
  useRouteError,
  useRouteLoaderData,
} from '@remix-run/react';
import type { ReactNode } from 'react';
import { PlainPage } from '#app/components/plain-page.tsx';
import { explainError } from '#app/components/explain-error.ts';

export const meta: MetaFunction = () => [{ title: 'Threadline' }];

export const links: LinksFunction = () => [{ rel: 'icon', href: '/favicon.svg', type: 'image/svg+xml' }];

export async function loader({ context }: LoaderFunctionArgs) {
  return { apiKey: context.web.apiKey, appBridgeUrl: context.web.appBridgeUrl };
}

/** The document tells the browser what never changes while it is open. */
export function shouldRevalidate(): boolean {
  return false;
}

export function Layout({ children }: { children: ReactNode }) {
  const settings = useRouteLoaderData<typeof loader>('root');
  return (
    <html lang="en">
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        {/* App Bridge must be the first script of every document: Shopify checks it and measures the page with it. */}
        {settings === undefined ? null : (
          <script src={settings.appBridgeUrl} data-api-key={settings.apiKey} />
        )}
        <Meta />
        <Links />
      </head>
      <body>
        {children}
        <ScrollRestoration />
        <Scripts />
      </body>
    </html>
  );
}

export default function Root() {
  return <Outlet />;
}

export function ErrorBoundary() {
  const { title, explanation } = explainError(useRouteError());
  return <PlainPage title={title}>{explanation}</PlainPage>;
}
