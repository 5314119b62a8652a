import type { LoaderFunctionArgs } from '@remix-run/node';
import { readiness } from '#app/queries/readiness.server.ts';

/** 200 when the database and the queue answer, else 503; the body says which one is down. */
export async function loader({ context }: LoaderFunctionArgs): Promise<Response> {
  const { isReady, database, queue } = await readiness(context.threadline);
  const status = isReady ? 200 : 503;
  return Response.json({ database, queue }, { status, headers: { 'Cache-Control': 'no-store' } });
}
