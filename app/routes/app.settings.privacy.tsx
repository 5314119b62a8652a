import type { ActionFunctionArgs, HeadersFunction, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { boundary } from '@shopify/shopify-app-remix/server';
import { z } from 'zod';
import { readBody } from '#app/action-body.server.ts';
import { PrivacyPage } from '#app/components/privacy/privacy-page.tsx';
import { privacyPage } from '#app/queries/privacy-page.server.ts';
import { actorOf, currentShop } from '#app/services/current-shop.server.ts';
import {
  downloadRequestedData,
  finishDataRequest,
} from '#app/services/privacy/finish-data-request.server.ts';
import { liftErasure } from '#app/services/privacy/lift-erasure.server.ts';
import { saveRedaction } from '#app/services/privacy/save-redaction.server.ts';
import { ERASURE_ACTS, settleErasure } from '#app/services/privacy/settle-erasure.server.ts';

export const meta: MetaFunction = () => [{ title: 'Privacy · Threadline' }];

export async function loader({ request, context }: LoaderFunctionArgs) {
  const { session } = await context.shopify.authenticate.admin(request);
  const shop = await currentShop(context.threadline, session.shop);
  return { page: await privacyPage(context.threadline, shop) };
}

const bodySchema = z.discriminatedUnion('intent', [
  z.object({ intent: z.literal('save'), value: z.object({ inKlaviyo: z.boolean() }) }),
  z.object({ intent: z.literal('download'), requestId: z.string() }),
  z.object({ intent: z.literal('finish'), requestId: z.string() }),
  z.object({ intent: z.literal('lift'), address: z.string().max(1_000) }),
  z.object({ intent: z.enum(ERASURE_ACTS), erasureId: z.string() }),
]);

export async function action({ request, context }: ActionFunctionArgs) {
  const { session, sessionToken } = await context.shopify.authenticate.admin(request);
  const ctx = context.threadline;
  const shop = await currentShop(ctx, session.shop);
  const body = await readBody(request, bodySchema);
  const actor = actorOf(sessionToken);
  switch (body.intent) {
    case 'save':
      return saveRedaction(ctx, shop.id, { ...body.value, actor });
    case 'download':
      return downloadRequestedData(ctx, shop.id, body);
    case 'finish':
      return finishDataRequest(ctx, shop.id, { ...body, actor });
    case 'lift':
      return liftErasure(ctx, shop, { ...body, actor });
    case 'try-again':
    case 'deleted-by-hand':
      return settleErasure(ctx, shop.id, { erasureId: body.erasureId, act: body.intent, actor });
  }
}

export { clientAction } from '#app/components/client-action.ts';

export const headers: HeadersFunction = (args) => boundary.headers(args);

export default function Privacy() {
  return <PrivacyPage page={useLoaderData<typeof loader>().page} />;
}
