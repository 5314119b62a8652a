import type { LoaderFunctionArgs } from '@remix-run/node';
import { PlainPage } from '#app/components/plain-page.tsx';

/**
 * Where Shopify's library sends a request that names no shop. With a valid `shop` it goes on to the installation; nobody
 * is asked to type a shop's address, which the App Store forbids.
 */
export async function loader({ request, context }: LoaderFunctionArgs) {
  await context.shopify.login(request);
  return null;
}

export default function LogIn() {
  return (
    <PlainPage title="Open Threadline from Shopify">
      Threadline works inside Shopify admin. Log in to your shop there and choose Threadline among the apps.
    </PlainPage>
  );
}
