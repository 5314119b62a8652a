import type { LoaderFunctionArgs } from '@remix-run/node';

/** Any other address under /app: those who are logged in read that there is no such page, all others log in first. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  await context.shopify.authenticate.admin(request);
  throw new Response(null, { status: 404, statusText: 'Not Found' });
}

export default function NotFound() {
  return null;
}
