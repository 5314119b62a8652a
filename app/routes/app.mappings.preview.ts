import { redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node';
import { z } from 'zod';
import { readBody } from '#app/action-body.server.ts';
import { MAPPING_SCOPES } from '#app/domain/rules.ts';
import { currentShop } from '#app/services/current-shop.server.ts';
import { previewMapping } from '#app/services/preview-mapping.server.ts';

const body = z.object({
  connectionId: z.string().uuid().nullable(),
  mappingId: z.string().uuid().nullable(),
  draft: z.object({
    scope: z.enum(MAPPING_SCOPES),
    target: z.string().max(500),
    description: z.string().max(5_000),
    blank: z.string().max(5_000),
    rules: z.array(z.unknown()).max(200),
  }),
  row: z.discriminatedUnion('by', [
    z.object({ by: z.literal('newest'), offset: z.number().int().nonnegative() }),
    z.object({ by: z.literal('key'), key: z.string().max(300) }),
    z.object({ by: z.literal('paste'), text: z.string().max(200_000) }),
  ]),
});

/** Nobody opens it: it answers the editor. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  await context.shopify.authenticate.admin(request);
  return redirect('/app/mappings');
}

export async function action({ request, context }: ActionFunctionArgs) {
  const { session } = await context.shopify.authenticate.admin(request);
  const shop = await currentShop(context.threadline, session.shop);
  const preview = await previewMapping(context.threadline, shop.id, await readBody(request, body));
  if (preview === null) {
    throw new Response(null, { status: 404 });
  }
  return Response.json(preview);
}
