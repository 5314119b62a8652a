import { redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node';
import { z } from 'zod';
import { readBody } from '#app/action-body.server.ts';
import { countRemap } from '#app/services/count-remap.server.ts';
import { actorOf, currentShop } from '#app/services/current-shop.server.ts';
import { startRemap } from '#app/services/start-remap.server.ts';

const body = z.object({
  intent: z.enum(['count', 'start']),
  mappingId: z.string().uuid(),
  connectionId: z.string().uuid().nullable(),
});

/** Nobody opens it: it answers the editor. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  await context.shopify.authenticate.admin(request);
  return redirect('/app/mappings');
}

export async function action({ request, context }: ActionFunctionArgs) {
  const { session, sessionToken } = await context.shopify.authenticate.admin(request);
  const shop = await currentShop(context.threadline, session.shop);
  const { intent, ...input } = await readBody(request, body);
  const answer =
    intent === 'count'
      ? await countRemap(context.threadline, shop.id, input)
      : await startRemap(context.threadline, shop.id, { ...input, actor: actorOf(sessionToken) });
  if (answer === null) {
    throw new Response(null, { status: 404 });
  }
  return Response.json(answer);
}
