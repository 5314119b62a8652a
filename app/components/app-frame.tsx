import { Link } from '@remix-run/react';
import { NavMenu } from '@shopify/app-bridge-react';
import { AppProvider } from '@shopify/shopify-app-remix/react';
import type { ReactNode } from 'react';
import { UpdateNotice } from './update-notice.tsx';

const PAGES = [
  { to: '/app/records/customers', name: 'Customers' },
  { to: '/app/records/orders', name: 'Orders' },
  { to: '/app/records/rewards', name: 'Rewards' },
  { to: '/app/files', name: 'Files' },
  { to: '/app/mappings', name: 'Mappings' },
  { to: '/app/translations', name: 'Translations' },
  { to: '/app/settings', name: 'Settings' },
  { to: '/app/activity', name: 'Activity' },
];

/** What every page inside Shopify admin stands in: Polaris and the navigation. App Bridge comes from the document's head. */
export function AppFrame({ children }: { children: ReactNode }) {
  return (
    <AppProvider isEmbeddedApp={false} apiKey="">
      <NavMenu>
        {/* `home` names the page behind the app's own name: Shopify shows no entry for it. */}
        <Link to="/app" rel="home">
          Dashboard
        </Link>
        {PAGES.map(({ to, name }) => (
          <Link key={to} to={to}>
            {name}
          </Link>
        ))}
      </NavMenu>
      <UpdateNotice />
      <main>{children}</main>
    </AppProvider>
  );
}
