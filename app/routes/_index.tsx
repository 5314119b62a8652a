import type { LoaderFunctionArgs } from '@remix-run/node';
import { redirect } from '@remix-run/node';
import { PlainPage } from '#app/components/plain-page.tsx';

/** Shopify opens the app here, with the shop and a session token in the address. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  const { search, searchParams } = new URL(request.url);
  if (searchParams.has('shop') || context.web.localShop !== null) {
    throw redirect(`/app${search}`);
  }
  return null;
}

export default function Welcome() {
  return (
    <PlainPage title="Threadline">
      Apparel21 to Klaviyo, inside Shopify admin. Open Threadline from the apps in your Shopify admin.
    </PlainPage>
  );
}
