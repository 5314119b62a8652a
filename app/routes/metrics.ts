import type { LoaderFunctionArgs } from '@remix-run/node';

/** Figures of this process and of the installation, for Prometheus. Names no shop. In production for who has the token. */
export async function loader({ context, request }: LoaderFunctionArgs): Promise<Response> {
  const authorization = request.headers.get('Authorization') ?? undefined;
  const { status, contentType, text } = await context.web.metrics(authorization);
  return new Response(text, {
    status,
    headers: { 'Content-Type': contentType, 'Cache-Control': 'no-store' },
  });
}
