import type { ActionFunctionArgs, HeadersFunction, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { boundary } from '@shopify/shopify-app-remix/server';
import { z } from 'zod';
import { readBody } from '#app/action-body.server.ts';
import { DashboardPage } from '#app/components/dashboard/dashboard-page.tsx';
import type { FormAnswer } from '#app/domain/form-answer.ts';
import { dashboard } from '#app/queries/dashboard.server.ts';
import { actorOf, currentShop } from '#app/services/current-shop.server.ts';
import { dismissGuide } from '#app/services/dismiss-guide.server.ts';
import { pauseConnection } from '#app/services/pause-connection.server.ts';
import { addSampleData, removeSampleData } from '#app/services/sample-data.server.ts';

export const meta: MetaFunction = () => [{ title: 'Dashboard · Threadline' }];

export async function loader({ request, context }: LoaderFunctionArgs) {
  const { session } = await context.shopify.authenticate.admin(request);
  const shop = await currentShop(context.threadline, session.shop);
  const asked = Number(new URL(request.url).searchParams.get('days'));
  const days = [30, 90].includes(asked) ? asked : 14;
  return {
    days,
    at: context.threadline.clock.now().getTime(),
    status: await dashboard(context.threadline, shop, { days }),
  };
}

const body = z.discriminatedUnion('intent', [
  z.object({ intent: z.enum(['dismiss-guide', 'add-sample', 'remove-sample']) }),
  z.object({ intent: z.enum(['pause', 'resume']), id: z.string() }),
]);

export async function action({ request, context }: ActionFunctionArgs): Promise<FormAnswer> {
  const { session, sessionToken } = await context.shopify.authenticate.admin(request);
  const ctx = context.threadline;
  const shop = await currentShop(ctx, session.shop);
  const actor = actorOf(sessionToken);
  const asked = await readBody(request, body);
  switch (asked.intent) {
    case 'dismiss-guide':
      await dismissGuide(ctx, shop.id);
      return { ok: true, message: 'Guide hidden' };
    case 'add-sample':
      await addSampleData(ctx, shop.id, { actor });
      return { ok: true, message: 'Sample data added' };
    case 'remove-sample':
      await removeSampleData(ctx, shop.id, { actor });
      return { ok: true, message: 'Sample data removed' };
    case 'pause':
    case 'resume': {
      const isPaused = asked.intent === 'pause';
      if (!(await pauseConnection(ctx, shop.id, { connectionId: asked.id, isPaused, actor }))) {
        throw new Response(null, { status: 404 });
      }
      return { ok: true, message: isPaused ? 'Connection paused' : 'Connection resumed' };
    }
  }
}

export { clientAction } from '#app/components/client-action.ts';

export const headers: HeadersFunction = (args) => boundary.headers(args);

export default function Dashboard() {
  const { status, days, at } = useLoaderData<typeof loader>();
  return <DashboardPage status={status} days={days} at={at} />;
}
