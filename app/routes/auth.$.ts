import type { LoaderFunctionArgs } from '@remix-run/node';

/** The library's own pages: a fresh session token, and leaving the frame. No component, so its answers go out as they are. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  await context.shopify.authenticate.admin(request);
  return null;
}
