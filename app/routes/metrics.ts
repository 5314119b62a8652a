import type { LoaderFunctionArgs } from '@remix-run/node';

/** Figures of this process and of all records together, for Prometheus. Names no shop. */
export async function loader({ context }: LoaderFunctionArgs): Promise<Response> {
  const { contentType, text } = await context.web.metrics();
  return new Response(text, { headers: { 'Content-Type': contentType, 'Cache-Control': 'no-store' } });
}
