import type { ActionFunctionArgs, HeadersFunction, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { boundary } from '@shopify/shopify-app-remix/server';
import { z } from 'zod';
import { readBody } from '#app/action-body.server.ts';
import { AutomationPage } from '#app/components/settings/automation-page.tsx';
import { automationFormSchema } from '#app/domain/read-automation-form.ts';
import { automationPage } from '#app/queries/automation-page.server.ts';
import { actorOf, currentShop } from '#app/services/current-shop.server.ts';
import { saveAutomation } from '#app/services/save-automation.server.ts';
import { sendPending } from '#app/services/send-pending.server.ts';

export const meta: MetaFunction = () => [{ title: 'Automation · Threadline' }];

export async function loader({ request, context }: LoaderFunctionArgs) {
  const { session } = await context.shopify.authenticate.admin(request);
  const shop = await currentShop(context.threadline, session.shop);
  return { page: await automationPage(context.threadline, shop.id) };
}

const bodySchema = z.discriminatedUnion('intent', [
  z.object({ intent: z.literal('save'), value: automationFormSchema }),
  z.object({ intent: z.literal('send-pending') }),
]);

export async function action({ request, context }: ActionFunctionArgs) {
  const { session, sessionToken } = await context.shopify.authenticate.admin(request);
  const ctx = context.threadline;
  const shop = await currentShop(ctx, session.shop);
  const body = await readBody(request, bodySchema);
  const actor = actorOf(sessionToken);
  switch (body.intent) {
    case 'save':
      return saveAutomation(ctx, shop.id, { form: body.value, actor });
    case 'send-pending':
      return sendPending(ctx, shop.id, { actor });
  }
}

export { clientAction } from '#app/components/client-action.ts';

export const headers: HeadersFunction = (args) => boundary.headers(args);

export default function Automation() {
  return <AutomationPage page={useLoaderData<typeof loader>().page} />;
}
