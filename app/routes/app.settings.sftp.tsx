import type { ActionFunctionArgs, HeadersFunction, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { boundary } from '@shopify/shopify-app-remix/server';
import { z } from 'zod';
import { readBody } from '#app/action-body.server.ts';
import { SftpPage } from '#app/components/settings/sftp-page.tsx';
import { sftpFormSchema } from '#app/domain/read-sftp-form.ts';
import { sftpPage } from '#app/queries/sftp-page.server.ts';
import { actorOf, currentShop } from '#app/services/current-shop.server.ts';
import { saveSftp } from '#app/services/save-sftp.server.ts';
import { testSftp } from '#app/services/test-sftp.server.ts';

export const meta: MetaFunction = () => [{ title: 'SFTP server · Threadline' }];

export async function loader({ request, context }: LoaderFunctionArgs) {
  const { session } = await context.shopify.authenticate.admin(request);
  const shop = await currentShop(context.threadline, session.shop);
  return { page: await sftpPage(context.threadline, shop) };
}

const body = z.object({ intent: z.enum(['save', 'test']), value: sftpFormSchema });

export async function action({ request, context }: ActionFunctionArgs) {
  const { session, sessionToken } = await context.shopify.authenticate.admin(request);
  const ctx = context.threadline;
  const shop = await currentShop(ctx, session.shop);
  const { intent, value } = await readBody(request, body);
  switch (intent) {
    case 'save':
      return saveSftp(ctx, shop.id, { form: value, actor: actorOf(sessionToken) });
    case 'test':
      return { ok: true as const, message: 'SFTP server tested', test: await testSftp(ctx, shop.id, value) };
  }
}

export { clientAction } from '#app/components/client-action.ts';

export const headers: HeadersFunction = (args) => boundary.headers(args);

export default function Sftp() {
  return <SftpPage page={useLoaderData<typeof loader>().page} />;
}
