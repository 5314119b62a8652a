import type { z } from 'zod';

/**
 * The JSON body of an action, as `useSaveForm` and `fetcher.submit(…, { encType: 'application/json' })` send it. A body that
 * our own pages never send is answered with 400.
 */
export async function readBody<Value>(
  request: Request,
  schema: z.ZodType<Value, z.ZodTypeDef, unknown>,
): Promise<Value> {
  const body: unknown = await request.json().catch(() => null);
  const parsed = schema.safeParse(body);
  if (!parsed.success) {
    throw new Response('The page and the server do not speak the same version. Reload the page.', {
      status: 400,
    });
  }
  return parsed.data;
}
