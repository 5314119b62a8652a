import { Link } from '@remix-run/react';
import { NavMenu } from '@shopify/app-bridge-react';
import { AppProvider } from '@shopify/shopify-app-remix/react';
import type { ReactNode } from 'react';

/** What every page inside Shopify admin stands in: Polaris and the navigation. App Bridge comes from the document's head. */
export function AppFrame({ children }: { children: ReactNode }) {
  return (
    <AppProvider isEmbeddedApp={false} apiKey="">
      <NavMenu>
        {/* `home` names the page behind the app's own name: Shopify shows no entry for it. */}
        <Link to="/app" rel="home">
          Dashboard
        </Link>
      </NavMenu>
      <main>{children}</main>
    </AppProvider>
  );
}
